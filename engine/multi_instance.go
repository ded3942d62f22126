package engine

import (
	"encoding/json"
	"strings"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// beginLoop makes the token the body of a multi-instance activity or of a standard loop: the turns stand inside it
// (BPMN 2.0.2, 13.3.6 and 13.3.7).
func (x *execution) beginLoop() error {
	l := x.n.loop
	x.t.Loop = &Loop{}
	x.t.State = Waiting
	x.tx.log(x.i, LineEntered, x.t)
	if !l.MultiInstance {
		return x.nextTurn()
	}
	items, total, err := x.cardinality()
	if err != nil {
		x.t.Loop = nil
		return err
	}
	x.t.Loop.Total = total
	if total == 0 {
		return x.endLoop()
	}
	if limit := x.tx.engine.opts.Limits.Turns; total > limit && x.n.apart {
		return x.beginApart(items)
	}
	if !l.Sequential {
		for turn := range total {
			x.turn(turn+1, item(items, turn))
		}
		return nil
	}
	x.t.Loop.Items = items
	x.turn(1, item(items, 0))
	return nil
}

func item(items []Value, n int) Value {
	if n < len(items) {
		return items[n]
	}
	return nil
}

// cardinality is for what and how often a multi-instance activity runs.
func (x *execution) cardinality() ([]Value, int, error) {
	l := x.n.loop
	limit := x.tx.engine.opts.Limits.Tokens
	if x.n.apart {
		limit = x.tx.engine.opts.Limits.Cardinality
	}
	if name := l.Collection; name != "" {
		v := x.lookup(name)
		if l.collection != nil {
			var err error
			if v, err = x.evaluate(l.collection); err != nil {
				return nil, 0, err
			}
		}
		list, ok := v.([]any)
		if !ok && v != nil {
			return nil, 0, troublef("collection_invalid", "%s of %q is no list", name, x.n.ID)
		}
		if len(list) > limit {
			return nil, 0, troublef("cardinality_limit", "%q would run %d times, more than %d", x.n.ID, len(list), limit)
		}
		items := make([]Value, len(list))
		for n, one := range list {
			var err error
			if items[n], err = expression.Encode(one); err != nil {
				return nil, 0, troublef("value_invalid", "item %d of %q: %s", n+1, x.n.ID, err)
			}
		}
		return items, len(items), nil
	}
	v, err := x.evaluate(l.cardinality)
	if err != nil {
		return nil, 0, err
	}
	count, ok := wholeNumber(v)
	if !ok || count < 0 {
		return nil, 0, troublef("cardinality_invalid", "loopCardinality of %q is %v, which is no count", x.n.ID, v)
	}
	if count > limit {
		return nil, 0, troublef("cardinality_limit", "%q would run %d times, more than %d", x.n.ID, count, limit)
	}
	return nil, count, nil
}

func wholeNumber(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case float64:
		return int(v), v == float64(int(v))
	case json.Number:
		n, err := v.Int64()
		return int(n), err == nil
	case string:
		var n json.Number
		if storage.Unmarshal([]byte(v), &n) != nil {
			return 0, false
		}
		return wholeNumber(n)
	}
	return 0, false
}

// turn spawns one turn of the loop inside the body.
func (x *execution) turn(n int, item Value) {
	x.t.Loop.Begun++
	t := x.spawn(x.n, x.t)
	t.Turn, t.Local = n, x.n.loop.local(item)
}

// local are the variables that each turn has of its own: its item of the collection, and what it gives (BPMN 2.0.2, table 10.29).
func (l *loop) local(item Value) map[string]Value {
	if l.gives == "" && (l.Item == "" || item == nil) {
		return nil
	}
	vars := map[string]Value{}
	if l.gives != "" {
		vars[l.gives] = null
	}
	if l.Item != "" && item != nil {
		vars[l.Item] = item
	}
	return vars
}

// give keeps what a turn gives in it, where its outputs name it.
func (x *execution) give(out map[string]Value) {
	l := x.n.loop
	if l == nil || x.t.Turn == 0 || out[l.gives] == nil {
		return
	}
	if _, own := x.t.Local[l.gives]; own {
		x.t.Local[l.gives] = out[l.gives]
		delete(out, l.gives)
	}
}

// nextTurn runs a standard loop once more, or ends it.
func (x *execution) nextTurn() error {
	l, state := x.n.loop, x.t.Loop
	again := l.Maximum == 0 || state.Begun < l.Maximum
	if again && l.condition != nil && (l.TestBefore || state.Begun > 0) {
		ok, err := x.holds(l.condition)
		if err != nil {
			return err
		}
		again = ok
	} else if l.condition == nil && l.Maximum == 0 && state.Begun > 0 {
		again = false
	}
	if !again {
		return x.endLoop()
	}
	x.t.State, x.t.Phase = Waiting, Begin
	x.turn(state.Begun+1, nil)
	return nil
}

// turned is called on a turn that is done: its body goes on.
func (x *execution) turned() error {
	body, err := x.body()
	if err != nil {
		return err
	}
	l, state := x.n.loop, body.t.Loop
	if name := l.OutputCollection; name != "" {
		if err := x.collect(state); err != nil {
			return err
		}
	}
	state.Ended++
	body.i.dirty = true
	done := false
	if l.MultiInstance && l.completion != nil {
		var err error
		if done, err = x.holds(l.completion); err != nil {
			state.Ended--
			return err
		}
	}
	if err := x.behave(state); err != nil || x.t.gone {
		return err
	}
	x.remember()
	if state.Apart {
		if err := x.endTurn(); err != nil {
			return err
		}
	} else {
		x.remove()
	}
	switch {
	case !l.MultiInstance:
		body.t.Phase = Turn
		return body.stick(body.nextTurn())
	case done:
		if err := body.cancelInside(nil); err != nil {
			return err
		}
		return body.stick(body.endLoop())
	case state.Begun < state.Total:
		switch {
		case l.Sequential && state.Apart:
			return body.moreTurns()
		case l.Sequential:
			body.turn(state.Begun+1, item(state.Items, state.Begun))
		}
	case state.Ended == state.Total:
		return body.stick(body.endLoop())
	}
	return nil
}

// collect keeps the output of a turn at its place.
func (x *execution) collect(state *Loop) error {
	raw, err := x.output()
	if err != nil {
		return err
	}
	if state.Apart {
		x.i.Output = raw
		return nil
	}
	for len(state.Output) < max(state.Total, x.t.Turn) {
		state.Output = append(state.Output, null)
	}
	state.Output[x.t.Turn-1] = raw
	return nil
}

// behave throws the behavior events of a multi-instance activity (BPMN 2.0.2, table 10.30).
func (x *execution) behave(state *Loop) error {
	l := x.n.loop
	if !l.MultiInstance {
		return nil
	}
	switch strings.ToLower(l.Behavior) {
	case "none":
		return x.emit(l.NoneEvent)
	case "one":
		if state.Thrown {
			return nil
		}
		state.Thrown = true
		return x.emit(l.OneEvent)
	case "complex":
		for _, c := range l.Complex {
			if c.Condition == nil || c.Event == nil {
				continue
			}
			v, err := x.carryValue(x, c.Condition.Text)
			if err != nil {
				return err
			}
			if v == true {
				if err := x.emit(c.Event); err != nil || x.t.gone {
					return err
				}
			}
		}
	}
	return nil
}

// emit throws an implicit event of the activity: its body's boundary may catch it.
func (x *execution) emit(e *bpmn.Event) error {
	if e == nil {
		return nil
	}
	body, err := x.body()
	if err != nil {
		return err
	}
	switch e.Trigger {
	case bpmn.SignalTrigger:
		name := e.Ref
		if e.Signal != nil {
			name = e.Signal.Name
		}
		return x.tx.Signal(name, nil)
	case bpmn.EscalationTrigger:
		return body.escalate(e)
	case bpmn.ErrorTrigger:
		return body.throwError(errorOf(e))
	}
	return nil
}

// endLoop ends the body: its collected output becomes a variable, and the activity is done.
func (x *execution) endLoop() error {
	x.t.Phase = Leave
	if name := x.n.loop.OutputCollection; name != "" {
		out := x.t.Loop.Output
		if x.t.Loop.Apart {
			var err error
			if out, err = x.gathered(); err != nil {
				return err
			}
		}
		if out == nil {
			out = []Value{}
		}
		data, err := storage.Marshal(out)
		if err != nil {
			return err
		}
		if err := x.set(map[string]Value{name: data}); err != nil {
			return err
		}
	}
	if err := x.dropItems(); err != nil {
		return err
	}
	if err := x.hand(); err != nil {
		return err
	}
	return x.pass()
}
