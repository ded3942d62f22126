package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/voronka/voronka/engine/expression"
)

// lookup gives the value of a name as an expression at the token sees it: the innermost scope that has it, the counters of
// multi-instance activities, then what the domain knows. nil is empty.
func (x *execution) lookup(name string) any {
	for t := x.t; t != nil; t = t.in {
		if v, ok := t.Local[name]; ok {
			return x.decode(name, v)
		}
		if v, ok := x.counter(t, name); ok {
			return v
		}
	}
	if body := x.outside(); body != nil {
		return body.lookup(name)
	}
	if v, ok := x.i.Variables[name]; ok {
		return x.decode(name, v)
	}
	if d := x.tx.engine.opts.Domain; d != nil {
		v, _ := d.Lookup(x.tx, x.i, x.t, name)
		return v
	}
	return nil
}

// decode reads a value as what the definition declares. What is not of that type is empty: it was refused when it was written, so
// it can only come from another version.
func (x *execution) decode(name string, v Value) any {
	got, err := expression.DecodeShape(x.i.prog.names.Known[name], v)
	if err != nil {
		return nil
	}
	return got
}

// counter gives the counters of BPMN 2.0.2, tables 10.28 and 10.31: what a turn of a multi-instance activity sees, from 0, and a
// standard loop the number of its turns so far.
func (x *execution) counter(t *Token, name string) (any, bool) {
	if t.Loop != nil && name == "loopCounter" && !t.node.Loop.MultiInstance {
		return t.Loop.Begun, true
	}
	if t.Turn == 0 || t.in == nil || t.in.Loop == nil {
		return nil, false
	}
	if name == "loopCounter" {
		if !t.node.Loop.MultiInstance {
			return t.Turn, true
		}
		return t.Turn - 1, true
	}
	if !strings.HasPrefix(name, "nrOf") && !strings.HasPrefix(name, "numberOf") {
		return nil, false
	}
	body, err := x.tx.at(x.i, t).body()
	if err != nil {
		x.tx.broken = err
		return nil, false
	}
	l := body.t.Loop
	switch name {
	case "nrOfInstances", "numberOfInstances":
		return l.Total, true
	case "nrOfActiveInstances", "numberOfActiveInstances":
		return l.Begun - l.Ended, true
	case "nrOfCompletedInstances", "numberOfCompletedInstances":
		return l.Ended, true
	case "nrOfTerminatedInstances", "numberOfTerminatedInstances":
		return 0, true
	}
	return nil, false
}

// set writes variables where they are seen from the token: in the innermost scope that has the name, else on the instance.
func (x *execution) set(vars map[string]Value) error {
	switch len(vars) {
	case 0:
		return nil
	case 1:
		for name, v := range vars {
			return x.setOne(name, v)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if err := x.setOne(name, vars[name]); err != nil {
			return err
		}
	}
	return nil
}

func (x *execution) setOne(name string, v Value) error {
	if err := x.tx.fits(name, v); err != nil {
		return err
	}
	for t := x.t; t != nil; t = t.in {
		if _, ok := t.Local[name]; ok {
			if !bytes.Equal(t.Local[name], v) {
				t.Local[name] = v
				x.i.touch(name)
			}
			return nil
		}
	}
	if body := x.outside(); body != nil {
		return body.setOne(name, v)
	}
	x.i.put(name, v)
	return nil
}

// fits refuses a variable that is too large to keep.
func (tx *Tx) fits(name string, v Value) error {
	if limit := tx.engine.opts.Limits.Variable; len(v) > limit {
		return refuse("variable_too_large", "", "variable %.100q has %d bytes, more than %d", name, len(v), limit)
	}
	return nil
}

// put writes a variable of the instance. Null makes it empty.
func (i *Instance) put(name string, v Value) {
	old, had := i.Variables[name]
	if had && bytes.Equal(old, v) {
		return
	}
	if i.Variables == nil {
		i.Variables = map[string]Value{}
	}
	i.Variables[name] = v
	i.touch(name)
}

func (i *Instance) touch(name string) {
	if !slices.Contains(i.changed, name) {
		i.changed = append(i.changed, name)
	}
	i.untested = i.prog.conditional
	i.dirty = true
}

// encode makes a computed value what the definition declares for its name: a number computed for an amount of money is one.
func (x *execution) encode(name string, v any) (Value, error) {
	if shape, declared := x.i.prog.names.Known[name]; declared {
		var err error
		if v, err = expression.AsShape(shape, v, x.zone()); err != nil {
			return nil, troublef("value_invalid", "%s: %s", name, err)
		}
	}
	raw, err := expression.Encode(v)
	if err != nil {
		return nil, troublef("value_invalid", "%s: %s", name, err)
	}
	return raw, nil
}

// local writes a variable of the token's own scope.
func (x *execution) local(name string, v any) error {
	raw, err := x.encode(name, v)
	if err != nil {
		return err
	}
	if x.t.Local == nil {
		x.t.Local = map[string]Value{}
	}
	x.t.Local[name] = raw
	x.i.touch(name)
	return nil
}

// seen is all variables as the token sees them.
func (tx *Tx) seen(i *Instance, t *Token) map[string]Value {
	all := maps.Clone(i.Variables)
	if body := tx.at(i, i.root()).outside(); body != nil {
		all = tx.seen(body.i, body.t)
	}
	if all == nil {
		all = map[string]Value{}
	}
	var chain []*Token
	for ; t != nil; t = t.in {
		chain = append(chain, t)
	}
	for _, t := range slices.Backward(chain) {
		maps.Copy(all, t.Local)
	}
	return all
}

// Variable gives a variable of the instance, nil where it is empty.
func (i *Instance) Variable(name string) Value {
	if v := i.Variables[name]; !bytes.Equal(v, null) {
		return v
	}
	return nil
}

var null = json.RawMessage("null")

// mapped evaluates mappings in the token's scope, for whoever takes them: encode makes their values what that one keeps.
func (x *execution) mapped(all []mapping, encode func(name string, v any) (Value, error)) (map[string]Value, error) {
	if len(all) == 0 {
		return nil, nil
	}
	made := make(map[string]Value, len(all))
	for _, m := range all {
		v, err := x.mapOne(m)
		if err != nil {
			return nil, err
		}
		if made[m.name], err = encode(m.name, v); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// asIs keeps a value for somebody else, whose names are their own.
func asIs(name string, v any) (Value, error) {
	raw, err := expression.Encode(v)
	if err != nil {
		return nil, troublef("value_invalid", "%s: %s", name, err)
	}
	return raw, nil
}

func (x *execution) mapOne(m mapping) (any, error) {
	switch {
	case m.program != nil:
		return x.evaluate(m.program)
	case m.kind == "list":
		all := make([]any, 0, len(m.items))
		for _, item := range m.items {
			v, err := x.mapOne(item)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		return all, nil
	case m.kind == "map":
		all := make(map[string]any, len(m.items))
		for _, item := range m.items {
			v, err := x.mapOne(item)
			if err != nil {
				return nil, err
			}
			all[item.name] = v
		}
		return all, nil
	}
	return x.fill(m.text)
}

// plain is a value as keys, names and timer texts have it; empty is nothing.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v) // money, dates and periods say themselves
}
