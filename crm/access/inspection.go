package access

import (
	"fmt"
	"slices"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// Inspection looks for what is wrong with people and sessions: sessions of nobody, entries that they should not have. It is shown all
// records of a store in the order of storage.Pages.
type Inspection struct {
	Found func(storage.Flaw)
}

// Knows tells whether records of a kind are looked at.
func (n *Inspection) Knows(kind string) bool {
	return slices.Contains([]string{kindUser, kindSession}, kind)
}

// Entries are those that the record of a person or session should have. known: it is one.
func Entries(r *storage.Record) (entries []storage.Entry, known bool, err error) {
	switch r.Kind {
	case kindUser:
		u, err := read(r)
		if err != nil {
			return nil, false, err
		}
		return u.index(), true, nil
	case kindSession:
		s, err := readSession(r)
		if err != nil {
			return nil, false, err
		}
		return s.index(), true, nil
	}
	return nil, false, nil
}

// Look is shown the next records, all of one kind.
func (n *Inspection) Look(tx *engine.Tx, page []*storage.Record) error {
	for _, r := range page {
		should, known, err := Entries(r)
		switch {
		case err != nil:
			n.found(r.Ref(), storage.MendBackup, "can't be read: %s.", err)
			continue
		case !known:
			return nil
		}
		if f := storage.FlawOfEntries(r, should, engine.MendEntries); f != nil {
			n.Found(*f)
		}
		if r.Kind == kindUser {
			continue
		}
		s, _ := readSession(r)
		u, err := Find(tx, s.User)
		if err != nil {
			return err
		}
		if u == nil {
			n.found(r.Ref(), "It lets nobody in: it can stay.", "it is a session of %s, who is nobody.", s.User)
		}
	}
	return nil
}

// End is called behind the last record.
func (n *Inspection) End(*engine.Tx) error { return nil }

func (n *Inspection) found(r storage.Ref, mend, format string, args ...any) {
	n.Found(storage.Flaw{Ref: r, What: fmt.Sprintf(format, args...), Mend: mend})
}
