package main

import (
	"context"
	"fmt"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/schedule"
	"github.com/voronka/voronka/storage"
)

// clockRef is where the clock of a play is kept.
var clockRef = storage.Ref{Kind: "play", ID: "clock"}

// wind sets the clock: to where it stood, to what is said, or to the beginning.
func (p *player) wind(ctx context.Context, now string) error {
	var stood *storage.Record
	if err := p.store.View(ctx, func(r storage.Reader) error {
		found, err := r.Get(clockRef)
		if err == nil {
			stood = found[0]
		}
		return err
	}); err != nil {
		return err
	}
	if now == "" {
		now = playStart
		if stood != nil {
			return storage.Unmarshal(stood.Data, &p.clock)
		}
	}
	start, err := time.Parse(time.RFC3339, now)
	if err != nil {
		return fmt.Errorf("--now %q is no time: write 2026-01-05T09:00:00Z", now)
	}
	return p.tick(ctx, start)
}

// tick moves the clock, and keeps where it stands.
func (p *player) tick(ctx context.Context, to time.Time) error {
	p.clock = to.UTC()
	data, err := storage.Marshal(p.clock)
	if err != nil {
		return err
	}
	return p.store.Update(ctx, func(tx storage.Tx) error {
		found, err := tx.Get(clockRef)
		if err != nil {
			return err
		}
		r := &storage.Record{Kind: clockRef.Kind, ID: clockRef.ID, Data: data}
		if found[0] != nil {
			r.Version = found[0].Version
		}
		return tx.Put(r)
	})
}

// advance moves the clock, each timer firing at its own time on the way.
func (p *player) advance(ctx context.Context, w word) error {
	var to time.Time
	switch {
	case w.By != "" && w.To == "":
		period, err := schedule.ParsePeriod(w.By)
		if err != nil {
			return &engine.Refused{Code: "no_command", Message: fmt.Sprintf("advance by %q: %s", w.By, err)}
		}
		to = period.After(p.clock)
	case w.To != "" && w.By == "":
		at, err := time.Parse(time.RFC3339, w.To)
		if err != nil {
			return &engine.Refused{Code: "no_command", Message: fmt.Sprintf("advance to %q: no time", w.To)}
		}
		to = at
	default:
		return &engine.Refused{Code: "no_command", Message: "advance by a duration or to a time"}
	}
	if to.Before(p.clock) {
		return &engine.Refused{Code: "no_command", Message: "the clock goes forward only"}
	}
	for {
		due, any, err := p.due(ctx)
		if err != nil {
			return err
		}
		if !any || due.After(to) {
			return p.tick(ctx, to)
		}
		if err := p.fireAt(ctx, due); err != nil {
			return err
		}
	}
}

func (p *player) fire(ctx context.Context) error {
	due, any, err := p.due(ctx)
	if err != nil {
		return err
	}
	if !any {
		return &engine.Refused{Code: "no_timer", Message: "no timer waits"}
	}
	return p.fireAt(ctx, due)
}

func (p *player) due(ctx context.Context) (due time.Time, any bool, err error) {
	err = p.engine.View(ctx, func(tx *engine.Tx) (err error) {
		due, any, err = tx.Due()
		return err
	})
	return due, any, err
}

// fireAt fires what is due at a moment, or was before: those times have gone by.
func (p *player) fireAt(ctx context.Context, due time.Time) error {
	if due.After(p.clock) {
		if err := p.tick(ctx, due); err != nil {
			return err
		}
	}
	if _, err := p.engine.FireDue(ctx, 0); err != nil {
		return err
	}
	if p.robots {
		return p.settle(ctx)
	}
	return nil
}
