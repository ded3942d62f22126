package server

import (
	"errors"
	"slices"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// errHidden is a card or funnel that is there, but not for the actor.
const errHidden = coded("hidden")

// errNoFunnel is said to whoever asks for contacts and works in no funnel.
const errNoFunnel = coded("no_funnel")

// sees tells whether the actor sees a funnel and its cards: whoever has a role in it, and whoever oversees. A funnel without roles is
// everybody's.
func (c *call) sees(f *funnel.Funnel) bool {
	return c.actor.May(access.Oversee) || len(f.Roles) == 0 || slices.ContainsFunc(f.Roles, func(r funnel.Role) bool { return c.actor.Has(r.Code) })
}

// card gives a card that the actor sees: of a funnel that it sees, or its own.
func (c *call) card(tx *engine.Tx, id string) (*card.Card, error) {
	one, err := c.s.cards.Load(tx, id)
	if err != nil {
		return nil, err
	}
	seen, err := c.seesCard(tx, one)
	if err == nil && !seen {
		err = errHidden
	}
	return one, err
}

func (c *call) seesCard(tx *engine.Tx, one *card.Card) (bool, error) {
	if one.Owner == c.actor.ID || slices.Contains(one.Worked, c.actor.ID) {
		return true, nil
	}
	f, err := c.funnel(tx, one.Definition)
	return f != nil && c.sees(f), err
}

// seen tells of lists which cards they may show the actor.
func (c *call) seen(tx *engine.Tx) card.Seen {
	if c.actor.May(access.Oversee) {
		return nil
	}
	return func(one *card.Card) (bool, error) { return c.seesCard(tx, one) }
}

// definition is the version of a process that the path names, if the actor sees it.
func (c *call) definition(tx *engine.Tx) (*engine.Definition, error) {
	d, err := tx.Definition(c.path("id"))
	if err != nil {
		return nil, err
	}
	seen, err := c.seesDefinition(tx, d.ID)
	if err == nil && !seen {
		err = errHidden
	}
	return d, err
}

// seesDefinition tells whether the actor sees a drawing: that of a funnel whoever sees the funnel, any other whoever oversees.
func (c *call) seesDefinition(tx *engine.Tx, id string) (bool, error) {
	f, err := c.funnel(tx, id)
	if f == nil || err != nil {
		return c.actor.May(access.Oversee), err
	}
	return c.sees(f), nil
}

// meets refuses whoever has no work with clients: contacts belong to all who work in some funnel. Before there is any they belong to
// everyone.
func (c *call) meets(tx *engine.Tx) error {
	if c.actor.May(access.Oversee) {
		return nil
	}
	all, err := c.newest(tx)
	if err != nil || len(all) == 0 || slices.ContainsFunc(all, func(v version) bool { return c.sees(v.Funnel) }) {
		return err
	}
	return errNoFunnel
}

// hears tells whether the actor may know that something happened: of cards and their incidents whoever sees the card, of contacts whoever
// meets clients.
func (c *call) hears(tx *engine.Tx, h happening) (bool, error) {
	id := h.id
	switch h.topic {
	case contact.TopicContact:
		err := c.meets(tx)
		if errors.Is(err, errNoFunnel) {
			return false, nil
		}
		return err == nil, err
	case engine.TopicIncident:
		id, _, _ = engine.InnerID(h.id)
	case card.TopicCard:
	default:
		return true, nil
	}
	if c.actor.May(access.Oversee) {
		return true, nil
	}
	_, err := c.card(tx, id)
	if errors.Is(err, engine.ErrNotFound) || errors.Is(err, errHidden) {
		return false, nil
	}
	return err == nil, err
}

// funnel gives the funnel of a version in the caller's language; nil: it is a plain process.
func (c *call) funnel(tx *engine.Tx, definition string) (*funnel.Funnel, error) {
	return c.s.cards.Funnel(tx, definition, c.language())
}
