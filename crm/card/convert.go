package card

import (
	"maps"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
)

// LineConverted stands in the history of both cards; Data is a Converted.
const LineConverted = "converted"

// Converted links a card with the one that goes on for it.
type Converted struct {
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Throwing takes the message of an end event that converts a card: it starts a card of the funnel whose start event bears that
// message, with the fields that both have, the contact and the owner.
func (c *Cards) Throwing(tx *engine.Tx, i *engine.Instance, t *engine.Token, event *bpmn.Event) (bool, error) {
	s := c.scope(tx, i, t)
	if s == nil {
		return false, nil
	}
	made := s.f.Converts[t.Element]
	if made == nil || event.Trigger != bpmn.MessageTrigger {
		return false, nil
	}
	process, start, err := receiver(tx, made.Message)
	if err != nil {
		return true, err
	}
	if process == "" {
		return true, no(t.Element, s.f.NameOf(t.Element), sayNoFunnel.in(s.f.Language, s.f.NameOf(t.Element)))
	}
	return true, s.convert(made, process, start)
}

// receiver finds the funnel that a message starts a card of.
func receiver(tx *engine.Tx, message string) (process, start string, err error) {
	starts, err := tx.Starts()
	if err != nil {
		return "", "", err
	}
	for _, w := range starts {
		if w.Kind == engine.WaitMessage && w.Name == message {
			return w.Process, w.Element, nil
		}
	}
	return "", "", nil
}

func (s *scope) convert(made *funnel.Conversion, process, start string) error {
	d, err := s.tx.Latest(process)
	if err != nil {
		return err
	}
	to, err := s.Funnel(s.tx, d.ID, "")
	if err != nil {
		return err
	}
	from := s.record()
	values := map[string]engine.Value{}
	for _, f := range s.f.Fields {
		other := to.Field(f.Key)
		if v := s.i.Variable(f.Key); v != nil && other != nil && other.Type == f.Type && other.Multiple == f.Multiple && !other.Computed {
			values[f.Key] = v
		}
	}
	if owner := s.i.Variable("owner"); owner != nil {
		values["owner"] = owner
	}
	inputs, err := s.inputs(made, to)
	if err != nil {
		return err
	}
	maps.Copy(values, inputs)
	actor := access.System("robot")
	person, err := s.whom(actor, from)
	if err != nil {
		return err
	}
	h := &hand{&scope{Cards: s.Cards, tx: s.tx, f: to, card: &Card{ID: s.tx.NewID(), From: s.i.ID, Worked: from.Worked}}, actor, to}
	if err := h.start(engine.Start{Definition: d.ID, Element: start, Variables: values}, person, from.Company); err != nil {
		return err
	}
	h.log(LineConverted, "", Converted{From: s.i.ID})
	old := &hand{s, actor, s.f}
	old.log(LineConverted, s.t.Element, Converted{To: h.card.ID})
	return nil
}

// inputs are those of the end event, as values of the fields that they are for.
func (s *scope) inputs(made *funnel.Conversion, to *funnel.Funnel) (map[string]engine.Value, error) {
	values := map[string]engine.Value{}
	for _, in := range made.Inputs {
		if in.Text == nil {
			continue
		}
		v, err := in.Text.Run(s.env(""))
		if err != nil {
			return nil, err
		}
		f := to.Field(in.Name)
		raw, err := expression.Encode(v)
		if err != nil {
			return nil, err
		}
		if said, ok := v.(string); ok && f != nil { // a text stands for values of every type
			read, fault := f.Read(raw, reading(to))
			if fault != nil {
				return nil, &Refusal{[]Missing{{Kind: MissingField, Key: in.Name, Label: f.Label, Message: sayFault(f.Label, fault, s.f.Language)}}}
			}
			if raw = read; said == "" {
				continue
			}
		}
		if v != nil {
			values[in.Name] = raw
		}
	}
	return values, nil
}

// whom is the contact that goes along: the card's own, else the one that its fields tell of, found or made.
func (s *scope) whom(actor access.Actor, from *Card) (string, error) {
	if from.Contact != "" {
		return from.Contact, nil
	}
	one := contact.Contact{Kind: contact.Person, Name: text(s.i, "full_name")}
	for _, f := range s.f.Fields {
		v := text(s.i, f.Key)
		if v == "" || f.Multiple {
			continue
		}
		switch f.Type {
		case funnel.Phone:
			one.Phones = append(one.Phones, v)
		case funnel.Email:
			one.Emails = append(one.Emails, v)
		}
	}
	if one.Name == "" {
		one.Name = from.Title
	}
	if one.Name == "" || len(one.Phones)+len(one.Emails) == 0 {
		return "", nil
	}
	found, _, err := contact.Ensure(s.tx, actor, one)
	if err != nil {
		return "", err
	}
	return found.ID, nil
}
