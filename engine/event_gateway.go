package engine

import "github.com/voronka/voronka/bpmn"

// eventGateway waits for the events behind it; the first to happen decides the way (BPMN 2.0.2, 13.4.4).
type eventGateway struct{ still }

func (eventGateway) enter(x *execution) error {
	if err := x.armBehind(x.n); err != nil {
		return err
	}
	x.wait()
	return nil
}

// armBehind waits for the events behind a gateway.
func (x *execution) armBehind(gateway *node) error {
	for _, f := range gateway.flows {
		var err error
		if f.target.Kind == bpmn.ReceiveTask {
			err = x.armReceive(f.target)
		} else {
			err = x.arm(f.target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (eventGateway) resume(x *execution, c cause) error {
	for _, f := range x.n.flows {
		if f.ID == c.wait.Element || f.target.ID != c.wait.Element {
			continue
		}
		t := x.spawn(f.target, x.t.in)
		t.Via, t.Phase = f.ID, happened(f.target) // its event has happened
		x.tx.log(x.i, LineCompleted, x.t)
		x.remove()
		return nil
	}
	return nil
}

// happened is where a token goes on whose event has happened before it came.
func happened(n *node) Phase {
	if n.isActivity() {
		return Leave
	}
	return Pass
}
