package expression

import (
	"fmt"
	"time"

	"github.com/voronka/voronka/engine/schedule"
)

// Date is a day of the calendar, in no zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day that clocks show at t, in its Location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// ParseDate reads a day as ISO 8601 writes it: 2026-01-31.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is no date like 2026-01-31", clip(s))
	}
	return DateOf(t), nil
}

// In is the beginning of the day in zone.
func (d Date) In(zone *time.Location) time.Time {
	return schedule.Wall(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
}

// Add is the day a period later; the period's clock counts from midnight, and what is left of it is dropped.
func (d Date) Add(p schedule.Period) Date { return DateOf(p.After(d.In(time.UTC))) }

// Compare is -1, 0 or 1, as d is before e, the same or after it.
func (d Date) Compare(e Date) int { return d.In(time.UTC).Compare(e.In(time.UTC)) }

// Days is how many days there are from d to e.
func (d Date) Days(e Date) int {
	return int((e.In(time.UTC).Unix() - d.In(time.UTC).Unix()) / (24 * 60 * 60))
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.In(time.UTC).Weekday() }

// IsZero reports whether d is no day at all.
func (d Date) IsZero() bool { return d == Date{} }

// String is the day as ISO 8601 writes it.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// MarshalText is String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDate.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}
