// Package memory keeps records in memory only: the plainest store there is, for tests, benchmarks and trying out.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/sorted"
)

// Store is a storage.Store. One Update runs at a time, on a copy of the state that becomes the state when it is done; a View
// looks at the state that it found.
type Store struct {
	now       atomic.Pointer[state]
	turn      chan struct{} // held by the Update that runs
	listeners storage.Listeners
	gate      storage.Gate
}

// state holds records and entries under their Place. What it points to is never changed.
type state struct {
	records sorted.Map[*storage.Record]
	entries sorted.Map[*entry]
}

type entry struct {
	storage.Entry
	ref storage.Ref
}

// New returns an empty store.
func New() *Store {
	s := &Store{turn: make(chan struct{}, 1)}
	s.now.Store(&state{})
	return s
}

// View is storage.Store.View. fn may take as long as it likes: nobody waits for it.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &tx{ctx: ctx, state: *s.now.Load()}
	defer t.end()
	return fn(reader{t})
}

// Update is storage.Store.Update.
func (s *Store) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()

	now := *s.now.Load()
	t := &tx{ctx: ctx, state: now.copy()}
	defer t.end() // what fn panics with goes to who called Update
	if err := fn(t); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	t.raised = nil
	s.now.Store(&t.state)
	s.listeners.Tell(t.notes)
	return nil
}

// Listen is storage.Store.Listen.
func (s *Store) Listen(topic string, fn func(payload string)) (stop func()) {
	return s.listeners.Listen(topic, fn)
}

// Close is storage.Store.Close.
func (s *Store) Close() error {
	s.gate.Close()
	return nil
}

// copy returns a state of its own for who wants to change s, or to walk over it while it is changed.
func (s *state) copy() state { return state{s.records.Copy(), s.entries.Copy()} }

// tx is a storage.Tx.
type tx struct {
	ctx    context.Context
	state  state
	raised storage.Raised
	notes  []storage.Note
	over   bool
}

// reader hides what a View must not do.
type reader struct{ storage.Reader }

func (t *tx) end() {
	t.raised.Restore()
	t.over = true
}

func (t *tx) err() error {
	if t.over {
		return storage.ErrOver
	}
	return t.ctx.Err()
}

func (t *tx) Get(refs ...storage.Ref) ([]*storage.Record, error) {
	if err := t.err(); err != nil {
		return nil, err
	}
	found := make([]*storage.Record, len(refs))
	for i, ref := range refs {
		if r := t.record(ref); r != nil {
			c := *r
			c.Data, c.Index = bytes.Clone(r.Data), deep(r.Index)
			found[i] = &c
		}
	}
	return found, nil
}

// record returns the stored record, which must not be changed.
func (t *tx) record(ref storage.Ref) *storage.Record {
	r, ok := t.state.records.Get(ref.Place())
	if !ok || r.Ref() != ref {
		return nil
	}
	return r
}

func (t *tx) Put(records ...*storage.Record) error {
	if err := t.err(); err != nil {
		return err
	}
	if err := storage.Check(records); err != nil {
		return err
	}
	for _, r := range records {
		var version uint64
		if old := t.record(r.Ref()); old != nil {
			version = old.Version
		}
		if version != r.Version {
			return fmt.Errorf("%s %s: version %d, not %d: %w", r.Kind, r.ID, version, r.Version, storage.ErrStale)
		}
	}
	for _, r := range records {
		t.raised.Raise(r)
		c := *r
		c.Data, c.Index = bytes.Clone(r.Data), deep(storage.Sorted(r.Index))
		t.replace(r.Ref(), &c)
	}
	return nil
}

func (t *tx) Delete(refs ...storage.Ref) error {
	if err := t.err(); err != nil {
		return err
	}
	for _, ref := range refs {
		if t.record(ref) != nil {
			t.replace(ref, nil)
		}
	}
	return nil
}

// replace puts r where ref is, with its entries.
func (t *tx) replace(ref storage.Ref, r *storage.Record) {
	var before, after []storage.Entry
	if old := t.record(ref); old != nil {
		before = old.Index
	}
	if r == nil {
		t.state.records.Delete(ref.Place())
	} else {
		t.state.records.Put(ref.Place(), r)
		after = r.Index
	}
	storage.Diff(before, after,
		func(e storage.Entry) { t.state.entries.Delete(e.Place(ref)) },
		func(e storage.Entry) { t.state.entries.Put(e.Place(ref), &entry{e, ref}) })
}

func (t *tx) Notify(topic, payload string) {
	t.notes = append(t.notes, storage.Note{Topic: topic, Payload: payload})
}

func (t *tx) Scan(r storage.Range) iter.Seq2[storage.Hit, error] {
	return func(yield func(storage.Hit, error) bool) {
		if err := r.Check(); err != nil {
			yield(storage.Hit{}, err)
			return
		}
		n := 0
		state := t.state.copy()
		for h, record := range state.walk(r) {
			if err := t.err(); err != nil {
				yield(storage.Hit{}, err)
				return
			}
			if !r.Keys {
				h.Record = &storage.Record{Kind: record.Kind, ID: record.ID, Version: record.Version, Data: bytes.Clone(record.Data)}
			}
			if n++; !yield(h, nil) || n == r.Limit {
				return
			}
		}
	}
}

// walk gives the hits of r, without records, beside the records.
func (s *state) walk(r storage.Range) iter.Seq2[storage.Hit, *storage.Record] {
	from, to := r.Bounds()
	return func(yield func(storage.Hit, *storage.Record) bool) {
		if r.Index == "" {
			for _, record := range s.records.Range(from, to, r.Reverse) {
				if !yield(storage.Hit{Ref: record.Ref(), Key: record.ID, Cursor: record.ID}, record) {
					return
				}
			}
			return
		}
		for place, e := range s.entries.Range(from, to, r.Reverse) {
			record, _ := s.records.Get(e.ref.Place())
			if !yield(storage.Hit{Ref: e.ref, Key: e.Key, Value: bytes.Clone(e.Value), Cursor: place[len(r.Index)+1:]}, record) {
				return
			}
		}
	}
}

func deep(entries []storage.Entry) []storage.Entry {
	c := slices.Clone(entries)
	for i := range c {
		c[i].Value = bytes.Clone(c[i].Value)
	}
	return c
}
