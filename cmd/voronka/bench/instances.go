package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

var summing = engine.Start{Process: "bench_sums", Variables: map[string]engine.Value{"amount": []byte("10")}}

// sums is an engine that runs whole instances in one deed.
type sums struct{ *engine.Engine }

func openSums(ctx context.Context, s storage.Store) (sums, error) {
	e := sums{engine.Open(s, engine.Options{})}
	return e, deploy(ctx, e.Engine, "sums")
}

func (e sums) run(ctx context.Context, id string) error {
	return e.Update(ctx, func(tx *engine.Tx) error {
		_, err := tx.StartAs(id, summing)
		return err
	})
}

// several runs instances one after the other, and tells the time of one. The last is looked at.
func (e sums) several(ctx context.Context, many int) (time.Duration, error) {
	id, begun := "", time.Now()
	for range many {
		id = uuid.Must(uuid.NewV7()).String()
		if err := e.run(ctx, id); err != nil {
			return 0, err
		}
	}
	took := time.Since(begun) / time.Duration(many)
	return took, e.finished(ctx, id)
}

// finished refuses an instance that did not do what is drawn.
func (e sums) finished(ctx context.Context, id string) error {
	return e.View(ctx, func(tx *engine.Tx) error {
		i, err := tx.Instance(id)
		if err != nil {
			return err
		}
		if got := fmt.Sprintf("%s %s %s %s", i.State, i.Variable("amount"), i.Variable("total"), i.Variable("twice")); got != "completed 10 15 30" {
			return fmt.Errorf("instance %s is left %s", id, got)
		}
		return nil
	})
}

// inMemory runs instances in memory, with a few finished ones kept and with many: the middle one of many short measurements.
func (b *Bench) inMemory(ctx context.Context, f *Instance) error {
	sample := max(1, b.Sizes.Kept/100)
	var few, many []time.Duration
	var e sums
	run := func(into *[]time.Duration) error {
		took, err := e.several(ctx, sample)
		*into = append(*into, took)
		b.passed(time.Duration(sample) * 40 * time.Microsecond)
		return err
	}
	var rest []time.Duration
	for range 5 {
		var err error
		if e, err = openSums(ctx, memory.New()); err != nil {
			return err
		}
		for _, into := range []*[]time.Duration{&rest, &few, &few, &few, &few} { // the first is for warming up
			if err := run(into); err != nil {
				return err
			}
		}
	}
	if err := b.begin(ctx, e.Engine, b.Sizes.Kept, func(int) engine.Start { return summing }); err != nil {
		return err
	}
	for range few {
		if err := run(&many); err != nil {
			return err
		}
	}
	f.Memory, f.MemoryKept = microseconds(middle(few)), microseconds(middle(many))
	return nil
}

func middle(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// durable runs instances beside the store alone, by one client and by 64.
func (b *Bench) durable(ctx context.Context, s storage.Store, f *Instance) error {
	e, err := openSums(ctx, s)
	if err != nil {
		return err
	}
	t, err := tapeOne(ctx, s)
	if err != nil {
		return err
	}
	for _, side := range []struct {
		clients int
		ratio   *float64
	}{{1, &f.Durable}, {64, &f.DurableMany}} {
		paces, err := b.race(ctx, side.clients,
			func(ctx context.Context, _ int) error { return e.run(ctx, uuid.Must(uuid.NewV7()).String()) },
			func(ctx context.Context, _ int) error {
				id, now := uuid.Must(uuid.NewV7()).String(), storage.Time(time.Now())
				return s.Update(ctx, func(tx storage.Tx) error { return t.play(tx, id, now) })
			})
		if err != nil {
			return err
		}
		*side.ratio = digits(paces[1].perSecond() / paces[0].perSecond())
	}
	_, err = e.several(ctx, 1) // looks at what one left
	return err
}

// tapeOne tapes a whole instance. What it is about: the instance, the time.
func tapeOne(ctx context.Context, s storage.Store) (*tape, error) {
	id, now := "", time.Now().UTC().Truncate(time.Microsecond)
	tapes, err := record(s, func(s storage.Store) error {
		e := sums{engine.Open(s, engine.Options{Now: func() time.Time { return now }})}
		for range 2 { // it reads the diagram first, once and for all
			id = uuid.Must(uuid.NewV7()).String()
			if err := e.run(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t := tapes[len(tapes)-1]
	t.about(id, storage.Time(now))
	return t, nil
}
