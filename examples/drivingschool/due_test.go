package drivingschool

import "testing"

// A date falls due when the working time of its day begins.
func TestDateTimers(t *testing.T) {
	o := opened(t, "2026-03-16 10:00")
	id := o.deal("enrol_in_group")
	o.must(o.advance("receptionist", id, fields{"group": "C-07", "group_start": "2026-03-23", "car": "mt1"}))
	o.at("2026-04-06 12:00")
	o.tells(id, "papers", "offer", "Mon 06.04 09:00", "MED")
}
