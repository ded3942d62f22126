package storage

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"slices"
)

// Flaw is one thing that is wrong with what a store keeps.
type Flaw struct {
	Ref  Ref    // of the record; the zero one: of the store as a whole
	What string // a sentence
	Mend string // and one that says what mends it
}

func (f Flaw) String() string {
	if f.Ref == (Ref{}) {
		return f.What
	}
	return f.Ref.Kind + " " + f.Ref.ID + ": " + f.What
}

// What mends what Verify finds.
const (
	MendBackup  = "Restore the newest backup that is sound."
	MendEntries = "Copy the store into an empty one with voronka copy: entries are made anew of the records."
)

// Verify reads all that a store keeps, and tells what is wrong with it whatever it is about: records that can't be read, and entries
// that are not those of their records. page is given the records that can be read, as Pages gives them. r is a Lister too.
func Verify(r Reader, page func([]*Record) error, found func(Flaw)) error {
	lister, ok := r.(Lister)
	if !ok {
		return errNoLister
	}
	names, err := lister.Indexes()
	if err != nil {
		return err
	}
	want, got := totals{seed: maphash.MakeSeed()}, totals{}
	got.seed = want.seed
	err = Pages(r, func(all []*Record) error {
		for _, one := range all {
			for _, e := range one.Index {
				want.add(one.Ref(), e)
			}
		}
		return page(all)
	}, func(ref Ref, err error) error {
		found(Flaw{ref, fmt.Sprintf("can't be read: %s.", err), MendBackup})
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		for hit, err := range r.Scan(Range{Index: name, Keys: true}) {
			if err != nil {
				return err
			}
			got.add(hit.Ref, Entry{name, hit.Key, hit.Value})
		}
	}
	wrong := map[string]bool{}
	for name := range want.of {
		wrong[name] = want.of[name] != got.of[name]
	}
	for name := range got.of {
		wrong[name] = want.of[name] != got.of[name]
	}
	for name := range wrong {
		if !wrong[name] {
			delete(wrong, name)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return differ(r, wrong, found)
}

// totals sums up entries by index, in whatever order they come.
type totals struct {
	seed maphash.Seed
	of   map[string]total
}

type total struct{ entries, sum uint64 }

func (t *totals) add(ref Ref, e Entry) {
	if t.of == nil {
		t.of = map[string]total{}
	}
	type whole struct {
		ref        Ref
		key, value string
	}
	n := t.of[e.Index]
	n.entries++
	n.sum += maphash.Comparable(t.seed, whole{ref, e.Key, string(e.Value)})
	t.of[e.Index] = n
}

// differ finds, in the indexes that are wrong, which entries are.
func differ(r Reader, wrong map[string]bool, found func(Flaw)) error {
	err := Pages(r, func(all []*Record) error {
		for _, one := range all {
			for _, e := range one.Index {
				if !wrong[e.Index] {
					continue
				}
				there, err := entered(r, one.Ref(), e)
				if err != nil {
					return err
				}
				if !there {
					found(Flaw{one.Ref(), fmt.Sprintf("it is not found in index %s under %q.", e.Index, e.Key), MendEntries})
				}
			}
		}
		return nil
	}, func(Ref, error) error { return nil })
	if err != nil {
		return err
	}
	for name := range wrong {
		for hit, err := range r.Scan(Range{Index: name, Keys: true}) {
			if err != nil {
				return err
			}
			records, err := r.Get(hit.Ref)
			if err != nil {
				continue // said already
			}
			e := Entry{name, hit.Key, hit.Value}
			if records[0] == nil {
				found(Flaw{hit.Ref, fmt.Sprintf("index %s names it under %q, and there is no such record.", name, hit.Key), MendEntries})
			} else if !slices.ContainsFunc(records[0].Index, func(own Entry) bool { return same(own, e) }) {
				found(Flaw{hit.Ref, fmt.Sprintf("index %s has it under %q, which is no entry of it.", name, hit.Key), MendEntries})
			}
		}
	}
	return nil
}

// entered tells whether an entry of a record is in its index.
func entered(r Reader, ref Ref, e Entry) (bool, error) {
	for hit, err := range r.Scan(Range{Index: e.Index, From: e.Key, To: e.Key + "\x00", Keys: true}) {
		if err != nil {
			return false, err
		}
		if hit.Ref == ref && same(Entry{e.Index, hit.Key, hit.Value}, e) {
			return true, nil
		}
	}
	return false, nil
}

func same(a, b Entry) bool {
	return a.Index == b.Index && a.Key == b.Key && bytes.Equal(a.Value, b.Value)
}

// FlawOfEntries tells how the entries of a record differ from those that it should have; nil: not at all. mend says what to do.
func FlawOfEntries(r *Record, should []Entry, mend string) *Flaw {
	var lacks, extra []Entry
	Diff(r.Index, Sorted(should), func(e Entry) { extra = append(extra, e) }, func(e Entry) { lacks = append(lacks, e) })
	switch {
	case len(lacks) > 0:
		return &Flaw{r.Ref(), fmt.Sprintf("it should stand in index %s under %q = %q.", lacks[0].Index, lacks[0].Key, lacks[0].Value), mend}
	case len(extra) > 0:
		return &Flaw{r.Ref(), fmt.Sprintf("it should not stand in index %s under %q.", extra[0].Index, extra[0].Key), mend}
	}
	return nil
}
