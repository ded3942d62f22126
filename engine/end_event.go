package engine

import "github.com/voronka/voronka/bpmn"

// endEvent ends its token, having thrown what its definitions say (BPMN 2.0.2, 13.5.6).
type endEvent struct{ still }

func (endEvent) enter(x *execution) error {
	for n := range x.n.triggers {
		switch t := &x.n.triggers[n]; t.Trigger {
		case bpmn.TerminateTrigger:
			return x.terminate()
		case bpmn.ErrorTrigger:
			return x.throwError(errorOf(t.Event))
		case bpmn.CancelTrigger:
			return x.cancelTransaction()
		}
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

// terminate ends all that stands in the scope, and with it the scope, as if it had come to its end (BPMN 2.0.2, 10.5.3).
func (x *execution) terminate() error {
	scope := x.tx.at(x.i, x.t.in)
	if err := scope.cancelInside(x.t); err != nil {
		return err
	}
	scope.disarmInside()
	return x.take()
}

// disarmInside drops the waits of the scope's event sub-processes.
func (x *execution) disarmInside() {
	for _, sub := range x.n.events {
		for _, start := range sub.inside {
			x.disarm(start)
		}
	}
}
