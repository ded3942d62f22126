package engine

import "github.com/voronka/voronka/bpmn"

// catchEvent waits for its event (BPMN 2.0.2, 13.5.2). A link is no waiting: the token goes on from it.
type catchEvent struct{ still }

func (catchEvent) enter(x *execution) error {
	if len(x.n.triggers) == 0 || x.n.triggers[0].Trigger == bpmn.LinkTrigger {
		return x.pass()
	}
	if err := x.arm(x.n); err != nil {
		return err
	}
	x.wait()
	return nil
}

func (catchEvent) resume(x *execution, _ cause) error {
	x.disarm(nil)
	return x.pass()
}
