// Package memory keeps records in memory only: the plainest store there is, for tests, benchmarks and trying out.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/sorted"
)

// Store is a storage.Store. One Update runs at a time and changes the state in place; a View looks at a copy, which costs nothing
// before it is changed, and in which it takes back what an Update under way has done.
type Store struct {
	turn      chan struct{} // held by the Update that runs
	mu        sync.Mutex    // over what follows, for each change and each copy
	state     state
	undo      []change // of the Update that runs
	listeners storage.Listeners
	gate      storage.Gate
}

// state holds records, and the values of entries, under their Place. A record is never changed once it is here.
type state struct {
	records sorted.Map[*storage.Record]
	entries sorted.Map[[]byte]
}

// change is what was, or is to be, at a place: nil is nothing.
type change struct {
	ref    storage.Ref
	record *storage.Record
}

// New returns an empty store.
func New() *Store { return &Store{turn: make(chan struct{}, 1)} }

// View is storage.Store.View. fn may take as long as it likes: nobody waits for it.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	state := s.snapshot()
	t := &tx{ctx: ctx, state: &state}
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

	t := &tx{ctx: ctx, state: &s.state, store: s}
	defer t.end() // what fn panics with goes to who called Update
	if err := fn(t); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	t.commit()
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

// snapshot is the state as the last Update left it.
func (s *Store) snapshot() state {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.state.copy()
	for _, was := range slices.Backward(s.undo) {
		c.put(was)
	}
	return c
}

func (s *state) copy() state { return state{s.records.Copy(), s.entries.Copy()} }

// record returns what is stored, which must not be changed.
func (s *state) record(ref storage.Ref) *storage.Record {
	r, ok := s.records.Get(ref.Place())
	if !ok || r.Ref() != ref {
		return nil
	}
	return r
}

// put makes c so, with the entries, and returns what was.
func (s *state) put(c change) (was change) {
	was.ref = c.ref
	var before, after []storage.Entry
	if c.record == nil {
		was.record, _ = s.records.Delete(c.ref.Place())
	} else {
		was.record, _ = s.records.Put(c.ref.Place(), c.record)
		after = c.record.Index
	}
	if was.record != nil {
		before = was.record.Index
	}
	storage.Diff(before, after,
		func(e storage.Entry) { s.entries.Delete(e.Place(c.ref)) },
		func(e storage.Entry) { s.entries.Put(e.Place(c.ref), e.Value) })
	return was
}

// tx is a storage.Tx.
type tx struct {
	ctx    context.Context
	state  *state
	store  *Store // nil in a View
	raised storage.Raised
	notes  []storage.Note
	over   bool
}

// reader hides what a View must not do.
type reader struct{ storage.Reader }

// Kinds is storage.Lister.Kinds.
func (r reader) Kinds() ([]string, error) {
	t := r.Reader.(*tx)
	return names(t, &t.state.records)
}

// Indexes is storage.Lister.Indexes.
func (r reader) Indexes() ([]string, error) {
	t := r.Reader.(*tx)
	return names(t, &t.state.entries)
}

// names are what stands before the first zero byte of the places.
func names[V any](t *tx, m *sorted.Map[V]) (all []string, err error) {
	if err := t.err(); err != nil {
		return nil, err
	}
	for from, found := "", true; found; {
		found = false
		for place := range m.Range(from, "", false) {
			name, _, _ := strings.Cut(place, "\x00")
			all, from, found = append(all, name), name+"\x01", true
			break
		}
	}
	return all, nil
}

func (t *tx) put(c change) {
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	t.store.undo = append(t.store.undo, t.state.put(c))
}

func (t *tx) commit() {
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	t.store.undo = nil
	t.raised = nil
}

// end takes back what was not committed.
func (t *tx) end() {
	t.over = true
	if t.store == nil {
		return
	}
	t.raised.Restore()
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	for _, was := range slices.Backward(t.store.undo) {
		t.state.put(was)
	}
	t.store.undo = nil
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
		if r := t.state.record(ref); r != nil {
			c := *r
			c.Data, c.Index = bytes.Clone(r.Data), deep(r.Index)
			found[i] = &c
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
		var version uint64
		if old := t.state.record(r.Ref()); old != nil {
			version = old.Version
		}
		if version != r.Version {
			return fmt.Errorf("%s %s: version %d, not %d: %w", r.Kind, r.ID, version, r.Version, storage.ErrStale)
		}
	}
	for _, r := range records {
		t.raised.Raise(r)
		t.keep(r)
	}
	return nil
}

func (t *tx) keep(r *storage.Record) {
	c := *r
	c.Data, c.Index = bytes.Clone(r.Data), deep(storage.Sorted(r.Index))
	t.put(change{r.Ref(), &c})
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
		if t.state.record(r.Ref()) != nil {
			return fmt.Errorf("%s %s is there already: %w", r.Kind, r.ID, storage.ErrStale)
		}
	}
	for _, r := range records {
		t.keep(r)
	}
	return nil
}

func (t *tx) Delete(refs ...storage.Ref) error {
	if err := t.err(); err != nil {
		return err
	}
	for _, ref := range refs {
		if t.state.record(ref) != nil {
			t.put(change{ref, nil})
		}
	}
	return nil
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
		for h, record := range t.walk(r) {
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

// walk gives the hits of r in the state as it is now, without records, and beside them the records where those are wanted.
func (t *tx) walk(r storage.Range) iter.Seq2[storage.Hit, *storage.Record] {
	now := t.copy()
	from, to := r.Bounds()
	return func(yield func(storage.Hit, *storage.Record) bool) {
		if r.Index == "" {
			for _, record := range now.records.Range(from, to, r.Reverse) {
				if !yield(storage.Hit{Ref: record.Ref(), Key: record.ID, Cursor: record.ID}, record) {
					return
				}
			}
			return
		}
		for place, value := range now.entries.Range(from, to, r.Reverse) {
			key, ref := storage.EntryAt(place)
			var record *storage.Record
			if !r.Keys {
				record, _ = now.records.Get(ref.Place())
			}
			if !yield(storage.Hit{Ref: ref, Key: key, Value: bytes.Clone(value), Cursor: place[len(r.Index)+1:]}, record) {
				return
			}
		}
	}
}

// copy is the state for a walk.
func (t *tx) copy() state {
	if t.store == nil {
		return *t.state
	}
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	return t.state.copy()
}

func deep(entries []storage.Entry) []storage.Entry {
	c := slices.Clone(entries)
	for i := range c {
		c[i].Value = bytes.Clone(c[i].Value)
	}
	return c
}
