package card

import (
	"slices"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// Page is all that a card's page shows.
type Page struct {
	*Item
	Funnel *funnel.Funnel          // of the card's version, in the reader's language
	Fields map[string]engine.Value // as the API sends them, those that the reader may see
	Papers []Papers
	Moves  []Move
	Tasks  []Work // the work of people that is open
}

// Work is an open task of a card.
type Work struct {
	ID      string          `json:"id"`
	Element string          `json:"element"`
	Name    string          `json:"name"`
	Stage   string          `json:"stage,omitempty"`
	Mine    bool            `json:"mine"` // the reader may act
	Reject  bool            `json:"reject"`
	Roles   []string        `json:"roles,omitempty"`
	Reasons []funnel.Reason `json:"reasons,omitempty"`
	Asks    []Asked         `json:"asks"`
	Missing []Missing       `json:"missing"`
	Flows   []*funnel.Move  `json:"flows,omitempty"`
	*engine.Task
}

// Asked is a field of an open task, as things stand.
type Asked struct {
	Key      string `json:"key"`
	Visible  bool   `json:"visible"`
	Required bool   `json:"required"`
}

// Page gives a card with everything that its page shows.
func (c *Cards) Page(tx *engine.Tx, reader access.Actor, id string) (*Page, error) {
	h, err := c.take(tx, reader, id, 0)
	if err != nil {
		return nil, err
	}
	item, err := c.item(tx, h.card, "", reader)
	if err != nil {
		return nil, err
	}
	p := &Page{Item: item, Funnel: h.said, Fields: h.shown(h.sees), Papers: h.papers(), Moves: h.moves(), Tasks: []Work{}}
	for _, t := range h.i.Tokens {
		if task := h.said.Task(t.Element); task != nil && t.Task != nil {
			p.Tasks = append(p.Tasks, h.work(task, t))
		}
	}
	return p, nil
}

func (h *hand) work(task *funnel.Task, t *engine.Token) Work {
	w := Work{
		ID: engine.OuterID(h.i.ID, t.ID), Element: task.ID, Name: task.Name, Mine: may(h.actor, task, t.Task), Reject: mayReject(h.actor, task, t.Task),
		Roles: task.Roles, Reasons: slices.Concat(task.Reasons, h.said.Reasons), Asks: []Asked{}, Missing: []Missing{}, Flows: task.Moves, Task: t.Task,
	}
	if s := task.Stage(); s != nil {
		w.Stage = s.ID
	}
	at := *h.scope
	at.t = t
	g := &gate{scope: &at, said: h.said, language: h.actor.Language, given: h.given(task)}
	for _, a := range task.Asks {
		if h.sees(a.Field) {
			w.Asks = append(w.Asks, Asked{a.Key, g.visible(a), g.required(a)})
		}
	}
	w.Missing = append(w.Missing, g.missing(task)...)
	return w
}
