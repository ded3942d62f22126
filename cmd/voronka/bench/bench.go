// Package bench measures the product beside its limit: the store alone, doing the same reads and writes in the same run, in turns of a
// fifth of a second so that what else the machine does hits both. What counts is the ratio; a figure alone says as much of the machine.
package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/voronka/voronka/storage"
)

// Bench is a run of measurements.
type Bench struct {
	// Ground gives a place of its own for an empty store.
	Ground func(context.Context) (*Ground, error)
	// Sizes say how much of everything.
	Sizes Sizes
	// Progress is told what is being measured, and how much of the whole is done, from 0 to 1; may be nil.
	Progress func(doing string, done float64)
	// Serve serves a store over HTTP at the address that it gives, until stop is called. It is needed where Sizes.Web asks for it.
	Serve func(ctx context.Context, s storage.Store) (address string, stop func(), err error)

	doing         string
	spent, budget time.Duration
	most          time.Duration // that is spent when this step is done
	ends          time.Time     // of the run; zero: when it is done
	races         int           // still to come
}

// Ground is a place for a store.
type Ground struct {
	Open   func(context.Context) (storage.Store, error) // again, once it was closed
	Keeps  bool                                         // what was written, for when it is opened again
	Forget func() error                                 // lets the machine forget what it keeps in memory of a closed store; nil: it can't
	Drop   func() error                                 // removes everything, once it is closed
}

// Sizes are how much is measured. What is zero or empty is left out.
type Sizes struct {
	Clients  []int         // that move cards side by side
	Counting []int         // that move cards and count one counter up
	Jobs     []int         // that have jobs done
	Web      []int         // that move cards over HTTP
	Span     time.Duration // of each rival
	Within   time.Duration // for the whole: spans become shorter where the machine is slow; 0: as long as it takes
	Pool     int           // cards that clients share
	Kept     int           // finished instances
	Parked   int           // waiting instances
	Crowds   []int         // of cards, to be read
	Few      int           // cards, that crowds are compared with
	History  int           // lines of a card's history
	Waiting  int           // timers that wait while cards move
	Timers   int           // timers that fall due
	Minute   time.Duration // within which they do
}

// Quick is over within 45 seconds.
func Quick() Sizes {
	return Sizes{
		Clients: []int{1, 64}, Counting: []int{256}, Span: 2500 * time.Millisecond, Within: 36 * time.Second,
		Pool: 2048, Kept: 100_000, Parked: 10_000,
	}
}

// HTTP takes about a minute: moves over HTTP, and reads.
func HTTP() Sizes {
	return Sizes{Web: []int{1, 16, 64, 256}, Span: 5 * time.Second, Pool: 2048}
}

// Full takes about ten minutes with 100,000 cards.
func Full(crowds ...int) Sizes {
	return Sizes{
		Clients: []int{1, 16, 64, 256}, Counting: []int{64, 256}, Jobs: []int{1, 64}, Span: 8 * time.Second,
		Pool: 2048, Kept: 100_000, Parked: 10_000,
		Crowds: crowds, Few: 1000, History: 10_000, Waiting: 100_000, Timers: 100_000, Minute: time.Minute,
	}
}

// Run measures everything.
func (b *Bench) Run(ctx context.Context) (*Figures, error) {
	f := &Figures{}
	steps := b.steps(f)
	for _, s := range steps {
		b.budget += s.budget
		b.races += s.races
	}
	if err := b.in(func(context.Context, storage.Store) error { return nil })(ctx); err != nil { // before anybody waits for it
		return nil, err
	}
	if b.Sizes.Within > 0 {
		b.ends = time.Now().Add(b.Sizes.Within)
	}
	for _, s := range steps {
		b.doing, b.spent = s.name, b.most
		b.most += s.budget
		b.tell()
		if err := s.measure(ctx); err != nil {
			return nil, fmt.Errorf("measure %s: %w", s.name, err)
		}
	}
	b.doing, b.spent = "done", b.budget
	b.tell()
	return f, nil
}

// step is one measurement, about how long it takes, and how many races are in it.
type step struct {
	name    string
	budget  time.Duration
	races   int
	measure func(context.Context) error
}

// steps are what the sizes ask for. What takes as long as it takes comes first, so that the races can share the rest.
func (b *Bench) steps(f *Figures) []step {
	z := &b.Sizes
	var all []step
	add := func(name string, fixed time.Duration, races int, measure func(context.Context) error) {
		all = append(all, step{name, fixed + time.Duration(races)*2*(z.Span+slice), races, measure})
	}
	if z.Kept > 0 {
		add("instances in memory", 6*time.Second, 0, func(ctx context.Context) error { return b.inMemory(ctx, &f.Instance) })
		add("waiting instances", 2*time.Second, 0, func(ctx context.Context) error { return b.parked(ctx, &f.Parked) })
		add("instances on disk", 0, 2, b.in(func(ctx context.Context, s storage.Store) error { return b.durable(ctx, s, &f.Instance) }))
	}
	if races := len(z.Clients) + len(z.Counting); races > 0 {
		add("moves of cards", 2*time.Second, races, b.in(func(ctx context.Context, s storage.Store) error { return b.moves(ctx, s, f) }))
	}
	if len(z.Web) > 0 {
		add("moves over HTTP", 3*time.Second, len(z.Web)+2, b.in(func(ctx context.Context, s storage.Store) error { return b.web(ctx, s, f) }))
	}
	if len(z.Jobs) > 0 {
		add("jobs", 0, len(z.Jobs), b.in(func(ctx context.Context, s storage.Store) error { return b.jobs(ctx, s, f) }))
	}
	for _, many := range z.Crowds {
		add(fmt.Sprintf("%d cards", many), 3*z.Span+time.Duration(many)*cardTime, 1, func(ctx context.Context) error {
			c := &Crowd{}
			if f.Cards == nil {
				f.Cards = map[int]*Crowd{}
			}
			f.Cards[many] = c
			return b.on(ctx, func(g *Ground) error { return b.crowd(ctx, g, many, c) })
		})
	}
	if z.History > 0 {
		add("long histories", time.Duration(z.History)*3*time.Millisecond, 1, b.in(func(ctx context.Context, s storage.Store) error { return b.grown(ctx, s, &f.Growth) }))
	}
	if z.Waiting > 0 {
		add("moves while timers wait", time.Duration(z.Waiting)*instanceTime, 1, b.in(func(ctx context.Context, s storage.Store) error { return b.waited(ctx, s, &f.Growth) }))
	}
	if z.Timers > 0 {
		add("timers that fall due", time.Duration(z.Timers)*instanceTime+z.Minute, 0, b.in(func(ctx context.Context, s storage.Store) error { return b.timers(ctx, s, &f.Timers) }))
	}
	return all
}

// in gives a measurement an empty store.
func (b *Bench) in(measure func(context.Context, storage.Store) error) func(context.Context) error {
	return func(ctx context.Context) error {
		return b.on(ctx, func(g *Ground) error {
			s, err := g.Open(ctx)
			if err != nil {
				return err
			}
			defer s.Close()
			return measure(ctx, s)
		})
	}
}

// on does something on a ground of its own, which is gone afterwards.
func (b *Bench) on(ctx context.Context, do func(*Ground) error) (err error) {
	g, err := b.Ground(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if e := g.Drop(); err == nil {
			err = e
		}
	}()
	return do(g)
}

// passed notes that some of the time is over.
func (b *Bench) passed(d time.Duration) {
	b.spent = min(b.spent+d, b.most)
	b.tell()
}

func (b *Bench) tell() {
	if b.Progress != nil && b.budget > 0 {
		b.Progress(b.doing, min(1, float64(b.spent)/float64(b.budget)))
	}
}
