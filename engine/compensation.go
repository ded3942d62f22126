package engine

import (
	"maps"
	"slices"

	"github.com/voronka/voronka/bpmn"
)

// remember keeps a completed activity that compensation could undo: one with a handler, or a scope in which such were completed
// (BPMN 2.0.2, 10.7.1).
func (x *execution) remember() {
	if !x.n.isActivity() || x.n.undoes || x.n.EventSubProcess() {
		return
	}
	var inside []*Done
	if x.n.isScope() || x.t.Loop != nil {
		x.i.Done = slices.DeleteFunc(x.i.Done, func(d *Done) bool {
			if d.In != x.t.ID {
				return false
			}
			inside = append(inside, d)
			return true
		})
	}
	if x.t.Loop == nil && x.n.handler == nil && len(inside) == 0 || x.t.Loop != nil && len(inside) == 0 {
		return
	}
	d := &Done{Element: x.n.ID, In: x.t.In, Local: maps.Clone(x.t.Local), Inside: inside, Body: x.t.Loop != nil}
	x.i.Done = append(x.i.Done, d)
	x.i.dirty = true
}

// compensate throws compensation: what was completed in the scope is undone in reverse order of completion, one after the other
// (BPMN 2.0.2, 10.7.2). It tells whether the token waits for that.
func (x *execution) compensate(e *bpmn.Event) (bool, error) {
	only := ""
	if e.Activity != nil {
		only = e.Activity.ID
	}
	scope := x.t.in
	for scope.Undo == nil && scope.node.EventSubProcess() || scope.Undo == nil && only != "" && scope.in != nil && !within(scope.node, only) {
		scope = scope.in
	}
	left := x.undoable(only, scope)
	if len(left) == 0 {
		return false, nil
	}
	if !e.WaitFor {
		for _, d := range slices.Backward(left) {
			x.undo(d, 0)
		}
		return false, nil
	}
	x.t.Undo = &Undo{Left: left}
	x.wait()
	return true, x.undoNext()
}

func within(scope *node, id string) bool {
	return slices.ContainsFunc(scope.inside, func(n *node) bool { return n.ID == id })
}

// undoable takes what can be undone out of the instance's list, in order of completion. A scope without a handler of its own
// stands for what was done inside it.
func (x *execution) undoable(only string, scopes ...*Token) []*Done {
	var left []*Done
	x.i.Done = slices.DeleteFunc(x.i.Done, func(d *Done) bool {
		if !slices.ContainsFunc(scopes, func(s *Token) bool { return s.ID == d.In }) || only != "" && d.Element != only {
			return false
		}
		left = append(left, x.expand(d)...)
		return true
	})
	return left
}

func (x *execution) expand(d *Done) []*Done {
	if n := x.i.prog.nodes[d.Element]; n.handler != nil && !d.Body {
		return []*Done{d}
	}
	var all []*Done
	for _, in := range d.Inside {
		one := *in
		one.Local = maps.Clone(d.Local) // what a scope that is over had is seen from what was done in it
		if one.Local == nil {
			one.Local = map[string]Value{}
		}
		maps.Copy(one.Local, in.Local)
		all = append(all, x.expand(&one)...)
	}
	return all
}

// undoNext starts the next handler of a thrower, or lets it go on when all is undone.
func (x *execution) undoNext() error {
	u := x.t.Undo
	if len(u.Left) == 0 {
		x.t.Undo = nil
		x.t.State = Moving
		if len(x.n.triggers) > 0 && x.n.triggers[0].Trigger == bpmn.CancelTrigger {
			return x.leaveTransaction()
		}
		return x.pass()
	}
	d := u.Left[len(u.Left)-1]
	u.Left = u.Left[:len(u.Left)-1]
	x.undo(d, x.t.ID)
	return nil
}

// undo starts the handler of one completed activity, with the variables that it saw.
func (x *execution) undo(d *Done, thrower int) {
	scope := x.i.token(d.In)
	if scope == nil {
		scope = x.t.in // what was done inside a scope that is over
	}
	handler := x.i.prog.nodes[d.Element].handler
	t := x.spawn(handler, scope)
	t.Local = maps.Clone(d.Local)
	t.Undo = &Undo{Thrower: thrower}
	if handler.EventSubProcess() {
		t.Via = handler.starts[0].ID
		for _, in := range d.Inside {
			in.In = t.ID
			x.i.Done = append(x.i.Done, in)
		}
	}
}

// undone is called on a handler that is done: its thrower goes on.
func (x *execution) undone() error {
	thrower := x.t.Undo.Thrower
	x.tx.log(x.i, LineCompleted, x.t)
	scope := x.t.in
	x.remove()
	if t := x.i.token(thrower); t != nil {
		next := x.tx.at(x.i, t)
		if err := next.stick(next.undoNext()); err != nil {
			return err
		}
	}
	return x.tx.drained(x.i, scope)
}
