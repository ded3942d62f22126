package contact

import (
	"fmt"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// Inspection looks for what is wrong with contacts: companies and merged contacts that are not there, entries that they should not
// have. It is shown all records of a store in the order of storage.Pages.
type Inspection struct {
	Found func(storage.Flaw)
}

// Knows tells whether records of a kind are looked at.
func (n *Inspection) Knows(kind string) bool { return kind == kindContact }

// Entries are those that the record of a contact should have. known: it is one.
func Entries(r *storage.Record) (entries []storage.Entry, known bool, err error) {
	if r.Kind != kindContact {
		return nil, false, nil
	}
	c, err := read(r)
	if err != nil {
		return nil, false, err
	}
	return c.index(), true, nil
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
		c, _ := read(r)
		for what, id := range map[string]string{"company": c.Company, "contact that it was merged into": c.Into} {
			if id == "" {
				continue
			}
			found, err := tx.Get(storage.Ref{Kind: kindContact, ID: id})
			if err != nil {
				return err
			}
			if found[0] == nil {
				n.found(r.Ref(), "Give it another one.", "the %s, %s, is gone.", what, id)
			}
		}
		if _, err := Lookup(tx, c.ID); c.Into != "" && err != nil {
			n.found(r.Ref(), storage.MendBackup, "whom it was merged into can't be found: %s.", err)
		}
	}
	return nil
}

// End is called behind the last record.
func (n *Inspection) End(*engine.Tx) error { return nil }

func (n *Inspection) found(r storage.Ref, mend, format string, args ...any) {
	n.Found(storage.Flaw{Ref: r, What: fmt.Sprintf(format, args...), Mend: mend})
}
