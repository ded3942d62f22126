package server

import (
	"net/http"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/engine"
)

// listContacts gives people and companies, the newest first, or with ?q= those found by name, phone, e-mail or INN.
func listContacts(c *call) (*answer, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	q := c.r.URL.Query().Get("q")
	var all []*contact.Contact
	var cursor string
	err = c.view(func(tx *engine.Tx) (err error) {
		if err := c.meets(tx); err != nil {
			return err
		}
		if q != "" {
			all, cursor, err = contact.Search(tx, q, p.after, p.limit)
			return err
		}
		all, cursor, err = contact.List(tx, p.after, p.limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"contacts": all, "next": next(cursor)})
}

// whoever is what is sent of a contact.
type whoever struct {
	Kind     contact.Kind `json:"kind"`
	Name     string       `json:"name"`
	Phones   []string     `json:"phones"`
	Emails   []string     `json:"emails"`
	INN      string       `json:"inn"`
	Company  string       `json:"company"`
	Position string       `json:"position"`
	Comment  string       `json:"comment"`
}

func (w whoever) contact() contact.Contact {
	return contact.Contact{
		Kind: w.Kind, Name: w.Name, Phones: w.Phones, Emails: w.Emails, INN: w.INN, Company: w.Company, Position: w.Position, Comment: w.Comment,
	}
}

// createContact gives the contact that is described: one that shares its INN, phone or e-mail (200), else a new one (201); with
// separate a new one in any case.
func createContact(c *call) (*answer, error) {
	var in struct {
		whoever
		Separate bool `json:"separate"`
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	fresh := in.Separate
	return c.update(func(tx *engine.Tx) (string, error) {
		if err := c.meets(tx); err != nil {
			return "", err
		}
		var one *contact.Contact
		var err error
		if in.Separate {
			one, err = contact.Create(tx, c.actor, in.contact())
		} else {
			one, fresh, err = contact.Ensure(tx, c.actor, in.contact())
		}
		if err != nil {
			return "", err
		}
		return one.ID, nil
	}, func(tx *engine.Tx, id string) (*answer, error) {
		a, err := c.contactAnswer(tx, id)
		if err == nil && fresh {
			a.status, a.location = http.StatusCreated, apiPath+"/contacts/"+id
		}
		return a, err
	})
}

func (c *call) contactAnswer(tx *engine.Tx, id string) (*answer, error) {
	one, err := contact.Lookup(tx, id)
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, version: one.Version, body: one}, nil
}

// changeContact changes what is named of a contact.
func changeContact(c *call) (*answer, error) {
	var in struct {
		contact.Change
		Version uint64 `json:"version"`
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	version, err := c.version(in.Version)
	if err != nil {
		return nil, err
	}
	return c.update(func(tx *engine.Tx) (string, error) {
		if err := c.meets(tx); err != nil {
			return "", err
		}
		one, err := contact.Apply(tx, c.actor, c.path("id"), version, in.Change)
		if err != nil {
			return "", err
		}
		return one.ID, nil
	}, c.contactAnswer)
}

// mergeContact makes one contact of two.
func mergeContact(c *call) (*answer, error) {
	var in struct {
		Other string `json:"other"`
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	if in.Other == "" {
		return nil, badField("other", "required")
	}
	return c.update(func(tx *engine.Tx) (string, error) {
		if err := c.meets(tx); err != nil {
			return "", err
		}
		one, err := contact.Merge(tx, c.actor, c.path("id"), in.Other)
		if err != nil {
			return "", err
		}
		return one.ID, nil
	}, c.contactAnswer)
}

// showContact gives one contact, with the people of a company and the cards about it that the actor sees. Whoever sees such a card may
// see its contact.
func showContact(c *call) (*answer, error) {
	var a *answer
	err := c.view(func(tx *engine.Tx) error {
		one, err := contact.Lookup(tx, c.path("id"))
		if err != nil {
			return err
		}
		people, err := contact.People(tx, one.ID)
		if err != nil {
			return err
		}
		var cards []*card.Card
		for _, id := range append([]string{one.ID}, one.Merged...) {
			some, _, err := c.s.cards.List(tx, card.Filter{Contact: id, Seen: c.seen(tx)}, "", mostLimit)
			if err != nil {
				return err
			}
			cards = append(cards, some...)
		}
		if len(cards) == 0 {
			if err := c.meets(tx); err != nil {
				return err
			}
		}
		lines, err := c.lines(tx, cards)
		a = &answer{status: http.StatusOK, version: one.Version, body: struct {
			*contact.Contact
			People []*contact.Contact `json:"people"`
			Cards  []line             `json:"cards"`
		}{one, people, lines}}
		return err
	})
	return a, err
}
