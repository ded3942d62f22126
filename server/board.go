package server

import (
	"strings"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// column is one stage of a board.
type column struct {
	Stage   named  `json:"stage"` // what it asks for is told with the funnel
	Count   int    `json:"count"`
	Amount  money  `json:"amount"`
	Overdue int    `json:"overdue"`
	Cards   []line `json:"cards"`
	Next    string `json:"next"`
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// showBoard gives the open cards of a funnel by stage. ?owner= ?q= ?overdue= and ?field.<key>= narrow it; ?stage= with ?after= gives
// one column further down.
func showBoard(c *call) (*answer, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	v := card.View{Limit: p.limit, After: p.after, Fields: map[string]string{}}
	q := c.r.URL.Query()
	v.Owner, v.Text, v.Stage = c.whose(q.Get("owner")), q.Get("q"), q.Get("stage")
	if v.Overdue, err = c.flag("overdue"); err != nil {
		return nil, err
	}
	if v.After != "" && v.Stage == "" {
		return nil, badField("stage", "required")
	}
	for name := range q {
		if key, is := strings.CutPrefix(name, "field."); is {
			v.Fields[key] = q.Get(name)
		}
	}
	columns := []column{}
	err = c.view(func(tx *engine.Tx) error {
		columns = columns[:0]
		b, err := c.s.cards.Board(tx, c.actor, c.path("funnel"), v)
		if err != nil {
			return err
		}
		if !c.sees(b.Funnel) {
			return errHidden
		}
		for _, one := range b.Columns {
			stage := named{one.ID, one.ID}
			if one.Stage != nil {
				stage.Name = one.Stage.Name
			} else if len(one.Cards) > 0 { // the newest version no longer has it; that of its cards does
				if stage.Name, err = c.nameOf(tx, one.Cards[0].Definition, one.ID); err != nil {
					return err
				}
			}
			columns = append(columns, column{
				Stage: stage, Count: one.Count, Amount: money{one.Amount, b.Funnel.Currency}, Overdue: one.Overdue, Cards: linesOf(one.Cards),
				Next: next(one.Next),
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"columns": columns})
}

// whose is a person's id; "me" is the actor's.
func (c *call) whose(id string) string {
	if id == "me" {
		return c.actor.ID
	}
	return id
}
