package bolt

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
)

// old is a file as a version before this one wrote it.
func old(t *testing.T, format int) string {
	t.Helper()
	packed, err := os.Open(fmt.Sprintf("testdata/format%d.db.gz", format))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	f, err := os.Create(path)
	if err == nil {
		_, err = io.Copy(f, z)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// files of each format hold the same: 30 records of three kinds, ten of them written twice.
func holds(t *testing.T, s *Store) {
	t.Helper()
	if err := s.View(bg, func(r storage.Reader) error {
		n := 0
		err := storage.Verify(r, func(page []*storage.Record) error {
			for _, one := range page {
				n++
				version := uint64(1)
				i, _ := strconv.Atoi(one.ID)
				if i < 10 {
					i, version = i+30, 2
				}
				if want := fmt.Sprintf(`{"n":%d,"é":"\u0000"}`, i); one.Version != version || string(one.Data) != want {
					t.Errorf("%s %s is version %d, %s", one.Kind, one.ID, one.Version, one.Data)
				}
				if one.Kind != "a" && (len(one.Index) != 2 || one.Index[0].Key != fmt.Sprint(i%7)) {
					t.Errorf("%s %s has the entries %q", one.Kind, one.ID, one.Index)
				}
			}
			return nil
		}, func(f storage.Flaw) { t.Error(f) })
		if n != 90 {
			t.Errorf("%d records", n)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// A file of each older format is brought up to this one, all of it there, and stays so.
func TestOlderFormats(t *testing.T) {
	for n := 1; n < format; n++ {
		path := old(t, n)
		if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, storage.ErrFormat) || !strings.Contains(err.Error(), "first served") {
			t.Errorf("format %d, read only: %v", n, err)
		}
		for range 2 {
			s, err := Open(path, Options{Beside: []string{"c", "b"}})
			if err != nil {
				t.Fatal(err)
			}
			holds(t, s)
			if got := fmt.Sprint(s.layout.beside); got != "[b c]" {
				t.Errorf("format %d: beside each other stand %s", n, got)
			}
			s.Close()
		}
		s := open(t, path)
		if err := put(s, "new", nil); err != nil {
			t.Error(err)
		}
		s.Close()
		if err := Check(path, func(f storage.Flaw) { t.Error(f) }); err != nil {
			t.Error(err)
		}
	}
}

// Wherever the bringing up is cut off, it goes on there, and an older version never takes the file for its own.
func TestUpgradeCutOff(t *testing.T) {
	defer func(was int) { upgraded = was }(upgraded)
	upgraded = 1
	for from := 1; from < format; from++ {
		for cut, done := 0, false; !done; cut += 7 {
			path := old(t, from)
			db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			for n := 0; n < cut && !done; n++ {
				if err := db.Update(func(tx *bbolt.Tx) error {
					n, err := formatOf(tx)
					if done = n == format; done {
						return nil
					}
					return errors.Join(err, bringUp(tx, n, layout{[]string{"b", "c"}}))
				}); err != nil {
					t.Fatal(err)
				}
			}
			db.View(func(tx *bbolt.Tx) error {
				if said := string(tx.Bucket(about).Get(formatKey)); (said == strconv.Itoa(from)) != (cut == 0) {
					t.Errorf("cut off after %d commits it says format %s", cut, said)
				}
				return nil
			})
			db.Close()
			s, err := Open(path, Options{Beside: []string{"b", "a"}}) // what was begun counts, if it was
			if err != nil {
				t.Fatal(err)
			}
			holds(t, s)
			s.Close()
		}
	}
}

// A record of which a bit has turned is refused and named; the others are read.
func TestSum(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s := open(t, path)
	for _, id := range []string{"a", "b", "c"} {
		if err := put(s, id, []byte("a record of "+id)); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	data, _ := os.ReadFile(path)
	for at := 0; ; at++ { // in each copy of it
		n := strings.Index(string(data[at:]), "a record of b")
		if n < 0 {
			break
		}
		at += n
		data[at] ^= 1
	}
	os.WriteFile(path, data, 0o600)
	s = open(t, path)
	get := func(id string) error {
		return s.View(bg, func(r storage.Reader) error {
			_, err := r.Get(storage.Ref{Kind: "card", ID: id})
			return err
		})
	}
	if err := get("b"); !errors.Is(err, storage.ErrFormat) || !strings.Contains(err.Error(), "card b is damaged") {
		t.Error(err)
	}
	if err := errors.Join(get("a"), get("c"), put(s, "d", nil)); err != nil {
		t.Error(err)
	}
	if err := s.Update(bg, func(tx storage.Tx) error { return tx.Delete(storage.Ref{Kind: "card", ID: "b"}) }); !errors.Is(err, storage.ErrFormat) {
		t.Errorf("it is deleted, and its entries stay: %v", err)
	}
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it was made")
	}
	s := open(t, path)
	if err := put(s, "a", nil); err != nil {
		t.Fatal(err)
	}
	s.Close()
	was, _ := os.ReadFile(path)
	for range 2 { // at the same time
		s, err := Open(path, Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if got := ids(t, s, storage.Range{Kind: "card"}); len(got) != 1 {
			t.Error(got)
		}
		if err := put(s, "b", nil); err != errReadOnly {
			t.Error(err)
		}
	}
	if is, _ := os.ReadFile(path); string(is) != string(was) {
		t.Error("the file has changed")
	}
	os.WriteFile(path+"2", nil, 0o600)
	if _, err := Open(path+"2", Options{ReadOnly: true}); !errors.Is(err, storage.ErrFormat) {
		t.Errorf("an empty file: %v", err)
	}
}
