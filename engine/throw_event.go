package engine

import (
	"github.com/voronka/voronka/bpmn"
)

// throwEvent throws what its definitions say and goes on (BPMN 2.0.2, 13.5.2).
type throwEvent struct{ still }

func (throwEvent) enter(x *execution) error {
	if len(x.n.links) > 0 {
		return x.follow()
	}
	if x.n.work != nil {
		return x.sendByWorker()
	}
	waits, err := x.throw()
	if err != nil || waits || x.t.gone {
		return err
	}
	return x.pass()
}

// sendByWorker lets a worker send the message of an event that names a topic.
func (x *execution) sendByWorker() error {
	inputs, err := x.sent()
	if err != nil {
		return err
	}
	for n := range x.n.triggers {
		if _, err := x.bears(x.n.triggers[n].keys, inputs); err != nil {
			return err
		}
	}
	j, err := x.job(x.n.work.topic, inputs, x.n.work.retry)
	if err != nil {
		return err
	}
	j.Token = x.t.ID
	x.wait()
	return nil
}

// follow goes on at the catching end of a link.
func (x *execution) follow() error {
	x.tx.log(x.i, LineCompleted, x.t)
	for _, to := range x.n.links {
		x.spawn(to, x.t.in)
	}
	x.remove()
	return nil
}

// throw throws every trigger of a throwing event. It tells whether the token has to wait for what it threw.
func (x *execution) throw() (waits bool, err error) {
	for n := range x.n.triggers {
		t := &x.n.triggers[n]
		switch t.Trigger {
		case bpmn.MessageTrigger:
			err = x.throwMessage(t.Event, t.name, t.key, t.keys)
		case bpmn.SignalTrigger:
			var name string
			if name, err = x.fillString(t.name); err == nil {
				err = x.tx.Signal(name, nil)
			}
		case bpmn.EscalationTrigger:
			err = x.escalate(t.Event)
		case bpmn.CompensationTrigger:
			waits, err = x.compensate(t.Event)
		}
		if err != nil || x.t.gone {
			return waits, err
		}
	}
	return waits, nil
}
