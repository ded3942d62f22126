package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
)

// flaws are what Check says of a file.
func flaws(t *testing.T, path string) (all []string) {
	t.Helper()
	if err := Check(path, func(f storage.Flaw) { all = append(all, f.What) }); err != nil {
		t.Fatal(err)
	}
	return all
}

// filled is a file with some of everything, as short as it can be.
func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	s := open(t, path)
	for i := range 60 {
		if err := s.Update(bg, func(tx storage.Tx) error {
			var all []*storage.Record
			for n := range 20 {
				r := &storage.Record{Kind: []string{"card", "deal"}[n%2], ID: fmt.Sprintf("%05d", (i*20+n)*7919%100000), Data: bytes.Repeat([]byte("x"), n*20)}
				if i%20 == 0 && n == 0 {
					r.Data = bytes.Repeat([]byte("large"), 5000)
				}
				r.Index = []storage.Entry{{Index: "due", Key: fmt.Sprint(i, n)}, {Index: "key", Key: r.ID, Value: []byte("v")}}
				all = append(all, r)
			}
			return tx.Put(all...)
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	trim(t, path)
	return path
}

// trim takes from a file the room that it has for more.
func trim(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	db.View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil })
	db.Close()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

// content is all that a store holds; wrong is what Verify says of it.
func content(s storage.Store) (all string, wrong []string, err error) {
	var b strings.Builder
	err = s.View(bg, func(r storage.Reader) error {
		return storage.Verify(r, func(page []*storage.Record) error {
			for _, one := range page {
				fmt.Fprintf(&b, "%s %s %d %q %q\n", one.Kind, one.ID, one.Version, one.Data, one.Index)
			}
			return nil
		}, func(f storage.Flaw) { wrong = append(wrong, f.String()) })
	})
	return b.String(), wrong, err
}

// Whatever is done to a file, Check does not fall over it; and where it finds nothing the file opens, and either Verify finds something
// or all is as it was.
func TestDamage(t *testing.T) {
	path := filled(t)
	if found := flaws(t, path); len(found) > 0 {
		t.Fatal(found)
	}
	sound, _ := os.ReadFile(path)
	s := open(t, path)
	want, wrong, err := content(s)
	if err != nil || len(wrong) > 0 {
		t.Fatal(wrong, err)
	}
	s.Close()
	const seed = 1
	random := rand.New(rand.NewPCG(seed, 0))
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	byCheck, byVerify, harmless := 0, 0, 0
	for round := range rounds {
		data := bytes.Clone(sound)
		at := random.IntN(len(data))
		switch round % 4 {
		case 0: // a bit
			data[at] ^= 1 << random.IntN(8)
		case 1: // a sector of nothing
			clear(data[at&^511 : at&^511+512])
		case 2: // a page of another time
			copy(data[at&^4095:at&^4095+4096], sound[random.IntN(len(sound)/4096)*4096:])
		case 3: // cut short
			data = data[:at]
		}
		damaged := filepath.Join(t.TempDir(), "damaged.db")
		os.WriteFile(damaged, data, 0o600)
		if len(flaws(t, damaged)) > 0 {
			byCheck++
			continue
		}
		s, err := Open(damaged, Options{ReadOnly: true})
		if err != nil {
			if !errors.Is(err, storage.ErrFormat) {
				t.Errorf("seed %d, round %d: %v", seed, round, err)
			}
			byVerify++
			continue
		}
		got, wrong, err := content(s)
		s.Close()
		switch {
		case err != nil || len(wrong) > 0:
			byVerify++
		case got != want:
			t.Errorf("seed %d, round %d: it is another store, and nobody says so", seed, round)
		default:
			harmless++
		}
	}
	t.Logf("of %d damaged files Check refuses %d, Verify %d; %d are as they were", rounds, byCheck, byVerify, harmless)
	if byCheck == 0 || byVerify == 0 {
		t.Error("the test proves nothing")
	}
}

// Entries that are not those of the records are named, whichever way they differ.
func TestVerify(t *testing.T) {
	for what, edit := range map[string]func(b *bbolt.Bucket, ref storage.Ref) error{
		`card 1: it is not found in index due under "1".`: func(b *bbolt.Bucket, ref storage.Ref) error {
			return b.Delete([]byte(storage.Entry{Index: "due", Key: "1"}.Place(ref)))
		},
		`card 1: index due has it under "7", which is no entry of it.`: func(b *bbolt.Bucket, ref storage.Ref) error {
			return b.Put([]byte(storage.Entry{Index: "due", Key: "7"}.Place(ref)), nil)
		},
		`card 1: index new has it under "7", which is no entry of it.`: func(b *bbolt.Bucket, ref storage.Ref) error {
			return b.Put([]byte(storage.Entry{Index: "new", Key: "7"}.Place(ref)), nil)
		},
		`card 9: index due names it under "9", and there is no such record.`: func(b *bbolt.Bucket, _ storage.Ref) error {
			return b.Put([]byte(storage.Entry{Index: "due", Key: "9"}.Place(storage.Ref{Kind: "card", ID: "9"})), nil)
		},
		`card 1: it is not found in index due under "1".|card 1: index due has it under "1", which is no entry of it.`: func(b *bbolt.Bucket, ref storage.Ref) error {
			return b.Put([]byte(storage.Entry{Index: "due", Key: "1"}.Place(ref)), []byte("another value"))
		},
	} {
		path := filepath.Join(t.TempDir(), "test.db")
		s := open(t, path)
		for _, id := range []string{"1", "2"} {
			if err := put(s, id, nil); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
		db, err := bbolt.Open(path, 0o600, nil)
		if err == nil {
			err = db.Update(func(tx *bbolt.Tx) error { return edit(tx.Bucket(entries), storage.Ref{Kind: "card", ID: "1"}) })
			err = errors.Join(err, db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		if found := flaws(t, path); len(found) > 0 {
			t.Error(found)
		}
		_, wrong, err := content(open(t, path))
		if got := strings.Join(wrong, "|"); got != what || err != nil {
			t.Errorf("%v\n got %s\nwant %s", err, got, what)
		}
	}
}
