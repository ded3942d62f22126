package engine

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/voronka/voronka/storage"
)

// Scheduler fires timers when they are due. Several may run over one store: each timer fires once.
type Scheduler struct {
	Engine   *Engine
	Parallel int // records at a time, which share commits: 64 where 0
	Log      zerolog.Logger
}

// firing is how many records are fired in one go before the index is looked at again, out of how many that are due: so that schedulers
// over one store mostly fire others.
const firing, among = 256, 1024

// Run fires timers until ctx ends. It sleeps until the next one is due, or until something says that an earlier one has come.
func (s *Scheduler) Run(ctx context.Context) error {
	wake := make(chan struct{}, 1)
	var until atomic.Value // the sleep's end, as a key
	until.Store("")
	stop := s.Engine.store.Listen(TopicDue, func(due string) {
		if due >= until.Load().(string) {
			return
		}
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	defer stop()
	for {
		until.Store("~") // whatever comes while this round looks wakes the next one
		wait := s.round(ctx)
		until.Store(storage.Time(s.Engine.Now().Add(wait)))
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// idle bounds the sleep, so that a hint that was lost or a clock that was set delays nothing for long.
const idle = 30 * time.Second

// round fires what is due and tells how long to sleep.
func (s *Scheduler) round(ctx context.Context) time.Duration {
	for {
		fired, err := s.fire(ctx)
		s.Engine.opts.Watch.Looked(s.Engine.Now())
		switch {
		case errors.Is(err, context.Canceled), errors.Is(err, storage.ErrClosed):
			return idle
		case err != nil:
			s.Log.Error().Err(err).Msg("timers")
			return time.Second
		case fired > 0:
			continue
		}
		wait := idle
		err = s.Engine.View(ctx, func(tx *Tx) error {
			due, any, err := tx.Due()
			if any {
				wait = min(idle, max(0, due.Sub(tx.Now())))
			}
			return err
		})
		if err != nil {
			s.Log.Error().Err(err).Msg("timers")
			return time.Second
		}
		if wait > 0 {
			return wait
		}
		return soon // due, but not fired: another one is at it
	}
}

// soon is how long to wait for what another one is at.
const soon = 10 * time.Millisecond

// fire fires some of what is due, and tells how many timers that were. Several at a time share the cost of their commits.
func (s *Scheduler) fire(ctx context.Context) (int, error) {
	refs, err := s.Engine.dueNow(ctx, among)
	if err != nil {
		return 0, err
	}
	rand.Shuffle(len(refs), func(i, j int) { refs[i], refs[j] = refs[j], refs[i] })
	refs = refs[:min(firing, len(refs))]
	var mu sync.Mutex
	var all sync.WaitGroup
	total, next := 0, 0
	var failed error // one record that can't be fired holds up no other
	for range min(cmp.Or(s.Parallel, 64), len(refs)) {
		all.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			for next < len(refs) {
				ref := refs[next]
				next++
				mu.Unlock()
				fired, err := s.Engine.fire(ctx, ref)
				mu.Lock()
				total, failed = total+fired, errors.Join(failed, err)
			}
		})
	}
	all.Wait()
	return total, failed
}
