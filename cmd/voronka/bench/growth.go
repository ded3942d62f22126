package bench

import (
	"context"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// grown measures moves of cards with a long history, beside cards with a short one in the same store.
func (b *Bench) grown(ctx context.Context, s storage.Store, f *Growth) error {
	const clients = 16
	d, err := openDesk(ctx, s)
	if err != nil {
		return err
	}
	all, err := d.create(ctx, 2*clients)
	if err != nil {
		return err
	}
	old, fresh := all[:clients], all[clients:]
	round := func() error {
		begun := time.Now()
		err := spread(ctx, clients, func(ctx context.Context, n int) error {
			for range stages {
				if err := d.move(ctx, old[n].id); err != nil {
					return err
				}
			}
			return nil
		})
		b.passed(time.Since(begun))
		return err
	}
	before, err := d.lines(ctx, old[0].id)
	if err != nil {
		return err
	}
	if err := round(); err != nil {
		return err
	}
	lines, err := d.lines(ctx, old[0].id)
	if err != nil {
		return err
	}
	for more := lines - before; lines < b.Sizes.History; lines += more {
		if err := round(); err != nil {
			return err
		}
	}
	if f.Lines, err = d.lines(ctx, old[0].id); err != nil {
		return err
	}
	paces, err := b.race(ctx, clients,
		func(ctx context.Context, n int) error { return d.move(ctx, old[n].id) },
		func(ctx context.Context, n int) error { return d.move(ctx, fresh[n].id) })
	if err == nil {
		f.History = digits(paces[0].perSecond() / paces[1].perSecond())
	}
	return err
}

// lines counts the lines of a card's history.
func (d *desk) lines(ctx context.Context, id string) (many int, err error) {
	err = d.engine.View(ctx, func(tx *engine.Tx) error {
		lines, _, err := tx.History(id, 0, 0)
		many = len(lines)
		return err
	})
	return many, err
}

// waited measures moves of cards while many timers wait, beside a store in which none does.
func (b *Bench) waited(ctx context.Context, s storage.Store, f *Growth) error {
	d, err := openDesk(ctx, s)
	if err != nil {
		return err
	}
	cards, err := d.create(ctx, b.Sizes.Few)
	if err != nil {
		return err
	}
	if err := deploy(ctx, d.engine, "parked"); err != nil {
		return err
	}
	if err := b.begin(ctx, d.engine, b.Sizes.Waiting, func(int) engine.Start { return waiting }); err != nil {
		return err
	}
	f.Timers = b.Sizes.Waiting
	f.Waiting, err = b.compare(ctx, d, cards)
	return err
}

// begin begins instances, many in a deed.
func (b *Bench) begin(ctx context.Context, e *engine.Engine, many int, start func(n int) engine.Start) error {
	const together = 500
	for n := 0; n < many; n += together {
		end := min(n+together, many)
		if err := e.Update(ctx, func(tx *engine.Tx) error {
			for n := n; n < end; n++ {
				if _, err := tx.Start(start(n)); err != nil {
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

// instanceTime is about how long it takes to begin an instance among many.
const instanceTime = 80 * time.Microsecond
