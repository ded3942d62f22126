package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// cronSchedule is a cron expression in a zone. It runs on the wall: the zone's dates and times as if they were UTC, where no hour is
// skipped or comes twice, and then asks when clocks show that. One of every hour runs on real time instead.
type cronSchedule struct {
	wall   *cron.SpecSchedule
	hourly bool
	zone   *time.Location
}

var (
	five = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	six  = cron.NewParser(cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
)

// star is the library's mark of a field that holds every value.
const star = 1 << 63

func parseCron(text string, zone *time.Location) (*cronSchedule, error) {
	if strings.Contains(text, "TZ=") {
		return nil, fmt.Errorf("a zone may not be named here; cron counts in the zone of its diagram")
	}
	fields := strings.Fields(text)
	parser := five
	switch {
	case strings.HasPrefix(text, "@"):
	case len(fields) == 5:
		fields[4] = sunday(fields[4])
	case len(fields) == 7 && fields[6] != "*" && fields[6] != "?":
		return nil, fmt.Errorf("a year can't be given in cron; write a start, like R1/2026-01-01T00:00:00/P1Y")
	case len(fields) == 6 || len(fields) == 7:
		fields, parser = fields[:6], six
		if strings.ContainsAny(fields[5], "01234567") && !strings.ContainsAny(fields[5], "#L") {
			return nil, fmt.Errorf("day of week %s: systems differ about its number here; write SUN, MON, TUE …", fields[5])
		}
	default:
		return nil, fmt.Errorf("must be a repetition like R3/PT10H, or cron of five fields like 0 9 * * MON-FRI")
	}
	for _, field := range fields {
		plain := strings.ReplaceAll(strings.ToUpper(field), "JUL", "")
		if strings.Contains(field, "#") || strings.HasPrefix(plain, "L") || strings.HasSuffix(plain, "L") || strings.HasSuffix(plain, "W") {
			return nil, fmt.Errorf("%s: L, W and # are not known in cron", field)
		}
	}
	schedule, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return nil, err
	}
	wall, ok := schedule.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("is not known in cron")
	}
	wall.Location = time.UTC
	c := &cronSchedule{wall: wall, hourly: wall.Hour&star != 0, zone: zone}
	if _, ok := c.nextWall(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
		return nil, fmt.Errorf("never happens: there is no such day")
	}
	return c, nil
}

// sunday writes 7, as crontabs allow, as 0, the library's only number for Sunday.
func sunday(field string) string {
	items := strings.Split(field, ",")
	for i, item := range items {
		from, found := strings.CutSuffix(item, "-7")
		day, err := strconv.Atoi(from)
		switch {
		case item == "7":
			items[i] = "0"
		case found && err == nil && day < 7:
			items[i] = from + "-6,0"
		}
	}
	return strings.Join(items, ",")
}

// next is the first moment after t.
func (c *cronSchedule) next(t time.Time) (due time.Time, ok bool) {
	t = t.In(c.zone)
	if t.Year() > 9990 {
		return due, false
	}
	if c.hourly {
		real := *c.wall
		real.Location = c.zone
		if due = real.Next(t); !due.IsZero() {
			return due.In(c.zone), true
		}
	}
	hour, minute, second, nanosecond := clock(t)
	wall := time.Date(t.Year(), t.Month(), t.Day(), hour, minute, second, nanosecond, time.UTC)
	for ok = true; ok; {
		if wall, ok = c.nextWall(wall); ok {
			hour, minute, second, nanosecond = clock(wall)
			if due = Wall(wall.Year(), wall.Month(), wall.Day(), hour, minute, second, nanosecond, c.zone); due.After(t) {
				return due, true
			}
		}
	}
	return time.Time{}, false
}

// nextWall is the library's Next, which gives up after five years, tried far enough for 29 February.
func (c *cronSchedule) nextWall(t time.Time) (wall time.Time, ok bool) {
	for range 3 {
		if wall = c.wall.Next(t); !wall.IsZero() {
			return wall, true
		}
		t = t.AddDate(5, 0, 0)
	}
	return time.Time{}, false
}
