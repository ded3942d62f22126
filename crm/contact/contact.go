// Package contact keeps the people and companies that are sold to, once each: a request from a known phone or address finds who is
// there already.
package contact

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// Kind is what a contact is.
type Kind string

// The kinds.
const (
	Person  Kind = "person"
	Company Kind = "company"
)

// Contact is a person or a company. Which cards are about it, the cards say.
type Contact struct {
	ID       string    `json:"id"`
	Kind     Kind      `json:"kind"`
	Name     string    `json:"name"`
	Phones   []string  `json:"phones,omitempty"`  // E.164
	Emails   []string  `json:"emails,omitempty"`  // in lower case
	INN      string    `json:"inn,omitempty"`     // the taxpayer's number
	Company  string    `json:"company,omitempty"` // of a person: the id of the company
	Position string    `json:"position,omitempty"`
	Comment  string    `json:"comment,omitempty"`
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
	By       string    `json:"by"`               // who changed it last
	Merged   []string  `json:"merged,omitempty"` // ids of the duplicates that became this one
	Into     string    `json:"into,omitempty"`   // of a duplicate: what it became
	Version  uint64    `json:"version"`
}

const (
	kindContact  = "contact"
	indexPhone   = "contact_phone"   // phone, id
	indexEmail   = "contact_email"   // e-mail, id
	indexINN     = "contact_inn"     // INN, id
	indexCompany = "contact_company" // company, person
	indexWord    = "contact_word"    // word, id
)

// TopicContact is notified with the id of each contact created or changed.
const TopicContact = "contact"

func read(r *storage.Record) (*Contact, error) {
	c := &Contact{}
	if err := storage.Unmarshal(r.Data, c); err != nil {
		return nil, fmt.Errorf("read contact %s: %w", r.ID, err)
	}
	c.ID, c.Version = r.ID, r.Version
	return c, nil
}

func write(tx *engine.Tx, actor access.Actor, c *Contact) error {
	c.Updated, c.By = tx.Now(), actor.ID
	data, err := storage.Marshal(c)
	if err != nil {
		return err
	}
	r := &storage.Record{Kind: kindContact, ID: c.ID, Version: c.Version, Data: data, Index: c.index()}
	if err := tx.Put(r); err != nil {
		return err
	}
	c.Version = r.Version
	tx.Notify(TopicContact, c.ID)
	return nil
}

func (c *Contact) index() []storage.Entry {
	if c.Into != "" {
		return nil
	}
	var all []storage.Entry
	add := func(index string, keys ...string) {
		for _, k := range keys {
			if k != "" {
				all = append(all, storage.Entry{Index: index, Key: storage.Key(k, c.ID)})
			}
		}
	}
	add(indexPhone, c.Phones...)
	add(indexEmail, c.Emails...)
	add(indexINN, c.INN)
	add(indexCompany, c.Company)
	add(indexWord, c.words()...)
	return all
}

// Lookup gives the contact with an id, or the one that it was merged into.
func Lookup(tx *engine.Tx, id string) (*Contact, error) {
	for range 8 {
		found, err := get(tx, id)
		if err != nil || found.Into == "" {
			return found, err
		}
		id = found.Into
	}
	return nil, fmt.Errorf("contact %s: %w", id, engine.ErrNotFound)
}

func get(tx *engine.Tx, id string) (*Contact, error) {
	if id == "" || len(id) > 512 {
		return nil, fmt.Errorf("contact %.100s: %w", id, engine.ErrNotFound)
	}
	found, err := tx.Get(storage.Ref{Kind: kindContact, ID: id})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, fmt.Errorf("contact %s: %w", id, engine.ErrNotFound)
	}
	return read(found[0])
}

// List gives contacts, the newest first, at most so many, from behind a cursor.
func List(tx *engine.Tx, after string, limit int) (all []*Contact, next string, err error) {
	all = []*Contact{}
	for hit, err := range tx.Scan(storage.Range{Kind: kindContact, Reverse: true, After: after}) {
		if err != nil {
			return nil, "", err
		}
		if len(all) == limit {
			return all, next, nil
		}
		c, err := read(hit.Record)
		if err != nil {
			return nil, "", err
		}
		if c.Into == "" {
			all = append(all, c)
		}
		next = hit.Cursor
	}
	return all, "", nil
}

// People gives those who belong to a company.
func People(tx *engine.Tx, company string) ([]*Contact, error) {
	return by(tx, indexCompany, company)
}

// by gives the contacts that stand in an index under a key, the oldest first.
func by(tx *engine.Tx, index, key string) ([]*Contact, error) {
	all := []*Contact{}
	for hit, err := range tx.Scan(storage.Range{Index: index}.Prefix(key)) {
		if err != nil {
			return nil, err
		}
		c, err := read(hit.Record)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// Create adds a contact, whether there is one like it or not. Any actor may.
func Create(tx *engine.Tx, actor access.Actor, c Contact) (*Contact, error) {
	if actor.ID == "" {
		return nil, access.ErrNobody
	}
	c.ID, c.Version, c.Created, c.Merged, c.Into = tx.NewID(), 0, tx.Now(), nil, ""
	if err := c.tidy(); err != nil {
		return nil, err
	}
	if err := c.knowsCompany(tx); err != nil {
		return nil, err
	}
	return &c, write(tx, actor, &c)
}

// Change says what of a contact becomes different; nil leaves it.
type Change struct {
	Name     *string   `json:"name,omitempty"`
	Phones   *[]string `json:"phones,omitempty"`
	Emails   *[]string `json:"emails,omitempty"`
	INN      *string   `json:"inn,omitempty"`
	Company  *string   `json:"company,omitempty"`
	Position *string   `json:"position,omitempty"`
	Comment  *string   `json:"comment,omitempty"`
}

// Apply changes a contact. A version that is not 0 must be the contact's own, else storage.ErrStale. Any actor may.
func Apply(tx *engine.Tx, actor access.Actor, id string, version uint64, change Change) (*Contact, error) {
	if actor.ID == "" {
		return nil, access.ErrNobody
	}
	c, err := Lookup(tx, id)
	if err != nil {
		return nil, err
	}
	if version != 0 && version != c.Version {
		return nil, storage.ErrStale
	}
	set(&c.Name, change.Name)
	set(&c.Phones, change.Phones)
	set(&c.Emails, change.Emails)
	set(&c.INN, change.INN)
	set(&c.Company, change.Company)
	set(&c.Position, change.Position)
	set(&c.Comment, change.Comment)
	if err := c.tidy(); err != nil {
		return nil, err
	}
	if err := c.knowsCompany(tx); err != nil {
		return nil, err
	}
	return c, write(tx, actor, c)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// knowsCompany checks that the company of a person is one.
func (c *Contact) knowsCompany(tx *engine.Tx) error {
	if c.Company == "" {
		return nil
	}
	company, err := Lookup(tx, c.Company)
	if err != nil || company.Kind != Company || c.Kind == Company {
		return &Invalid{"company", "unknown"}
	}
	c.Company = company.ID
	return nil
}

// Merge makes one contact of two: what keep lacks it takes from the other, and whoever asks for the other gets keep. Any actor may.
func Merge(tx *engine.Tx, actor access.Actor, keep, other string) (*Contact, error) {
	if actor.ID == "" {
		return nil, access.ErrNobody
	}
	c, err := Lookup(tx, keep)
	if err != nil {
		return nil, err
	}
	o, err := Lookup(tx, other)
	if err != nil || o.ID == c.ID {
		return c, err
	}
	if o.Kind != c.Kind {
		return nil, &Invalid{"kind", "different"}
	}
	people, err := People(tx, o.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		p.Company = c.ID
		if err := write(tx, actor, p); err != nil {
			return nil, err
		}
	}
	c.fill(*o)
	c.Phones, c.Emails = union(c.Phones, o.Phones), union(c.Emails, o.Emails)
	c.Merged = union(c.Merged, append(o.Merged, o.ID))
	o.Into = c.ID
	if err := write(tx, actor, o); err != nil {
		return nil, err
	}
	return c, write(tx, actor, c)
}

// fill takes from another contact what this one has nothing of, and tells whether there was anything.
func (c *Contact) fill(from Contact) bool {
	changed := false
	for _, f := range []struct{ to, from *string }{
		{&c.Name, &from.Name}, {&c.INN, &from.INN}, {&c.Company, &from.Company}, {&c.Position, &from.Position}, {&c.Comment, &from.Comment},
	} {
		if *f.to == "" && *f.from != "" {
			*f.to, changed = *f.from, true
		}
	}
	for _, f := range []struct{ to, from *[]string }{{&c.Phones, &from.Phones}, {&c.Emails, &from.Emails}} {
		if len(*f.to) == 0 && len(*f.from) > 0 {
			*f.to, changed = *f.from, true
		}
	}
	return changed
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(all, v) && len(all) < maxList {
			all = append(all, v)
		}
	}
	return all
}

// Label is what people read for a contact: its name, else how it is reached.
func (c *Contact) Label() string {
	for _, v := range []string{c.Name, strings.Join(c.Phones, ", "), strings.Join(c.Emails, ", "), c.INN} {
		if v != "" {
			return v
		}
	}
	return c.ID
}
