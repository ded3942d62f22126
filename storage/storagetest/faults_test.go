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
