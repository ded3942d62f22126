package card

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// Inspection looks for what is wrong with cards and files: what they refer to and is not there, cards that say something else than
// their instances, entries that they should not have. It is shown all records of a store in the order of storage.Pages.
type Inspection struct {
	Cards *Cards
	Found func(storage.Flaw)
}

// What mends a card is any deed on it: the record is worked out anew.
const mendCard = "Write any field of the card: its record is worked out anew."

// Knows tells whether records of a kind are looked at.
func (n *Inspection) Knows(kind string) bool {
	return slices.Contains([]string{kindCard, kindFile, kindBytes, kindSequence}, kind)
}

// Entries are those that a record of a card or file should have. known: they follow from the record.
func Entries(r *storage.Record) (entries []storage.Entry, known bool, err error) {
	switch r.Kind {
	case kindCard:
		card, err := read(r)
		if err != nil {
			return nil, false, err
		}
		return card.index(), true, nil
	case kindFile:
		file := &File{}
		if err := storage.Unmarshal(r.Data, file); err != nil {
			return nil, false, err
		}
		file.ID = r.ID
		return file.index(), true, nil
	case kindBytes, kindSequence:
		return nil, true, nil
	}
	return nil, false, nil
}

// Look is shown the next records, all of one kind.
func (n *Inspection) Look(tx *engine.Tx, page []*storage.Record) error {
	for _, r := range page {
		should, known, err := Entries(r)
		if err != nil {
			n.found(r.Ref(), storage.MendBackup, "can't be read: %s.", err)
		} else if f := storage.FlawOfEntries(r, should, engine.MendEntries); known && f != nil {
			n.Found(*f)
		}
	}
	if len(page) == 0 {
		return nil
	}
	switch page[0].Kind {
	case kindCard:
		return n.cards(tx, page)
	case kindFile:
		return n.files(tx, page)
	case kindBytes:
		return n.bytes(tx, page)
	case engine.KindInstance:
		return n.instances(tx, page)
	}
	return nil
}

// End is called behind the last record.
func (n *Inspection) End(*engine.Tx) error { return nil }

func (n *Inspection) found(r storage.Ref, mend, format string, args ...any) {
	n.Found(storage.Flaw{Ref: r, What: fmt.Sprintf(format, args...), Mend: mend})
}

// fellows are the records of a kind with the ids of a page.
func fellows(tx *engine.Tx, kind string, page []*storage.Record) ([]*storage.Record, error) {
	refs := make([]storage.Ref, len(page))
	for at, r := range page {
		refs[at] = storage.Ref{Kind: kind, ID: r.ID}
	}
	return tx.Get(refs...)
}

// cards compares cards with their instances.
func (n *Inspection) cards(tx *engine.Tx, page []*storage.Record) error {
	instances, err := fellows(tx, engine.KindInstance, page)
	if err != nil {
		return err
	}
	for at, r := range page {
		card, err := read(r)
		if err != nil {
			continue // said already
		}
		if instances[at] == nil {
			n.found(r.Ref(), storage.MendBackup, "its instance, which has its fields, is gone.")
			continue
		}
		i, err := tx.Peek(instances[at])
		if err != nil {
			continue // said where the instance is
		}
		f, err := n.Cards.Funnel(tx, i.Definition, "")
		if err != nil || f == nil {
			n.found(r.Ref(), storage.MendBackup, "its definition %s is no funnel: %v.", i.Definition, err)
			continue
		}
		n.card(tx, card, i, f)
	}
	return nil
}

func (n *Inspection) card(tx *engine.Tx, card *Card, i *engine.Instance, f *funnel.Funnel) {
	ref := storage.Ref{Kind: kindCard, ID: card.ID}
	if card.Definition != i.Definition || card.Funnel != i.Process {
		n.found(ref, mendCard, "it says that it is of %s, its instance of %s.", card.Definition, i.Definition)
	}
	if card.Open() != (i.State == engine.Active) {
		n.found(ref, mendCard, "it is open: %t, and its instance is %s.", card.Open(), i.State)
	}
	if owner := text(i, "owner"); card.Owner != owner {
		n.found(ref, mendCard, "it says that its owner is %q, its field that it is %q.", card.Owner, owner)
	}
	if card.Stuck != len(i.Incidents) {
		n.found(ref, mendCard, "it says that %d things are stuck, and %d are.", card.Stuck, len(i.Incidents))
	}
	for at := range card.Stands {
		stand := &card.Stands[at]
		there := slices.ContainsFunc(i.Tokens, func(t *engine.Token) bool { return t.ID == stand.Token })
		if f.Stage(stand.Stage) == nil || card.Open() && !there {
			n.found(ref, mendCard, "it says that it stands in %q by token %d, and it does not.", stand.Stage, stand.Token)
		}
	}
	for what, id := range map[string]string{"contact": card.Contact, "company": card.Company} {
		if id == "" {
			continue
		}
		if _, err := contact.Lookup(tx, id); errors.Is(err, engine.ErrNotFound) {
			n.found(ref, "Give the card another "+what+".", "its %s %s is gone.", what, id)
		}
	}
}

// instances looks for the cards of instances, and for the files in their fields.
func (n *Inspection) instances(tx *engine.Tx, page []*storage.Record) error {
	cards, err := fellows(tx, kindCard, page)
	if err != nil {
		return err
	}
	var refs []storage.Ref
	var whose []storage.Ref
	for at, r := range page {
		i, err := tx.Peek(r)
		if err != nil {
			continue
		}
		f, err := n.Cards.Funnel(tx, i.Definition, "")
		if err != nil || f == nil || f.Kind == funnel.Track {
			continue
		}
		if cards[at] == nil {
			n.found(r.Ref(), mendCard, "it is of the funnel %s, and has no card.", i.Process)
		}
		for _, id := range filesOf(i, f) {
			refs, whose = append(refs, storage.Ref{Kind: kindFile, ID: id}), append(whose, r.Ref())
		}
	}
	if len(refs) == 0 {
		return nil
	}
	files, err := tx.Get(refs...)
	for at, r := range files {
		if r == nil {
			n.found(whose[at], storage.MendBackup, "its file %s is gone.", refs[at].ID)
		}
	}
	return err
}

// filesOf are the ids of the files that stand in the fields of a card.
func filesOf(i *engine.Instance, f *funnel.Funnel) (ids []string) {
	for _, field := range f.Fields {
		v := i.Variable(field.Key)
		if v == nil || field.Type != funnel.FileType && field.Document == nil {
			continue
		}
		var one File
		var several []File
		var paper Paper
		switch {
		case field.Document != nil:
			_ = storage.Unmarshal(v, &paper)
			several = paper.Files
		case field.Multiple:
			_ = storage.Unmarshal(v, &several)
		default:
			_ = storage.Unmarshal(v, &one)
			several = []File{one}
		}
		for _, file := range several {
			if file.ID != "" {
				ids = append(ids, file.ID)
			}
		}
	}
	return ids
}

// files looks for the bytes of files, and for the cards that keep them.
func (n *Inspection) files(tx *engine.Tx, page []*storage.Record) error {
	for _, r := range page {
		file := &File{}
		if storage.Unmarshal(r.Data, file) != nil {
			continue // said already
		}
		there, err := exists(tx, kindBytes, r.ID)
		if err == nil && !there {
			n.found(r.Ref(), storage.MendBackup, "its bytes are gone: it can't be opened.")
		}
		if err == nil && file.Card != "" {
			if there, err = exists(tx, kindCard, file.Card); err == nil && !there {
				n.found(r.Ref(), "Nothing is lost by it: it can stay.", "its card %s is gone.", file.Card)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// exists tells whether there is a record, without reading it.
func exists(tx *engine.Tx, kind, id string) (bool, error) {
	for _, err := range tx.Scan(storage.Range{Kind: kind, From: id, To: id + "\x00", Limit: 1, Keys: true}) {
		return err == nil, err
	}
	return false, nil
}

// bytes compares what is in files with what is known of them.
func (n *Inspection) bytes(tx *engine.Tx, page []*storage.Record) error {
	about, err := fellows(tx, kindFile, page)
	if err != nil {
		return err
	}
	for at, r := range page {
		if about[at] == nil {
			n.found(r.Ref(), "Nothing is lost by it: it can stay.", "nobody knows whose file it is.")
			continue
		}
		var data []byte
		file := &File{}
		if err := errors.Join(storage.Unmarshal(about[at].Data, file), storage.Unmarshal(r.Data, &data)); err != nil {
			n.found(r.Ref(), storage.MendBackup, "can't be read: %s.", err)
			continue
		}
		if sum := sha256.Sum256(data); len(data) != file.Size || file.Hash != "" && file.Hash != hex.EncodeToString(sum[:]) {
			n.found(r.Ref(), storage.MendBackup, "the file %q is not what was kept.", file.Name)
		}
	}
	return nil
}
