package calendar

import (
	"fmt"
	"time"

	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/engine/schedule"
)

// Add is the moment a period of working time after t; a negative period goes back.
//
// It begins at working time: at Next(t), going back at the end of working time before t. Then months are those of the calendar, days
// are working days and keep the time on the clock, hours and less are working time. A day on which it is not working time then is
// taken at the working time next to it: before opening at opening, in a break after it, after closing at closing. So is working time
// that ends with the day: Friday 19:50 and ten minutes is Friday 20:00, and fifteen are Saturday 10:05. A period of nothing is the
// beginning alone.
//
// Where there is not as much working time within twenty years, it is the end of what there is.
func (c *Calendar) Add(t time.Time, p schedule.Period) time.Time {
	back := p.Months < 0 || p.Months == 0 && (p.Days < 0 || p.Days == 0 && p.Clock < 0)
	if back {
		t = c.previous(t)
	} else {
		t = c.Next(t)
	}
	if p.Months != 0 {
		t = c.clamp(schedule.Period{Months: p.Months}.After(t.In(c.zone)), back)
	}
	if p.Days != 0 {
		t = c.addDays(t, p.Days)
	}
	switch {
	case p.Clock > 0:
		t = c.forward(t, p.Clock)
	case p.Clock < 0:
		t = c.backward(t, -p.Clock)
	}
	return t.In(c.zone)
}

// addDays is the same time n working days later, at the working time next to it.
func (c *Calendar) addDays(t time.Time, n int) time.Time {
	d, ok := c.later(c.day(t), n)
	if !ok {
		return t
	}
	local := t.In(c.zone)
	return c.clamp(schedule.Wall(d.Year, d.Month, d.Day, local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), c.zone), n < 0)
}

// later is the n-th working day after d; before it where n is negative.
func (c *Calendar) later(d expression.Date, n int) (_ expression.Date, ok bool) {
	step := 1
	if n < 0 {
		n, step = -n, -1
	}
	start := d
	for range min(n, reach) {
		if d, ok = c.workday(d.Add(schedule.Period{Days: step}), step); !ok || far(start, d) {
			return d, false
		}
	}
	return d, n <= reach
}

// far reports whether two days are further from each other than is gone through.
func far(a, b expression.Date) bool {
	days := a.Days(b)
	return days > reach || days < -reach
}

// clamp brings t into the working hours of its day; on a day without any, to working time after it, or before it.
func (c *Calendar) clamp(t time.Time, back bool) time.Time {
	spans := c.spans(c.day(t))
	for _, s := range spans {
		if t.Before(s.from) {
			return s.from
		}
		if !t.After(s.to) {
			return t
		}
	}
	switch {
	case len(spans) > 0:
		return spans[len(spans)-1].to
	case back:
		return c.previous(t)
	}
	return c.Next(t)
}

// forward is the first moment with so much working time between t and it.
func (c *Calendar) forward(t time.Time, left time.Duration) time.Time {
	start := c.day(t)
	for d := start; ; {
		for _, s := range c.spans(d) {
			from := s.from
			if from.Before(t) {
				from = t
			}
			if length := s.to.Sub(from); length > 0 {
				if t = s.to; left <= length {
					return from.Add(left)
				}
				left -= length
			}
		}
		next, ok := c.workday(d.Add(schedule.Period{Days: 1}), 1)
		if !ok || far(start, next) {
			return t
		}
		d = next
	}
}

// backward is the last moment with so much working time between it and t.
func (c *Calendar) backward(t time.Time, left time.Duration) time.Time {
	start := c.day(t)
	for d := start; ; {
		spans := c.spans(d)
		for i := len(spans) - 1; i >= 0; i-- {
			s := spans[i]
			to := s.to
			if to.After(t) {
				to = t
			}
			if length := to.Sub(s.from); length > 0 {
				if t = s.from; left <= length {
					return to.Add(-left)
				}
				left -= length
			}
		}
		next, ok := c.workday(d.Add(schedule.Period{Days: -1}), -1)
		if !ok || far(start, next) {
			return t
		}
		d = next
	}
}

// At is a time of day, "10:30", on the n-th working day after from's day: 1 is the next working day, -1 the one before. With 0 it is
// from's day itself, or the next working day where that is none. The time is taken as it is written, working time or not.
func (c *Calendar) At(from time.Time, n int, clock string) (time.Time, error) {
	minutes, err := parseClock(clock)
	if err != nil {
		return time.Time{}, err
	}
	d, ok := c.workday(c.day(from), 1)
	if n != 0 {
		d, ok = c.later(c.day(from), n)
	}
	if !ok {
		return time.Time{}, fmt.Errorf("there is no working day %d days from %s", n, c.day(from))
	}
	return schedule.Wall(d.Year, d.Month, d.Day, 0, minutes, 0, 0, c.zone), nil
}
