package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/voronka/voronka/storage"
)

// Claimed is a job as a handler is given it. ID stays the same over attempts: it is the idempotency key for the world outside.
type Claimed struct {
	ID       string
	Instance string
	Token    int // 0: the job runs beside
	Element  string
	Topic    string
	Inputs   map[string]Value
	Attempt  int // from 1
}

// Outcome is what a handler did. Both parts may be empty.
type Outcome struct {
	Variables map[string]Value
	Deed      func(tx *Tx) error // done in the transaction that ends the job; its error is the job's failure
}

// Handler does a job. It runs outside any transaction, and may run again after a crash: at least once. An error is a failed
// attempt; a *Thrown is a BPMN error.
type Handler func(ctx context.Context, job Claimed) (Outcome, error)

// Thrown is a BPMN error that a handler throws from its activity.
type Thrown struct{ Code, Message string }

func (t *Thrown) Error() string { return t.Code + ": " + t.Message }

// Later puts a job off, without counting the attempt.
type Later struct{ At time.Time }

func (l *Later) Error() string { return "put off until " + l.At.Format(time.RFC3339) }

// Worker does the jobs of the topics that it has handlers for. Several may run over one store.
type Worker struct {
	Engine   *Engine
	Name     string // names who holds a job; must differ between processes
	Handlers map[string]Handler
	Parallel int                                                                         // jobs at a time: 4 where 0
	Throw    func(tx *Tx, id, worker, code, message string, vars map[string]Value) error // Tx.ThrowJob where nil
	Log      zerolog.Logger
}

// Run does jobs until ctx ends, and then waits for those under way.
func (w *Worker) Run(ctx context.Context) error {
	wake := make(chan struct{}, 1)
	nudge := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	stop := w.Engine.store.Listen(TopicJob, func(topic string) {
		if w.Handlers[topic] != nil {
			nudge()
		}
	})
	defer stop()
	if w.Parallel == 0 {
		w.Parallel = 4
	}
	slots := make(chan struct{}, w.Parallel)
	var busy sync.WaitGroup
	defer busy.Wait()
	for ctx.Err() == nil {
		claimed, wait := w.claim(ctx, w.Parallel-len(slots))
		for _, job := range claimed {
			slots <- struct{}{}
			busy.Go(func() {
				defer func() { <-slots; nudge() }()
				w.do(ctx, job)
			})
		}
		if len(claimed) > 0 && len(slots) < w.Parallel {
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// Settle does the jobs that may be claimed now, one after the other, until none is left, and tells how many.
func (w *Worker) Settle(ctx context.Context) (int, error) {
	for done := 0; ; {
		claimed, _ := w.claim(ctx, 1)
		if len(claimed) == 0 || ctx.Err() != nil {
			return done, ctx.Err()
		}
		w.do(ctx, claimed[0])
		done++
	}
}

// claim leases at most so many jobs, and tells how long to wait before looking again if nothing wakes it.
func (w *Worker) claim(ctx context.Context, most int) ([]Claimed, time.Duration) {
	wait := idle
	if most <= 0 {
		return nil, wait
	}
	var free []string
	err := w.Engine.View(ctx, func(tx *Tx) error {
		for _, topic := range slices.Sorted(maps.Keys(w.Handlers)) {
			ids, next, err := tx.Claimable(topic, most-len(free))
			if err != nil {
				return err
			}
			if next != nil {
				wait = min(wait, max(time.Millisecond, next.Sub(tx.Now())))
			}
			if free = append(free, ids...); len(free) >= most {
				return nil
			}
		}
		return nil
	})
	var claimed []Claimed
	for _, id := range free {
		var one *Claimed
		if err = w.Engine.Update(ctx, func(tx *Tx) error {
			one = nil
			j, i, err := tx.Claim(id, w.Name, 0)
			var refused *Refused
			if errors.As(err, &refused) || errors.Is(err, ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			one = &Claimed{id, i.ID, j.Token, j.Element, j.Topic, maps.Clone(j.Inputs), j.Attempts}
			return nil
		}); err != nil {
			break
		}
		if one != nil {
			claimed = append(claimed, *one)
		}
	}
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, storage.ErrClosed) {
		w.Log.Error().Err(err).Msg("jobs")
		wait = time.Second
	}
	return claimed, wait
}

// do runs one job and writes how it ended.
func (w *Worker) do(ctx context.Context, job Claimed) {
	out, err := w.handle(ctx, job)
	if ctx.Err() != nil && err != nil {
		ctx = context.WithoutCancel(ctx) // the attempt was cut short: give the job back
		_ = w.Engine.Update(ctx, func(tx *Tx) error { return tx.Release(job.ID, w.Name) })
		return
	}
	ctx = context.WithoutCancel(ctx) // what was done outside must be said
	if err == nil {
		err = w.Engine.Update(ctx, func(tx *Tx) error {
			if out.Deed != nil {
				if err := out.Deed(tx); err != nil {
					return err
				}
			}
			if out.Deed != nil && !tx.holds(job.ID) {
				return nil // what it did has ended the job's activity, and the job with it
			}
			return tx.CompleteJob(job.ID, w.Name, out.Variables)
		})
	}
	if err == nil {
		return
	}
	said := w.Engine.Update(ctx, func(tx *Tx) error {
		var thrown *Thrown
		var later *Later
		if errors.As(err, &later) {
			return tx.putOff(job.ID, w.Name, later.At)
		}
		if errors.As(err, &thrown) {
			if w.Throw != nil {
				return w.Throw(tx, job.ID, w.Name, thrown.Code, thrown.Message, out.Variables)
			}
			return tx.ThrowJob(job.ID, w.Name, thrown.Code, thrown.Message, out.Variables)
		}
		return tx.FailJob(job.ID, w.Name, err.Error(), -1)
	})
	var refused *Refused
	if said != nil && !errors.As(said, &refused) && !errors.Is(said, ErrNotFound) {
		w.Log.Error().Err(said).Str("job", job.ID).AnErr("cause", err).Msg("the end of a job could not be written")
	}
}

// handle runs the handler; a panic is a failed attempt.
func (w *Worker) handle(ctx context.Context, job Claimed) (out Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.Error().Interface("panic", p).Str("job", job.ID).Str("topic", job.Topic).Msg("a robot panicked")
			err = fmt.Errorf("the robot broke: %v", p)
		}
	}()
	return w.Handlers[job.Topic](ctx, job)
}

// Release gives a leased job back as if it had not been claimed.
func (tx *Tx) Release(id, worker string) error { return tx.putOff(id, worker, tx.now) }

// putOff gives a leased job back, to be claimed again from a time on.
func (tx *Tx) putOff(id, worker string, until time.Time) error {
	i, j, err := tx.Job(id)
	if err != nil {
		return err
	}
	if err := holder(j, worker); err != nil {
		return err
	}
	j.State, j.Worker, j.Due = JobDue, "", until
	j.Attempts--
	j.fresh, i.dirty = true, true
	return nil
}

// holds tells whether a job is still there.
func (tx *Tx) holds(id string) bool {
	_, _, err := tx.Job(id)
	return err == nil
}
