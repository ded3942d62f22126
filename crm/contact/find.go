package contact

import (
	"cmp"
	"slices"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// Find gives the contacts of c's kind that share its INN, else a phone, else an e-mail; those of the same name come first, then the
// oldest.
func Find(tx *engine.Tx, c Contact) ([]*Contact, error) {
	if err := c.tidy(); err != nil {
		return nil, err
	}
	for _, way := range []struct {
		index string
		keys  []string
	}{{indexINN, []string{c.INN}}, {indexPhone, c.Phones}, {indexEmail, c.Emails}} {
		var found []*Contact
		for _, key := range way.keys {
			if key == "" {
				continue
			}
			some, err := by(tx, way.index, key)
			if err != nil {
				return nil, err
			}
			for _, s := range some {
				if s.Kind == c.Kind && !slices.ContainsFunc(found, func(f *Contact) bool { return f.ID == s.ID }) {
					found = append(found, s)
				}
			}
		}
		if len(found) > 0 {
			name := fold(c.Name)
			slices.SortStableFunc(found, func(a, b *Contact) int {
				return cmp.Or(differs(fold(a.Name), name)-differs(fold(b.Name), name), cmp.Compare(a.ID, b.ID))
			})
			return found, nil
		}
	}
	return nil, nil
}

func differs(a, b string) int {
	if a == b {
		return 0
	}
	return 1
}

// Ensure gives the contact that c describes: one that is there already, filled in where it was empty, else a new one. Any actor may.
func Ensure(tx *engine.Tx, actor access.Actor, c Contact) (one *Contact, created bool, err error) {
	if actor.ID == "" {
		return nil, false, access.ErrNobody
	}
	if err := c.tidy(); err != nil {
		return nil, false, err
	}
	found, err := Find(tx, c)
	if err != nil {
		return nil, false, err
	}
	if len(found) == 0 {
		one, err = Create(tx, actor, c)
		return one, true, err
	}
	one = found[0]
	if !one.fill(c) {
		return one, false, nil
	}
	if err := one.knowsCompany(tx); err != nil {
		return nil, false, err
	}
	return one, false, write(tx, actor, one)
}
