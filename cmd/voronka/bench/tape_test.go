package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

var bg = context.Background()

func TestCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.StringOfN(rapid.RuneFrom([]rune("ab/")), 0, 12, -1)
		s, words := few.Draw(t, "s"), rapid.SliceOfN(few, 0, 3).Draw(t, "words")
		holes := cut(s, words)
		if got := holes.with(words); got != s {
			t.Fatalf("%q", got)
		}
		for _, part := range holes.parts {
			for _, w := range words {
				if w != "" && strings.Contains(part, w) {
					t.Fatalf("%q is left in %q", w, part)
				}
			}
		}
	})
	if got := cut("card-1/7", []string{"card-1", "/7"}).with([]string{"b", "/8"}); got != "b/8" {
		t.Error(got)
	}
}

// walk is a deed with everything that a transaction can do, about a card and the number of its line.
func walk(s storage.Store, card string, n int) error {
	return s.Update(bg, func(tx storage.Tx) error {
		found, err := tx.Get(storage.Ref{Kind: "card", ID: card}, storage.Ref{Kind: "card", ID: "nobody"}, storage.Ref{Kind: "shared", ID: "all"})
		if err != nil {
			return err
		}
		c := found[0]
		c.Data, c.Index = fmt.Appendf(nil, "%d", n), []storage.Entry{{Index: "stage", Key: storage.Key("b", card), Value: []byte("v")}}
		if err := tx.Put(c, &storage.Record{Kind: "line", ID: fmt.Sprintf("%s/%d", card, n), Data: []byte("1")}); err != nil {
			return err
		}
		for _, err := range tx.Scan(storage.Range{Index: "stage"}.Prefix("b")) {
			if err != nil {
				return err
			}
			break
		}
		if err := tx.Delete(storage.Ref{Kind: "draft", ID: card}); err != nil {
			return err
		}
		c.Data = append(c.Data, '0')
		if err := tx.Put(c); err != nil {
			return err
		}
		tx.Notify("card", card)
		return nil
	})
}

func filled(t *testing.T, cards ...string) storage.Store {
	t.Helper()
	s := memory.New()
	all := []*storage.Record{{Kind: "shared", ID: "all", Data: []byte("1")}}
	for _, id := range cards {
		all = append(all, &storage.Record{Kind: "card", ID: id, Data: []byte("0"), Index: []storage.Entry{{Index: "stage", Key: storage.Key("a", id)}}},
			&storage.Record{Kind: "draft", ID: id, Data: []byte("0")})
	}
	if err := s.Update(bg, func(tx storage.Tx) error { return tx.Put(all...) }); err != nil {
		t.Fatal(err)
	}
	return s
}

// everything is all that a store has, with what was told meanwhile.
func everything(t *testing.T, s storage.Store) []string {
	t.Helper()
	var all []string
	if err := s.View(bg, func(r storage.Reader) error {
		for _, kind := range []string{"card", "draft", "line", "shared"} {
			for hit, err := range r.Scan(storage.Range{Kind: kind}) {
				if err != nil {
					return err
				}
				found, err := r.Get(hit.Ref)
				if err != nil {
					return err
				}
				all = append(all, fmt.Sprintf("%s %s %d %s %q", kind, found[0].ID, found[0].Version, found[0].Data, found[0].Index))
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// A tape that is played does to the store what the deed does, about something else.
func TestTape(t *testing.T) {
	played, done := filled(t, "card-1", "card-2"), filled(t, "card-1", "card-2")
	tapes, err := record(played, func(s storage.Store) error { return walk(s, "card-1", 7) })
	if err != nil || len(tapes) != 1 {
		t.Fatal(tapes, err)
	}
	tp := tapes[0]
	if got := tp.added("card-1"); got != "/7" {
		t.Errorf("added %q", got)
	}
	tp.about("card-1", "/7")
	told := ""
	defer played.Listen("card", func(id string) { told = id })()
	if err := played.Update(bg, func(tx storage.Tx) error { return tp.play(tx, "card-2", "/8") }); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(walk(done, "card-1", 7), walk(done, "card-2", 7)); err != nil {
		t.Fatal(err)
	}
	want := everything(t, done)
	for n := range want {
		want[n] = strings.Replace(want[n], "card-2/7", "card-2/8", 1) // the tape's own word
	}
	if got := everything(t, played); !slices.Equal(got, want) {
		t.Errorf("played:\n%s\ndone:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if told != "card-2" {
		t.Errorf("told %q", told)
	}
	play := func(words ...string) error {
		return played.Update(bg, func(tx storage.Tx) error { return tp.play(tx, words...) })
	}
	if err := play("card-2", "/8"); !errors.Is(err, storage.ErrStale) {
		t.Errorf("what was added is there already: %v", err)
	}
	if err := play("card-3", "/1"); err == nil || !strings.Contains(err.Error(), "card card-3 is not there") {
		t.Error(err)
	}
	if err := played.Update(bg, func(tx storage.Tx) error { return tp.lay(tx, "card-3", "/0") }); err != nil {
		t.Fatal(err)
	}
	if err := play("card-3", "/1"); err != nil {
		t.Errorf("laid out: %v", err)
	}
}

func TestTapeOfOneThatHasNotRead(t *testing.T) {
	s := filled(t, "card-1")
	if _, err := record(s, func(s storage.Store) error {
		return s.Update(bg, func(tx storage.Tx) error {
			return tx.Put(&storage.Record{Kind: "card", ID: "card-1", Version: 1, Data: []byte("1")})
		})
	}); err == nil || !strings.Contains(err.Error(), "can't be taped") {
		t.Error(err)
	}
	if _, err := record(s, func(storage.Store) error { return errors.New("no") }); err == nil {
		t.Error("an error of the deed is lost")
	}
}

// What the moves of a desk are measured against is what they do: after as many of each, the records of both are of the same bytes.
func TestBareIsAMove(t *testing.T) {
	d, err := openDesk(bg, memory.New())
	if err != nil {
		t.Fatal(err)
	}
	cards, err := d.create(bg, stages)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := d.bare(bg, stages)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 * stages {
		if err := errors.Join(d.move(bg, cards[0].id), d.again(bg, bare[0])); err != nil {
			t.Fatal(err)
		}
	}
	size := func(id string) (records, bytes, entries int) {
		if err := d.store.View(bg, func(r storage.Reader) error {
			for _, kind := range []string{"card", "instance", "history"} {
				for hit, err := range r.Scan(storage.Range{Kind: kind, From: id, To: id + "~"}) {
					if err != nil {
						return err
					}
					found, err := r.Get(hit.Ref)
					if err != nil {
						return err
					}
					records, bytes, entries = records+1, bytes+len(found[0].Data), entries+len(found[0].Index)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return records, bytes, entries
	}
	records, bytes, entries := size(cards[0].id)
	r, by, e := size(bare[0].id)
	// The card has a page of history from its creation, and the numbers in its records may be a digit longer.
	if records-r != 1 || by < bytes*9/10 || by > bytes || entries != e {
		t.Errorf("the card has %d records, %d bytes, %d entries; bare %d, %d, %d", records, bytes, entries, r, by, e)
	}
}
