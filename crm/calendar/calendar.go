// Package calendar is working time: when a company works, what time is so many working minutes or days from another, and the
// functions that let a diagram's expressions count in it.
package calendar

import (
	"fmt"
	"time"

	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/engine/schedule"
)

// Calendar is when a company works. It is safe for use by several goroutines at once.
//
// A working day is a day with working hours. Opening is working time, closing is not. Hours are those of clocks in the zone; between
// two of them there is as much working time as really goes by, also where the clock changes.
type Calendar struct {
	text   string
	months [13][]*rule // those that may be about a day of the month, in order
	zone   *time.Location
}

// How many days without working time make a calendar one that never opens, and how many are gone through at most.
const (
	horizon = 10 * 366
	reach   = 20 * 366
)

// Parse reads opening hours in the form of OpenStreetMap's opening_hours, as far as offices need it:
//
//	Mo-Fr 09:00-13:00,14:00-18:00; Sa 10:00-18:00; Jan 01-08,May 09 off; Dec 31 09:00-15:00; 2026 Nov 02 09:00-18:00
//
// A rule is days and hours, or days and off. Days are days of the week (Mo-Fr,Su), dates (Jan 01-08; Dec 30-Jan 02), months (Jun-Aug),
// with a year before them where they are of that year alone, and both (Jun-Aug Mo-Fr); none are all days. 24/7 is always. Rules are
// separated by ; and where several are about a day the last one holds. zone is where the clocks are; nil is UTC.
//
// A calendar that never opens is refused, so no function here can run for ever.
func Parse(text string, zone *time.Location) (*Calendar, error) {
	if zone == nil {
		zone = time.UTC
	}
	c := &Calendar{text: text, zone: zone}
	rules, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	for month := 1; month <= 12; month++ {
		for _, r := range rules {
			if r.touches(month) {
				c.months[month] = append(c.months[month], &r)
			}
		}
	}
	first := expression.Date{Year: 2024, Month: time.January, Day: 1}
	if _, ok := c.workday(first, 1); !ok {
		return nil, fmt.Errorf("calendar: %q never opens", clip(text))
	}
	return c, nil
}

// String is the text that was parsed.
func (c *Calendar) String() string { return c.text }

// Zone is where the calendar's clocks are.
func (c *Calendar) Zone() *time.Location { return c.zone }

// span is working time of a day.
type span struct{ from, to time.Time }

// spans are the working hours of a day, in order.
func (c *Calendar) spans(d expression.Date) []span {
	hours := c.hours(d)
	spans := make([]span, 0, len(hours))
	for _, h := range hours {
		from := schedule.Wall(d.Year, d.Month, d.Day, 0, h.from, 0, 0, c.zone)
		to := schedule.Wall(d.Year, d.Month, d.Day, 0, h.to, 0, 0, c.zone)
		if from.Before(to) {
			spans = append(spans, span{from, to})
		}
	}
	return spans
}

// hours are those of the last rule about a day.
func (c *Calendar) hours(d expression.Date) []hours {
	rules := c.months[d.Month]
	for i := len(rules) - 1; i >= 0; i-- {
		if rules[i].holds(d) {
			return rules[i].hours
		}
	}
	return nil
}

// workday is the first working day from d on, forwards (step 1) or backwards (step -1); ok is false where there is none for ten years.
func (c *Calendar) workday(d expression.Date, step int) (_ expression.Date, ok bool) {
	for range horizon {
		if len(c.spans(d)) > 0 {
			return d, true
		}
		d = d.Add(schedule.Period{Days: step})
	}
	return d, false
}

func (c *Calendar) day(t time.Time) expression.Date { return expression.DateOf(t.In(c.zone)) }

// Open reports whether t is working time.
func (c *Calendar) Open(t time.Time) bool {
	for _, s := range c.spans(c.day(t)) {
		if !t.Before(s.from) && t.Before(s.to) {
			return true
		}
	}
	return false
}

// Next is t where that is working time, else when working time begins next. Where it never does again, for ten years, it is t.
func (c *Calendar) Next(t time.Time) time.Time {
	d := c.day(t)
	for range 2 {
		var ok bool
		if d, ok = c.workday(d, 1); !ok {
			break
		}
		for _, s := range c.spans(d) {
			if t.Before(s.from) {
				return s.from
			}
			if t.Before(s.to) {
				return t
			}
		}
		d = d.Add(schedule.Period{Days: 1})
	}
	return t
}

// previous is t where that is working time or its end, else when working time ended last.
func (c *Calendar) previous(t time.Time) time.Time {
	d := c.day(t)
	for range 2 {
		var ok bool
		if d, ok = c.workday(d, -1); !ok {
			break
		}
		spans := c.spans(d)
		for i := len(spans) - 1; i >= 0; i-- {
			if t.After(spans[i].to) {
				return spans[i].to
			}
			if !t.Before(spans[i].from) {
				return t
			}
		}
		d = d.Add(schedule.Period{Days: -1})
	}
	return t
}

// DayStart is when a date falls due: the beginning of working time on that day, or on the next working day after it.
func (c *Calendar) DayStart(d expression.Date) time.Time {
	return c.Next(d.In(c.zone))
}

// Between is how much working time there is from a to b; negative where b is before a. It counts twenty years at most.
func (c *Calendar) Between(a, b time.Time) time.Duration {
	if b.Before(a) {
		return -c.Between(b, a)
	}
	var total time.Duration
	last := c.day(b)
	for d, n := c.day(a), 0; d.Compare(last) <= 0 && n < reach; d, n = d.Add(schedule.Period{Days: 1}), n+1 {
		for _, s := range c.spans(d) {
			from, to := s.from, s.to
			if from.Before(a) {
				from = a
			}
			if to.After(b) {
				to = b
			}
			if from.Before(to) {
				total += to.Sub(from)
			}
		}
	}
	return total
}
