package schedule

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Period is a length of time as calendars know it (ISO 8601-1, 5.5.2: P1Y2M10DT2H30M, P3W). The zero Period is P0D. Years are
// kept as twelve months, weeks as seven days.
type Period struct {
	Months int
	Days   int
	Clock  time.Duration
}

// The largest parts of a Period: ten thousand years of months or days, a hundred years of hours.
const (
	maxMonths = 120_000
	maxDays   = 3_660_000
	maxClock  = 100 * 366 * 24 * time.Hour
)

// ParsePeriod reads an ISO 8601 duration. A sign may stand before the whole or before a part (ISO 8601-2, 4.4.1.9); the last part of
// the clock may have a fraction, written with a point or a comma, down to nanoseconds.
func ParsePeriod(s string) (Period, error) {
	text := strings.TrimSpace(s)
	p, err := parsePeriod(text)
	if err != nil {
		return Period{}, fmt.Errorf("period %q: %w", short(s), err)
	}
	return p, nil
}

func parsePeriod(text string) (p Period, err error) {
	rest, negative := sign(text)
	rest, found := strings.CutPrefix(rest, "P")
	if !found {
		return p, fmt.Errorf("must begin with P, like P1D or PT15M")
	}
	date, clock, hasClock := strings.Cut(rest, "T")
	if date == "" && clock == "" || hasClock && clock == "" {
		return p, fmt.Errorf("a number and a unit are missing")
	}
	for units := "YMWD"; date != ""; {
		var part part
		if part, date, units, err = nextPart(date, units); err != nil {
			return p, err
		}
		if part.fraction != "" {
			return p, fmt.Errorf("only hours, minutes and seconds may have a fraction")
		}
		switch part.unit {
		case 'Y':
			p.Months += part.whole * 12
		case 'M':
			p.Months += part.whole
		case 'W':
			p.Days += part.whole * 7
		case 'D':
			p.Days += part.whole
		}
	}
	for units := "HMS"; clock != ""; {
		var part part
		if part, clock, units, err = nextPart(clock, units); err != nil {
			return p, err
		}
		if part.fraction != "" && clock != "" {
			return p, fmt.Errorf("only the last part may have a fraction")
		}
		unit := map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second}[part.unit]
		if abs(part.whole) > int(maxClock/unit) {
			return p, errTooLong
		}
		p.Clock += time.Duration(part.whole)*unit + part.share(unit)
	}
	if abs(p.Months) > maxMonths || abs(p.Days) > maxDays || p.Clock > maxClock || p.Clock < -maxClock {
		return p, errTooLong
	}
	if negative {
		p = p.Negative()
	}
	return p, nil
}

var errTooLong = fmt.Errorf("is too long")

// part is a number with its unit: -1.5H.
type part struct {
	whole    int
	negative bool
	fraction string
	unit     byte
}

// share is what the fraction is of a unit.
func (p part) share(unit time.Duration) time.Duration {
	var total, scale time.Duration = 0, 1
	for _, digit := range p.fraction {
		if scale > math.MaxInt64/10/unit {
			break
		}
		total, scale = total*10+time.Duration(digit-'0'), scale*10
	}
	share := total * unit / scale
	if p.negative {
		return -share
	}
	return share
}

// nextPart cuts one number and unit off s; units are those that may still come.
func nextPart(s, units string) (p part, rest, left string, err error) {
	digits, negative := sign(s)
	p.negative = negative
	end := strings.IndexFunc(digits, func(r rune) bool { return !isDigit(r) })
	if end <= 0 {
		return p, "", "", fmt.Errorf("a number with a unit is expected at %q", short(s))
	}
	if end > 10 {
		return p, "", "", errTooLong
	}
	p.whole, _ = strconv.Atoi(digits[:end])
	if negative {
		p.whole = -p.whole
	}
	rest = digits[end:]
	if rest[0] == '.' || rest[0] == ',' {
		end = 1 + strings.IndexFunc(rest[1:], func(r rune) bool { return !isDigit(r) })
		if end <= 1 {
			return p, "", "", fmt.Errorf("a fraction with a unit is expected at %q", short(rest))
		}
		p.fraction, rest = rest[1:end], rest[end:]
	}
	p.unit = rest[0]
	at := strings.IndexByte(units, p.unit)
	if at < 0 {
		return p, "", "", fmt.Errorf("%q is no unit that may stand there (years Y, months M, weeks W, days D, then T, hours H, minutes M, seconds S)", rest[:1])
	}
	return p, rest[1:], units[at+1:], nil
}

func sign(s string) (rest string, negative bool) {
	if rest, found := strings.CutPrefix(s, "-"); found {
		return rest, true
	}
	return strings.TrimPrefix(s, "+"), false
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// short is s cut to what fits into a sentence.
func short(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// After is the moment a period after t, in t's Location.
func (p Period) After(t time.Time) time.Time {
	if p.Months != 0 || p.Days != 0 {
		year, month, day := t.Date()
		if p.Months != 0 {
			first := time.Date(year, month+time.Month(p.Months), 1, 0, 0, 0, 0, time.UTC)
			year, month = first.Year(), first.Month()
			day = min(day, first.AddDate(0, 1, -1).Day())
		}
		hour, minute, second, nanosecond := clock(t)
		t = Wall(year, month, day+p.Days, hour, minute, second, nanosecond, t.Location())
	}
	return t.Add(p.Clock)
}

// Before is the moment a period before t: After of the negative.
func (p Period) Before(t time.Time) time.Time { return p.Negative().After(t) }

// Negative is the period backwards.
func (p Period) Negative() Period { return Period{-p.Months, -p.Days, -p.Clock} }

// IsZero reports whether the period has no length.
func (p Period) IsZero() bool { return p == Period{} }

// times is n periods; ok is false where that is longer than a Period can be.
func (p Period) times(n int64) (long Period, ok bool) {
	if n < 0 || over(int64(p.Months), n, maxMonths) || over(int64(p.Days), n, maxDays) || over(int64(p.Clock), n, math.MaxInt64) {
		return long, false
	}
	return Period{p.Months * int(n), p.Days * int(n), p.Clock * time.Duration(n)}, true
}

func over(part, n, limit int64) bool {
	if part < 0 {
		part = -part
	}
	return n > 0 && part > limit/n
}

// String is the period in ISO 8601, in its shortest form: P1Y2M10DT2H30M, -P1D, PT0.5S, P0D.
func (p Period) String() string {
	if p.IsZero() {
		return "P0D"
	}
	var b strings.Builder
	if p.Months <= 0 && p.Days <= 0 && p.Clock <= 0 {
		b.WriteByte('-')
		p = p.Negative()
	}
	part := func(n int, unit byte) {
		if n != 0 {
			b.WriteString(strconv.Itoa(n))
			b.WriteByte(unit)
		}
	}
	b.WriteByte('P')
	part(p.Months/12, 'Y')
	part(p.Months%12, 'M')
	part(p.Days, 'D')
	if p.Clock != 0 {
		b.WriteByte('T')
		part(int(p.Clock/time.Hour), 'H')
		part(int(p.Clock%time.Hour/time.Minute), 'M')
		if rest := p.Clock % time.Minute; rest != 0 {
			if rest < 0 {
				b.WriteByte('-')
				rest = -rest
			}
			fraction := strings.TrimRight(fmt.Sprintf("%d.%09d", rest/time.Second, rest%time.Second), "0")
			b.WriteString(strings.TrimSuffix(fraction, "."))
			b.WriteByte('S')
		}
	}
	return b.String()
}

// MarshalText is String.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is ParsePeriod.
func (p *Period) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePeriod(string(text))
	return err
}
