package server

import (
	"errors"
	"slices"
	"sync"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// errHidden is a card or funnel that is there, but not for the actor.
const errHidden = coded("hidden")

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

// seen are the cards among them that the actor sees.
func (c *call) seen(tx *engine.Tx, all []*card.Card) ([]*card.Card, error) {
	mine := []*card.Card{}
	for _, one := range all {
		seen, err := c.seesCard(tx, one)
		if err != nil {
			return nil, err
		}
		if seen {
			mine = append(mine, one)
		}
	}
	return mine, nil
}

// hears tells whether the actor may know that something happened: of cards and their incidents whoever sees the card.
func (c *call) hears(tx *engine.Tx, h happening) (bool, error) {
	id := h.id
	switch h.topic {
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

// funnels are the compiled funnels by version and language. The hash of the file is part of the name, for a version whose upload was
// taken back may come again as another file.
type funnels struct{ all sync.Map }

type funnelKey struct{ definition, hash, language string }

// funnel gives the funnel of a version in the caller's language; nil: it is a plain process.
func (c *call) funnel(tx *engine.Tx, definition string) (*funnel.Funnel, error) {
	d, err := tx.Definition(definition)
	if err != nil {
		return nil, err
	}
	key := funnelKey{definition, d.XML, c.language()}
	if f, known := c.s.funnels.all.Load(key); known {
		return f.(*funnel.Funnel), nil
	}
	f, err := funnel.Load(tx, definition, c.language())
	if err == nil {
		c.s.funnels.all.Store(key, f)
	}
	return f, err
}
