package storagetest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/voronka/voronka/storage"
)

// pull is a walk by hand over the keys.
func pull(hits iter.Seq2[storage.Hit, error]) (next func() string, stop func()) {
	pulled, stop := iter.Pull2(hits)
	return func() string {
		h, err, ok := pulled()
		return fmt.Sprint(cmp.Or(h.Key, fmt.Sprint(err, ok)))
	}, stop
}

// model says what a store does in the fewest words there are.
type model map[storage.Ref]storage.Record

func (m model) put(r storage.Record) error {
	if m[r.Ref()].Version != r.Version {
		return storage.ErrStale
	}
	r.Version++
	m[r.Ref()] = r
	return nil
}

func (m model) scan(r storage.Range) (hits []storage.Hit) {
	for ref, record := range m {
		found := &storage.Record{Kind: record.Kind, ID: record.ID, Version: record.Version, Data: record.Data}
		if r.Keys {
			found = nil
		}
		if r.Index == "" && ref.Kind == r.Kind {
			hits = append(hits, storage.Hit{Ref: ref, Key: ref.ID, Record: found})
		}
		last := map[string][]byte{}
		for _, e := range record.Index {
			if e.Index == r.Index {
				last[e.Key] = e.Value
			}
		}
		for key, value := range last {
			hits = append(hits, storage.Hit{Ref: ref, Key: key, Value: value, Record: found})
		}
	}
	hits = slices.DeleteFunc(hits, func(h storage.Hit) bool { return h.Key < r.From || r.To != "" && h.Key >= r.To })
	slices.SortFunc(hits, func(a, b storage.Hit) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Ref.Kind, b.Ref.Kind), cmp.Compare(a.Ref.ID, b.Ref.ID))
	})
	if r.Reverse {
		slices.Reverse(hits)
	}
	if r.Limit > 0 && len(hits) > r.Limit {
		hits = hits[:r.Limit]
	}
	return hits
}

// deed is one step of a transaction, drawn before it runs, as a transaction may run twice.
type deed struct {
	put    []storage.Record
	wrong  bool // put with a version that is not the right one
	del    []storage.Ref
	get    []storage.Ref
	scan   storage.Range
	paging bool // by After, Limit hits at a time
}

// do does d in both and tells where they differ.
func (d deed) do(tx storage.Tx, m model) error {
	if len(d.put) > 0 {
		var records []*storage.Record
		next := maps.Clone(m)
		var want error
		for _, r := range d.put {
			r.Version = m[r.Ref()].Version
			if d.wrong {
				r.Version++
			}
			want = cmp.Or(want, next.put(r))
			c := r
			c.Data = bytes.Clone(r.Data)
			records = append(records, &c)
		}
		if err := tx.Put(records...); !errors.Is(err, want) {
			return fmt.Errorf("put %v: %v, want %v", d.put, err, want)
		}
		if want != nil {
			return nil
		}
		maps.Copy(m, next)
		for _, r := range records {
			if r.Version != m[r.Ref()].Version {
				return fmt.Errorf("put %s %s: version %d", r.Kind, r.ID, r.Version)
			}
		}
	}
	if len(d.del) > 0 {
		if err := tx.Delete(d.del...); err != nil {
			return err
		}
		for _, ref := range d.del {
			delete(m, ref)
		}
	}
	return d.look(tx, m)
}

// look does what d only reads.
func (d deed) look(tx storage.Reader, m model) error {
	found, err := tx.Get(d.get...)
	if err != nil {
		return err
	}
	for i, ref := range d.get {
		want, there := m[ref]
		if there != (found[i] != nil) || there && (found[i].Ref() != ref || found[i].Version != want.Version || !bytes.Equal(found[i].Data, want.Data)) {
			return fmt.Errorf("get %v: %+v, want %+v", ref, found[i], want)
		}
		if there && fmt.Sprint(found[i].Index) != fmt.Sprint(sorted(want.Index)) {
			return fmt.Errorf("get %v: index %v, want %v", ref, found[i].Index, want.Index)
		}
	}
	if d.scan.Kind == "" && d.scan.Index == "" {
		return nil
	}
	r, whole := d.scan, d.scan
	if d.paging {
		whole.Limit = 0
	}
	want := m.scan(whole)
	for {
		n := 0
		for h, err := range tx.Scan(r) {
			if err != nil {
				return err
			}
			if len(want) == 0 || describe(h) != describe(want[0]) {
				return fmt.Errorf("scan %+v: %s, want %v", r, describe(h), want)
			}
			want, r.After = want[1:], h.Cursor
			n++
		}
		if !d.paging || n < r.Limit || r.Limit == 0 {
			break
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("scan %+v: ended before %s", r, describe(want[0]))
	}
	return nil
}

// sorted is what the contract says of Get: in order, the last of equals.
func sorted(index []storage.Entry) (s []storage.Entry) {
	for i, e := range index {
		if !slices.ContainsFunc(index[i+1:], func(f storage.Entry) bool { return f.Index == e.Index && f.Key == e.Key }) {
			s = append(s, e)
		}
	}
	slices.SortFunc(s, func(a, b storage.Entry) int { return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Key, b.Key)) })
	return s
}

var (
	kinds   = rapid.SampledFrom([]string{"a", "aa", "b"})
	indexes = rapid.SampledFrom([]string{"i", "ii", "j"})
	ids     = rapid.SampledFrom([]string{"1", "10", "2", "20", "é"})
	keyed   = rapid.SampledFrom([]string{"", "\x00", "\x00\x01", "\x00\xff", "k", "k\x00", "k\x00\x01", "kk", "l", "\xff", "\xff\xff"})
	refs    = rapid.Custom(func(t *rapid.T) storage.Ref { return storage.Ref{Kind: kinds.Draw(t, "kind"), ID: ids.Draw(t, "id")} })
	entries = rapid.Custom(func(t *rapid.T) storage.Entry {
		return storage.Entry{Index: indexes.Draw(t, "index"), Key: keyed.Draw(t, "key"), Value: []byte(rapid.SampledFrom([]string{"", "v", "w"}).Draw(t, "value"))}
	})
	records = rapid.Custom(func(t *rapid.T) storage.Record {
		ref := refs.Draw(t, "ref")
		return storage.Record{
			Kind: ref.Kind, ID: ref.ID, Data: fmt.Appendf(nil, `%d`, rapid.IntRange(0, 99).Draw(t, "data")),
			Index: rapid.SliceOfN(entries, 0, 5).Draw(t, "entries"),
		}
	})
	ranges = rapid.Custom(func(t *rapid.T) storage.Range {
		r := storage.Range{Reverse: rapid.Bool().Draw(t, "reverse"), Limit: rapid.IntRange(0, 4).Draw(t, "limit"), Keys: rapid.Bool().Draw(t, "keys")}
		bound := ids
		if rapid.Bool().Draw(t, "by kind") {
			r.Kind = kinds.Draw(t, "kind")
		} else {
			r.Index, bound = indexes.Draw(t, "index"), keyed
		}
		if rapid.Bool().Draw(t, "bounded") {
			r.From, r.To = bound.Draw(t, "from"), bound.Draw(t, "to")
		}
		return r
	})
	deeds = rapid.Custom(func(t *rapid.T) (d deed) {
		switch rapid.IntRange(0, 5).Draw(t, "deed") {
		case 0, 1:
			d.put = rapid.SliceOfNDistinct(records, 1, 4, func(r storage.Record) storage.Ref { return r.Ref() }).Draw(t, "put")
			d.wrong = rapid.IntRange(0, 9).Draw(t, "wrong") == 0
		case 2:
			d.del = rapid.SliceOfN(refs, 1, 4).Draw(t, "delete")
		case 3:
			d.get = rapid.SliceOfN(refs, 1, 6).Draw(t, "get")
		default:
			d.scan, d.paging = ranges.Draw(t, "scan"), rapid.Bool().Draw(t, "paging")
		}
		return d
	})
)

// random runs transactions of random deeds and compares each answer with the model's.
func random(k *kit) {
	rapid.Check(k.T, func(t *rapid.T) {
		committed := model{}
		if err := k.store.Update(bg, func(tx storage.Tx) error { // begin with nothing
			for _, kind := range []string{"a", "aa", "b"} {
				for _, id := range []string{"1", "10", "2", "20", "é"} {
					if err := tx.Delete(storage.Ref{Kind: kind, ID: id}); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 8).Draw(t, "transactions") {
			steps := rapid.SliceOfN(deeds, 1, 8).Draw(t, "deeds")
			fails := rapid.IntRange(0, 4).Draw(t, "fails") == 0
			var next model
			if err := k.store.Update(bg, func(tx storage.Tx) error {
				next = maps.Clone(committed)
				for _, d := range steps {
					if err := d.do(tx, next); err != nil {
						return err
					}
				}
				if fails {
					return errNo
				}
				return nil
			}); fails != errors.Is(err, errNo) || !fails && err != nil {
				t.Fatal(err)
			}
			if !fails {
				committed = next
			}
			if err := k.store.View(bg, func(r storage.Reader) error {
				for _, d := range steps {
					if err := d.look(r, committed); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
