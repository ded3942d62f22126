package card

import (
	"strings"
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
	return &Refusal{[]Missing{{MissingMove, key, label, message}}}
}
