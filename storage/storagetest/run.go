// Package storagetest is the contract of storage.Store, executed, and stores that fail on purpose.
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/voronka/voronka/storage"
)

// Run checks that what open gives keeps the contract. open gives an empty store each time and closes it when its test ends.
func Run(t *testing.T, open func(t *testing.T) storage.Store) {
	for _, c := range []struct {
		name string
		run  func(*kit)
	}{
		{"version counts every put", versions},
		{"a stale version is refused", stale},
		{"a stale version is refused at last", staleAtLast},
		{"versions are set back", setBack},
		{"what is not a record is refused", invalid},
		{"own writes are seen", ownWrites},
		{"bytes are the caller's", ownBytes},
		{"all or nothing", allOrNothing},
		{"get many", getMany},
		{"large values", large},
		{"a transaction ends", over},
		{"copied as it is", copies},
		{"the index follows its record", index},
		{"the same key twice", sameKey},
		{"order of bytes", order},
		{"prefix and time", prefix},
		{"scan by kind", scanKind},
		{"scan on from a cursor", cursor},
		{"scan own writes", scanOwnWrites},
		{"scan while writing", scanWhileWriting},
		{"scan ten thousand", scanMany},
		{"a view does not change", snapshot},
		{"a counter for many", counter},
		{"a hot counter by scan", counterByScan},
		{"no write skew between points", skewPoints},
		{"no write skew between ranges", skewRanges},
		{"no write skew between range and point", skewMixed},
		{"no write skew when a record comes back", skewReborn},
		{"views see sums", sums},
		{"the failing harm nobody", harmless},
		{"notify after the commit", notify},
		{"notify in order", notifyOrder},
		{"cancelled", cancelled},
		{"cancelled at any moment", cancelledAnytime},
		{"closed", closed},
		{"like the model", random},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(&kit{t, open(t)}) })
	}
}

// kit is a test with a store and the words that the tests share.
type kit struct {
	*testing.T
	store storage.Store
}

var bg = context.Background()

func (k *kit) ok(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

func (k *kit) is(err, want error) {
	k.Helper()
	if !errors.Is(err, want) {
		k.Fatalf("error is %v, want %v", err, want)
	}
}

func (k *kit) same(got, want any) {
	k.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		k.Fatalf("\n got %.2000s\nwant %.2000s", g, w)
	}
}

func (k *kit) update(fn func(tx storage.Tx) error) {
	k.Helper()
	k.ok(k.store.Update(bg, fn))
}

func (k *kit) view(fn func(r storage.Reader) error) {
	k.Helper()
	k.ok(k.store.View(bg, fn))
}

// put writes records, whatever their version is in the store.
func (k *kit) put(records ...*storage.Record) {
	k.Helper()
	k.update(func(tx storage.Tx) error { return overwrite(tx, records...) })
}

func overwrite(tx storage.Tx, records ...*storage.Record) error {
	for _, r := range records {
		old, err := one(tx, r.Ref())
		if err != nil {
			return err
		}
		r.Version = 0
		if old != nil {
			r.Version = old.Version
		}
		if err := tx.Put(r); err != nil {
			return err
		}
	}
	return nil
}

func one(r storage.Reader, ref storage.Ref) (*storage.Record, error) {
	found, err := r.Get(ref)
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (k *kit) get(kind, id string) (found *storage.Record) {
	k.Helper()
	k.view(func(r storage.Reader) (err error) {
		found, err = one(r, storage.Ref{Kind: kind, ID: id})
		return err
	})
	return found
}

// scan describes the hits of a range.
func (k *kit) scan(r storage.Range) (hits []string) {
	k.Helper()
	k.view(func(tx storage.Reader) (err error) {
		hits, err = list(tx, r)
		return err
	})
	return hits
}

func list(tx storage.Reader, r storage.Range) ([]string, error) {
	var hits []string
	for h, err := range tx.Scan(r) {
		if err != nil {
			return nil, err
		}
		hits = append(hits, describe(h))
	}
	return hits, nil
}

func describe(h storage.Hit) string {
	s := fmt.Sprintf("%q:%s/%s", h.Key, h.Ref.Kind, h.Ref.ID)
	if len(h.Value) > 0 {
		s += fmt.Sprintf("=%s", h.Value)
	}
	if r := h.Record; r != nil {
		s += fmt.Sprintf(" v%d %s", r.Version, r.Data)
		if r.Ref() != h.Ref || len(r.Index) > 0 {
			s += fmt.Sprintf(" BUT %+v", r)
		}
	}
	return s
}

// ids are the keys of a scan, which loads no records.
func (k *kit) ids(r storage.Range) (ids []string) {
	k.Helper()
	r.Keys = true
	k.view(func(tx storage.Reader) (err error) {
		ids, err = keys(tx, r)
		return err
	})
	return ids
}

func keys(tx storage.Reader, r storage.Range) ([]string, error) {
	var ids []string
	for h, err := range tx.Scan(r) {
		if err != nil {
			return nil, err
		}
		if r.Keys && h.Record != nil {
			return nil, errors.New("a record where only keys were asked for")
		}
		ids = append(ids, h.Key)
	}
	return ids, nil
}

func (k *kit) sameList(got []string, want ...string) {
	k.Helper()
	if !slices.Equal(got, want) {
		k.Fatalf("\n got %.2000q\nwant %.2000q", got, want)
	}
}

// doc is a new record.
func doc(kind, id, data string, index ...storage.Entry) *storage.Record {
	return &storage.Record{Kind: kind, ID: id, Data: []byte(data), Index: index}
}

func entry(index, key string) storage.Entry { return storage.Entry{Index: index, Key: key} }

var errNo = errors.New("no")
