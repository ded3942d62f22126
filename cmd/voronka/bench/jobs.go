package bench

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// jobs measures jobs that are written by clients, and claimed and completed by a worker, beside the three transactions of one that is
// claimed by itself, on a store of their own, where no worker finds what they write.
func (b *Bench) jobs(ctx context.Context, s storage.Store, f *Figures) error {
	return b.in(func(ctx context.Context, alone storage.Store) error {
		tapes, err := tapeJob(ctx, alone)
		if err != nil {
			return err
		}
		bare := func(ctx context.Context, _ int) error {
			id, now := uuid.Must(uuid.NewV7()).String(), storage.Time(time.Now())
			for _, t := range tapes {
				if err := alone.Update(ctx, func(tx storage.Tx) error { return t.play(tx, id, now) }); err != nil {
					return err
				}
			}
			return nil
		}
		f.Job = map[int]Job{}
		for _, clients := range b.Sizes.Jobs {
			var paces []*pace
			if err := crew(ctx, s, clients, func(job deed) (err error) {
				paces, err = b.race(ctx, clients, job, bare)
				return err
			}); err != nil {
				return err
			}
			rate, limit := paces[0].perSecond(), paces[1].perSecond()*jobDeeds
			f.Job[clients] = Job{digits(rate), digits(limit), digits(limit / rate)}
		}
		return nil
	})(ctx)
}

// crew runs a worker, of twice as many jobs at a time as there are clients, for a job's end is heard before it has left. It gives what a
// client does: it writes a job and waits until that is done.
func crew(ctx context.Context, s storage.Store, clients int, use func(deed) error) error {
	var waiting sync.Map // the channel of who waits for an instance, by its id
	w := &witness{Store: s}
	e := engine.Open(w, engine.Options{})
	if err := deploy(ctx, e, "job"); err != nil {
		return err
	}
	w.wrote = func(r *storage.Record) {
		if done, ok := waiting.Load(r.ID); ok && bytes.Contains(r.Data, []byte(`"state":"completed"`)) {
			close(done.(chan struct{}))
		}
	}
	inside, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		nothing := func(context.Context, engine.Claimed) (engine.Outcome, error) { return engine.Outcome{}, nil }
		ended <- (&engine.Worker{Engine: e, Name: "bench", Handlers: map[string]engine.Handler{"bench": nothing}, Parallel: 2 * clients}).Run(inside)
	}()
	err := use(func(ctx context.Context, _ int) error {
		id, done := uuid.Must(uuid.NewV7()).String(), make(chan struct{})
		waiting.Store(id, done)
		defer waiting.Delete(id)
		if err := e.Update(ctx, func(tx *engine.Tx) error {
			_, err := tx.StartAs(id, engine.Start{Process: "bench_job"})
			return err
		}); err != nil {
			return err
		}
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	stop()
	return errors.Join(err, <-ended)
}

// jobDeeds are the deeds of a job where each is one of its own: it is written, claimed and completed.
const jobDeeds = 3

// job has a job done.
func job(ctx context.Context, e *engine.Engine, instance string) error {
	const worker = "bench"
	if err := e.Update(ctx, func(tx *engine.Tx) error {
		_, err := tx.StartAs(instance, engine.Start{Process: "bench_job"})
		return err
	}); err != nil {
		return err
	}
	id := ""
	if err := e.Update(ctx, func(tx *engine.Tx) error {
		i, err := tx.Instance(instance)
		if err != nil {
			return err
		}
		id = engine.OuterID(instance, i.Jobs[0].ID)
		_, _, err = tx.Claim(id, worker, time.Minute)
		return err
	}); err != nil {
		return err
	}
	return e.Update(ctx, func(tx *engine.Tx) error { return tx.CompleteJob(id, worker, nil) })
}

// tapeJob tapes the deeds of a job. What they are about: the instance, the time.
func tapeJob(ctx context.Context, s storage.Store) ([]*tape, error) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	id := ""
	tapes, err := record(s, func(s storage.Store) error {
		e := engine.Open(s, engine.Options{Now: func() time.Time { return now }})
		if err := deploy(ctx, e, "job"); err != nil {
			return err
		}
		for range 2 { // it reads the diagram first, once and for all
			id = uuid.Must(uuid.NewV7()).String()
			if err := job(ctx, e, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	tapes = tapes[len(tapes)-jobDeeds:]
	for _, t := range tapes {
		t.about(id, storage.Time(now))
	}
	return tapes, nil
}
