// Package access knows who acts: people with their roles and passwords, the sessions and tokens by which a request says who it
// is, and what each role may do. Every deed of the crm takes an Actor; nothing is done on behalf of nobody.
package access

import "slices"

// Actor is who does something. The zero value may do nothing.
type Actor struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Roles    []string `json:"roles"` // codes, as the lanes of the diagrams name them
	Branch   string   `json:"branch,omitempty"`
	Language string   `json:"language"` // ru or en
	System   bool     `json:"-"`        // the product itself: a robot, an import, the command line
}

// System is the product itself, acting under a name such as "robot" or "import".
func System(name string) Actor { return Actor{ID: name, Name: name, Language: "ru", System: true} }

// Has tells whether the actor is of a role. The product itself is of every role; an admin is not.
func (a Actor) Has(role string) bool { return a.System || slices.Contains(a.Roles, role) }

// HasAny tells whether the actor is of one of the roles.
func (a Actor) HasAny(roles []string) bool { return a.System || slices.ContainsFunc(roles, a.Has) }

// Right is something that is not drawn in any diagram, and that only some roles may do.
type Right string

// The rights.
const (
	Configure Right = "configure" // publish diagrams, look after people
	Override  Right = "override"  // move a card against the drawing, reopen one; always with a written reason
	Oversee   Right = "oversee"   // see every funnel and card, and what is stuck
	Money     Right = "money"     // confirm and refund payments
	Bonus     Right = "bonus"     // see the bonus of others
	Integrate Right = "integrate" // tell processes what happened outside: a payment, a call
)

// holders is the whole table of rights: these role codes bear them in every funnel.
var holders = map[Right][]string{
	Configure: {"admin"},
	Override:  {"head_of_sales", "admin"},
	Oversee:   {"head_of_sales", "admin"},
	Money:     {"accountant"},
	Bonus:     {"accountant", "head_of_sales"},
	Integrate: {"integration", "admin"},
}

// May tells whether the actor has a right.
func (a Actor) May(r Right) bool { return a.System || a.HasAny(holders[r]) }

// Rights are all that the actor has, in order of their names.
func (a Actor) Rights() []Right {
	mine := []Right{}
	for r := range holders {
		if a.May(r) {
			mine = append(mine, r)
		}
	}
	slices.Sort(mine)
	return mine
}

// Holders are the roles that have a right.
func Holders(r Right) []string { return slices.Clone(holders[r]) }

// need refuses whoever lacks a right.
func (a Actor) need(r Right) error {
	if a.May(r) {
		return nil
	}
	return &Denied{Right: r}
}
