package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Cycle is when something recurs: so many times or for ever, by a period or by cron. The zero Cycle never does.
//
// It knows no clock. First gives the first due time; Next the one after a due time, counted from that and not from when it was
// noticed, so a late firing moves nothing. A cycle with a start or an end counts from there (the last day of each month stays the
// last day); one without has only the previous due time to count from.
type Cycle struct {
	limit  int // how many times; 0 is for ever
	period Period
	anchor time.Time // the start; with back the end; zero: none
	back   bool
	cron   *cronSchedule
	zone   *time.Location
}

// The shortest period, and the years that a start or end may lie in.
const (
	minPeriod = time.Second
	minYear   = 1970
	maxYear   = 2200
)

// ParseCycle reads a repetition of ISO 8601-1, 5.6: R3/PT10H, R/PT1H (for ever, as is R-1), with a start R3/2026-01-01T00:00:00Z/PT1H,
// with an end R3/PT1H/2026-12-31T00:00:00Z, with both; the number is how often it happens. Or cron: five fields (minute, hour, day of
// month, month, day of week), six with seconds before them, seven with a year of *, and @daily and its like. Wall times and days are
// those of zone (nil is UTC).
//
// A cron that names its hours fires once for each of its times: one that the clock skips comes when clocks show it moved on, one that
// comes twice fires the first time. A cron of every hour goes on through both.
func ParseCycle(s string, zone *time.Location) (Cycle, error) {
	if zone == nil {
		zone = time.UTC
	}
	text := strings.TrimSpace(s)
	c := Cycle{zone: zone}
	err := errors.New("is empty")
	switch {
	case text == "":
	case strings.HasPrefix(text, "R"):
		err = c.parseRepetition(text)
	case strings.HasPrefix(text, "@every "):
		err = c.parseEvery(strings.TrimSpace(strings.TrimPrefix(text, "@every ")))
	default:
		c.cron, err = parseCron(text, zone)
	}
	if err != nil {
		return Cycle{}, fmt.Errorf("cycle %q: %w", short(s), err)
	}
	return c, nil
}

func (c *Cycle) parseRepetition(text string) (err error) {
	parts := strings.Split(text[1:], "/")
	if number := parts[0]; number != "" && number != "-1" {
		if c.limit, err = strconv.Atoi(number); err != nil || c.limit < 1 || c.limit > 1_000_000_000 {
			return fmt.Errorf("after R comes how often, at least once, or nothing: R3/PT10H, R/PT10H")
		}
	}
	parts = parts[1:]
	period := func(s string) bool { return strings.HasPrefix(strings.TrimLeft(s, "+-"), "P") }
	switch {
	case len(parts) == 1 && period(parts[0]):
		c.period, err = ParsePeriod(parts[0])
	case len(parts) == 2 && period(parts[1]):
		if c.anchor, err = c.parseAnchor(parts[0]); err == nil {
			c.period, err = ParsePeriod(parts[1])
		}
	case len(parts) == 2 && period(parts[0]):
		c.back = true
		if c.anchor, err = c.parseAnchor(parts[1]); err == nil {
			c.period, err = ParsePeriod(parts[0])
		}
	case len(parts) == 2:
		var end time.Time
		if c.anchor, err = c.parseAnchor(parts[0]); err == nil {
			if end, err = c.parseAnchor(parts[1]); err == nil {
				c.period = Period{Clock: end.Sub(c.anchor)}
			}
		}
	default:
		return fmt.Errorf("must be like R3/PT10H or R3/2026-01-01T00:00:00Z/PT10H")
	}
	if err != nil {
		return err
	}
	return c.checkPeriod()
}

func (c *Cycle) parseAnchor(s string) (time.Time, error) {
	t, err := ParseDate(s, c.zone)
	if err == nil && (t.Year() < minYear || t.Year() > maxYear) {
		err = fmt.Errorf("a cycle may begin and end in the years %d to %d", minYear, maxYear)
	}
	return t.In(c.zone), err
}

// parseEvery reads what follows @every: a duration of Go, or a period.
func (c *Cycle) parseEvery(text string) (err error) {
	if c.period.Clock, err = time.ParseDuration(text); err != nil {
		if c.period, err = ParsePeriod(text); err != nil {
			return fmt.Errorf("after @every comes a time like 90m or PT90M")
		}
	}
	return c.checkPeriod()
}

func (c *Cycle) checkPeriod() error {
	p := c.period
	switch {
	case p.IsZero() || p.Months < 0 || p.Days < 0 || p.Clock < 0:
		return fmt.Errorf("cycle period must be positive")
	case p.Months == 0 && p.Days == 0 && p.Clock < minPeriod:
		return fmt.Errorf("cycle period must be a second or longer")
	}
	return nil
}

// First is the first due time: with a start or an end the first at or after now, without a period from now, by cron the first after
// now. What had gone by before now is not made up for. ok is false where none is left.
func (c Cycle) First(now time.Time) (due time.Time, ok bool) {
	switch {
	case c.zone == nil:
		return due, false
	case c.cron != nil:
		return c.cron.next(now)
	case c.anchor.IsZero():
		return c.bounded(c.period.After(now.In(c.zone)))
	}
	return c.anchored(now.Add(-1))
}

// Next is the due time after the previous one; fired is how often it has fired by then. ok is false where none is left.
func (c Cycle) Next(previous time.Time, fired int) (due time.Time, ok bool) {
	switch {
	case c.zone == nil, c.limit > 0 && fired >= c.limit:
		return due, false
	case c.cron != nil:
		return c.cron.next(previous)
	case c.anchor.IsZero():
		return c.bounded(c.period.After(previous.In(c.zone)))
	}
	return c.anchored(previous)
}

// anchored is the first due time after t of a cycle with a start or an end.
func (c Cycle) anchored(t time.Time) (due time.Time, ok bool) {
	if t.Year() > maxYear+10 {
		return due, false
	}
	if c.back {
		return c.beforeEnd(t)
	}
	for n := c.steps(t.Sub(c.anchor)); c.limit == 0 || n < int64(c.limit); n++ {
		long, ok := c.period.times(n)
		if !ok {
			break
		}
		if due = long.After(c.anchor); due.After(t) {
			return c.bounded(due)
		}
	}
	return time.Time{}, false
}

// beforeEnd is the first due time after t counted back from the end, which is the last.
func (c Cycle) beforeEnd(t time.Time) (due time.Time, ok bool) {
	if !c.anchor.After(t) {
		return due, false
	}
	n := c.steps(c.anchor.Sub(t)) + 4
	if c.limit > 0 {
		n = min(n, int64(c.limit)-1)
	}
	for ; n > 0; n-- {
		if long, ok := c.period.times(n); ok {
			if due = long.Before(c.anchor); due.After(t) {
				return due, true
			}
		}
	}
	return c.anchor, true
}

// steps is a number of periods that surely fits into d, at most a few less than do.
func (c Cycle) steps(d time.Duration) int64 {
	const month = 30*24*time.Hour + 10*time.Hour + 30*time.Minute
	days := min(int64(c.period.Days), int64(maxClock/(24*time.Hour)))
	months := min(int64(c.period.Months), int64(maxClock/month))
	length := time.Duration(months)*month/2 + time.Duration(days)*12*time.Hour + c.period.Clock/2
	return max(0, int64(d/2/length)-2)
}

// bounded refuses what lies beyond the years that can be written.
func (c Cycle) bounded(due time.Time) (time.Time, bool) {
	if due.Year() > 9999 {
		return time.Time{}, false
	}
	return due, true
}
