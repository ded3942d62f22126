package storagetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/voronka/voronka/storage"
)

var errDrop = errors.New("dropped on purpose")

// Twice is s where the function of each Update runs twice: once for nothing, and once again.
func Twice(s storage.Store) storage.Store { return &twice{gated{Store: s}} }

type twice struct{ gated }

func (s *twice) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := s.Store.Update(ctx, func(tx storage.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errDrop
	}); err != errDrop {
		return err
	}
	return s.Store.Update(ctx, fn)
}

// Conflict is s where the function of each Update runs twice because, each time, somebody else writes just before its first commit
// what it read and meant to write: the data stay as they are, the versions go up.
func Conflict(s storage.Store) storage.Store { return &conflict{gated{Store: s}} }

type conflict struct{ gated }

func (s *conflict) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	var w *watched
	if err := s.Store.Update(ctx, func(tx storage.Tx) error {
		w = &watched{Tx: tx, got: map[storage.Ref]bool{}}
		if err := fn(w); err != nil {
			return err
		}
		return errDrop
	}); err != errDrop {
		return err
	}
	if err := s.Store.Update(ctx, func(tx storage.Tx) error {
		for _, ref := range w.put {
			if r, err := one(tx, ref); err != nil {
				return err
			} else if r == nil || !w.got[ref] {
				continue
			} else if err := tx.Put(r); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return s.Store.Update(ctx, fn)
}

// gated is a store whose Close waits for an Update that is several Updates of it.
type gated struct {
	storage.Store
	gate storage.Gate
}

func (s *gated) Close() error {
	s.gate.Close()
	return s.Store.Close()
}

// watched notes what is read and what is written.
type watched struct {
	storage.Tx
	got    map[storage.Ref]bool
	put    []storage.Ref
	writes bool
}

func (w *watched) Get(refs ...storage.Ref) ([]*storage.Record, error) {
	for _, ref := range refs {
		if w.got != nil {
			w.got[ref] = true
		}
	}
	return w.Tx.Get(refs...)
}

func (w *watched) Put(records ...*storage.Record) error {
	w.writes = true
	for _, r := range records {
		if r != nil {
			w.put = append(w.put, r.Ref())
		}
	}
	return w.Tx.Put(records...)
}

func (w *watched) Delete(refs ...storage.Ref) error {
	w.writes = true
	return w.Tx.Delete(refs...)
}

func (w *watched) Notify(topic, payload string) {
	w.writes = true
	w.Tx.Notify(topic, payload)
}

// Moment is when a store crashes.
type Moment int

const (
	BeforeCommit Moment = iota // nothing of the Update is there
	AfterCommit                // all of it is there, but who called it was not told
)

// ErrCrash is what a crashed store answers.
var ErrCrash = errors.New("the store has crashed")

// Crash is s up to its nth Update that writes, counted from 1: that one crashes, and each call after it. Listeners hear nothing any
// more. Close closes s, so that it can be opened again.
func Crash(s storage.Store, n int, m Moment) storage.Store {
	c := &crash{Store: s, moment: m}
	c.left.Store(int64(n))
	return c
}

type crash struct {
	storage.Store
	moment  Moment
	left    atomic.Int64
	crashed atomic.Bool
	mu      sync.Mutex // one writing Update at a time, so that the nth is the nth
}

func (c *crash) View(ctx context.Context, fn func(storage.Reader) error) error {
	if c.crashed.Load() {
		return ErrCrash
	}
	return c.Store.View(ctx, fn)
}

func (c *crash) Update(ctx context.Context, fn func(storage.Tx) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.crashed.Load() {
		return ErrCrash
	}
	writes := false
	err := c.Store.Update(ctx, func(tx storage.Tx) error {
		w := &watched{Tx: tx}
		err := fn(w)
		writes = w.writes
		if err != nil || !writes || c.left.Load() != 1 {
			return err
		}
		if c.moment == BeforeCommit {
			return ErrCrash
		}
		c.crashed.Store(true) // before a listener is called
		return nil
	})
	switch {
	case err == ErrCrash, err == nil && c.crashed.Load():
		c.crashed.Store(true)
		return ErrCrash
	case err != nil:
		c.crashed.Store(false)
		return err
	case writes:
		c.left.Add(-1)
	}
	return nil
}

func (c *crash) Listen(topic string, fn func(payload string)) (stop func()) {
	return c.Store.Listen(topic, func(payload string) {
		if !c.crashed.Load() {
			fn(payload)
		}
	})
}
