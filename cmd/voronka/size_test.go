package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/voronka/voronka/examples/drivingschool"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/postgres"
	"github.com/voronka/voronka/storage/storagetest"
)

// weight is what the records of a kind take up by themselves: their keys, data and entries.
type weight struct{ records, lines, bytes int }

func weigh(b *testing.B, s storage.Store) map[string]*weight {
	b.Helper()
	all := map[string]*weight{}
	if err := s.View(context.Background(), func(r storage.Reader) error {
		return storage.Pages(r, func(page []*storage.Record) error {
			for _, r := range page {
				w := all[r.Kind]
				if w == nil {
					w = &weight{}
					all[r.Kind] = w
				}
				w.records++
				w.bytes += len(r.Kind) + len(r.ID) + len(r.Data)
				for _, e := range r.Index {
					w.bytes += len(e.Index) + len(e.Key) + len(e.Value)
				}
				var lines []json.RawMessage
				if r.Kind == "history" && json.Unmarshal(r.Data, &lines) == nil {
					w.lines += len(lines)
				}
			}
			return nil
		}, nil)
	}); err != nil {
		b.Fatal(err)
	}
	return all
}

// measured is a store that tells what it takes up.
type measured interface {
	storage.Store
	storage.Measured
}

func used(b *testing.B, s measured) float64 {
	b.Helper()
	m, err := s.Measure(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	return float64(m.Bytes - m.Free)
}

// BenchmarkSize is what OPERATIONS.md reckons with: what a quarter of a year of the driving school takes up in a store that grew with it,
// deed by deed, and what a file does.
func BenchmarkSize(b *testing.B) {
	for _, c := range []struct {
		name string
		open func(b *testing.B) measured
	}{
		{"bolt", func(b *testing.B) measured {
			s, err := bolt.Open(filepath.Join(b.TempDir(), databaseName), bolt.Options{})
			if err != nil {
				b.Fatal(err)
			}
			return s
		}},
		{"postgres", func(b *testing.B) measured {
			s, err := postgres.Open(context.Background(), storagetest.Postgres(b), postgres.Options{})
			if err != nil {
				b.Fatal(err)
			}
			return s
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				s := c.open(b)
				size(b, s)
				s.Close()
			}
		})
	}
}

func size(b *testing.B, s measured) {
	ctx, until := context.Background(), time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	school, err := openSchool(ctx, s, drivingschool.Beginning(until))
	if err != nil {
		b.Fatal(err)
	}
	fixed := used(b, s)
	if err := drivingschool.Seed(ctx, school, until); err != nil {
		b.Fatal(err)
	}
	grown, net := used(b, s), 0
	all := weigh(b, s)
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		w := all[kind]
		net += w.bytes
		b.Logf("%-16s %6d records %8d bytes %6d each", kind, w.records, w.bytes, w.bytes/w.records)
	}
	cards, lines := float64(all["card"].records), float64(all["history"].lines)
	b.ReportMetric(cards, "cards")
	b.ReportMetric(lines, "lines")
	b.ReportMetric((grown-fixed)/cards, "B/card")
	b.ReportMetric(float64(all["history"].bytes)/lines*grown/float64(net), "B/line")
	b.ReportMetric(grown/float64(net), "of-net")

	const files, each = 50, 200_000
	before, data := used(b, s), make([]byte, each)
	for n := range files {
		_, _ = rand.Read(data) // as what is compressed already
		raw, err := storage.Marshal(data)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Update(ctx, func(tx storage.Tx) error {
			return tx.Put(&storage.Record{Kind: "file_bytes", ID: fmt.Sprint("size-", n), Data: raw})
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((used(b, s)-before)/files/each, "B/file-byte")
}
