package funnel

import (
	"strings"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
)

// Ask is a field as one task asks for it.
type Ask struct {
	*Field
	Label        string              `json:"label"`
	Required     bool                `json:"required,omitempty"`
	Conditional  bool                `json:"conditional,omitempty"` // it has a RequiredWhen or a VisibleWhen
	Readonly     bool                `json:"readonly,omitempty"`
	Fresh        bool                `json:"fresh,omitempty"`    // asked anew at each visit
	OnEnter      bool                `json:"on_enter,omitempty"` // checked when a person's move comes to rest here, and not when the task is left
	Bounds       Bounds              `json:"bounds,omitzero"`
	Verbs        []Verb              `json:"verbs,omitempty"` // of a document
	Rules        []*Rule             `json:"rules,omitempty"`
	RequiredWhen *expression.Program `json:"-"`
	VisibleWhen  *expression.Program `json:"-"`
}

// Rule is a condition that must hold before a task is left, with the sentence that people read where it does not.
type Rule struct {
	Code   string              `json:"code"`
	Source string              `json:"source"`
	Check  *expression.Program `json:"-"`
	Text   *expression.Text    `json:"-"` // nil: there is none
}

// asks reads the form of one element.
func (c *compiler) asks(form []occurrence) []*Ask {
	var all []*Ask
	for _, o := range form {
		f := c.fields[o.ID]
		if f == nil || o.ID == "rejection" {
			continue
		}
		for _, p := range o.Properties {
			c.knows("property_unknown", o.element, p.Name, p.Place, fieldKeys)
		}
		a := &Ask{
			Field: f, Label: c.label(o.Label, "field", f.Key),
			Required: constraint(o, "required") != nil,
			Readonly: c.flag(o.here(), o.prop("readonly")) || constraint(o, "readonly") != nil || f.Computed,
			Fresh:    c.flag(o.here(), o.prop("fresh")),
			OnEnter:  c.word(o.here(), o.prop("funnel.on"), "", "enter") == "enter",
			Bounds:   f.Bounds,
			Rules:    c.fieldRules(f, o),
		}
		if a.Label == "" {
			a.Label = f.Label
		}
		if o.element.ID != f.defined {
			a.Bounds = f.Bounds.tightened(c.bounds(f, o))
		}
		if f.Document != nil {
			a.Verbs = f.Document.Verbs
			if o.prop("verb").Value != "" {
				a.Verbs = c.verbs(o)
			}
		}
		when := func(name string) *expression.Program {
			p := o.prop(name)
			return c.source(c.names, p.Value, expression.Bool, o.at(p.Place))
		}
		a.RequiredWhen, a.VisibleWhen = when("requiredWhen"), when("visibleWhen")
		a.Conditional = a.RequiredWhen != nil || a.VisibleWhen != nil
		if a.Fresh && f.Computed {
			c.fail("fresh_computed", o.here(), "field %q is computed and can't be asked anew", f.Key)
		}
		all = append(all, a)
	}
	return all
}

// tightened lays the limits of one task over those of the field.
func (b Bounds) tightened(here Bounds) Bounds {
	if here.Min != "" {
		b.Min = here.Min
	}
	if here.Max != "" {
		b.Max = here.Max
	}
	if here.MinLength > 0 {
		b.MinLength = here.MinLength
	}
	if here.MaxLength > 0 {
		b.MaxLength = here.MaxLength
	}
	if here.Pattern != nil {
		b.Pattern = here.Pattern
	}
	return b
}

// fieldRules are the constraints rule.<code> of a form field; the sentence is the property rule.<code>.text.
func (c *compiler) fieldRules(f *Field, o occurrence) []*Rule {
	var all []*Rule
	for _, k := range o.Constraints {
		code, ok := strings.CutPrefix(k.Name, "rule.")
		if !ok {
			continue
		}
		text := o.prop(k.Name + ".text")
		all = append(all, c.rule(code, k.Config, o.at(k.Place), text, "field", f.Key, "rule", code))
	}
	for _, p := range o.Properties {
		name, isText := strings.CutSuffix(p.Name, ".text")
		if isText && strings.HasPrefix(name, "rule.") && constraint(o, name) == nil {
			c.warn("rule_missing", o.at(p.Place), "%q is the sentence of a rule that field %q does not have: add the constraint %q", p.Name, f.Key, name)
		}
	}
	return all
}

// rules are the properties funnel.rule.<code> of a task or sub-process, with funnel.rule.<code>.text.
func (c *compiler) rules(n *bpmn.Node) []*Rule {
	var all []*Rule
	props := n.Extensions.Properties
	for _, p := range props {
		code, ok := strings.CutPrefix(p.Name, "funnel.rule.")
		if !ok {
			continue
		}
		if of, isText := strings.CutSuffix(code, ".text"); isText {
			if property(props, "funnel.rule."+of).Value == "" {
				c.warn("rule_missing", at(n.Element, p.Place), "%q is the sentence of a rule that is not there: add the property %q", p.Name, "funnel.rule."+of)
			}
			continue
		}
		all = append(all, c.rule(code, p.Value, at(n.Element, p.Place), property(props, p.Name+".text"), n.ID, "rule", code))
	}
	return all
}

func (c *compiler) rule(code, source string, e bpmn.Element, text bpmn.Property, labels ...string) *Rule {
	if strings.TrimSpace(source) == "" {
		c.fail("rule_empty", e, "rule %q says nothing: write its condition", code)
	}
	if text.Value == "" {
		c.warn("rule_without_text", e, "rule %q has no sentence for people: add %q", code, "rule."+code+".text")
	}
	return &Rule{
		Code: code, Source: source, Check: c.source(c.names, source, expression.Bool, e),
		Text: c.text(c.names, c.label(text.Value, labels...), at(e, text.Place)),
	}
}

// reasons are the values of the form field "rejection", or of a sub-process the property funnel.rejection.
func (c *compiler) reasons(n *bpmn.Node) []Reason {
	if p := property(n.Extensions.Properties, "funnel.rejection"); p.Value != "" && n.Inside != nil {
		all := c.choices(n.Element, p)
		for i := range all {
			all[i].Name = c.label(all[i].Name, n.ID, "rejection", all[i].Code)
		}
		return all
	}
	for _, o := range c.forms[n.ID] {
		if o.ID != "rejection" {
			continue
		}
		if o.Type != "" && Type(o.Type) != Enum {
			c.fail("rejection_not_enum", o.here(), "the field %q holds the reasons to lose a client: it must be an enum, not %q", o.ID, o.Type)
		}
		all := c.valuesOf(o, n.ID, "rejection")
		if len(all) == 0 {
			c.fail("rejection_empty", o.here(), "the field \"rejection\" of %q has no reasons to choose from", n.ID)
		}
		return all
	}
	return nil
}
