package card

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// Draft is a card to be made.
type Draft struct {
	Funnel  string                     `json:"funnel"` // the process
	Fields  map[string]json.RawMessage `json:"fields,omitempty"`
	Contact string                     `json:"contact,omitempty"`
	Company string                     `json:"company,omitempty"`
}

// LineCreated says that somebody made the card; Data is what its fields were.
const LineCreated = "created"

// Create makes a card in the newest version of a funnel and gives its id. The form of the plain start event says what must be there.
func (c *Cards) Create(tx *engine.Tx, actor access.Actor, d Draft) (string, error) {
	if actor.ID == "" {
		return "", access.ErrNobody
	}
	newest, err := tx.Latest(d.Funnel)
	if errors.Is(err, engine.ErrNotFound) {
		return "", no(d.Funnel, d.Funnel, sayNotFound.in(actor.Language, d.Funnel))
	}
	if err != nil {
		return "", err
	}
	said, err := c.Funnel(tx, newest.ID, actor.Language)
	if err != nil {
		return "", err
	}
	if said == nil || said.Kind == funnel.Track {
		return "", no(d.Funnel, newest.Name, sayNoBoard.in(actor.Language, newest.Name))
	}
	id := tx.NewID()
	h := &hand{&scope{Cards: c, tx: tx, f: said, card: &Card{ID: id}}, actor, said}
	values, missing := h.first(d.Fields)
	for _, a := range said.Intake {
		if m := h.asksFirst(a, values); m != nil {
			missing = append(missing, *m)
		}
	}
	if len(missing) > 0 {
		return "", refused(missing)
	}
	return id, h.start(engine.Start{Definition: newest.ID, Variables: values}, d.Contact, d.Company)
}

// first reads the fields of a new card, on top of what they are by themselves.
func (h *hand) first(fields map[string]json.RawMessage) (map[string]engine.Value, []Missing) {
	values := map[string]engine.Value{}
	for _, f := range h.said.Fields {
		if f.Default != "" {
			if v, fault := f.Parse(f.Default); fault == nil {
				values[f.Key] = v
			}
		}
	}
	var missing []Missing
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if len(missing) == mostWrong {
			break
		}
		f := h.said.Field(key)
		if m := h.mayWrite(key, f); m != nil {
			missing = append(missing, *m)
			continue
		}
		v, fault := f.Read(fields[key], h.reading())
		switch m := h.dangling(f, v); {
		case fault != nil:
			missing = append(missing, Missing{Kind: MissingField, Key: key, Label: f.Label, Message: sayFault(f.Label, fault, h.actor.Language)})
		case m != nil:
			missing = append(missing, *m)
		case v != nil:
			values[key] = v
		default:
			delete(values, key)
		}
	}
	h.agree(writing{
		changed: func(string) bool { return true },
		given:   func(key string) bool { return fields[key] != nil },
		value:   func(key string) engine.Value { return values[key] },
		set: func(key string, v engine.Value) {
			if values[key] = v; v == nil {
				delete(values, key)
			}
		},
	})
	return values, missing
}

// asksFirst tells what the form of the start event lacks.
func (h *hand) asksFirst(a *funnel.Ask, values map[string]engine.Value) *Missing {
	at := *h.scope
	at.i = &engine.Instance{ID: h.card.ID, Variables: values, Started: h.tx.Now()}
	g := &gate{scope: &at, said: h.said, language: h.actor.Language}
	if a.Document != nil || a.Type == funnel.FileType || !g.visible(a) {
		return nil // files come later
	}
	if m := g.lacks(a); len(m) > 0 {
		return &m[0]
	}
	return nil
}

// start starts the instance of a new card.
func (h *hand) start(s engine.Start, contact, company string) error {
	card := h.card
	card.Contact, card.Company, card.Created, card.Definition = contact, company, h.tx.Now(), s.Definition
	card.Funnel, card.Kind, card.Currency = h.said.ID, h.said.Kind, h.said.Currency
	for key, id := range map[string]string{"contact": contact, "company": company} {
		if f := h.said.Field(key); f != nil && id != "" && s.Variables[key] == nil {
			s.Variables[key] = encoded(id)
		}
	}
	if err := save(h.tx, card); err != nil {
		return err
	}
	i, err := h.tx.StartAs(card.ID, s)
	if err != nil {
		return err
	}
	h.i = i
	h.log(LineCreated, "", s.Variables)
	return nil
}
