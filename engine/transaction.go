package engine

import "github.com/voronka/voronka/bpmn"

// transaction is a sub-process that can be cancelled as a whole: what was completed inside is compensated, and it is left by its
// cancel boundary event (BPMN 2.0.2, 13.3.4 and 10.3.5).
type transaction struct{ subProcess }

// cancelTransaction is thrown by a cancel end event.
func (x *execution) cancelTransaction() error {
	var within []*Token // the scopes from the event outwards to the transaction
	for branch := x.t; ; {
		scope := x.tx.at(x.i, branch.in)
		if err := scope.cancelInside(branch); err != nil {
			return err
		}
		scope.disarmInside()
		branch = branch.in
		if within = append(within, branch); branch.node.Kind == bpmn.Transaction || branch.in == nil {
			break
		}
	}
	x.t.Undo = &Undo{Left: x.undoable("", within...)}
	x.wait()
	return x.undoNext()
}

// leaveTransaction goes on at the cancel boundary event, all being undone.
func (x *execution) leaveTransaction() error {
	t := x.t.in
	for t != nil && t.node.Kind != bpmn.Transaction {
		t = t.in
	}
	if t == nil {
		return x.pass()
	}
	x.left()
	host := x.tx.at(x.i, t)
	for t.Turn > 0 {
		t = t.in
		host = x.tx.at(x.i, t)
	}
	for _, b := range t.node.bounds {
		if len(b.triggers) > 0 && b.triggers[0].Trigger == bpmn.CancelTrigger {
			return host.boundary(b, &Wait{Element: b.ID})
		}
	}
	if err := host.cancelInside(nil); err != nil {
		return err
	}
	return host.pass()
}
