package drivingschool

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/calendar"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/schedule"
)

// past is a quarter of a year that is being made: deeds, each at its moment. Each card's life is laid backwards from where it ends,
// so that the board looks the same whenever the past ends.
type past struct {
	*rand.Rand
	cards  *card.Cards
	hours  *calendar.Calendar
	until  time.Time
	people directory
	deeds  []*deed
}

// deed is something that somebody did.
type deed struct {
	at   time.Time
	wait time.Duration // working time since the deed before
	who  string
	do   func(a *act) error
}

// life is what happened to one card, in order.
type life struct {
	*past
	deeds []*deed
}

// then adds a deed to a life, after so much working time. who is a login; empty: do says who.
func (l *life) then(wait time.Duration, who string, do func(a *act) error) *deed {
	d := &deed{wait: wait, who: who, do: do}
	l.deeds = append(l.deeds, d)
	return d
}

// lay gives every deed its moment, the last one at the end.
func (l *life) lay(end time.Time) {
	for _, d := range slices.Backward(l.deeds) {
		d.at = end
		end = l.back(end, d.wait)
	}
	l.past.deeds = append(l.past.deeds, l.deeds...)
}

// back is so much working time before a moment.
func (p *past) back(t time.Time, d time.Duration) time.Time {
	return p.hours.Add(t, schedule.Period{Clock: -max(d, time.Second)})
}

// between draws a time from a to b.
func (p *past) between(a, b time.Duration) time.Duration {
	return a + time.Duration(p.Int64N(int64(b-a)+1))
}

// ago draws a moment of working time so many days ago.
func (p *past) ago(from, to int) time.Time {
	return p.back(p.until.AddDate(0, 0, -from), p.between(time.Minute, time.Duration(to-from)*9*time.Hour)) // some nine working hours a day
}

// relive does all the deeds, and lets time go by between them.
func (p *past) relive(ctx context.Context, s School) error {
	slices.SortStableFunc(p.deeds, func(a, b *deed) int { return a.at.Compare(b.at) })
	for _, d := range p.deeds {
		if err := s.Live(ctx, d.at); err != nil {
			return err
		}
		if err := s.Engine.Update(ctx, func(tx *engine.Tx) error {
			return d.do(&act{tx: tx, cards: p.cards, who: d.who})
		}); err != nil {
			return fmt.Errorf("on %s: %w", d.at.In(Zone).Format("2006-01-02 15:04"), err)
		}
	}
	return s.Live(ctx, p.until)
}

// act is somebody doing something in one transaction.
type act struct {
	tx    *engine.Tx
	cards *card.Cards
	who   string
}

func (a *act) actor() access.Actor {
	if a.who == "intake" { // the form on the site
		return access.System(a.who)
	}
	return Actor(a.who)
}

// as is the same act done by somebody else.
func (a *act) as(who string) *act { return &act{a.tx, a.cards, who} }

func (a *act) now() time.Time { return a.tx.Now() }

func (a *act) write(id string, f fields) error { return a.cards.Write(a.tx, a.actor(), id, f.raw(), 0) }

func (a *act) advance(id string, f fields) error {
	return a.cards.Advance(a.tx, a.actor(), id, card.Advance{Fields: f.raw()})
}

// finish ends a task that is no stage, by a flow where there is a choice.
func (a *act) finish(id, task, flow string, f fields) error {
	return a.cards.Advance(a.tx, a.actor(), id, card.Advance{Stage: task, To: flow, Fields: f.raw()})
}

func (a *act) reject(id, reason, comment string) error {
	return a.cards.Reject(a.tx, a.actor(), id, card.Reject{Reason: reason, Comment: comment})
}

// keep puts a small file into each of the fields.
func (a *act) keep(id string, keys ...string) error {
	for _, key := range keys {
		if _, err := a.cards.Keep(a.tx, a.actor(), id, key, key+".txt", []byte("Автошкола «Поворот», демонстрация: "+key)); err != nil {
			return err
		}
	}
	return nil
}

// made makes documents and gives the number of the last one.
func (a *act) made(id string, keys ...string) (number string, err error) {
	for _, key := range keys {
		p, err := a.cards.Handle(a.tx, a.actor(), id, key, funnel.Create, 0)
		if err != nil {
			return "", err
		}
		number = p.Number
	}
	return number, nil
}

// sent notes that documents were sent.
func (a *act) sent(id string, keys ...string) error {
	for _, key := range keys {
		if _, err := a.cards.Handle(a.tx, a.actor(), id, key, funnel.Send, 0); err != nil {
			return err
		}
	}
	return nil
}

// owner is whose card it is.
func (a *act) owner(id string) (string, error) {
	c, err := a.cards.Load(a.tx, id)
	if err != nil {
		return "", err
	}
	return c.Owner, nil
}
