package engine

import (
	"maps"
	"slices"
	"strings"
)

// enter lets the token into its element. What is said of all activities is said here: loops, boundary events, mappings.
func (x *execution) enter() error {
	x.t.Waits, x.t.Task, x.t.Loop = nil, nil, nil // a retry begins anew
	if !x.n.isActivity() || x.n.EventSubProcess() {
		return x.n.behavior.enter(x)
	}
	if x.t.Turn == 0 {
		if x.n.StartQuantity > 1 && x.t.Undo == nil && !x.gather() {
			return nil
		}
		for _, b := range x.n.bounds {
			if err := x.arm(b); err != nil {
				return err
			}
		}
		if err := x.fetch(); err != nil {
			return err
		}
		if x.n.loop != nil {
			return x.beginLoop()
		}
	}
	return x.begin()
}

// gather makes one token of as many as the activity asks for; with fewer it waits (BPMN 2.0.2, table 10.3: startQuantity).
func (x *execution) gather() bool {
	var here []*Token
	for _, t := range x.t.in.kids {
		if t.node == x.n && (t == x.t || t.Short) {
			here = append(here, t)
		}
	}
	x.t.Short = len(here) < x.n.StartQuantity
	if x.t.Short {
		x.t.State = Waiting
		return false
	}
	for _, t := range here[:x.n.StartQuantity] {
		if t != x.t {
			x.tx.at(x.i, t).remove()
		}
	}
	return true
}

// begin maps the inputs and lets the activity work.
func (x *execution) begin() error {
	local, err := x.mapped(x.n.inputs, asIs)
	if err != nil {
		return err
	}
	if len(local) > 0 && x.t.Local == nil {
		x.t.Local = map[string]Value{}
	}
	maps.Copy(x.t.Local, local)
	return x.n.behavior.enter(x)
}

// finish is called by the behavior of an activity when its work is done.
func (x *execution) finish() error {
	x.t.Phase, x.t.Task = Leave, nil
	return x.leave()
}

// leave maps the outputs and goes on: to the next turn of a loop, or along the flows. What it has done is not done again when
// something behind it goes wrong.
func (x *execution) leave() error {
	if x.t.Loop != nil {
		return x.endLoop()
	}
	beside, err := x.listening("complete")
	if err != nil {
		return err
	}
	out, err := x.mapped(x.n.outputs, x.encode)
	if err != nil {
		return err
	}
	x.give(out)
	if err := x.tx.at(x.i, x.t.in).set(out); err != nil {
		return err
	}
	x.listen(beside)
	if x.t.Turn > 0 {
		x.t.Phase = Turn
		return x.turned()
	}
	if err := x.hand(); err != nil {
		return err
	}
	return x.pass()
}

// pass goes along the flows of an activity or event that is done.
func (x *execution) pass() error {
	x.t.Phase = Pass
	if x.t.Undo != nil && x.n.undoes {
		return x.undone()
	}
	flows, err := x.flows()
	if err != nil {
		return err
	}
	x.remember()
	return x.take(flows...)
}

// result gives back what the work of an activity gave: into its own scope where it has outputs that choose from it, else to the
// instance.
func (x *execution) result(vars map[string]Value) error {
	if len(x.n.outputs) == 0 {
		return x.set(vars)
	}
	if x.t.Local == nil {
		x.t.Local = map[string]Value{}
	}
	maps.Copy(x.t.Local, vars)
	for name := range vars {
		x.i.touch(name)
	}
	return nil
}

// stringsOf is a comma list, or a list, as strings.
func stringsOf(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, stringsOf(one)...)
		}
		return all
	case string:
		var all []string
		for one := range strings.SplitSeq(v, ",") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
		return all
	}
	return []string{plain(v)}
}

// boundary starts the boundary event of a wait that happened: instead of the activity, or beside it.
func (x *execution) boundary(event *node, w *Wait) error {
	scope := x.t.in
	if event.Interrupting {
		x.spawn(event, scope)
		return x.cancel()
	}
	x.spawn(event, scope)
	return x.again(event, w)
}

// eventSubProcess starts the event sub-process of a start event that happened, in the scope that the token is.
func (x *execution) eventSubProcess(start *node, w *Wait) error {
	sub := start.scope
	if start.Interrupting {
		if err := x.interrupt(sub); err != nil {
			return err
		}
	} else if err := x.again(start, w); err != nil {
		return err
	}
	x.spawn(sub, x.t).Via = start.ID
	return nil
}

// interrupted tells whether an interrupting event sub-process runs in the scope: no other can start then (BPMN 2.0.2, 13.5.4).
func (t *Token) interrupted() bool {
	return slices.ContainsFunc(t.kids, func(k *Token) bool {
		return k.node.EventSubProcess() && k.Undo == nil && k.node.prog.nodes[k.Via].Interrupting
	})
}

// interrupt ends all in the scope for an event sub-process, whose fellows can no longer start.
func (x *execution) interrupt(sub *node) error {
	if err := x.cancelInside(nil); err != nil {
		return err
	}
	x.t.State = Waiting
	for _, other := range x.n.events {
		for _, start := range other.inside {
			x.disarm(start)
		}
	}
	x.i.Incidents = slices.DeleteFunc(x.i.Incidents, func(n *Incident) bool { return n.Token == x.t.ID })
	return nil
}
