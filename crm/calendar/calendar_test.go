package calendar_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"github.com/voronka/voronka/crm/calendar"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/engine/schedule"
)

// school is the calendar of the driving school.
const school = "Mo-Fr 09:00-20:00; Sa 10:00-18:00; Jan 01-08,Feb 23,Mar 08,May 01,May 09,Jun 12,Nov 04 off"

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func parse(t testing.TB, text, place string) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Parse(text, zone(t, place))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const layout = "2006-01-02 15:04"

func on(t testing.TB, c *calendar.Calendar, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(layout, s, c.Zone())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func period(t testing.TB, s string) schedule.Period {
	t.Helper()
	p, err := schedule.ParsePeriod(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOpenAndNext(t *testing.T) {
	lunch := "Mo-Fr 09:00-13:00,14:00-18:00; Dec 31 09:00-15:00; 2026 Nov 01 09:00-18:00; Dec 30-Jan 02 off; 2026 Jun-Aug Fr off"
	for _, c := range []struct {
		text, at, next string // next empty: open
	}{
		{school, "2026-07-24 09:00", ""},                 // Friday
		{school, "2026-07-24 08:59", "2026-07-24 09:00"}, // before opening
		{school, "2026-07-24 19:59", ""},
		{school, "2026-07-24 20:00", "2026-07-25 10:00"}, // closing is closed
		{school, "2026-07-25 18:00", "2026-07-27 09:00"}, // over Sunday
		{school, "2026-01-01 12:00", "2026-01-09 09:00"}, // holidays
		{school, "2026-05-08 20:30", "2026-05-11 09:00"}, // a Friday before Saturday 9 May
		{school, "2026-06-12 10:00", "2026-06-13 10:00"},
		{lunch, "2026-09-07 13:30", "2026-09-07 14:00"},
		{lunch, "2026-11-01 10:00", ""},                 // a Sunday worked that year
		{lunch, "2027-11-07 10:00", "2027-11-08 09:00"}, // and only that
		{lunch, "2026-12-31 10:00", "2027-01-04 09:00"}, // the last rule about a day holds, over New Year
		{lunch, "2026-07-24 10:00", "2026-07-27 09:00"}, // Fridays of a summer
		{lunch, "2027-07-23 10:00", ""},
		{"24/7", "2026-07-26 03:00", ""},
		{"09:00-18:00", "2026-07-26 18:00", "2026-07-27 09:00"},
		{"Sa-Mo 10:00-24:00", "2026-07-26 23:59", ""},
		{"Sa-Mo 10:00-24:00", "2026-07-28 10:00", "2026-08-01 10:00"},
		{"Feb 29 09:00-10:00", "2026-07-28 10:00", "2028-02-29 09:00"},
	} {
		cal := parse(t, c.text, "Europe/Moscow")
		at := on(t, cal, c.at)
		if got := cal.Open(at); got != (c.next == "") {
			t.Errorf("%s: Open(%s) = %t", c.text, c.at, got)
		}
		want := at
		if c.next != "" {
			want = on(t, cal, c.next)
		}
		if got := cal.Next(at); !got.Equal(want) {
			t.Errorf("%s: Next(%s) = %s; want %s", c.text, c.at, got, want)
		}
	}
}

func TestAdd(t *testing.T) {
	const lunch = "Mo-Fr 09:00-13:00,14:00-18:00; Sa 10:00-14:00"
	for _, c := range []struct{ text, from, period, want string }{
		// The golden scenarios: a form on Friday at 19:50, and on Saturday at 10:05.
		{school, "2026-07-24 19:50", "PT15M", "2026-07-25 10:05"},
		{school, "2026-07-24 19:50", "PT30M", "2026-07-25 10:20"},
		{school, "2026-07-25 10:05", "PT15M", "2026-07-25 10:20"},
		// Working time.
		{school, "2026-07-24 19:50", "PT10M", "2026-07-24 20:00"},
		{school, "2026-07-24 23:00", "PT15M", "2026-07-25 10:15"},
		{school, "2026-07-25 17:00", "PT4H", "2026-07-27 12:00"},
		{school, "2025-12-31 19:00", "PT2H", "2026-01-09 10:00"},
		{lunch, "2026-07-24 12:50", "PT20M", "2026-07-24 14:10"},
		{school, "2026-07-27 09:10", "-PT15M", "2026-07-25 17:55"},
		{school, "2026-07-27 09:00", "-PT15M", "2026-07-25 17:45"},
		{school, "2026-07-26 12:00", "-PT15M", "2026-07-25 17:45"},
		// Working days keep the time, and are taken into working hours.
		{school, "2026-07-24 12:00", "P1D", "2026-07-25 12:00"},
		{school, "2026-07-24 19:50", "P1D", "2026-07-25 18:00"},
		{school, "2026-07-24 09:30", "P1D", "2026-07-25 10:00"},
		{school, "2026-07-24 12:00", "P2D", "2026-07-27 12:00"},
		{school, "2026-07-26 12:00", "P1D", "2026-07-28 09:00"}, // from Sunday: it begins on Monday at nine
		{school, "2026-07-24 21:00", "P1D", "2026-07-27 10:00"}, // after closing: it begins on Saturday at ten
		{school, "2026-04-30 12:00", "P1D", "2026-05-02 12:00"},
		{lunch, "2026-07-25 13:30", "P1D", "2026-07-27 14:00"},  // in the break
		{school, "2026-07-27 12:00", "P1W", "2026-08-04 12:00"}, // seven working days
		{school, "2026-07-27 12:00", "-P1D", "2026-07-25 12:00"},
		{school, "2026-07-27 09:00", "-P1D", "2026-07-25 10:00"},
		{school, "2026-07-27 19:00", "-P1D", "2026-07-25 18:00"},
		{school, "2026-07-26 12:00", "-P1D", "2026-07-24 18:00"}, // from Sunday: it begins on Saturday at six
		// Days first, then time; months are those of the calendar.
		{school, "2026-07-24 17:00", "P1DT2H", "2026-07-27 10:00"},
		{school, "2026-07-27 10:00", "-P1DT2H", "2026-07-24 18:00"},
		{school, "2026-07-24 12:00", "P1M", "2026-08-24 12:00"},
		{school, "2026-05-26 12:00", "P1M", "2026-06-26 12:00"},
		{school, "2026-06-26 12:00", "P1M", "2026-07-27 09:00"}, // to a Sunday
		{school, "2026-08-26 12:00", "-P1M", "2026-07-25 18:00"},
		// Nothing: the beginning.
		{school, "2026-07-26 12:00", "PT0S", "2026-07-27 09:00"},
		{school, "2026-07-24 12:00", "P0D", "2026-07-24 12:00"},
	} {
		cal := parse(t, c.text, "Europe/Moscow")
		if got := cal.Add(on(t, cal, c.from), period(t, c.period)); !got.Equal(on(t, cal, c.want)) {
			t.Errorf("%s after %s is %s; want %s", c.period, c.from, got.Format(layout), c.want)
		}
	}
}

// A day on which the clock changes has as many hours as go by.
func TestAddAcrossClockChange(t *testing.T) {
	always := parse(t, "24/7", "Europe/Berlin")
	if got, want := always.Add(on(t, always, "2026-03-28 12:00"), period(t, "PT24H")), on(t, always, "2026-03-29 13:00"); !got.Equal(want) {
		t.Errorf("is %s; want %s", got, want)
	}
	if got, want := always.Add(on(t, always, "2026-03-28 12:00"), period(t, "P1D")), on(t, always, "2026-03-29 12:00"); !got.Equal(want) {
		t.Errorf("is %s; want %s", got, want)
	}
	if got := always.Between(on(t, always, "2026-03-29 00:00"), on(t, always, "2026-03-30 00:00")); got != 23*time.Hour {
		t.Errorf("the day has %s", got)
	}
}

func TestAt(t *testing.T) {
	cal := parse(t, school, "Europe/Moscow")
	for _, c := range []struct {
		from  string
		days  int
		clock string
		want  string
	}{
		{"2026-07-24 19:50", 1, "10:30", "2026-07-25 10:30"},
		{"2026-07-25 19:50", 1, "10:30", "2026-07-27 10:30"},
		{"2026-07-26 12:00", 1, "10:30", "2026-07-27 10:30"},
		{"2026-07-24 12:00", 2, "18:30", "2026-07-27 18:30"},
		{"2026-07-24 12:00", 1, "18:30", "2026-07-25 18:30"}, // as written
		{"2026-07-24 12:00", 0, "9:00", "2026-07-24 09:00"},
		{"2026-07-26 12:00", 0, "09:00", "2026-07-27 09:00"},
		{"2026-07-27 12:00", -1, "12:00", "2026-07-25 12:00"},
		{"2025-12-31 12:00", 1, "24:00", "2026-01-10 00:00"},
	} {
		if got, err := cal.At(on(t, cal, c.from), c.days, c.clock); err != nil || !got.Equal(on(t, cal, c.want)) {
			t.Errorf("At(%s, %d, %s) = %s, %v; want %s", c.from, c.days, c.clock, got, err, c.want)
		}
	}
	for _, clock := range []string{"", "10", "25:00", "24:01", "10:60", "10:3", "-1:00", "10:30:00", "half past ten"} {
		if got, err := cal.At(on(t, cal, "2026-07-24 12:00"), 1, clock); err == nil {
			t.Errorf("At(%q) = %s; want an error", clock, got)
		}
	}
	if got, err := cal.At(on(t, cal, "2026-07-24 12:00"), 1<<60, "10:30"); err == nil {
		t.Errorf("At(1<<60) = %s; want an error", got)
	}
}

func TestDayStart(t *testing.T) {
	cal := parse(t, school, "Europe/Moscow")
	for day, want := range map[string]string{"2026-07-24": "2026-07-24 09:00", "2026-07-25": "2026-07-25 10:00", "2026-07-26": "2026-07-27 09:00", "2026-01-01": "2026-01-09 09:00"} {
		d, err := expression.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		if got := cal.DayStart(d); !got.Equal(on(t, cal, want)) {
			t.Errorf("%s begins %s; want %s", day, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "is empty",
		" ; ":                                   "is empty",
		"off":                                   "never opens",
		"Mo-Fr 09:00-18:00; off":                "never opens",
		"2020 09:00-18:00":                      "no hours like",
		"2020 Jan 09:00-18:00":                  "never opens",
		"Mo-Fr":                                 "hours are missing",
		"Mo-Fr; Sa 10:00-18:00":                 `"Mo-Fr": hours are missing`,
		"Mo-Fr 9-18":                            `"9-18" is no hours`,
		"Mo-Fr 09:00-25:00":                     `"25:00" is no time of day`,
		"Mo-Fr 18:00-09:00":                     "ends before it begins",
		"Mo-Fr 22:00-02:00":                     "22:00-24:00",
		"Mo-Fr 09:00-13:00,12:00-18:00":         "overlap",
		"Пн-Пт 09:00-18:00":                     "no hours like",
		"Mon-Fri 09:00-18:00":                   "no hours like",
		"Mo-Fr 09:00-18:00; PH off":             "holidays are written as days",
		"Mo-Fr 09:00-18:00; Feb 30 off":         "there is no Feb 30",
		"Mo-Fr 09:00-18:00; May 0 off":          "there is no May 0",
		"Mo-Fr 09:00-18:00; May 05- off":        "from which day",
		"Mo-Fr 09:00-18:00; May-08 off":         "from which day",
		"Mo-Fr 09:00-18:00 || by appointment":   "no hours like",
		strings.Repeat("Mo 09:00-18:00;", 600):  "more than 200 rules",
		strings.Repeat("Mo 09:00-18:00;", 9000): "longer than",
	} {
		c, err := calendar.Parse(text, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%.60q) = %v, %v; want an error with %q", text, c, err, want)
		}
	}
}

// A calendar with little working time is gone through in no time, however much is asked of it.
func TestBounds(t *testing.T) {
	for _, text := range []string{"Feb 29 09:00-10:00", "2026 Jan 01 09:00-10:00", strings.Repeat("Jan 05 off;", 199) + "Jan 06 09:00-09:01", "24/7"} {
		cal := parse(t, text, "Europe/Berlin")
		from := on(t, cal, "2026-07-24 12:00")
		start := time.Now()
		for _, p := range []string{"PT800000H", "-PT800000H", "P3000000D", "-P3000000D", "P100000M", "-P100000M", "PT1S", "-PT1S"} {
			cal.Add(from, period(t, p))
		}
		cal.Between(time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
		cal.Next(time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC))
		if took := time.Since(start); took > slack*time.Second {
			t.Errorf("%.40s: took %s", text, took)
		}
	}
}

func TestProperties(t *testing.T) {
	calendars := []*calendar.Calendar{
		parse(t, school, "Europe/Moscow"),
		parse(t, "Mo-Fr 09:00-13:00,14:00-18:00; Dec 24-Jan 02 off", "Europe/Berlin"),
		parse(t, "22:00-24:00; 00:00-06:00,22:00-24:00", "Europe/Berlin"),
		parse(t, "24/7", "Africa/Cairo"),
	}
	rapid.Check(t, func(t *rapid.T) {
		cal := calendars[rapid.IntRange(0, len(calendars)-1).Draw(t, "calendar")]
		at := time.Unix(rapid.Int64Range(1.7e9, 1.9e9).Draw(t, "at"), 0)
		length := time.Duration(rapid.IntRange(1, 100_000).Draw(t, "minutes")) * time.Minute
		there := cal.Add(at, schedule.Period{Clock: length})
		if got := cal.Between(at, there); got != length {
			t.Fatalf("%s after %s is %s, with %s between", length, at, there, got)
		}
		back := cal.Add(there, schedule.Period{Clock: -length})
		if got := cal.Between(back, there); got != length || cal.Between(back, at) != 0 && cal.Between(at, back) != 0 {
			t.Fatalf("%s before %s is %s, with %s between", length, there, back, got)
		}
		if next := cal.Next(at); !cal.Open(next) || next.Before(at) || cal.Between(at, next) != 0 {
			t.Fatalf("Next(%s) is %s", at, next)
		}
		days := rapid.IntRange(1, 30).Draw(t, "days")
		later := cal.Add(at, schedule.Period{Days: days})
		if !later.After(at) || !cal.Open(later) && !cal.Open(later.Add(-time.Second)) {
			t.Fatalf("%d days after %s is %s", days, at, later)
		}
	})
}

// stage is a Clock.
type stage struct {
	calendar *calendar.Calendar
	entered  time.Time
}

func (s stage) Calendar() *calendar.Calendar { return s.calendar }
func (s stage) Entered() time.Time           { return s.entered }

func TestFunctions(t *testing.T) {
	cal := parse(t, school, "Europe/Moscow")
	names := &expression.Names{
		Known:     map[string]expression.Shape{"exam": {Type: expression.DateType}, "call_at": {Type: expression.TimeType}, "empty": {Type: expression.DateType}},
		Functions: calendar.Functions(),
	}
	exam, _ := expression.ParseDate("2026-07-30")
	env := &expression.Env{
		Now: on(t, cal, "2026-07-24 20:10"), Zone: cal.Zone(), Context: stage{cal, on(t, cal, "2026-07-24 19:50")},
		Lookup: func(name string) any {
			return map[string]any{"exam": exam, "call_at": on(t, cal, "2026-07-24 12:00")}[name]
		},
	}
	for source, want := range map[string]string{
		`${working("PT15M")}`:       "2026-07-25 10:05",
		`working("P1D")`:            "2026-07-25 18:00",
		`working(exam, "-P3D")`:     "2026-07-27 09:00",
		`working(exam, "PT0S")`:     "2026-07-30 09:00",
		`working(call_at, "PT9H")`:  "2026-07-25 11:00",
		`working(now(), "PT1H")`:    "2026-07-25 11:00",
		`at(now(), 1, "10:30")`:     "2026-07-25 10:30",
		`at(exam, -1, "12:00")`:     "2026-07-29 12:00",
		`working(empty, "P1D")`:     "",
		`now() > working("PT15M")`:  "false",
		`max(exam, working("P1D"))`: "2026-07-30",
	} {
		p, err := names.Compile(source, expression.Any)
		if err != nil {
			t.Errorf("%s: %s", source, err)
			continue
		}
		v, err := p.Run(env)
		if got := expression.Format(v, cal.Zone()); err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", source, got, err, want)
		}
	}
	for source, want := range map[string]string{
		`working("15 minutes")`: "must begin with P",
		`working(5)`:            "needs a duration",
		`working()`:             "needs",
		`at(exam, "10:30")`:     "needs more arguments",
	} {
		if _, err := names.Compile(source, expression.Any); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want an error with %q", source, err, want)
		}
	}
	p, err := names.Compile(`working("PT1H")`, expression.TimeType)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(&expression.Env{}); err == nil || !strings.Contains(err.Error(), "no calendar") {
		t.Errorf("without a calendar: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{school, "24/7", "Dec 30-Jan 02 off; 2026 Jun-Aug Mo,We 09:00-13:00,14:00-18:00", "Sa-Mo 10:00-24:00", "PH off"} {
		f.Add(seed)
	}
	berlin := zone(f, "Europe/Berlin")
	at := time.Date(2026, 7, 24, 19, 50, 0, 0, berlin)
	f.Fuzz(func(t *testing.T, text string) {
		defer func(start time.Time) {
			if took := time.Since(start); took > slack*time.Second {
				t.Fatalf("%q took %s", text, took)
			}
		}(time.Now())
		c, err := calendar.Parse(text, berlin)
		if err != nil {
			return
		}
		there := c.Add(at, schedule.Period{Clock: 15 * time.Minute})
		if got := c.Between(at, there); got != 15*time.Minute && there.Year() < 2036 && c.Open(c.Next(there)) {
			t.Fatalf("%q: 15 minutes after %s is %s, with %s between", text, at, there, got)
		}
		c.Add(at, schedule.Period{Days: -3})
		c.Add(at, schedule.Period{Months: 1})
	})
}

func BenchmarkAdd(b *testing.B) {
	cal := parse(b, school, "Europe/Moscow")
	from := on(b, cal, "2026-07-24 19:50")
	for _, p := range []string{"PT15M", "P3D", "PT100H"} {
		b.Run(p, func(b *testing.B) {
			period := period(b, p)
			for b.Loop() {
				cal.Add(from, period)
			}
		})
	}
}
