package card

import (
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// State is which cards a list is of.
type State string

// The states. The zero State is all.
const (
	OpenCards   State = "open"
	ClosedCards State = "closed"
)

// Filter says which cards a list is of. What is empty does not matter.
type Filter struct {
	Funnel  string
	State   State
	Owner   string // of open cards
	Contact string // or company
	Parent  string
	Outcome funnel.Outcome
	Text    string
	Seen    Seen
}

// Seen tells whether a list may show a card; nil: it may. What it may not show is not counted, and stands behind no cursor.
type Seen func(*Card) (bool, error)

// List gives cards, at most so many, from behind a cursor: by the most telling part of the filter, in the order of its index.
func (c *Cards) List(tx *engine.Tx, f Filter, after string, limit int) ([]*Card, string, error) {
	asked := question(f.Text)
	r := f.source()
	r.After = after
	return collect(tx, r, limit, f.Seen, func(card *Card) bool {
		return (f.Funnel == "" || card.Funnel == f.Funnel) && (f.Owner == "" || card.Owner == f.Owner) &&
			(f.Contact == "" || card.Contact == f.Contact || card.Company == f.Contact) && (f.Parent == "" || card.Parent == f.Parent) &&
			(f.Outcome == "" || card.Outcome == f.Outcome) && (f.State == "" || card.Open() == (f.State == OpenCards)) &&
			(len(asked) == 0 || card.matches(asked))
	})
}

// source is where the cards of a filter are found.
func (f Filter) source() storage.Range {
	switch {
	case f.Parent != "":
		return storage.Range{Index: indexParent}.Prefix(f.Parent)
	case f.Contact != "":
		return storage.Range{Index: indexContact, Reverse: true}.Prefix(f.Contact)
	case f.Owner != "" && f.State == OpenCards:
		return storage.Range{Index: indexOwner, Reverse: true}.Prefix(f.Owner)
	case f.Funnel != "" && f.State == OpenCards:
		return storage.Range{Index: indexBoard}.Prefix(f.Funnel)
	case f.Funnel != "" && (f.State == ClosedCards || f.Outcome != ""):
		return storage.Range{Index: indexClosed, Reverse: true}.Prefix(f.Funnel)
	}
	return storage.Range{Kind: kindCard, Reverse: true}
}

// Mine are the open cards of an actor, the newest first.
func (c *Cards) Mine(tx *engine.Tx, actor access.Actor, after string, limit int) ([]*Card, string, error) {
	return c.List(tx, Filter{Owner: actor.ID, State: OpenCards}, after, limit)
}
