package memory_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/storagetest"
)

func TestStore(t *testing.T) {
	storagetest.Run(t, func(*testing.T) storage.Store { return memory.New() })
}

// A step of a process instance: read two records, write one of 1.6 KB with two of five entries moved, and a line of history.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, ctx := memory.New(), context.Background()
			data := bytes.Repeat([]byte("0123456789abcdef"), 100)
			instance := func(i, step int) *storage.Record {
				id := fmt.Sprintf("%08d", i)
				return &storage.Record{Kind: "instance", ID: id, Data: data, Index: []storage.Entry{
					{Index: "definition", Key: id},
					{Index: "due", Key: fmt.Sprintf("%d %d", step, i)},
					{Index: "owner", Key: id},
					{Index: "stage", Key: fmt.Sprintf("%d %d", step%7, i)},
					{Index: "card", Key: id},
				}}
			}
			for i := range n {
				s.Update(ctx, func(tx storage.Tx) error {
					return tx.Put(instance(i, 0), &storage.Record{Kind: "card", ID: fmt.Sprintf("%08d", i)})
				})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := s.Update(ctx, func(tx storage.Tx) error {
					next := instance(i*7919%n, 1+i/n)
					found, err := tx.Get(next.Ref(), storage.Ref{Kind: "card", ID: next.ID})
					if err != nil {
						return err
					}
					next.Version = found[0].Version
					return tx.Put(next, &storage.Record{Kind: "history", ID: fmt.Sprint(next.ID, "/", next.Version), Data: data[:200]})
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
