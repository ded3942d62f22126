package funnel

import (
	"slices"
	"strings"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine/expression"
)

// SeenBy tells whether somebody may see what the field holds: a role that its see names, and everyone where it names none.
func (f *Field) SeenBy(a access.Actor) bool { return len(f.See) == 0 || a.HasAny(f.See) }

// AmountSeenBy tells whether somebody may see the amount of a card: whoever may see all fields that it is worked out of.
func (f *Funnel) AmountSeenBy(a access.Actor) bool {
	names := []string{"amount"}
	if f.Amount != nil {
		names = f.Amount.Names()
	}
	return !slices.ContainsFunc(f.closed(names), func(one *Field) bool { return !one.SeenBy(a) })
}

// input is an input of the robots at an element.
type input struct{ element, name string }

// InputSeenBy tells whether somebody may see what a robot at an element was given under a name: whoever may see all fields that it is
// made of.
func (f *Funnel) InputSeenBy(a access.Actor, element, name string) bool {
	return !slices.ContainsFunc(f.inputs[input{element, name}], func(one *Field) bool { return !one.SeenBy(a) })
}

// closed are the fields among the names that are not for everyone to see.
func (f *Funnel) closed(names []string) []*Field {
	var all []*Field
	for _, name := range names {
		if one := f.fields[name]; one != nil && len(one.See) > 0 {
			all = append(all, one)
		}
	}
	return all
}

// sight notes which inputs of robots are made of fields that are not for everyone to see, and refuses to show such fields where everyone
// looks.
func (c *compiler) sight() {
	c.inputs = map[input][]*Field{}
	if len(c.closed(c.keys())) == 0 {
		return
	}
	each(&c.process.Scope, func(n *bpmn.Node) {
		inputs := slices.Clone(n.Extensions.Inputs)
		for _, l := range n.Extensions.Listeners {
			inputs = append(inputs, l.Fields...)
		}
		for _, in := range inputs {
			at := input{n.ID, in.Name}
			c.inputs[at] = append(c.inputs[at], c.closed(append(c.reads(in), in.Name))...)
		}
	})
	title := property(c.process.Extensions.Properties, "funnel.title")
	if c.Title != nil {
		c.shows(c.Title.Names(), at(c.process.Element, title.Place), "the title of a card")
	}
	for _, f := range c.closed([]string{"owner", "contact", "company"}) {
		c.shows([]string{f.Key}, bpmn.Element{ID: f.defined, Place: f.Place}, "every board and list")
	}
}

// shows refuses to show closed fields to whoever sees the card.
func (c *compiler) shows(names []string, e bpmn.Element, where string) {
	for _, f := range c.closed(names) {
		c.fail("field_shown", e, "field %q is for %s to see, but %s shows it to everyone: leave it out there, or take see away from the field", f.Key, strings.Join(f.See, ", "), where)
	}
}

// reads are the names that an input of a robot is made of: all fields, where that can't be told.
func (c *compiler) reads(in bpmn.Mapping) []string {
	var names []string
	for _, item := range in.Items {
		names = append(names, c.reads(item)...)
	}
	if in.Kind == "script" {
		p, err := c.names.Compile(in.Value, expression.Any)
		if err != nil {
			return c.keys()
		}
		return append(names, p.Names()...)
	}
	if in.Value == "" {
		return names
	}
	t, err := c.names.Text(in.Value)
	if err != nil {
		return c.keys()
	}
	return append(names, t.Names()...)
}
