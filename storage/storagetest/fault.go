package storagetest

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/voronka/voronka/storage"
)

// Fault is what befalls a call of a store.
type Fault struct {
	Err   error         // it fails with this, and nothing is changed
	Done  bool          // an Update is committed all the same, and only who called it is told Err
	Late  time.Duration // it takes so much longer
	Stale bool          // a View sees what there was before the last commit
	Full  bool          // an Update that writes something fails with storage.ErrFull; nothing else does
	Lasts bool          // all calls behind it meet it too, until Mend
}

// Faulty is a store of which one call meets a fault. Calls are a View and an Update when they begin, each Get, Put, Delete and each step
// of a Scan in them, and the commit of an Update that wrote something. What a function makes of an error is its affair: it may go on.
type Faulty struct {
	storage.Store
	gate storage.Gate

	mu     sync.Mutex
	fault  Fault
	left   int // calls before the one that meets it; 0: none does
	met    bool
	before *still // a View of what there was before the last commit; nil: it is not kept
}

// NewFaulty makes a store without a fault over s.
func NewFaulty(s storage.Store) *Faulty { return &Faulty{Store: s} }

// Break lets the nth call from now on, counted from 1, meet a fault.
func (s *Faulty) Break(n int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.left, s.met = f, n, false
}

// Mend takes the fault away, and tells whether a call has met it.
func (s *Faulty) Mend() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = 0
	return s.met
}

// meet is the fault of the next call, if it meets one.
func (s *Faulty) meet() (f Fault, met bool) {
	s.mu.Lock()
	switch {
	case s.left == 0:
		s.mu.Unlock()
		return f, false
	case s.left > 1:
		s.left--
		s.mu.Unlock()
		return f, false
	case !s.fault.Lasts:
		s.left = 0
	}
	s.met = true
	f = s.fault
	s.mu.Unlock()
	time.Sleep(f.Late)
	return f, true
}

func (s *Faulty) fail() error {
	f, _ := s.meet()
	return f.Err
}

// View is storage.Store.View.
func (s *Faulty) View(ctx context.Context, fn func(storage.Reader) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	f, _ := s.meet()
	if f.Err != nil {
		return f.Err
	}
	look := func(r storage.Reader) error { return fn(faultyReader{r, s}) }
	if f.Stale {
		if err, ok := s.behind().look(look); ok {
			return err
		}
	}
	return s.Store.View(ctx, look)
}

// Update is storage.Store.Update.
func (s *Faulty) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if f, _ := s.meet(); f.Err != nil && !f.Done {
		return f.Err
	}
	was := s.watch()
	var after error
	err := s.Store.Update(ctx, func(tx storage.Tx) error {
		after = nil
		w := &watched{Tx: tx}
		if err := fn(&faultyTx{faultyReader{w, s}, w}); err != nil || !w.writes {
			return err
		}
		f, _ := s.meet()
		switch {
		case f.Full:
			return storage.ErrFull
		case f.Done:
			after = f.Err
			return nil
		}
		return f.Err
	})
	if err == nil {
		s.keep(was)
		return after
	}
	was.end()
	return err
}

// Close is storage.Store.Close.
func (s *Faulty) Close() error {
	s.gate.Close()
	s.keep(nil)
	return s.Store.Close()
}

type faultyReader struct {
	storage.Reader
	store *Faulty
}

func (r faultyReader) Get(refs ...storage.Ref) ([]*storage.Record, error) {
	if err := r.store.fail(); err != nil {
		return nil, err
	}
	return r.Reader.Get(refs...)
}

func (r faultyReader) Scan(of storage.Range) iter.Seq2[storage.Hit, error] {
	return func(yield func(storage.Hit, error) bool) {
		if err := r.store.fail(); err != nil {
			yield(storage.Hit{}, err)
			return
		}
		for hit, err := range r.Reader.Scan(of) {
			if !yield(hit, err) {
				return
			}
			if err := r.store.fail(); err != nil {
				yield(storage.Hit{}, err)
				return
			}
		}
	}
}

// Kinds and Indexes are those of a Reader that is a storage.Lister.
func (r faultyReader) Kinds() ([]string, error)   { return r.Reader.(storage.Lister).Kinds() }
func (r faultyReader) Indexes() ([]string, error) { return r.Reader.(storage.Lister).Indexes() }

type faultyTx struct {
	faultyReader
	tx *watched
}

func (t *faultyTx) Put(records ...*storage.Record) error {
	if err := t.store.fail(); err != nil {
		return err
	}
	return t.tx.Put(records...)
}

func (t *faultyTx) Delete(refs ...storage.Ref) error {
	if err := t.store.fail(); err != nil {
		return err
	}
	return t.tx.Delete(refs...)
}

func (t *faultyTx) Notify(topic, payload string) { t.tx.Notify(topic, payload) }

// still is a View that stays open.
type still struct {
	mu   sync.Mutex
	ask  chan func(storage.Reader)
	over bool
}

// watch opens a View of what there is now, where the fault to come is a stale one; else nil.
func (s *Faulty) watch() *still {
	s.mu.Lock()
	stale := s.left > 0 && s.fault.Stale
	s.mu.Unlock()
	if !stale {
		return nil
	}
	v, ready := &still{ask: make(chan func(storage.Reader))}, make(chan bool)
	go func() {
		_ = s.Store.View(context.Background(), func(r storage.Reader) error {
			_, _ = r.Get(storage.Ref{Kind: "any", ID: "any"}) // a View may begin with what is asked first
			close(ready)
			for fn := range v.ask {
				fn(r)
			}
			return nil
		})
	}()
	<-ready
	return v
}

// behind is the View of what there was before the last commit; nil where it was not kept.
func (s *Faulty) behind() *still {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.before
}

// keep takes a View for that of what there was before the last commit.
func (s *Faulty) keep(v *still) {
	s.mu.Lock()
	old := s.before
	s.before = v
	s.mu.Unlock()
	old.end()
}

func (v *still) end() {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.over {
		v.over = true
		close(v.ask)
	}
}

// look runs fn over the View; false: it is over.
func (v *still) look(fn func(storage.Reader) error) (err error, ok bool) {
	if v == nil {
		return nil, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over {
		return nil, false
	}
	done := make(chan error, 1)
	v.ask <- func(r storage.Reader) { done <- fn(r) }
	return <-done, true
}
