package storagetest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/storagetest"
)

// The stores that fail on purpose keep the contract all the same.
func TestFaultsKeepTheContract(t *testing.T) {
	t.Run("Twice", func(t *testing.T) {
		storagetest.Run(t, func(*testing.T) storage.Store { return storagetest.Twice(memory.New()) })
	})
	t.Run("Crash that does not happen", func(t *testing.T) {
		storagetest.Run(t, func(*testing.T) storage.Store { return storagetest.Crash(memory.New(), -1, storagetest.BeforeCommit) })
	})
}

func TestConflict(t *testing.T) {
	s := storagetest.Conflict(memory.New())
	ctx := context.Background()
	ref := storage.Ref{Kind: "card", ID: "a"}
	var versions []uint64
	for range 2 {
		if err := s.Update(ctx, func(tx storage.Tx) error {
			found, err := tx.Get(ref)
			if err != nil {
				return err
			}
			r := found[0]
			if r == nil {
				r = &storage.Record{Kind: "card", ID: "a"}
			}
			versions = append(versions, r.Version)
			return tx.Put(r)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(versions) != 4 || versions[0] != 0 || versions[1] != 0 || versions[2] != 1 || versions[3] != 2 {
		t.Fatalf("the function saw the versions %v, want 0 0 1 2", versions)
	}
	// A version from outside is stale only where the store says so.
	if err := s.Update(ctx, func(tx storage.Tx) error {
		return tx.Put(&storage.Record{Kind: "card", ID: "a", Version: 3})
	}); err != nil {
		t.Fatal(err)
	}
}

func TestCrash(t *testing.T) {
	for _, m := range []storagetest.Moment{storagetest.BeforeCommit, storagetest.AfterCommit} {
		inner := memory.New()
		s := storagetest.Crash(inner, 2, m)
		heard := 0
		s.Listen("a", func(string) { heard++ })
		ctx := context.Background()
		deed := func(id string) error {
			return s.Update(ctx, func(tx storage.Tx) error {
				tx.Notify("a", "")
				return tx.Put(&storage.Record{Kind: "card", ID: id})
			})
		}
		nothing := func(storage.Tx) error { return nil }
		if err := errors.Join(deed("a"), s.Update(ctx, nothing)); err != nil {
			t.Fatal(err)
		}
		if err := deed("b"); err != storagetest.ErrCrash {
			t.Fatal(err)
		}
		if err := s.Update(ctx, nothing); err != storagetest.ErrCrash {
			t.Fatal(err)
		}
		if heard != 1 {
			t.Fatalf("heard %d", heard)
		}
		inner.View(ctx, func(r storage.Reader) error {
			found, err := r.Get(storage.Ref{Kind: "card", ID: "b"})
			if there := found[0] != nil; there != (m == storagetest.AfterCommit) {
				t.Fatalf("there is %t, %v", there, err)
			}
			return err
		})
	}
}

// A store that meets a fault keeps the contract where it meets none.
func TestFaultyKeepsTheContract(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store {
		s := storagetest.NewFaulty(memory.New())
		t.Cleanup(func() { s.Close() })
		return s
	})
}

// Each call of a deed can meet a fault: then nothing of the deed is there, or all of it where it was to be so.
func TestFaulty(t *testing.T) {
	ctx := context.Background()
	broken := errors.New("broken")
	s := storagetest.NewFaulty(memory.New())
	defer s.Close()
	deed := func() error {
		return s.Update(ctx, func(tx storage.Tx) error {
			found, err := tx.Get(storage.Ref{Kind: "card", ID: "a"})
			if err != nil {
				return err
			}
			for _, err := range tx.Scan(storage.Range{Kind: "card"}) {
				if err != nil {
					return err
				}
			}
			r := found[0]
			if r == nil {
				r = &storage.Record{Kind: "card", ID: "a"}
			}
			return tx.Put(r)
		})
	}
	version := func() (v uint64) {
		if err := s.View(ctx, func(r storage.Reader) error {
			found, err := r.Get(storage.Ref{Kind: "card", ID: "a"})
			if err == nil && found[0] != nil {
				v = found[0].Version
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if err := deed(); err != nil {
		t.Fatal(err)
	}
	met := 0
	for n := 1; ; n++ {
		s.Break(n, storagetest.Fault{Err: broken})
		err := deed()
		if !s.Mend() {
			break
		}
		met++
		if err != broken || version() != 1 {
			t.Errorf("call %d: %v, version %d", n, err, version())
		}
	}
	if met != 6 || version() != 2 { // the Update, the Get, the Scan, its one hit, the Put and the commit
		t.Errorf("%d calls met a fault; version %d", met, version())
	}
	s.Break(6, storagetest.Fault{Err: broken, Done: true})
	if err := deed(); err != broken || version() != 3 {
		t.Errorf("done, and told otherwise: %v, version %d", err, version())
	}
	s.Break(1, storagetest.Fault{Err: broken, Lasts: true})
	for range 3 {
		if err := deed(); err != broken {
			t.Error(err)
		}
	}
	s.Mend()
	if err := deed(); err != nil {
		t.Error(err)
	}
	s.Break(100, storagetest.Fault{Stale: true})
	if err := deed(); err != nil || version() != 5 {
		t.Errorf("%v, version %d", err, version())
	}
	s.Break(1, storagetest.Fault{Stale: true})
	if v := version(); v != 4 {
		t.Errorf("a stale view sees version %d", v)
	}
	if v := version(); v != 5 {
		t.Errorf("the next one sees version %d", v)
	}
}
