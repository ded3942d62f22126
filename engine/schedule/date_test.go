package schedule_test

import (
	"testing"
	"time"

	"github.com/voronka/voronka/engine/schedule"
)

func TestParseDate(t *testing.T) {
	moscow, berlin := zone(t, "Europe/Moscow"), zone(t, "Europe/Berlin")
	for _, c := range []struct {
		source string
		zone   *time.Location
		want   string
	}{
		{"2026-01-31", moscow, "2026-01-31T00:00:00+03:00"},
		{" 2026-01-31\n", nil, "2026-01-31T00:00:00Z"},
		{"2026-01-31T10:30", moscow, "2026-01-31T10:30:00+03:00"},
		{"2026-01-31 10:30:15", moscow, "2026-01-31T10:30:15+03:00"},
		{"2026-01-31T10:30:15.25Z", moscow, "2026-01-31T10:30:15.25Z"},
		{"2026-01-31T10:30:15,123456789Z", nil, "2026-01-31T10:30:15.123456789Z"},
		{"2026-01-31T10:30:15+05:30", nil, "2026-01-31T10:30:15+05:30"},
		{"2026-01-31T10:30:15-0200", nil, "2026-01-31T10:30:15-02:00"},
		{"2026-01-31T10:30:15+03", nil, "2026-01-31T10:30:15+03:00"},
		{"2026-01-31T10:30Z", nil, "2026-01-31T10:30:00Z"},
		{"20260131", moscow, "2026-01-31T00:00:00+03:00"},
		{"20260131T1030", moscow, "2026-01-31T10:30:00+03:00"},
		{"20260131T103015Z", moscow, "2026-01-31T10:30:15Z"},
		{"2026-01-31T24:00:00", moscow, "2026-02-01T00:00:00+03:00"},
		{"2028-02-29", nil, "2028-02-29T00:00:00Z"},
		{"1970-01-01T01:01:01Z", nil, "1970-01-01T01:01:01Z"},
		{"2026-03-29T02:30:00", berlin, "2026-03-29T03:30:00+02:00"},
		{"2026-10-25T02:30:00", berlin, "2026-10-25T02:30:00+02:00"},
	} {
		got, err := schedule.ParseDate(c.source, c.zone)
		if err != nil || !got.Equal(moment(t, c.want)) {
			t.Errorf("ParseDate(%q) = %v, %v; want %s", c.source, got, err, c.want)
		}
	}
	for _, source := range []string{
		"", "tomorrow", "2026", "2026-01", "2026-13-01", "2026-02-29", "2026-01-32", "0000-01-01", "2026-01-31T25:00", "2026-01-31T24:01",
		"2026-01-31T10:60", "2026-01-31T10:30:60Z", "2026-01-31T10", "2026-1-31", "31.01.2026", "2026-01-31T10:30+19:00", "2026-01-31Z",
		"2026-01-31T10:30:15.1234567890Z", "2026-W05-1", "2026-031", "２026-01-31", "2026-0131",
	} {
		if got, err := schedule.ParseDate(source, nil); err == nil {
			t.Errorf("ParseDate(%q) = %s; want an error", source, got)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-01-31", "20260131T103015Z", "2026-01-31T10:30:15,123456789+05:30", "2026-10-25 02:30"} {
		f.Add(seed)
	}
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, s string) {
		at, err := schedule.ParseDate(s, berlin)
		if err != nil {
			return
		}
		if again, err := schedule.ParseDate(at.Format("2006-01-02T15:04:05.999999999Z07:00"), nil); at.Year() < 10000 && at.Year() > 1900 && (err != nil || !again.Equal(at)) {
			t.Fatalf("%q is %s and then %s, %v", s, at, again, err)
		}
	})
}
