package engine

import (
	"fmt"
	"slices"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
)

// arm makes the token wait for every trigger of an event that can be waited for. Errors, escalations and compensation are thrown
// at scopes and wait in no list.
func (x *execution) arm(event *node) error {
	for n := range event.triggers {
		if err := x.armOne(event, n, &event.triggers[n], ""); err != nil {
			return err
		}
	}
	return nil
}

// armOne adds one wait; beside is the key of the listener that it belongs to, if it belongs to one.
func (x *execution) armOne(event *node, n int, t *trigger, beside string) error {
	w := &Wait{Element: event.ID, Event: n, Beside: beside, Kind: kindOf(t), Since: x.tx.now}
	var err error
	switch w.Kind {
	case WaitMessage:
		if w.Name, err = x.fillString(t.name); err == nil {
			err = x.correlate(w, t.key, t.keys)
		}
	case WaitSignal:
		w.Name, err = x.fillString(t.name)
	case WaitCondition:
		x.i.conditions = true
	case WaitTimer:
		err = x.time(w, t)
	default:
		return nil
	}
	if err == nil && len(w.Name) > maxKey {
		err = troublef("name_too_long", "the name that %q waits for has %d bytes, more than %d", event.ID, len(w.Name), maxKey)
	}
	if err != nil {
		return err
	}
	x.add(w)
	return nil
}

// kindOf is what a wait for a trigger waits for; empty: it can't be waited for.
func kindOf(t *trigger) WaitKind {
	switch t.Trigger {
	case bpmn.MessageTrigger:
		return WaitMessage
	case bpmn.SignalTrigger:
		return WaitSignal
	case bpmn.ConditionalTrigger:
		return WaitCondition
	case bpmn.TimerTrigger:
		return WaitTimer
	}
	return ""
}

func (x *execution) add(w *Wait) {
	x.i.Next++
	w.ID = x.i.Next
	if w.Kind == WaitTimer {
		w.Request = x.tx.request
	}
	x.t.Waits = append(x.t.Waits, w)
	x.i.dirty = true
	if w.Kind == WaitMessage && w.Name != "" {
		x.i.listens = append(x.i.listens, w.Name)
	}
}

// correlate sets which messages a wait takes. A start event's key comes with its message.
func (x *execution) correlate(w *Wait, own *expression.Program, all []correlation) (err error) {
	if len(all) > 0 && x.i.ID != "" {
		return x.converse(w, all)
	}
	w.Key, err = x.key(own)
	return err
}

// key is the correlation key of a catching event: its expression's value as text, else the business key. A start event's comes with
// its message.
func (x *execution) key(p *expression.Program) (string, error) {
	if x.i.ID == "" {
		return "", nil
	}
	if p == nil {
		return x.i.Key, nil
	}
	v, err := x.evaluate(p)
	if err != nil {
		return "", err
	}
	if v == nil {
		return "", troublef("correlation_key_empty", "the correlation key %q of %q is empty", p.Source(), x.n.ID)
	}
	return plain(v), nil
}

// disarm drops the waits of the token that belong to the given event, or all where it is nil.
func (x *execution) disarm(event *node) {
	x.t.Waits = slices.DeleteFunc(x.t.Waits, func(w *Wait) bool { return event == nil || w.Element == event.ID })
	x.i.dirty = true
}

// find gives the token that has the wait with that id.
func (i *Instance) find(wait int) (*Token, *Wait) {
	for _, t := range i.Tokens {
		for _, w := range t.Waits {
			if w.ID == wait {
				return t, w
			}
		}
	}
	return nil, nil
}

// token gives the token with that id.
func (i *Instance) token(id int) *Token {
	for _, t := range i.Tokens {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// happen is called when what a wait waited for has happened. Whose it is decides what follows.
func (x *execution) happen(w *Wait, vars map[string]Value) error {
	event := x.i.prog.nodes[w.Element]
	if event == nil {
		return fmt.Errorf("instance %s waits for %q, which its definition has not", x.i.ID, w.Element)
	}
	if w.Beside != "" {
		return x.stick(x.besideTimer(w))
	}
	vars, err := x.arrived(event, vars)
	if err != nil {
		return x.stick(err)
	}
	if err := x.set(vars); err != nil {
		return err
	}
	if event.ParallelMultiple && len(event.triggers) > 1 {
		w.Got, x.i.dirty = true, true
		if slices.ContainsFunc(x.t.Waits, func(o *Wait) bool { return o.Element == w.Element && !o.Got }) {
			return nil
		}
	}
	c := cause{w, vars}
	switch {
	case event == x.n && x.t.Loop == nil:
		err = x.n.behavior.resume(x, c)
	case event.Kind == bpmn.BoundaryEvent:
		err = x.boundary(event, w)
	case event.scope.EventSubProcess():
		err = x.eventSubProcess(event, w)
	default: // behind an event-based gateway
		err = x.n.behavior.resume(x, c)
	}
	return x.stick(err)
}

// again keeps a wait that goes on after it has happened: of a non-interrupting event, where its timer has a next time.
func (x *execution) again(event *node, w *Wait) error {
	for _, o := range slices.Clone(x.t.Waits) {
		if o.Element != event.ID || o != w && !o.Got {
			continue
		}
		o.Got = false
		if o.Kind == WaitTimer {
			if err := x.tick(o, &event.triggers[o.Event]); err != nil {
				return err
			}
		}
	}
	return nil
}
