package schedule

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The forms of ISO 8601-1: 5.2.2 calendar date, 5.3 time of day, 5.4 both; extended and basic. Groups: year, month, day; hour, minute,
// second, fraction; zone.
var (
	extended = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?)?$`)
	basic    = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$`)
)

// ParseDate reads an ISO 8601 date, with or without a time. What names no zone is meant in the given one (nil is UTC); a date alone is
// the start of that day; 24:00 is the end of it.
func ParseDate(s string, zone *time.Location) (time.Time, error) {
	if zone == nil {
		zone = time.UTC
	}
	text := strings.TrimSpace(s)
	found := extended.FindStringSubmatch(text)
	if found == nil {
		found = basic.FindStringSubmatch(text)
	}
	if found == nil {
		return time.Time{}, fmt.Errorf("date %q: must be like 2026-01-31, 2026-01-31T10:30:00 or 2026-01-31T10:30:00+03:00", short(s))
	}
	n := func(group int) int { n, _ := strconv.Atoi(found[group]); return n }
	year, month, day, hour, minute, second := n(1), n(2), n(3), n(4), n(5), n(6)
	nanosecond, _ := strconv.Atoi((found[7] + "000000000")[:9])

	if date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC); year == 0 || date.Day() != day || int(date.Month()) != month {
		return time.Time{}, fmt.Errorf("date %q: there is no such day", short(s))
	}
	midnight := hour == 24 && minute == 0 && second == 0 && nanosecond == 0
	if hour > 23 && !midnight || minute > 59 || second > 59 {
		return time.Time{}, fmt.Errorf("date %q: there is no such time of day", short(s))
	}
	switch written := found[8]; {
	case written == "Z":
		zone = time.UTC
	case written != "":
		offset, err := parseOffset(written)
		if err != nil {
			return time.Time{}, fmt.Errorf("date %q: %w", short(s), err)
		}
		zone = offset
	}
	return Wall(year, time.Month(month), day, hour, minute, second, nanosecond, zone), nil
}

// parseOffset reads ±HH, ±HHMM or ±HH:MM.
func parseOffset(s string) (*time.Location, error) {
	digits := strings.ReplaceAll(s[1:], ":", "") + "00"
	hours, _ := strconv.Atoi(digits[:2])
	minutes, _ := strconv.Atoi(digits[2:4])
	if hours > 18 || minutes > 59 {
		return nil, fmt.Errorf("there is no zone %s", s)
	}
	seconds := hours*3600 + minutes*60
	if s[0] == '-' {
		seconds = -seconds
	}
	if seconds == 0 {
		return time.UTC, nil
	}
	return time.FixedZone("", seconds), nil
}
