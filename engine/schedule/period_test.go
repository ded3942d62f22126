package schedule_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/voronka/voronka/engine/schedule"
)

func TestParsePeriod(t *testing.T) {
	for source, want := range map[string]schedule.Period{
		"P1Y2M10DT2H30M": {Months: 14, Days: 10, Clock: 2*time.Hour + 30*time.Minute},
		"P3W":            {Days: 21},
		"P1W2D":          {Days: 9},
		"PT15M":          {Clock: 15 * time.Minute},
		" PT15M\n":       {Clock: 15 * time.Minute},
		"P1M":            {Months: 1},
		"PT1M":           {Clock: time.Minute},
		"-P1D":           {Days: -1},
		"P-1D":           {Days: -1},
		"+P1D":           {Days: 1},
		"-P-1DT2H":       {Days: 1, Clock: -2 * time.Hour},
		"PT0.5S":         {Clock: 500 * time.Millisecond},
		"PT0,25S":        {Clock: 250 * time.Millisecond},
		"PT-0.5S":        {Clock: -500 * time.Millisecond},
		"PT1.5H":         {Clock: 90 * time.Minute},
		"PT0.000000001S": {Clock: 1},
		"PT0S":           {},
		"P0D":            {},
		"PT36H":          {Clock: 36 * time.Hour},
		"PT876000H":      {Clock: 876000 * time.Hour},
	} {
		if got, err := schedule.ParsePeriod(source); err != nil || got != want {
			t.Errorf("ParsePeriod(%q) = %+v, %v; want %+v", source, got, err, want)
		}
	}
}

func TestParsePeriodRefuses(t *testing.T) {
	for source, want := range map[string]string{
		"":                        "must begin with P",
		"1D":                      "must begin with P",
		"P":                       "missing",
		"PT":                      "missing",
		"P1DT":                    "missing",
		"P1":                      "a number with a unit",
		"PD":                      "a number with a unit",
		"P1H":                     `"H" is no unit`,
		"PT1D":                    `"D" is no unit`,
		"P1D1M":                   `"M" is no unit`,
		"P1D1D":                   `"D" is no unit`,
		"p1d":                     "must begin with P",
		"P0.5D":                   "only hours, minutes and seconds",
		"PT0.5H30M":               "only the last part",
		"PT.5S":                   "a number with a unit",
		"PT1.S":                   "a fraction",
		"P99999999999999Y":        "too long",
		"P9999999999Y":            "too long",
		"PT9999999999H":           "too long",
		"P1D ":                    "",
		"P1 D":                    `" " is no unit`,
		"P0001-01-01":             `"-" is no unit`,
		"15m":                     "must begin with P",
		"P1D\x00":                 "a number with a unit",
		"P１D":                     "a number with a unit",
		"--P1D":                   "must begin with P",
		strings.Repeat("P", 9000): "a number with a unit",
	} {
		_, err := schedule.ParsePeriod(source)
		if want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
			t.Errorf("ParsePeriod(%.40q) = %v; want an error with %q", source, err, want)
		}
	}
}

func TestPeriodString(t *testing.T) {
	for source, want := range map[string]string{
		"P14M": "P1Y2M", "P2W": "P14D", "PT90M": "PT1H30M", "PT0S": "P0D", "-P1DT2H": "-P1DT2H", "P-1DT2H": "P-1DT2H",
		"PT1.50S": "PT1.5S", "PT61.001S": "PT1M1.001S", "-PT0.5S": "-PT0.5S", "P1DT-0.5S": "P1DT-0.5S", "PT48H": "PT48H",
	} {
		p, err := schedule.ParsePeriod(source)
		if err != nil || p.String() != want {
			t.Errorf("%q: String() = %q, %v; want %q", source, p, err, want)
		}
	}
}

func TestPeriodAfter(t *testing.T) {
	for _, c := range []struct{ zone, from, period, want string }{
		// Months keep the day; the last day stands for one that is not there.
		{"UTC", "2026-01-31T10:00:00Z", "P1M", "2026-02-28T10:00:00Z"},
		{"UTC", "2028-01-31T10:00:00Z", "P1M", "2028-02-29T10:00:00Z"},
		{"UTC", "2028-02-29T10:00:00Z", "P1Y", "2029-02-28T10:00:00Z"},
		{"UTC", "2028-02-29T10:00:00Z", "P4Y", "2032-02-29T10:00:00Z"},
		{"UTC", "2026-03-31T10:00:00Z", "-P1M", "2026-02-28T10:00:00Z"},
		{"UTC", "2026-12-15T10:00:00Z", "P1M", "2027-01-15T10:00:00Z"},
		{"UTC", "2026-01-15T10:00:00Z", "-P1M", "2025-12-15T10:00:00Z"},
		{"UTC", "2026-02-28T10:00:00Z", "P1M", "2026-03-28T10:00:00Z"},
		{"UTC", "2026-01-31T10:00:00Z", "P1M1D", "2026-03-01T10:00:00Z"}, // months, then days
		{"UTC", "2026-01-31T23:00:00Z", "P1MT2H", "2026-03-01T01:00:00Z"},
		{"UTC", "2026-01-01T00:00:00Z", "PT0.25S", "2026-01-01T00:00:00.25Z"},
		// The clock goes on by an hour in Berlin on 29 March 2026 at 02:00, back on 25 October 2026 at 03:00.
		{"Europe/Berlin", "2026-03-28T12:00:00+01:00", "P1D", "2026-03-29T12:00:00+02:00"},
		{"Europe/Berlin", "2026-03-28T12:00:00+01:00", "PT24H", "2026-03-29T13:00:00+02:00"},
		{"Europe/Berlin", "2026-03-28T02:30:00+01:00", "P1D", "2026-03-29T03:30:00+02:00"}, // skipped
		{"Europe/Berlin", "2026-10-24T02:30:00+02:00", "P1D", "2026-10-25T02:30:00+02:00"}, // twice: the first
		{"Europe/Berlin", "2026-10-25T02:30:00+01:00", "PT0S", "2026-10-25T02:30:00+01:00"},
		{"Europe/Berlin", "2026-10-25T02:30:00+02:00", "PT1H", "2026-10-25T02:30:00+01:00"},
		{"Europe/Berlin", "2026-10-26T02:30:00+01:00", "-P1D", "2026-10-25T02:30:00+02:00"},
		{"America/New_York", "2026-03-07T02:30:00-05:00", "P1D", "2026-03-08T03:30:00-04:00"},
		{"America/New_York", "2026-10-31T01:30:00-04:00", "P1D", "2026-11-01T01:30:00-04:00"},
		{"Australia/Lord_Howe", "2026-10-03T02:10:00+10:30", "P1D", "2026-10-04T02:40:00+11:00"}, // half an hour
		{"Africa/Cairo", "2026-04-23T00:00:00+02:00", "P1D", "2026-04-24T01:00:00+03:00"},        // no midnight
		{"Pacific/Apia", "2011-12-29T12:00:00-10:00", "P1D", "2011-12-31T12:00:00+14:00"},        // no 30 December
		{"Europe/Moscow", "2026-01-31T09:00:00+03:00", "P1M", "2026-02-28T09:00:00+03:00"},
	} {
		p, err := schedule.ParsePeriod(c.period)
		if err != nil {
			t.Fatal(err)
		}
		from := moment(t, c.from).In(zone(t, c.zone))
		if got, want := p.After(from), moment(t, c.want); !got.Equal(want) || got.Location() != from.Location() {
			t.Errorf("%s after %s in %s = %s; want %s", c.period, c.from, c.zone, got.Format(time.RFC3339Nano), c.want)
		}
	}
}

// aPeriod draws a period whose parts have one sign or several.
var aPeriod = rapid.Custom(func(t *rapid.T) schedule.Period {
	return schedule.Period{
		Months: rapid.IntRange(-240, 240).Draw(t, "months"),
		Days:   rapid.IntRange(-800, 800).Draw(t, "days"),
		Clock:  time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "clock")),
	}
})

func TestPeriodProperties(t *testing.T) {
	zones := map[string]*time.Location{}
	for _, name := range zoneNames {
		zones[name] = zone(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := aPeriod.Draw(t, "period")
		if again, err := schedule.ParsePeriod(p.String()); err != nil || again != p {
			t.Fatalf("%+v is written %s and read %+v, %v", p, p, again, err)
		}
		if p.Negative().Negative() != p {
			t.Fatalf("%s twice negative is another", p)
		}
		loc := zones[rapid.SampledFrom(zoneNames).Draw(t, "zone")]
		at := time.Unix(rapid.Int64Range(1e6, 4e9).Draw(t, "at"), 0).In(loc)
		day := schedule.Period{Days: p.Days}
		if there := day.After(at); there.Minute() == at.Minute() && there.Hour() == at.Hour() {
			if want := at.AddDate(0, 0, p.Days); there.Day() != want.Day() {
				t.Fatalf("%d days after %s is %s", p.Days, at, there)
			}
		}
		month := schedule.Period{Months: p.Months}.After(at)
		if month.Day() > at.Day() && month.Hour() >= at.Hour() {
			t.Fatalf("%d months after %s is %s", p.Months, at, month)
		}
		if got := (schedule.Period{Clock: p.Clock}).After(at).Sub(at); got != p.Clock {
			t.Fatalf("%s of real time took %s", p.Clock, got)
		}
	})
}

func FuzzParsePeriod(f *testing.F) {
	for _, seed := range []string{"P1Y2M10DT2H30M", "-P-1DT2H", "PT0.000000001S", "P3W", "PT9999999999H"} {
		f.Add(seed)
	}
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		p, err := schedule.ParsePeriod(s)
		if err != nil {
			return
		}
		p.After(at)
		p.Before(at)
		if again, err := schedule.ParsePeriod(p.String()); err != nil || again != p {
			t.Fatalf("%q is %s and then %s, %v", s, p, again, err)
		}
	})
}
