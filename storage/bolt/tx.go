package bolt

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
)

// tx is a storage.Tx: what it writes stands over a transaction of bbolt that it only reads. That is a snapshot, and then reads are
// remembered so that the writer can check whether they still hold; or it is the writer's, when it is the deed's turn.
type tx struct {
	ctx              context.Context
	layout           layout
	base             *bbolt.Tx
	records, entries *bbolt.Bucket

	deed   *deed             // nil in a View
	read   map[string][]byte // of an Update on a snapshot: places and what was stored there
	lent   bool              // the transaction of bbolt is the writer's
	own    state             // what to write
	over   *state            // what stands over the transaction of bbolt: own, and in a turn what was accepted before
	notes  []storage.Note
	failed error // for each further call
}

// reader hides what a View must not do.
type reader struct{ storage.Reader }

// Kinds is storage.Lister.Kinds.
func (r reader) Kinds() ([]string, error) {
	t := r.Reader.(*tx)
	if err := t.err(); err != nil {
		return nil, err
	}
	return t.layout.kinds(t.records), nil
}

// Indexes is storage.Lister.Indexes.
func (r reader) Indexes() ([]string, error) {
	t := r.Reader.(*tx)
	if err := t.err(); err != nil {
		return nil, err
	}
	return names(t.entries, ""), nil
}

// rest puts t on a transaction of bbolt.
func (t *tx) rest(base *bbolt.Tx) {
	t.base, t.records, t.entries = base, base.Bucket(records), base.Bucket(entries)
}

// lend puts t on the deed's turn.
func (t *tx) lend(now *turn) {
	t.lent = true
	t.rest(now.base)
	t.over = now.over.copy()
	t.over.add(t.work())
}

// leave ends the snapshot, if t is on one.
func (t *tx) leave() {
	if t.base != nil && !t.lent {
		t.base.Rollback()
	}
	t.base, t.records, t.entries, t.read = nil, nil, nil, nil
}

func (t *tx) end() {
	t.leave()
	t.failed = storage.ErrOver
}

func (t *tx) err() error {
	if t.failed != nil {
		return t.failed
	}
	return t.ctx.Err()
}

// stored is what is stored of a record, own changes included; nil is nothing. It is valid while t rests where it does.
func (t *tx) stored(ref storage.Ref) []byte {
	if len(ref.Kind) > 32 || strings.IndexByte(ref.Kind, 0) >= 0 {
		return nil
	}
	return t.at(t.layout.place(ref))
}

// at is what is stored at the place of a record.
func (t *tx) at(place string) []byte {
	if raw, ok := t.over.records.Get(place); ok {
		return raw
	}
	if t.read == nil {
		return t.records.Get([]byte(place))
	}
	raw, ok := t.read[place]
	if !ok {
		raw = t.records.Get([]byte(place))
		t.read[place] = raw
	}
	return raw
}

func (t *tx) Get(refs ...storage.Ref) ([]*storage.Record, error) {
	if err := t.err(); err != nil {
		return nil, err
	}
	if err := t.cool(refs); err != nil {
		return nil, err
	}
	found := make([]*storage.Record, len(refs))
	for i, ref := range refs {
		if raw := t.stored(ref); raw != nil {
			r, err := decode(ref, raw, true)
			if err != nil {
				return nil, err
			}
			found[i] = r
		}
	}
	return found, nil
}

func (t *tx) Put(records ...*storage.Record) error {
	if err := t.err(); err != nil {
		return err
	}
	if err := storage.Check(records); err != nil {
		return err
	}
	for _, r := range records {
		if v := version(t.stored(r.Ref())); v != r.Version {
			return fmt.Errorf("%s %s: version %d, not %d: %w", r.Kind, r.ID, v, r.Version, storage.ErrStale)
		}
	}
	for _, r := range records {
		t.deed.raised.Raise(r)
		if err := t.replace(r.Ref(), r); err != nil {
			return err
		}
	}
	return nil
}

// Restore is storage.Restorer.Restore.
func (t *tx) Restore(records ...*storage.Record) error {
	if err := t.err(); err != nil {
		return err
	}
	if err := storage.CheckRestored(records); err != nil {
		return err
	}
	for _, r := range records {
		if t.stored(r.Ref()) != nil {
			return fmt.Errorf("%s %s is there already: %w", r.Kind, r.ID, storage.ErrStale)
		}
	}
	for _, r := range records {
		if err := t.replace(r.Ref(), r); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Delete(refs ...storage.Ref) error {
	if err := t.err(); err != nil {
		return err
	}
	for _, ref := range refs {
		if t.stored(ref) != nil {
			if err := t.replace(ref, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// replace makes r what is stored of a record, nil: nothing, and changes its entries where they differ.
func (t *tx) replace(ref storage.Ref, r *storage.Record) error {
	place := t.layout.place(ref)
	var raw []byte
	var before, after []storage.Entry
	if r != nil {
		after = storage.Sorted(r.Index)
		raw = encode(r, after)
	}
	if old := t.at(place); old != nil {
		_, was, _, ok := parts(old)
		if _, is, _, _ := parts(raw); ok && bytes.Equal(was, is) {
			after = nil // none changes
		} else if ok {
			before, ok = storage.ParseEntries(was)
		}
		if !ok {
			t.failed = damaged(ref) // a Put must not be half done
			return t.failed
		}
	}
	t.put(func(s *state) { s.records.Put(place, raw) })
	move := func(e storage.Entry, value []byte) {
		at := e.Place(ref)
		t.put(func(s *state) { s.entries.Put(at, value) })
	}
	storage.Diff(before, after,
		func(e storage.Entry) { move(e, nil) },
		func(e storage.Entry) { move(e, append([]byte{}, e.Value...)) })
	return nil
}

// put writes what the deed does to where it is read, too.
func (t *tx) put(to func(*state)) {
	to(&t.own)
	if t.over != &t.own {
		to(t.over)
	}
}

func (t *tx) Notify(topic, payload string) {
	t.notes = append(t.notes, storage.Note{Topic: topic, Payload: payload})
}

func (t *tx) Scan(r storage.Range) iter.Seq2[storage.Hit, error] {
	return func(yield func(storage.Hit, error) bool) {
		err := r.Check()
		if err == nil {
			err = t.err()
		}
		if err == nil && t.read != nil {
			err = t.deed.promote(t)
		}
		n := 0
		if err == nil {
			now := *t // as it is, whatever is written during the walk
			now.over = t.over.copy()
			for place, value := range now.walk(r) {
				var h storage.Hit
				wanted := true
				if err = t.err(); err == nil {
					h, wanted, err = now.hit(r, string(place), value)
				}
				if err != nil {
					break
				}
				if !wanted {
					continue
				}
				if n++; !yield(h, nil) || n == r.Limit {
					return
				}
			}
		}
		if err != nil {
			yield(storage.Hit{}, err)
		}
	}
}

// hit is what a scan gives for what is stored at a place; not ok: the scan is not over that.
func (t *tx) hit(r storage.Range, place string, value []byte) (h storage.Hit, ok bool, err error) {
	raw := value
	if r.Index == "" {
		if h.Key, ok = t.layout.id(r.Kind, place); !ok {
			return h, false, nil
		}
		h.Ref, h.Cursor = storage.Ref{Kind: r.Kind, ID: h.Key}, h.Key
	} else {
		h.Key, h.Ref = storage.EntryAt(place)
		h.Value, h.Cursor = bytes.Clone(value), place[len(r.Index)+1:]
		if !r.Keys {
			raw = t.stored(h.Ref)
		}
	}
	if !r.Keys {
		h.Record, err = decode(h.Ref, raw, false)
	}
	return h, true, err
}

// walk merges what is stored with what t changed. t must not change meanwhile.
func (t *tx) walk(r storage.Range) iter.Seq2[[]byte, []byte] {
	stored, changes := t.entries, &t.over.entries
	if r.Index == "" {
		stored, changes = t.records, &t.over.records
	}
	from, to := t.layout.bounds(r)
	return func(yield func([]byte, []byte) bool) {
		c := stored.Cursor()
		k, v := c.Seek([]byte(from))
		step := c.Next
		if r.Reverse {
			step = c.Prev
			if k, _ = c.Seek([]byte(to)); k == nil {
				k, v = c.Last()
			} else {
				k, v = c.Prev()
			}
		}
		inside := func() bool { return k != nil && string(k) >= from && string(k) < to }
		for place, value := range changes.Range(from, to, r.Reverse) {
			for inside() && string(k) != place && string(k) < place != r.Reverse {
				if !yield(k, v) {
					return
				}
				k, v = step()
			}
			if inside() && string(k) == place {
				k, v = step()
			}
			if value != nil && !yield([]byte(place), value) {
				return
			}
		}
		for inside() {
			if !yield(k, v) {
				return
			}
			k, v = step()
		}
	}
}
