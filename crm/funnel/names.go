package funnel

import (
	"slices"
	"strings"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
)

// Names are what the expressions of the funnel may read: its fields, what every card knows of itself, and the names that the
// drawing itself gives to results.
func (f *Funnel) Names() *expression.Names { return f.names }

// rowShape is one row of a products field.
var rowShape = expression.Shape{Type: expression.Map, Fields: map[string]expression.Shape{
	"sku": {Type: expression.String}, "name": {Type: expression.String}, "kind": {Type: expression.String},
	"price": {Type: expression.MoneyType}, "quantity": {Type: expression.Number}, "hours": {Type: expression.Number},
	"discount": {Type: expression.Percent}, "amount": {Type: expression.MoneyType},
}}

var (
	stringShape = expression.Shape{Type: expression.String}
	moneyShape  = expression.Shape{Type: expression.MoneyType}
	timeShape   = expression.Shape{Type: expression.TimeType}
	dateShape   = expression.Shape{Type: expression.DateType}
	anyShape    = expression.Shape{Type: expression.Any}
)

// cardNames are what every card knows of itself. A field of that name takes its place.
func cardNames() map[string]expression.Shape {
	person := expression.Shape{Type: expression.Map, Fields: map[string]expression.Shape{
		"id": stringShape, "name": stringShape, "phone": stringShape, "email": stringShape,
	}}
	paper := expression.Shape{Type: expression.Map, Fields: map[string]expression.Shape{
		"key": stringShape, "number": stringShape, "date": dateShape,
	}}
	payment := expression.Shape{Type: expression.Map, Fields: map[string]expression.Shape{
		"date": dateShape, "amount": moneyShape, "confirmed": {Type: expression.Bool},
	}}
	return map[string]expression.Shape{
		"contact": person, "company": person, "owner": stringShape, "channel": stringShape, "stage": stringShape,
		"created_at": timeShape, "entered": timeShape, "due": timeShape, "parent": anyShape,
		"items": {Type: expression.List, Of: &rowShape}, "payments": {Type: expression.List, Of: &payment},
		"offers": {Type: expression.List}, "documents": {Type: expression.List, Of: &paper},
		"paid": moneyShape, "debt": moneyShape, "overdue": moneyShape, "next_due": dateShape,
		"tags": {Type: expression.List, Of: &stringShape}, "touches": {Type: expression.Int},
		"rejection": stringShape, "rejection_comment": stringShape, "flow": stringShape, "outcome": stringShape,
	}
}

// CardNames are the names that every card knows of itself, unless a field takes their place.
func CardNames() []string {
	var all []string
	for name := range cardNames() {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// shape is the type of a field's value in expressions.
func (f *Field) shape() expression.Shape {
	switch f.Type {
	case Table:
		row := expression.Shape{Type: expression.Map, Fields: map[string]expression.Shape{}}
		for _, col := range f.Columns {
			row.Fields[col.Key] = expression.Shape{Type: scalars[col.Type]}
		}
		return expression.Shape{Type: expression.List, Of: &row}
	case Products:
		return expression.Shape{Type: expression.List, Of: &rowShape}
	case FileType:
		return f.several(expression.Shape{Type: expression.Map, Fields: map[string]expression.Shape{
			"id": stringShape, "name": stringShape, "size": {Type: expression.Int}, "type": stringShape,
		}})
	case DocType:
		return expression.Shape{Type: expression.Map, Fields: map[string]expression.Shape{
			"number": stringShape, "date": dateShape, "sent": {Type: expression.Bool}, "kept": {Type: expression.Bool},
		}}
	}
	return f.several(expression.Shape{Type: scalars[f.Type]})
}

func (f *Field) several(one expression.Shape) expression.Shape {
	if !f.Multiple {
		return one
	}
	return expression.Shape{Type: expression.List, Of: &one}
}

// scalars are the types of single values.
var scalars = map[Type]expression.Type{
	String: expression.String, Text: expression.String, Long: expression.Int, Number: expression.Number, Percent: expression.Percent,
	MoneyType: expression.MoneyType, Boolean: expression.Bool, Date: expression.DateType, DateTime: expression.TimeType,
	Phone: expression.String, Email: expression.String, Address: expression.String, Enum: expression.String, User: expression.String,
	Contact: expression.String, Company: expression.String,
}

// name collects all names of the funnel.
func (c *compiler) name() {
	known := cardNames()
	for _, f := range c.Fields {
		known[f.Key] = f.shape()
	}
	given := func(name string) {
		if _, taken := known[name]; !taken && word.MatchString(name) {
			known[name] = anyShape
		}
	}
	each(&c.process.Scope, func(n *bpmn.Node) {
		for _, name := range results(n) {
			given(name)
		}
	})
	c.names.Known, c.numbering.Known = known, known
}

// results are the names that an element of the drawing gives to what comes out of it.
func results(n *bpmn.Node) []string {
	x := &n.Extensions
	all := []string{x.Work.ResultVariable}
	for _, m := range x.Outputs {
		all = append(all, m.Name)
	}
	for _, m := range x.Inputs {
		if !isRobot(n) {
			all = append(all, m.Name)
		}
	}
	for _, m := range x.Out {
		all = append(all, m.Target)
	}
	if l := n.Loop; l != nil {
		all = append(all, l.Item, l.OutputCollection, "loopCounter", "nrOfInstances", "nrOfActiveInstances", "nrOfCompletedInstances")
	}
	for _, e := range n.Events {
		for _, x := range []*bpmn.Extensions{x, &e.Extensions} {
			all = append(all, x.ErrorCodeVariable, x.ErrorMessageVariable, x.EscalationCodeVariable)
		}
	}
	return all
}

// cycles puts the computed fields in the order in which they can be worked out, and finds those that are computed of one another.
func (c *compiler) cycles() {
	const open, done = 1, 2
	state := map[string]int{}
	var walk func(f *Field) bool
	walk = func(f *Field) bool {
		state[f.Key] = open
		for _, name := range f.Value.Names() {
			to := c.fields[name]
			if to == nil || to.Value == nil {
				continue
			}
			if state[name] == open || state[name] == 0 && !walk(to) {
				return false
			}
			f.Live = f.Live || to.Live
		}
		for _, clock := range []string{"now", "today", "age", "working", "at"} {
			f.Live = f.Live || f.Value.Uses(clock)
		}
		for name := range cardNames() {
			f.Live = f.Live || c.fields[name] == nil && slices.Contains(f.Value.Names(), name)
		}
		state[f.Key] = done
		if !f.Live {
			c.computed = append(c.computed, f)
		}
		return true
	}
	for _, f := range c.Fields {
		if f.Value != nil && state[f.Key] == 0 && !walk(f) {
			c.fail("value_cycle", bpmn.Element{ID: f.defined, Place: f.Place}, "field %q is computed of itself, by way of %s", f.Key, strings.Join(f.Value.Names(), ", "))
			f.Value = nil
		}
	}
}
