package card

import (
	"slices"
	"strings"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// MissingKind is what kind of thing is missing.
type MissingKind string

// The kinds of what can be missing.
const (
	MissingField    MissingKind = "field"
	MissingDocument MissingKind = "document"
	MissingRole     MissingKind = "role"
	MissingRule     MissingKind = "rule"
	MissingMove     MissingKind = "move"
)

// Missing is one thing that keeps somebody from doing something now, in a sentence that says what is missing, why where that isn't
// obvious, and who or what mends it.
type Missing struct {
	Kind    MissingKind `json:"kind"`
	Key     string      `json:"key"` // of the field, document or rule; the role; the stage or element
	Label   string      `json:"label"`
	Message string      `json:"message"`
	Roles   []string    `json:"roles,omitempty"` // of what is missing by role: who may
	Who     []Person    `json:"who,omitempty"`   // the people who have one of them, where they are asked for
}

// is tells whether two say the same.
func (m Missing) is(o Missing) bool {
	return m.Kind == o.Kind && m.Key == o.Key && m.Message == o.Message
}

// Person is a colleague, as sentences name them.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Name says of all that is missing by role which people could do it. A deed leaves that to whoever tells of its refusal: it reads much.
func Name(tx *engine.Tx, missing []Missing) error {
	for n := range missing {
		m := &missing[n]
		m.Who = nil
		for _, role := range m.Roles {
			users, err := access.UsersByRole(tx, role)
			if err != nil {
				return err
			}
			for _, u := range users {
				if !slices.ContainsFunc(m.Who, func(p Person) bool { return p.ID == u.ID }) {
					m.Who = append(m.Who, Person{u.ID, u.Name})
				}
			}
		}
	}
	return nil
}

// Refusal is why somebody may not do something now: everything missing at once. Nothing may be kept of the deed that it ends.
type Refusal struct{ Missing []Missing }

// Refusal marks it as an answer, not a fault: a timer whose deed is refused is tried again later, with an incident.
func (r *Refusal) Refusal() {}

func (r *Refusal) Error() string {
	all := make([]string, len(r.Missing))
	for n, m := range r.Missing {
		all[n] = m.Message
	}
	return strings.Join(all, "; ")
}

// refused makes a Refusal of what is missing; nil where nothing is.
func refused(missing []Missing) error {
	if len(missing) == 0 {
		return nil
	}
	return &Refusal{missing}
}

// no is a Refusal of a move.
func no(key, label, message string) error {
	return &Refusal{[]Missing{{Kind: MissingMove, Key: key, Label: label, Message: message}}}
}
