package server

import (
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// showMoves answers for a card in hand, for every stage of its funnel at once, whether it can go there.
func showMoves(c *call) (*answer, error) {
	var moves []card.Move
	err := c.view(func(tx *engine.Tx) error {
		one, err := c.card(tx, c.path("id"))
		if err != nil {
			return err
		}
		if moves, err = c.s.cards.Moves(tx, c.actor, one.ID); err != nil {
			return err
		}
		for n := range moves {
			if err := card.Name(tx, moves[n].Missing); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"moves": moves})
}

// deedOf reads the body into what a deed takes, with its version, and does it on the card of the path.
func deedOf[T any](version func(*T) *uint64, do func(c *call, tx *engine.Tx, id string, in T) error) func(*call) (*answer, error) {
	return func(c *call) (*answer, error) {
		var in T
		if err := c.json(&in); err != nil {
			return nil, err
		}
		v := version(&in)
		var err error
		if *v, err = c.version(*v); err != nil {
			return nil, err
		}
		return c.change(func(tx *engine.Tx, id string) error { return do(c, tx, id, in) })
	}
}

// advanceCard completes a stage, or another open task.
var advanceCard = deedOf(func(a *card.Advance) *uint64 { return &a.Version }, func(c *call, tx *engine.Tx, id string, a card.Advance) error {
	return c.s.cards.Advance(tx, c.actor, id, a)
})

// rejectCard gives the client up with a reason.
var rejectCard = deedOf(func(r *card.Reject) *uint64 { return &r.Version }, func(c *call, tx *engine.Tx, id string, r card.Reject) error {
	return c.s.cards.Reject(tx, c.actor, id, r)
})

// backCard moves a card back where no flow is drawn, with a written reason.
var backCard = deedOf(func(b *card.Back) *uint64 { return &b.Version }, func(c *call, tx *engine.Tx, id string, b card.Back) error {
	return c.s.cards.Back(tx, c.actor, id, b)
})

// overrideCard moves a card against the drawing, with a written reason. Needs the right override.
var overrideCard = deedOf(func(b *card.Back) *uint64 { return &b.Version }, func(c *call, tx *engine.Tx, id string, b card.Back) error {
	return c.s.cards.Override(tx, c.actor, id, b)
})

// reopenCard takes up a closed card again, with a written reason. Needs the right override.
var reopenCard = deedOf(func(b *card.Back) *uint64 { return &b.Version }, func(c *call, tx *engine.Tx, id string, b card.Back) error {
	return c.s.cards.Reopen(tx, c.actor, id, b)
})

// assignment gives a card to somebody; nobody where Owner is empty.
type assignment struct {
	Owner   string `json:"owner"`
	Version uint64 `json:"version"`
}

var assignCard = deedOf(func(a *assignment) *uint64 { return &a.Version }, func(c *call, tx *engine.Tx, id string, a assignment) error {
	return c.s.cards.Assign(tx, c.actor, id, c.whose(a.Owner), a.Version)
})
