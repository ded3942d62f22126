package server

import (
	"errors"
	"strings"

	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/engine"
)

// found is how many of each kind one search gives.
const found = 20

// search gives the cards and the contacts that a text finds, of those that the actor sees.
func search(c *call) (*answer, error) {
	q := strings.TrimSpace(c.r.URL.Query().Get("q"))
	if q == "" {
		return nil, badField("q", "required")
	}
	var cards []line
	var contacts []*contact.Contact
	err := c.view(func(tx *engine.Tx) error {
		all, _, err := c.s.cards.Search(tx, q, c.seen(tx), "", found)
		if err != nil {
			return err
		}
		if cards, err = c.lines(tx, all); err != nil {
			return err
		}
		contacts = []*contact.Contact{}
		if err := c.meets(tx); err != nil {
			if errors.Is(err, errNoFunnel) {
				err = nil
			}
			return err
		}
		contacts, _, err = contact.Search(tx, q, "", found)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"cards": cards, "contacts": contacts})
}
