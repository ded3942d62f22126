package drivingschool

import (
	"context"
	"fmt"
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// School is the school set up over an engine whose clock stands where Clock is set.
type School struct {
	Engine *engine.Engine
	Cards  *card.Cards
	Worker *engine.Worker
	Clock  *Clock
}

// Live lets time go by: what is due on the way happens at its own moment, timers first, then the robots.
func (s School) Live(ctx context.Context, until time.Time) error {
	for {
		due, any, err := s.due(ctx)
		if err != nil {
			return err
		}
		if !any || due.After(until) {
			s.Clock.Set(until)
			return ctx.Err()
		}
		s.Clock.Set(due)
		fired, err := s.Engine.FireDue(ctx, 1000)
		if err != nil {
			return err
		}
		done, err := s.Worker.Settle(ctx)
		if err != nil {
			return err
		}
		if fired+done == 0 {
			return fmt.Errorf("something is due at %s and does not happen", due)
		}
	}
}

// due is the next moment at which a timer fires or a job may be done.
func (s School) due(ctx context.Context) (next time.Time, any bool, err error) {
	err = s.Engine.View(ctx, func(tx *engine.Tx) error {
		if next, any, err = tx.Due(); err != nil {
			return err
		}
		for topic := range s.Worker.Handlers {
			free, later, err := tx.Claimable(topic, 1)
			if err != nil {
				return err
			}
			at := later
			if now := tx.Now(); len(free) > 0 {
				at = &now
			}
			if at != nil && (!any || at.Before(next)) {
				next, any = *at, true
			}
		}
		return nil
	})
	return next, any, err
}
