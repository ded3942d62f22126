// Package schedule is time as diagrams write it: ISO 8601 dates, durations and repetitions with calendar months, and cron.
// It is the only home of the cron library, of which it uses the parser and Schedule.Next.
//
// Nothing here reads a clock: every moment comes in, and the same input gives the same answer. The rules for what calendars leave
// open are these.
//
//   - Months keep the day of the month; where a month is too short, its last day stands for it (31 January and P1M is 28 or
//     29 February; 29 February and P1Y is 28 February).
//   - Months, weeks and days keep the time on the wall across a change of the clock; hours, minutes and seconds are real ones.
//   - A wall time that the clock skips in spring is moved on by what is skipped (02:30 becomes 03:30); one that comes twice in
//     autumn means the first.
//   - A period is added in the order months, days, clock.
package schedule

import "time"

// Wall is the moment at which clocks in zone show the date and time; fields out of range carry over, as in time.Date. It differs
// from time.Date in being certain about a time that is skipped or comes twice: see the package comment.
func Wall(year int, month time.Month, day, hour, minute, second, nanosecond int, zone *time.Location) time.Time {
	utc := time.Date(year, month, day, hour, minute, second, nanosecond, time.UTC)
	_, before := utc.Add(-26 * time.Hour).In(zone).Zone()
	_, after := utc.Add(26 * time.Hour).In(zone).Zone()
	if before == after {
		return time.Date(year, month, day, hour, minute, second, nanosecond, zone)
	}
	for _, offset := range []int{before, after} {
		t := utc.Add(-time.Duration(offset) * time.Second).In(zone)
		if _, shown := t.Zone(); shown == offset {
			return t
		}
	}
	return utc.Add(-time.Duration(before) * time.Second).In(zone)
}

// clock is the time of day of t.
func clock(t time.Time) (hour, minute, second, nanosecond int) {
	hour, minute, second = t.Clock()
	return hour, minute, second, t.Nanosecond()
}
