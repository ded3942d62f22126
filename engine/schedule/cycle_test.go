package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/voronka/voronka/engine/schedule"
)

// dues lists the first due times of a cycle, at most n.
func dues(c schedule.Cycle, now time.Time, n int) (list []time.Time) {
	due, ok := c.First(now)
	for ok && len(list) < n {
		list = append(list, due)
		due, ok = c.Next(due, len(list))
	}
	return list
}

func TestCycle(t *testing.T) {
	for _, c := range []struct {
		zone, source, now string
		want              string // due times with a space between; "…" at the end: and more
	}{
		{"UTC", "R3/PT10H", "2026-01-01T00:00:00Z", "2026-01-01T10:00:00Z 2026-01-01T20:00:00Z 2026-01-02T06:00:00Z"},
		{"UTC", "R/PT1H", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z 2026-01-01T02:00:00Z …"},
		{"UTC", "R-1/PT1H", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z 2026-01-01T02:00:00Z …"},
		{"UTC", "R1/PT1S", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:01.5Z"},
		{"UTC", "@every 90m", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z 2026-01-01T03:00:00Z …"},
		// With a start: from it, those gone by left out.
		{"UTC", "R3/2026-01-01T00:00:00Z/PT1H", "2025-06-01T00:00:00Z", "2026-01-01T00:00:00Z 2026-01-01T01:00:00Z 2026-01-01T02:00:00Z"},
		{"UTC", "R3/2026-01-01T00:00:00Z/PT1H", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z 2026-01-01T01:00:00Z 2026-01-01T02:00:00Z"},
		{"UTC", "R3/2026-01-01T00:00:00Z/PT1H", "2026-01-01T01:30:00Z", "2026-01-01T02:00:00Z"},
		{"UTC", "R3/2026-01-01T00:00:00Z/PT1H", "2026-01-01T02:00:01Z", ""},
		{"UTC", "R/2026-01-31/P1M", "2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z 2026-02-28T00:00:00Z 2026-03-31T00:00:00Z 2026-04-30T00:00:00Z …"},
		{"UTC", "R/2000-02-29/P1Y", "2026-06-01T00:00:00Z", "2027-02-28T00:00:00Z 2028-02-29T00:00:00Z …"},
		{"UTC", "R/1970-01-01/PT1S", "2199-01-01T00:00:00.5Z", "2199-01-01T00:00:01Z 2199-01-01T00:00:02Z …"},
		// With an end: back from it, which is the last.
		{"UTC", "R3/PT1H/2026-01-01T12:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T10:00:00Z 2026-01-01T11:00:00Z 2026-01-01T12:00:00Z"},
		{"UTC", "R/PT1H/2026-01-01T12:00:00Z", "2026-01-01T10:30:00Z", "2026-01-01T11:00:00Z 2026-01-01T12:00:00Z"},
		{"UTC", "R3/PT1H/2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z", ""},
		{"UTC", "R2/2026-01-01T00:00:00Z/2026-01-01T06:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z 2026-01-01T06:00:00Z"},
		// Days keep the wall, hours are real.
		{"Europe/Berlin", "R3/2026-03-28T02:30:00/P1D", "2026-03-01T00:00:00Z", "2026-03-28T02:30:00+01:00 2026-03-29T03:30:00+02:00 2026-03-30T02:30:00+02:00"},
		{"Europe/Berlin", "R2/P1D", "2026-03-28T11:00:00Z", "2026-03-29T10:00:00Z 2026-03-30T10:00:00Z"},
		{"Europe/Berlin", "R2/PT24H", "2026-03-28T11:00:00Z", "2026-03-29T11:00:00Z 2026-03-30T11:00:00Z"},
		// Cron.
		{"Europe/Moscow", "0 9 * * MON-FRI", "2026-01-02T06:00:00Z", "2026-01-05T09:00:00+03:00 2026-01-06T09:00:00+03:00 …"},
		{"Europe/Moscow", "0 9 * * MON-FRI", "2026-01-02T05:59:59Z", "2026-01-02T09:00:00+03:00 2026-01-05T09:00:00+03:00 …"},
		{"UTC", "0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z 2026-01-11T00:00:00Z …"},
		{"UTC", "0 0 * * 6-7", "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z 2026-01-04T00:00:00Z 2026-01-10T00:00:00Z …"},
		{"UTC", "@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z 2026-01-03T00:00:00Z …"},
		{"UTC", "0 0/5 * * * ?", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z 2026-01-01T00:10:00Z …"},
		{"UTC", "0/5 0/1 * 1/1 * ?", "2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z 2026-01-01T00:00:10Z …"},
		{"UTC", "0 30 9 ? JUL MON-FRI *", "2026-01-01T00:00:00Z", "2026-07-01T09:30:00Z 2026-07-02T09:30:00Z …"},
		{"UTC", "0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z 2108-02-29T00:00:00Z …"},
		// A time that is skipped comes when clocks show it moved on, one that comes twice fires the first time.
		{"Europe/Berlin", "30 2 * * *", "2026-03-27T12:00:00Z", "2026-03-28T02:30:00+01:00 2026-03-29T03:30:00+02:00 2026-03-30T02:30:00+02:00 …"},
		{"Europe/Berlin", "30 2 * * *", "2026-10-23T12:00:00Z", "2026-10-24T02:30:00+02:00 2026-10-25T02:30:00+02:00 2026-10-26T02:30:00+01:00 …"},
		{"Europe/Berlin", "30 2 * * *", "2026-10-25T01:00:00Z", "2026-10-26T02:30:00+01:00 …"}, // within the second 02 o'clock
		{"Europe/Berlin", "*/30 2,3 * * *", "2026-03-28T12:00:00Z", "2026-03-29T03:00:00+02:00 2026-03-29T03:30:00+02:00 2026-03-30T02:00:00+02:00 …"},
		{"Africa/Cairo", "@daily", "2026-04-22T23:00:00+02:00", "2026-04-23T00:00:00+02:00 2026-04-24T01:00:00+03:00 2026-04-25T00:00:00+03:00 …"},
		// Cron of every hour goes through both.
		{"Europe/Berlin", "30 * * * *", "2026-03-29T00:00:00Z", "2026-03-29T01:30:00+01:00 2026-03-29T03:30:00+02:00 …"},
		{"Europe/Berlin", "30 * * * *", "2026-10-25T00:00:00Z", "2026-10-25T02:30:00+02:00 2026-10-25T02:30:00+01:00 2026-10-25T03:30:00+01:00 …"},
	} {
		t.Run(c.source+" "+c.now, func(t *testing.T) {
			cycle, err := schedule.ParseCycle(c.source, zone(t, c.zone))
			if err != nil {
				t.Fatal(err)
			}
			want, more := strings.CutSuffix(c.want, " …")
			if more = more || c.want == "…"; !more {
				want = c.want
			}
			fields := strings.Fields(want)
			n := len(fields)
			if !more {
				n++
			}
			got := dues(cycle, moment(t, c.now), n)
			for i := range max(len(got), len(fields)) {
				if i >= len(got) || i >= len(fields) || !got[i].Equal(moment(t, fields[i])) {
					t.Fatalf("is due %v; want %v", got, fields)
				}
			}
		})
	}
}

func TestParseCycleRefuses(t *testing.T) {
	for source, want := range map[string]string{
		"":                                  "is empty",
		"R/PT0S":                            "must be positive",
		"R3/-PT1H":                          "must be positive",
		"R3/P1DT-1H":                        "must be positive",
		"R/PT0.5S":                          "a second or longer",
		"@every 1ms":                        "a second or longer",
		"@every -1h":                        "must be positive",
		"@every":                            "descriptor",
		"@every soon":                       "after @every",
		"@reboot":                           "descriptor",
		"R0/PT1H":                           "at least once",
		"R-2/PT1H":                          "at least once",
		"R99999999999999999999/PT1H":        "at least once",
		"Rx/PT1H":                           "at least once",
		"R":                                 "must be like",
		"R3":                                "must be like",
		"R3/":                               "must be like",
		"R3/PT1H/PT1H":                      "date",
		"R3/2026-01-01/PT1H/2026-01-02":     "must be like",
		"R3/yesterday/PT1H":                 "date",
		"R3/2026-01-01T00:00:00Z":           "must be like",
		"R3/2026-01-02/2026-01-01":          "must be positive",
		"R/0001-01-01/PT1S":                 "the years 1970 to 2200",
		"PT1H":                              "must be a repetition",
		"0 0 30 2 *":                        "never happens",
		"0 0 31 4,6 *":                      "never happens",
		"TZ=UTC":                            "zone may not be named",
		"TZ=UTC 0 9 * * *":                  "zone may not be named",
		"CRON_TZ=Europe/Moscow 0 9 * * *":   "zone may not be named",
		"0 9 * *":                           "must be a repetition",
		"61 9 * * *":                        "above maximum",
		"*/0 * * * *":                       "positive",
		"0 0 9 ? * 2":                       "write SUN, MON",
		"0 0 9 ? * MON#1":                   "not known",
		"0 0 9 L * ?":                       "not known",
		"0 0 9 15W * ?":                     "not known",
		"0 0 9 * * ? 2026":                  "a year can't be given",
		"every monday at nine":              "must be a repetition",
		"a b c d e":                         "parse",
		strings.Repeat("0 ", 100_000):       "must be a repetition",
		strings.Repeat("R/", 100_000):       "must be like",
		"0 " + strings.Repeat("1,", 50_000): "must be a repetition",
	} {
		start := time.Now()
		c, err := schedule.ParseCycle(source, time.UTC)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseCycle(%.60q) = %+v, %v; want an error with %q", source, c, err, want)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("ParseCycle(%.60q) took %s", source, took)
		}
	}
	if _, ok := (schedule.Cycle{}).First(time.Now()); ok {
		t.Error("the zero Cycle is due")
	}
}

// Next gives what is due after any moment, not only after a due time: a late caller can never be given the past, and a cycle with a
// start is never moved by it.
func TestCycleProperties(t *testing.T) {
	zones := map[string]*time.Location{}
	for _, name := range zoneNames {
		zones[name] = zone(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := zones[rapid.SampledFrom(zoneNames).Draw(t, "zone")]
		source := rapid.OneOf(
			rapid.Custom(func(t *rapid.T) string {
				p := schedule.Period{Months: rapid.IntRange(0, 30).Draw(t, "months"), Days: rapid.IntRange(0, 40).Draw(t, "days"), Clock: time.Duration(rapid.IntRange(1, 100_000).Draw(t, "clock")) * time.Second}
				start := time.Unix(rapid.Int64Range(1e6, 4e9).Draw(t, "start"), 0).In(loc).Format("2006-01-02T15:04:05")
				return fmt.Sprintf(rapid.SampledFrom([]string{"R/%[1]s/%[2]s", "R/%[2]s/%[1]s", "R7/%[1]s/%[2]s", "R7/%[2]s/%[1]s", "R/%[2]s"}).Draw(t, "form"), start, p)
			}),
			rapid.Custom(func(t *rapid.T) string {
				minute, hour := rapid.IntRange(0, 59).Draw(t, "minute"), rapid.SampledFrom([]string{"*", "*/2", "0", "1", "2", "3", "1-3", "23"}).Draw(t, "hour")
				return fmt.Sprintf("%d %s * * *", minute, hour)
			}),
		).Draw(t, "source")
		c, err := schedule.ParseCycle(source, loc)
		if err != nil {
			t.Fatalf("%s: %s", source, err)
		}
		now := time.Unix(rapid.Int64Range(1e6, 4e9).Draw(t, "now"), 0)
		list := dues(c, now, 5)
		if !slices.IsSortedFunc(list, time.Time.Compare) || len(slices.CompactFunc(slices.Clone(list), time.Time.Equal)) != len(list) {
			t.Fatalf("%s from %s: not in order: %v", source, now, list)
		}
		if len(list) > 0 && list[0].Before(now) {
			t.Fatalf("%s from %s: in the past: %v", source, now, list)
		}
		if strings.Count(source, "/") == 2 && len(list) > 1 {
			between := list[0].Add(list[1].Sub(list[0]) / 2)
			if again, ok := c.First(between); !ok || !again.Equal(list[1]) {
				t.Fatalf("%s: from %s on it is due %s, after that %s", source, between, again, list[1])
			}
		}
	})
}

func FuzzParseCycle(f *testing.F) {
	for _, seed := range []string{"R3/PT10H", "R/2026-01-31/P1M", "R3/PT1H/2026-01-01", "0 0/5 * * * ?", "0 9 * * MON-FRI", "@every 1h", "@daily", "0 0 29 2 *", "TZ=UTC"} {
		f.Add(seed)
	}
	berlin := zone(f, "Europe/Berlin")
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := schedule.ParseCycle(s, berlin)
		if err != nil {
			return
		}
		last := now.Add(-1)
		for _, due := range dues(c, now, 20) {
			if !due.After(last) {
				t.Fatalf("%q: %s comes after %s", s, due, last)
			}
			last = due
		}
	})
}

func BenchmarkCycleNext(b *testing.B) {
	for _, source := range []string{"R/PT1H", "R/2026-01-31/P1M", "0 9 * * MON-FRI"} {
		b.Run(source, func(b *testing.B) {
			c, err := schedule.ParseCycle(source, zone(b, "Europe/Berlin"))
			if err != nil {
				b.Fatal(err)
			}
			due := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
			for b.Loop() {
				c.Next(due, 1)
			}
		})
	}
}
