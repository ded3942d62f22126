package drivingschool

import (
	"encoding/json"
	"time"
)

// fields are values by key, as forms and the API send them. Money may stand as a text in roubles.
type fields map[string]any

func (f fields) raw() map[string]json.RawMessage {
	all := make(map[string]json.RawMessage, len(f))
	for key, v := range f {
		switch v := v.(type) {
		case time.Time:
			all[key], _ = json.Marshal(v.UTC().Format(time.RFC3339))
		default:
			all[key], _ = json.Marshal(v)
		}
	}
	return all
}

// rows are those of a table.
type rows []fields

// day writes a date as fields take it.
func day(t time.Time) string { return t.In(Zone).Format(time.DateOnly) }

// Zone is where the school's clocks are.
var Zone = moscow()

func moscow() *time.Location {
	zone, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		return time.FixedZone("MSK", 3*60*60) // no zones on this machine; Moscow has no summer time
	}
	return zone
}
