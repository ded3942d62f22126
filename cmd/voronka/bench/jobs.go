package bench

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// jobs measures jobs that are written, claimed and completed, beside the transactions of the store alone that do the same.
func (b *Bench) jobs(ctx context.Context, s storage.Store, f *Figures) error {
	e := engine.Open(s, engine.Options{})
	if err := deploy(ctx, e, "job"); err != nil {
		return err
	}
	tapes, err := tapeJob(ctx, s)
	if err != nil {
		return err
	}
	f.Job = map[int]Job{}
	for _, clients := range b.Sizes.Jobs {
		paces, err := b.race(ctx, clients,
			func(ctx context.Context, _ int) error { return job(ctx, e, uuid.Must(uuid.NewV7()).String()) },
			func(ctx context.Context, _ int) error {
				id, now := uuid.Must(uuid.NewV7()).String(), storage.Time(time.Now())
				for _, t := range tapes {
					if err := s.Update(ctx, func(tx storage.Tx) error { return t.play(tx, id, now) }); err != nil {
						return err
					}
				}
				return nil
			})
		if err != nil {
			return err
		}
		rate, limit := paces[0].perSecond(), paces[1].perSecond()*float64(len(tapes))
		f.Job[clients] = Job{digits(rate), digits(limit), digits(limit / rate)}
	}
	return nil
}

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
	id, deeds := "", 0
	tapes, err := record(s, func(s storage.Store) error {
		e := engine.Open(s, engine.Options{Now: func() time.Time { return now }})
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
	deeds = len(tapes) / 2
	for _, t := range tapes[deeds:] {
		t.about(id, storage.Time(now))
	}
	return tapes[deeds:], nil
}
