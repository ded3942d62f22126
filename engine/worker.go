package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
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
	Attempt  int    // from 1
	Request  string // on whose behalf: see WithRequest
}

// claimed is a job as it is given to a handler.
func (i *Instance) claimed(j *Job) Claimed {
	return Claimed{i.outer(j.ID), i.ID, j.Token, j.Element, j.Topic, maps.Clone(j.Inputs), j.Attempts, j.Request}
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
	if w.Parallel == 0 {
		w.Parallel = 4
	}
	p := &post{Worker: w, ctx: ctx, slots: make(chan struct{}, w.Parallel), nudge: nudge}
	stop := w.Engine.store.Listen(TopicJob, func(topic string) {
		if topic == "" || w.Handlers[topic] != nil { // empty: a hint was lost
			p.hint()
		}
	})
	defer stop()
	w.Engine.crew.join(p)
	defer p.busy.Wait()
	defer w.Engine.crew.leave(p)
	for ctx.Err() == nil {
		p.idle.Store(false)
		heard := p.hints.Load()
		free := w.Parallel - len(p.slots)
		claimed, wait := w.claim(ctx, free, 8*free)
		for _, job := range claimed {
			p.slots <- struct{}{}
			p.busy.Add(1)
			p.begin(job)
		}
		if len(claimed) > 0 && len(p.slots) < w.Parallel {
			continue
		}
		p.idle.Store(free > 0 && len(claimed) == 0 && wait > soon && p.hints.Load() == heard)
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
		claimed, _ := w.claim(ctx, 1, 1)
		if len(claimed) == 0 || ctx.Err() != nil {
			return done, ctx.Err()
		}
		w.do(ctx, claimed[0])
		done++
	}
}

// claim leases at most so many jobs, at random out of some more that may be claimed, so that workers over one store mostly want others;
// and tells how long to wait before looking again if nothing wakes it.
func (w *Worker) claim(ctx context.Context, most, among int) ([]Claimed, time.Duration) {
	wait := idle
	if most <= 0 {
		return nil, wait
	}
	topics := slices.Sorted(maps.Keys(w.Handlers))
	if among > most {
		rand.Shuffle(len(topics), func(i, j int) { topics[i], topics[j] = topics[j], topics[i] })
	}
	var free []string
	err := w.Engine.View(ctx, func(tx *Tx) error {
		for _, topic := range topics {
			ids, next, err := tx.Claimable(topic, among-len(free))
			if err != nil {
				return err
			}
			if next != nil {
				wait = min(wait, max(time.Millisecond, next.Sub(tx.Now())))
			}
			if free = append(free, ids...); len(free) >= among {
				return nil
			}
		}
		return nil
	})
	rand.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
	var claimed []Claimed
	left := free
	for err == nil && len(claimed) < most && len(left) > 0 {
		var some []Claimed
		n := min(most-len(claimed), len(left))
		if some, err = w.lease(ctx, left[:n]...); err != nil && n > 1 { // one that can't be leased holds up no other
			n = 1
			some, err = w.lease(ctx, left[0])
		}
		claimed, left = append(claimed, some...), left[n:]
	}
	if len(claimed) < min(most, len(free)) {
		wait = soon // another one was faster: it may have left some
	}
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, storage.ErrClosed) {
		w.Log.Error().Err(err).Msg("jobs")
		wait = time.Second
	}
	return claimed, wait
}

// lease claims jobs in one deed, those of them that are still free.
func (w *Worker) lease(ctx context.Context, ids ...string) (claimed []Claimed, err error) {
	err = w.Engine.Update(ctx, func(tx *Tx) error {
		claimed = make([]Claimed, 0, len(ids))
		for _, id := range ids {
			instance, _, _ := InnerID(id)
			tx.Expect(instance)
		}
		for _, id := range ids {
			j, i, err := tx.Claim(id, w.Name, 0)
			var refused *Refused
			switch {
			case errors.As(err, &refused), errors.Is(err, ErrNotFound):
			case err != nil:
				return err
			default:
				claimed = append(claimed, i.claimed(j))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// do runs one job, writes how it ended, and tells.
func (w *Worker) do(ctx context.Context, job Claimed) {
	began := w.Engine.Now()
	how := w.attempt(WithRequest(ctx, job.Request), job)
	w.Engine.attempted(job, how, w.Engine.Now().Sub(began))
}

func (e *Engine) attempted(job Claimed, how Result, took time.Duration) {
	e.opts.Watch.Job(job.Topic, how, took)
	level := zerolog.InfoLevel
	if how == JobFailed || how == JobLost {
		level = zerolog.WarnLevel
	}
	e.line(level, job.Request, job.Instance).Str(FieldJob, job.ID).Str(FieldElement, job.Element).Str(FieldTopic, job.Topic).
		Int(FieldAttempt, job.Attempt).Str(FieldResult, string(how)).Dur(FieldTook, took).Msg("job")
}

// attempt runs one job and writes how it ended.
func (w *Worker) attempt(ctx context.Context, job Claimed) Result {
	out, err := w.handle(ctx, job)
	if ctx.Err() != nil && err != nil {
		ctx = context.WithoutCancel(ctx) // the attempt was cut short: give the job back
		_ = w.Engine.Update(ctx, func(tx *Tx) error { return tx.Release(job.ID, w.Name) })
		return JobReleased
	}
	if err == nil {
		err = w.say(ctx, func(tx *Tx) error {
			if err := tx.still(job, w.Name); err != nil {
				return err
			}
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
		return JobDone
	}
	how := JobFailed
	said := w.say(ctx, func(tx *Tx) error {
		var thrown *Thrown
		var later *Later
		if errors.As(err, &later) {
			how = JobPutOff
			return tx.putOff(job.ID, w.Name, later.At)
		}
		if errors.As(err, &thrown) {
			how = JobThrew
			if w.Throw != nil {
				return w.Throw(tx, job.ID, w.Name, thrown.Code, thrown.Message, out.Variables)
			}
			return tx.ThrowJob(job.ID, w.Name, thrown.Code, thrown.Message, out.Variables)
		}
		return tx.FailJob(job.ID, w.Name, err.Error(), -1)
	})
	var refused *Refused
	switch {
	case said == nil:
		return how
	case !errors.As(said, &refused) && !errors.Is(said, ErrNotFound):
		w.Log.Error().Str(FieldRequest, job.Request).Str(FieldJob, job.ID).Err(said).Msg("the end of a job could not be written")
	}
	return JobLost // it is somebody else's now, or its activity is over
}

// say does a deed that must be done, for something was done outside. While the store does not work it is tried again, until ctx is done
// or the lease is over: the attempt was none that failed.
func (w *Worker) say(ctx context.Context, deed func(tx *Tx) error) error {
	over := time.NewTimer(w.Engine.opts.Limits.Lease)
	defer over.Stop()
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := w.Engine.Update(context.WithoutCancel(ctx), deed)
		if !slices.ContainsFunc(passing, func(p error) bool { return errors.Is(err, p) }) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-over.C:
			return err
		case <-ctx.Done():
			return err
		}
	}
}

// passing are the errors of a store that may work again in a while.
var passing = []error{storage.ErrFull, storage.ErrFailed, storage.ErrAway, storage.ErrBusy, storage.ErrUnknown}

// handle runs the handler; a panic is a failed attempt.
func (w *Worker) handle(ctx context.Context, job Claimed) (out Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.Error().Str(FieldRequest, job.Request).Str(FieldJob, job.ID).Str(FieldTopic, job.Topic).Interface("panic", p).Bytes("stack", debug.Stack()).Msg("a robot panicked")
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

// still refuses a deed of a worker that took longer than its lease: somebody else has the job by now, or has done it, and the deed with
// it.
func (tx *Tx) still(job Claimed, worker string) error {
	_, j, err := tx.Job(job.ID)
	if err == nil && (j.State != JobLeased || j.Worker != worker || j.Attempts != job.Attempt) {
		err = refuse("job_taken", j.Element, "the job is held by %q now", j.Worker)
	}
	return err
}

// holds tells whether a job is still there.
func (tx *Tx) holds(id string) bool {
	_, _, err := tx.Job(id)
	return err == nil
}
