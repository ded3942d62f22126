package engine

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
)

// callActivity starts an instance of another process and waits until it is over (BPMN 2.0.2, 13.3.4). With no mapping written,
// all variables go in and all come back.
type callActivity struct{ still }

func (callActivity) enter(x *execution) error {
	process, err := x.fillString(x.n.called)
	if err != nil {
		return err
	}
	if x.i.Depth >= x.tx.engine.opts.Limits.Depth {
		return troublef("call_depth", "processes call each other more than %d deep", x.tx.engine.opts.Limits.Depth)
	}
	s := Start{Process: process, Definition: x.n.version(process), Variables: maps.Clone(x.tx.seen(x.i, x.t)), Key: x.i.Key, parent: &Link{x.i.ID, x.t.ID}, depth: x.i.Depth + 1}
	if in := x.n.Extensions.In; len(in) > 0 {
		if s.Variables, err = x.carry(x, in, &s.Key); err != nil {
			return err
		}
	}
	if len(x.n.inputs)+len(x.n.fetches) > 0 {
		s.Variables = x.given()
	}
	x.wait()
	called, err := x.tx.Start(s)
	var refused *Refused
	if errors.Is(err, ErrNotFound) || errors.As(err, &refused) {
		return troublef("call_unknown", "%q calls process %q: %s", x.n.ID, process, err)
	}
	if err != nil {
		return err
	}
	x.t.Called = called.ID
	return nil
}

// ended takes over what the called instance left.
func (callActivity) ended(x *execution) error {
	x.t.Phase = End
	called, err := x.tx.Instance(x.t.Called)
	if err != nil {
		return err
	}
	inner := &execution{x.tx, called, &Token{node: called.prog.root}, called.prog.root}
	vars := called.Variables
	if out := x.n.Extensions.Out; len(out) > 0 {
		var ignored string
		if vars, err = inner.carry(inner, out, &ignored); err != nil {
			return err
		}
	} else if len(x.n.Extensions.In) > 0 {
		vars = nil
	} else if len(x.n.hands) > 0 {
		vars = maps.Clone(vars)
		maps.DeleteFunc(vars, func(name string, _ Value) bool { return !slices.Contains(x.n.own, name) })
	}
	x.t.Called = ""
	if err := x.result(vars); err != nil {
		return err
	}
	return x.finish()
}

func (callActivity) cancel(x *execution) error {
	if x.t.Called == "" {
		return nil
	}
	called, err := x.tx.Instance(x.t.Called)
	if err != nil {
		return err
	}
	x.t.Called = ""
	return x.tx.cancelInstance(called)
}

// carry evaluates in or out mappings in the scope of from.
func (x *execution) carry(from *execution, all []bpmn.CallMapping, key *string) (map[string]Value, error) {
	vars := map[string]Value{}
	for n, m := range all {
		switch {
		case m.BusinessKey != "":
			v, err := x.carryValue(from, m.BusinessKey)
			if err != nil {
				return nil, err
			}
			*key = plain(v)
		case m.All && m.Local:
			maps.Copy(vars, from.t.Local)
		case m.All:
			maps.Copy(vars, x.tx.seen(from.i, from.t))
		default:
			source := m.SourceExpression
			if source == "" {
				source = m.Source
			}
			v, err := x.carryValue(from, source)
			if err != nil {
				return nil, err
			}
			raw, err := expression.Encode(v)
			if err != nil {
				return nil, troublef("value_invalid", "mapping %d of %q: %s", n+1, x.n.ID, err)
			}
			vars[m.Target] = raw
		}
	}
	return vars, nil
}

// carryValue evaluates one mapping, which was found to compile when the process was deployed.
func (x *execution) carryValue(from *execution, source string) (any, error) {
	p, err := from.i.prog.names.Compile(source, expression.Any)
	if err != nil {
		return nil, &trouble{"expression_invalid", err.Error()}
	}
	return from.evaluate(p)
}

// version is the definition that a call names; empty: the newest.
func (n *node) version(process string) string {
	if n.Extensions.CalledBinding != "version" {
		return ""
	}
	return process + ":" + strings.TrimSpace(n.Extensions.CalledVersion)
}

func (c *compiler) callActivity(n *node) behavior {
	if strings.TrimSpace(n.CalledElement) == "" {
		c.problem("call_empty", n.Element, "call activity %q does not say which process it calls", n.ID)
	}
	n.called = c.textAt(n.CalledElement, n.Element)
	if version, err := strconv.Atoi(strings.TrimSpace(n.Extensions.CalledVersion)); n.Extensions.CalledBinding == "version" && (err != nil || version < 1) {
		c.problem("call_version", n.Element, "call activity %q calls version %q: write its number", n.ID, n.Extensions.CalledVersion)
	}
	for _, m := range n.Extensions.In {
		at := bpmn.Element{ID: n.ID, Place: m.Place}
		switch {
		case m.BusinessKey != "":
			c.source(m.BusinessKey, expression.Any, at)
		case m.All:
		case m.Target == "":
			c.problem("mapping_target_missing", at, "a mapping of %q does not say into which variable", n.ID)
		case m.SourceExpression != "":
			c.source(m.SourceExpression, expression.Any, at)
		default:
			c.source(m.Source, expression.Any, at)
		}
	}
	return callActivity{}
}
