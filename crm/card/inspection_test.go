package card

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funneltest"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

// inspect is what is wrong with all that the desk keeps.
func (d *desk) inspect() (all []string) {
	d.Helper()
	found := func(f storage.Flaw) { all = append(all, f.String()) }
	d.view(func(tx *engine.Tx) error {
		e, c := &engine.Inspection{Found: found}, &Inspection{Cards: d.Cards, Found: found}
		if err := storage.Verify(tx.Tx, func(page []*storage.Record) error {
			if err := e.Look(tx, page); err != nil {
				return err
			}
			return c.Look(tx, page)
		}, found); err != nil {
			return err
		}
		return e.End(tx)
	})
	return all
}

// all are the records of a store.
func all(t *testing.T, s storage.Store) (all []*storage.Record) {
	t.Helper()
	if err := s.View(context.Background(), func(r storage.Reader) error {
		return storage.Pages(r, func(page []*storage.Record) error {
			all = append(all, page...)
			return nil
		}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// Each thing that can be wrong with a card or a file is said.
func TestInspection(t *testing.T) {
	d := open(t, funneltest.Draw("funnel.kind=deal\nfunnel.currency=RUB",
		funneltest.Node("startEvent", "begin", "", funneltest.Extension(funneltest.Form(funneltest.Field("scan:file Scan")))),
		funneltest.Stage("first"), funneltest.End("won", "won"), funneltest.Flows("begin > first, first > won")))
	d.must(d.update(func(tx *engine.Tx) error {
		who, err := contact.Create(tx, ann, contact.Contact{Kind: contact.Person, Name: "Ivan"})
		if err != nil {
			return err
		}
		id, err := d.Create(tx, ann, Draft{Funnel: "deal", Contact: who.ID})
		if err != nil {
			return err
		}
		_, err = d.Keep(tx, ann, id, "scan", "scan.pdf", []byte("%PDF-1.4"))
		return err
	}))
	drop := func(kind string) func(*storage.Record) bool {
		return func(r *storage.Record) bool { return r.Kind != kind }
	}
	rewrite := func(kind, old, new string) func(*storage.Record) bool {
		return func(r *storage.Record) bool {
			if r.Kind == kind {
				if !bytes.Contains(r.Data, []byte(old)) {
					t.Errorf("no %s in %s %s", old, kind, r.Data)
				}
				r.Data = bytes.ReplaceAll(r.Data, []byte(old), []byte(new))
			}
			return true
		}
	}
	for _, c := range []struct {
		edit func(*storage.Record) bool // false: it is gone
		want string
	}{
		{drop("instance"), "its instance, which has its fields, is gone"},
		{drop("card"), "it is of the funnel deal, and has no card|its card id-"},
		{drop("contact"), "its contact id-"},
		{drop("file"), "its file id-|nobody knows whose file it is"},
		{drop("file_bytes"), "its bytes are gone"},
		{rewrite("file_bytes", `"J`, `"K`), `the file "scan.pdf" is not what was kept`},
		{rewrite("file", `{`, `[`), "can't be read"},
		{rewrite("card", `"stage":"first"`, `"stage":"second"`), `it says that it stands in "second"`},
		{rewrite("card", `"definition":"deal:1"`, `"definition":"deal:7"`), "it says that it is of deal:7, its instance of deal:1"},
		{rewrite("card", `"currency"`, `"owner":"bob","currency"`), `it says that its owner is "bob", its field that it is ""`},
		{rewrite("card", `"currency"`, `"stuck":2,"currency"`), "it says that 2 things are stuck, and 0 are"},
		{rewrite("card", `"currency"`, `"closed":"2026-01-01T00:00:00Z","currency"`), "it is open: false, and its instance is active"},
		{rewrite("card", `{`, `[`), "can't be read"},
		{func(r *storage.Record) bool {
			if r.Kind == "card" {
				r.Index = slices.DeleteFunc(r.Index, func(e storage.Entry) bool { return e.Index == indexBoard })
			}
			return true
		}, "it should stand in index card_board"},
	} {
		broken := memory.New()
		var kept []*storage.Record
		for _, r := range all(t, d.engine.Store()) {
			if r.Version = 0; c.edit(r) {
				kept = append(kept, r)
			}
		}
		d.must(broken.Update(context.Background(), func(tx storage.Tx) error { return tx.Put(kept...) }))
		cards := New(Options{})
		other := &desk{TB: t, Cards: cards, engine: engine.Open(broken, engine.Options{Domain: cards})}
		said := strings.Join(other.inspect(), "\n")
		for want := range strings.SplitSeq(c.want, "|") {
			if !strings.Contains(said, want) {
				t.Errorf("no %q in\n%s", want, said)
			}
		}
	}
}

// A card whose time to live is past goes with its instance: its fields, its history, its files, those replaced too.
func TestForgotten(t *testing.T) {
	cards, store := New(Options{}), memory.New()
	now := time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)
	d := &desk{TB: t, Cards: cards, engine: engine.Open(store, engine.Options{Domain: cards, Keep: 24 * time.Hour, Now: func() time.Time { return now }})}
	d.deploy(engine.Source{File: "deal.bpmn", XML: []byte(funneltest.Draw("funnel.kind=deal\nfunnel.currency=RUB",
		funneltest.Node("startEvent", "begin", "", funneltest.Extension(funneltest.Form(funneltest.Field("scan:file Scan")))),
		funneltest.Stage("first"), funneltest.End("won", "won"), funneltest.Flows("begin > first, first > won")))})
	var ids []string
	for range 2 { // each in an Update of its own: no id is then a part of the other
		id := ""
		d.must(d.update(func(tx *engine.Tx) (err error) {
			id, err = d.Create(tx, boss, Draft{Funnel: "deal"})
			return err
		}))
		ids = append(ids, id)
	}
	for _, id := range ids {
		for _, text := range []string{"one", "two"} {
			d.must(d.update(func(tx *engine.Tx) error {
				_, err := d.Keep(tx, boss, id, "scan", "scan.txt", []byte(text))
				return err
			}))
		}
	}
	d.must(d.update(func(tx *engine.Tx) error { return d.Advance(tx, boss, ids[0], Advance{}) }))
	now = now.Add(25 * time.Hour)
	if _, err := d.engine.FireDue(context.Background(), 10); err != nil {
		t.Fatal(err)
	}
	left := map[string]int{}
	for _, r := range all(t, store) {
		if left[r.Kind]++; strings.Contains(r.ID, ids[0]) || strings.Contains(string(r.Data), ids[0]) {
			t.Errorf("%s %s is left: %s", r.Kind, r.ID, r.Data)
		}
	}
	if left["card"] != 1 || left["file"] != 2 || left["file_bytes"] != 2 || left["instance"] != 1 {
		t.Errorf("left are %v", left)
	}
	for _, flaw := range d.inspect() {
		t.Error(flaw)
	}
}

// A card that an older version wrote is read.
func TestOlderCard(t *testing.T) {
	card, err := read(&storage.Record{ID: "1", Data: []byte(`{"funnel":"deal","stands":[{"stage":"first","missing":["name",{"task":"first","key":"photo"}],"lacks":2}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	if got := card.Stands[0].Missing; len(got) != 2 || got[0] != (Lack{Key: "name"}) || got[1] != (Lack{Task: "first", Key: "photo"}) {
		t.Errorf("it lacks %+v", got)
	}
}
