package calendar

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voronka/voronka/engine/expression"
)

// rule is the hours of some days; none is off. A day is meant where it lies in one of the ranges of dates, and is one of the days of
// the week; empty is every.
type rule struct {
	dates []dates
	week  [7]bool // Sunday first, as in time.Weekday
	hours []hours
}

// dates is a range of days in every year, or in one.
type dates struct {
	year     int // 0 is every
	from, to int // month×100 + day; from after to goes over New Year
}

// hours is a range of the day in minutes from midnight.
type hours struct{ from, to int }

func (r *rule) holds(d expression.Date) bool {
	return r.week[d.Weekday()] && (len(r.dates) == 0 || slices.ContainsFunc(r.dates, func(s dates) bool { return s.holds(d) }))
}

// touches reports whether the rule may be about a day of the month.
func (r *rule) touches(month int) bool {
	return len(r.dates) == 0 || slices.ContainsFunc(r.dates, func(s dates) bool {
		from, to := s.from/100, s.to/100
		return s.from <= s.to && from <= month && month <= to || s.from > s.to && (month <= to || from <= month)
	})
}

func (s dates) holds(d expression.Date) bool {
	day, year := int(d.Month)*100+d.Day, d.Year
	if s.from <= s.to {
		return s.from <= day && day <= s.to && (s.year == 0 || s.year == year)
	}
	if day <= s.to {
		year-- // of the range that began last year
	} else if day < s.from {
		return false
	}
	return s.year == 0 || s.year == year
}

// The limits of a calendar.
const (
	maxText  = 16 << 10
	maxRules = 200
)

func parse(text string) ([]rule, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("is longer than %d bytes", maxText)
	}
	var rules []rule
	for _, part := range strings.Split(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		r, err := parseRule(part)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", clip(part), err)
		}
		if rules = append(rules, r); len(rules) > maxRules {
			return nil, fmt.Errorf("has more than %d rules", maxRules)
		}
	}
	if len(rules) == 0 {
		return nil, fmt.Errorf("is empty; it is like Mo-Fr 09:00-18:00")
	}
	return rules, nil
}

var (
	month = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`

	// The parts that a rule begins with; what follows them is the hours.
	datePart = regexp.MustCompile(`^(?:(\d{4}) )?(` + month + `)(?: ?(\d{1,2}))?(?: ?- ?(?:(` + month + `) ?)?(\d{1,2})?)?(?:\s*,\s*|\s+|$)`)
	weekPart = regexp.MustCompile(`^(Mo|Tu|We|Th|Fr|Sa|Su)(?: ?- ?(Mo|Tu|We|Th|Fr|Sa|Su))?(?:\s*,\s*|\s+|$)`)

	monthNames = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	dayNames   = []string{"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"}
)

// parseRule reads days and hours.
func parseRule(text string) (r rule, err error) {
	if text == "24/7" {
		return rule{week: everyDay, hours: []hours{{0, 24 * 60}}}, nil
	}
	rest, year := text, 0
	for found := datePart.FindStringSubmatch(rest); found != nil; found = datePart.FindStringSubmatch(rest) {
		var s dates
		if s, err = parseDates(found); err != nil {
			return r, err
		}
		if s.year == 0 {
			s.year = year // 2026 Jan 01-08,May 09 are both of 2026
		}
		year = s.year
		r.dates = append(r.dates, s)
		rest = rest[len(found[0]):]
	}
	for found := weekPart.FindStringSubmatch(rest); found != nil; found = weekPart.FindStringSubmatch(rest) {
		from := slices.Index(dayNames, found[1])
		to := from
		if found[2] != "" {
			to = slices.Index(dayNames, found[2])
		}
		for d := from; ; d = (d + 1) % 7 {
			if r.week[d] = true; d == to {
				break
			}
		}
		rest = rest[len(found[0]):]
	}
	if r.week == [7]bool{} {
		r.week = everyDay
	}
	r.hours, err = parseHours(strings.TrimSpace(rest))
	return r, err
}

var everyDay = [7]bool{true, true, true, true, true, true, true}

// parseDates reads what datePart found: year, month, day; month and day of the end.
func parseDates(found []string) (s dates, err error) {
	s.year, _ = strconv.Atoi(found[1])
	from, to := found[2], found[4]
	if to == "" {
		to = from
	}
	first, last := found[3], found[5]
	ranged := strings.Contains(found[0], "-")
	switch {
	case first == "" && last == "" && (!ranged || found[4] != ""): // Jun, Jun-Aug
		first, last = "1", "31"
	case first != "" && !ranged: // May 09
		last = first
	case first == "" || last == "":
		return s, fmt.Errorf("%s: from which day to which?", strings.TrimRight(found[0], " ,"))
	}
	if s.from, err = parseDay(from, first); err != nil {
		return s, err
	}
	if last == "31" && found[5] == "" {
		s.to = (slices.Index(monthNames, to)+1)*100 + 31
		return s, nil
	}
	s.to, err = parseDay(to, last)
	return s, err
}

func parseDay(month, day string) (int, error) {
	m := slices.Index(monthNames, month) + 1
	d, _ := strconv.Atoi(day)
	if at := time.Date(2024, time.Month(m), d, 0, 0, 0, 0, time.UTC); d == 0 || at.Day() != d {
		return 0, fmt.Errorf("there is no %s %s", month, day)
	}
	return m*100 + d, nil
}

var hoursPart = regexp.MustCompile(`^(\d{1,2}:\d{2}) ?- ?(\d{1,2}:\d{2})$`)

// parseHours reads 09:00-13:00,14:00-18:00, or off.
func parseHours(text string) (list []hours, err error) {
	switch text {
	case "off", "closed":
		return nil, nil
	case "":
		return nil, fmt.Errorf("hours are missing, like 09:00-18:00 or off")
	case "24/7":
		return []hours{{0, 24 * 60}}, nil
	}
	if strings.HasPrefix(text, "PH") || strings.HasPrefix(text, "SH") {
		return nil, fmt.Errorf("%s: holidays are written as days, like Jan 01-08,May 09 off", text[:2])
	}
	for _, part := range strings.Split(text, ",") {
		found := hoursPart.FindStringSubmatch(strings.TrimSpace(part))
		if found == nil {
			return nil, fmt.Errorf("%q is no hours like 09:00-18:00, no day like Mo, Mo-Fr or May 09, and not off", clip(strings.TrimSpace(part)))
		}
		var h hours
		if h.from, err = parseClock(found[1]); err != nil {
			return nil, err
		}
		if h.to, err = parseClock(found[2]); err != nil {
			return nil, err
		}
		if h.to <= h.from {
			return nil, fmt.Errorf("%s ends before it begins; hours over midnight are written as two: 22:00-24:00 and, on the next day, 00:00-02:00", part)
		}
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b hours) int { return a.from - b.from })
	for i := 1; i < len(list); i++ {
		if list[i].from < list[i-1].to {
			return nil, fmt.Errorf("%s: the hours overlap", text)
		}
	}
	return list, nil
}

// parseClock reads a time of day, up to 24:00, as minutes from midnight.
func parseClock(s string) (int, error) {
	hour, minute, found := strings.Cut(s, ":")
	h, err1 := strconv.ParseUint(hour, 10, 8)
	m, err2 := strconv.ParseUint(minute, 10, 8)
	if !found || err1 != nil || err2 != nil || len(minute) != 2 || len(hour) > 2 || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%q is no time of day like 10:30", clip(s))
	}
	return int(h*60 + m), nil
}

// clip is s cut to what fits into a sentence.
func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
