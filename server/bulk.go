package server

import (
	"encoding/json"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// bulk is one deed over many cards: exactly one of the deeds is set.
type bulk struct {
	Cards   []string                   `json:"cards"`
	Fields  map[string]json.RawMessage `json:"fields"`
	Advance *card.Advance              `json:"advance"`
	Reject  *card.Reject               `json:"reject"`
	Assign  *assignment                `json:"assign"`
}

// result is what became of one card.
type result struct {
	ID      string   `json:"id"`
	Done    bool     `json:"done"`
	Problem *problem `json:"problem,omitempty"`
}

const mostBulk = 500

// bulkCards does one deed over many cards, each in a transaction of its own: what one lacks stops no other.
func bulkCards(c *call) (*answer, error) {
	var in bulk
	if err := c.json(&in); err != nil {
		return nil, err
	}
	do := in.deed(c)
	switch {
	case len(in.Cards) == 0:
		return nil, badField("cards", "required")
	case len(in.Cards) > mostBulk:
		return nil, badField("cards", "too_many")
	case do == nil:
		return nil, badField("advance", "required")
	}
	results := []result{}
	for _, id := range in.Cards {
		key, err := c.once(id)
		if err != nil {
			return nil, err
		}
		_, err = c.updateOnce(key, func(tx *engine.Tx) (string, error) {
			one, err := c.card(tx, id)
			if err != nil {
				return "", err
			}
			return one.ID, do(tx, one.ID)
		}, done)
		one := result{ID: id, Done: err == nil}
		if err != nil {
			if c.ctx().Err() != nil {
				return nil, err
			}
			p := c.problem(err)
			p.Request, p.Type = traceOf(c.r).id, docsPath+"#"+p.Code
			one.Problem = p
		}
		results = append(results, one)
	}
	return ok(map[string]any{"results": results})
}

// deed is the one that is set; nil: none, or several.
func (b *bulk) deed(c *call) func(tx *engine.Tx, id string) error {
	var all []func(tx *engine.Tx, id string) error
	if b.Fields != nil {
		all = append(all, func(tx *engine.Tx, id string) error { return c.s.cards.Write(tx, c.actor, id, b.Fields, 0) })
	}
	if b.Advance != nil {
		all = append(all, func(tx *engine.Tx, id string) error { return c.s.cards.Advance(tx, c.actor, id, *b.Advance) })
	}
	if b.Reject != nil {
		all = append(all, func(tx *engine.Tx, id string) error { return c.s.cards.Reject(tx, c.actor, id, *b.Reject) })
	}
	if b.Assign != nil {
		all = append(all, func(tx *engine.Tx, id string) error {
			return c.s.cards.Assign(tx, c.actor, id, c.whose(b.Assign.Owner), 0)
		})
	}
	if len(all) != 1 {
		return nil
	}
	return all[0]
}
