package engine

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
)

// Data (BPMN 2.0.2, 10.4). Data objects, properties, inputs and outputs are variables: a process's of the instance, a sub-process's
// data objects of each run of it, an activity's properties, inputs and outputs of the activity. A data association copies a source to
// its target, or what a transformation or assignments make of it, before the activity works and after it has; one that has nothing to
// copy leaves its target as it is. Modelers draw associations without a source or to a placeholder: those are pictures.

// association is one data association.
type association struct {
	target         string
	sources        []string
	transformation *expression.Program
	assignments    []assignment
}

// assignment sets a variable, or a field inside one.
type assignment struct {
	from *expression.Program
	to   []string
}

// placeholder is the target that bpmn.io gives an association that leads to no data of the activity.
const placeholder = "__targetRef_placeholder"

// data compiles what belongs to a node.
func (c *compiler) data(n *node) {
	n.fetches, n.hands = c.associations(n, n.Node.Inputs), c.associations(n, n.Node.Outputs)
	for _, d := range n.Data {
		name := d.Variable()
		end := slices.ContainsFunc(n.fetches, func(a association) bool { return a.target == name }) ||
			slices.ContainsFunc(n.hands, func(a association) bool { return slices.Contains(a.sources, name) })
		if d.Kind == "property" && name != placeholder || end || n.Loop != nil && n.Loop.OutputCollection == name {
			n.own = append(n.own, name)
		}
	}
	if n.Inside == nil {
		return
	}
	for _, d := range n.Inside.Data {
		if _, field := c.names.Known[d.Variable()]; d.Kind == "dataObject" && !field {
			n.inner = append(n.inner, d.Variable())
		}
	}
}

func (c *compiler) associations(n *node, all []*bpmn.DataAssociation) []association {
	var made []association
	for _, a := range all {
		if !copies([]*bpmn.DataAssociation{a}) {
			continue
		}
		at := a.Element
		at.ID = n.ID
		one := association{target: a.Target, sources: a.Sources}
		if a.Transformation != nil {
			one.transformation = c.expression(a.Transformation, expression.Any, at)
		}
		for _, s := range a.Assignments {
			one.assignments = append(one.assignments, assignment{c.expression(&s.From, expression.Any, at), c.place(s.To, a, at)})
		}
		if name := c.store(append([]string{a.Target}, a.Sources...)); name != "" {
			c.problems = append(c.problems, bpmn.Warningf("data_store", at, "%s reads or writes the data store %q: it is a variable of the instance here, and outlives it nowhere", n, name))
		}
		made = append(made, one)
	}
	return made
}

// store is the first of the names that is a data store's.
func (c *compiler) store(names []string) string {
	found := ""
	c.process.Scopes(func(_ *bpmn.Node, s *bpmn.Scope) {
		for _, d := range s.Data {
			if d.Kind == "dataStoreReference" && found == "" && slices.Contains(names, d.Variable()) {
				found = d.Variable()
			}
		}
	})
	return found
}

// fieldPath is a variable, or a field in one.
var fieldPath = regexp.MustCompile(`^[\pL_][\pL\pN_-]*(\.[\pL_][\pL\pN_]*)*$`)

// place compiles the place that an assignment sets: the target of its association, a field of it, or another variable.
func (c *compiler) place(to bpmn.Expression, a *bpmn.DataAssociation, at bpmn.Element) []string {
	text := strings.TrimSpace(to.Text)
	if rest, ok := strings.CutPrefix(text, "${"); ok {
		text = strings.TrimSuffix(rest, "}")
	}
	if !fieldPath.MatchString(text) {
		at.Place = to.Place
		c.problem("assignment_target", at, "an assignment of %q sets %q: write a variable, or a field of one like %s.total", at.ID, short(text), a.Target)
		return []string{a.Target}
	}
	path := strings.Split(text, ".")
	c.process.Walk(func(n *bpmn.Node) {
		for _, d := range n.Data {
			if d.ID == path[0] {
				path[0] = d.Variable()
			}
		}
	})
	c.process.Scopes(func(_ *bpmn.Node, s *bpmn.Scope) {
		for _, d := range s.Data {
			if d.ID == path[0] {
				path[0] = d.Variable()
			}
		}
	})
	return path
}

// declare makes variables of the token's own.
func (x *execution) declare(names []string) {
	for _, name := range names {
		if x.t.Local == nil {
			x.t.Local = map[string]Value{}
		}
		if _, ok := x.t.Local[name]; !ok {
			x.t.Local[name] = null
		}
	}
}

// fetch copies into an activity what its associations say.
func (x *execution) fetch() error {
	x.declare(x.n.own)
	vars, err := x.moved(x.n.fetches, nil)
	if err != nil || len(vars) == 0 {
		return err
	}
	if x.t.Local == nil {
		x.t.Local = map[string]Value{}
	}
	maps.Copy(x.t.Local, vars)
	return nil
}

// hand copies out of an activity what its associations say.
func (x *execution) hand() error {
	vars, err := x.moved(x.n.hands, nil)
	if err != nil {
		return err
	}
	return x.tx.at(x.i, x.t.in).set(vars)
}

// arrived is what becomes of the variables that came with an event: its associations copy its outputs, the rest stays as it is.
func (x *execution) arrived(event *node, vars map[string]Value) (map[string]Value, error) {
	if len(event.hands) == 0 || event.isActivity() {
		return vars, nil
	}
	made, err := x.moved(event.hands, vars)
	if err != nil {
		return nil, err
	}
	rest := maps.Clone(vars)
	maps.DeleteFunc(rest, func(name string, _ Value) bool { return slices.Contains(event.own, name) })
	maps.Copy(made, rest)
	return made, nil
}

// given is what an activity is given to work with: its own variables, those of all turns with those of the turn.
func (x *execution) given() map[string]Value {
	vars := maps.Clone(x.t.Local)
	if x.t.Turn > 0 && len(x.t.in.Local) > 0 {
		vars = maps.Clone(x.t.in.Local)
		maps.Copy(vars, x.t.Local)
	}
	maps.DeleteFunc(vars, func(name string, v Value) bool {
		return bytes.Equal(v, null) && (slices.Contains(x.n.own, name) || x.n.loop != nil && x.n.loop.gives == name)
	})
	return vars
}

// moved makes what associations copy, by the names of their targets. over are variables seen before the token's.
func (x *execution) moved(all []association, over map[string]Value) (map[string]Value, error) {
	if len(all) == 0 {
		return nil, nil
	}
	env := x.env()
	env.Lookup = func(name string) any {
		if v, ok := over[name]; ok {
			return x.decode(name, v)
		}
		return x.lookup(name)
	}
	made := map[string]any{}
	for _, a := range all {
		if err := a.move(env, made); err != nil {
			return nil, evaluationTrouble(err)
		}
	}
	vars := make(map[string]Value, len(made))
	for name, v := range made {
		var err error
		if vars[name], err = x.encode(name, v); err != nil {
			return nil, err
		}
	}
	return vars, nil
}

func (a *association) move(env *expression.Env, made map[string]any) error {
	switch {
	case a.transformation != nil:
		v, err := a.transformation.Run(env)
		if err != nil {
			return err
		}
		made[a.target] = v
	case len(a.assignments) == 0:
		if v := env.Lookup(a.sources[0]); v != nil {
			made[a.target] = v
		}
	}
	for _, s := range a.assignments {
		v, err := s.from.Run(env)
		if err != nil {
			return err
		}
		name := s.to[0]
		if _, ok := made[name]; !ok && len(s.to) > 1 {
			made[name] = env.Lookup(name)
		}
		made[name] = put(made[name], s.to[1:], v)
	}
	return nil
}

// put gives the record with a field set in it; it changes no record that it was given.
func put(in any, path []string, v any) any {
	if len(path) == 0 {
		return v
	}
	record, _ := in.(map[string]any)
	record = maps.Clone(record)
	if record == nil {
		record = map[string]any{}
	}
	record[path[0]] = put(record[path[0]], path[1:], v)
	return record
}
