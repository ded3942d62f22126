package bench

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// timers lets timers fall due one after the other within a minute, and measures how late each has fired: its commit is what counts.
func (b *Bench) timers(ctx context.Context, s storage.Store, f *Timers) error {
	many, minute := b.Sizes.Timers, b.Sizes.Minute
	base := time.Now().UTC().Add(24 * time.Hour).Truncate(time.Second)
	due := func(n int) time.Time { return base.Add(minute * time.Duration(n) / time.Duration(many)) }
	var ahead atomic.Int64 // of the clock: a day, once all are there
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	w := &witness{Store: s}
	e := engine.Open(w, engine.Options{Now: now})
	if err := deploy(ctx, e, "timer"); err != nil {
		return err
	}
	if err := b.beginTimers(ctx, e, many, due); err != nil {
		return err
	}
	fired, seen := make([]atomic.Int32, many), &pace{}
	all := make(chan struct{})
	var left atomic.Int64
	left.Store(int64(many))
	w.wrote = func(r *storage.Record) {
		n, err := strconv.Atoi(strings.TrimPrefix(r.ID, timerID))
		if err != nil || n >= many {
			return
		}
		if fired[n].Add(1) == 1 {
			seen.each.add(now().Sub(due(n)))
			if left.Add(-1) == 0 {
				close(all)
			}
		}
	}
	ahead.Store(int64(time.Until(base.Add(-time.Second))))
	inside, stop := context.WithTimeout(ctx, 2*minute+10*time.Second)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- (&engine.Scheduler{Engine: e}).Run(inside) }()
	select {
	case <-all:
	case <-inside.Done():
	}
	stop()
	if err := <-ended; err != nil {
		return err
	}
	b.passed(minute)
	for n := range fired {
		switch fired[n].Load() {
		case 0:
			seen.each.add(now().Sub(due(n)))
		case 1:
			f.Fired++
		default:
			return fmt.Errorf("timer %d fired %d times", n, fired[n].Load())
		}
	}
	f.Due, f.Seconds = many, digits(minute.Seconds())
	f.P50, f.P99, f.Max = milliseconds(seen.each.at(0.5)), milliseconds(seen.each.at(0.99)), milliseconds(seen.each.at(1))
	return ctx.Err()
}

const timerID = "timer-"

func (b *Bench) beginTimers(ctx context.Context, e *engine.Engine, many int, due func(int) time.Time) error {
	const together = 500
	for n := 0; n < many; n += together {
		end := min(n+together, many)
		if err := e.Update(ctx, func(tx *engine.Tx) error {
			for n := n; n < end; n++ {
				when := strconv.AppendQuote(nil, due(n).Format(time.RFC3339Nano))
				if _, err := tx.StartAs(timerID+strconv.Itoa(n), engine.Start{Process: "bench_timer", Variables: map[string]engine.Value{"when": when}}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		b.passed(together * instanceTime)
	}
	return nil
}

// witness is a store that tells of each instance that was written, once it is committed.
type witness struct {
	storage.Store
	wrote func(*storage.Record) // nil: nobody asks
}

func (w *witness) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if w.wrote == nil {
		return w.Store.Update(ctx, fn)
	}
	var last *witnessed
	err := w.Store.Update(ctx, func(tx storage.Tx) error {
		last = &witnessed{Tx: tx}
		return fn(last)
	})
	if err == nil {
		for _, r := range last.instances {
			w.wrote(r)
		}
	}
	return err
}

type witnessed struct {
	storage.Tx
	instances []*storage.Record
}

// Expect is storage.Expecter.Expect.
func (w *witnessed) Expect(refs ...storage.Ref) {
	if e, far := w.Tx.(storage.Expecter); far {
		e.Expect(refs...)
	}
}

func (w *witnessed) Put(records ...*storage.Record) error {
	for _, r := range records {
		if r.Kind == engine.KindInstance {
			w.instances = append(w.instances, r)
		}
	}
	return w.Tx.Put(records...)
}
