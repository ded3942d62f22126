package card

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// A card's move through the gate, durable, against the bare store doing the same reads, keys and bytes in the same run. "of_bare" is
// the moves a second as a share of the bare transactions a second.
func BenchmarkMove(b *testing.B) {
	for _, callers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			taped := &tape{Store: disk(b)}
			d := bench(b, taped, ring())
			cards := make([]string, callers)
			for n := range cards {
				cards[n] = d.create(ann, "deal", `name=Ivan; price="100"; born=1990-01-01`)
			}
			for range 2 { // the second round is like all that follow
				taped.rolling.Store(true)
				d.must(d.advance(ann, cards[0], "", ""))
				taped.rolling.Store(false)
				d.must(d.advance(ann, cards[0], "", ""))
			}
			moves := each(b, callers, func(n int) error {
				return d.engine.Update(context.Background(), func(tx *engine.Tx) error { return d.Advance(tx, ann, cards[n], Advance{}) })
			})
			bare := taped.replays(callers, cards[0])
			floor := each(b, callers, func(n int) error { return bare[n].again(taped.Store) })
			b.ReportMetric(moves, "moves/s")
			b.ReportMetric(floor, "bare/s")
			b.ReportMetric(moves/floor, "of_bare")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// each lets callers do deeds side by side for a while, and gives how many they did a second.
func each(b *testing.B, callers int, do func(n int) error) float64 {
	var done atomic.Int64
	var wait sync.WaitGroup
	const span = 1500 * time.Millisecond
	begun := time.Now()
	for n := range callers {
		wait.Go(func() {
			for time.Since(begun) < span {
				if err := do(n); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wait.Wait()
	return float64(done.Load()) / time.Since(begun).Seconds()
}

// tape is a store that notes what one deed reads and writes.
type tape struct {
	storage.Store
	rolling atomic.Bool
	reads   [][]storage.Ref
	writes  [][]*storage.Record
}

func (t *tape) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if !t.rolling.Load() {
		return t.Store.Update(ctx, fn)
	}
	return t.Store.Update(ctx, func(tx storage.Tx) error {
		t.reads, t.writes = nil, nil
		return fn(&taped{tx, t})
	})
}

type taped struct {
	storage.Tx
	t *tape
}

func (t *taped) Get(refs ...storage.Ref) ([]*storage.Record, error) {
	t.t.reads = append(t.t.reads, slices.Clone(refs))
	return t.Tx.Get(refs...)
}

func (t *taped) Put(records ...*storage.Record) error {
	var all []*storage.Record
	for _, r := range records {
		one := *r
		one.Data, one.Index = bytes.Clone(r.Data), slices.Clone(r.Index)
		all = append(all, &one)
	}
	t.t.writes = append(t.t.writes, all)
	return t.Tx.Put(records...)
}

// replay is what one caller of the bare store does over and over: the taped reads and writes on a record set of its own.
type replay struct {
	reads  [][]storage.Ref
	writes [][]*storage.Record
	round  int
}

func (t *tape) replays(callers int, card string) []*replay {
	all := make([]*replay, callers)
	for n := range all {
		own := func(s string) string { return strings.ReplaceAll(s, card, fmt.Sprintf("bare-%03d", n)) }
		r := &replay{}
		for _, refs := range t.reads {
			var mine []storage.Ref
			for _, ref := range refs {
				mine = append(mine, storage.Ref{Kind: ref.Kind, ID: own(ref.ID)})
			}
			r.reads = append(r.reads, mine)
		}
		for _, records := range t.writes {
			var mine []*storage.Record
			for _, w := range records {
				one := &storage.Record{Kind: w.Kind, ID: own(w.ID), Data: w.Data}
				for _, e := range w.Index {
					one.Index = append(one.Index, storage.Entry{Index: e.Index, Key: own(e.Key), Value: e.Value})
				}
				mine = append(mine, one)
			}
			r.writes = append(r.writes, mine)
		}
		all[n] = r
	}
	return all
}

// again does it once. What a move adds (a page of history, a stay) is added, the board's key moves with the round, the rest stays.
func (r *replay) again(s storage.Store) error {
	r.round++
	return s.Update(context.Background(), func(tx storage.Tx) error {
		for _, refs := range r.reads {
			if _, err := tx.Get(refs...); err != nil {
				return err
			}
		}
		for _, records := range r.writes {
			var put []*storage.Record
			for _, w := range records {
				one := *w
				switch w.Kind {
				case "history":
					one.ID = fmt.Sprintf("%s%08d", w.ID[:len(w.ID)-8], r.round)
				default:
					found, err := tx.Get(w.Ref())
					if err != nil {
						return err
					}
					if found[0] != nil {
						one.Version = found[0].Version
					}
				}
				one.Index = slices.Clone(w.Index)
				for n, e := range one.Index {
					switch e.Index {
					case indexBoard:
						one.Index[n].Key = e.Key + fmt.Sprint(r.round%2)
					case indexStays:
						one.Index[n].Key = e.Key + fmt.Sprint(r.round)
					}
				}
				put = append(put, &one)
			}
			if err := tx.Put(put...); err != nil {
				return err
			}
		}
		return nil
	})
}
