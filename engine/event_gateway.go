package engine

import "github.com/voronka/voronka/bpmn"

// eventGateway waits for the events behind it; the first to happen decides the way (BPMN 2.0.2, 13.4.4).
type eventGateway struct{ still }

func (eventGateway) enter(x *execution) error {
	for _, f := range x.n.flows {
		var err error
		if isReceive(f.target) {
			err = x.armReceive(f.target)
		} else {
			err = x.arm(f.target)
		}
		if err != nil {
			return err
		}
	}
	x.wait()
	return nil
}

func (eventGateway) resume(x *execution, c cause) error {
	for _, f := range x.n.flows {
		if f.ID == c.wait.Element || f.target.ID != c.wait.Element {
			continue
		}
		t := x.spawn(f.target, x.t.in)
		t.Via, t.Leaving = f.ID, true // its event has happened
		x.tx.log(x.i, LineCompleted, x.t)
		x.remove()
		return nil
	}
	return nil
}

// instantiates tells whether a node starts an instance by an event of its own.
func instantiates(n *node) bool {
	return n.Instantiate && len(n.Incoming) == 0 && (n.Kind == bpmn.ReceiveTask || n.Kind == bpmn.EventBasedGateway)
}
