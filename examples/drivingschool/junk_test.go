package drivingschool

import "testing"

// G2: a request ten minutes before closing on a Friday that nobody answers. The clock of the first answer stands over the night.
func TestJunk(t *testing.T) {
	o := opened(t, "2026-03-13 19:50")
	id := o.create("receptionist", "leads", fields{
		"phone": "+7 921 000-00-17", "email": "silent@example.com", "source": "yandex_direct", "comm_channel": "site_chat",
	})
	o.stands(id, "make_contact")
	o.has(id, "owner", "lead_manager")
	o.tells(id, "make_contact", "sms", "Fri 13.03 19:50", "получила вашу заявку")

	o.at("2026-03-14 10:04")
	o.has(id, "sla", "")
	o.at("2026-03-14 10:05")
	o.has(id, "sla", "yellow")
	o.at("2026-03-14 10:19")
	o.has(id, "sla", "yellow")
	o.at("2026-03-14 10:20")
	o.has(id, "sla", "red")
	o.tells(id, "make_contact", "task", "Sat 14.03 10:20", "Срочно связаться")
	o.tells(id, "make_contact", "notify", "Sat 14.03 10:20", `"to":"head_of_sales"`)
	o.at("2026-03-14 10:49")
	o.has(id, "owner", "lead_manager")
	o.at("2026-03-14 10:50")
	o.has(id, "owner", "pasha")

	call := func(at, attempt string) {
		t.Helper()
		o.at(at)
		o.must(o.write("pasha", id, fields{"attempts": attempt, "last_call_at": o.Clock.Now()}))
	}
	call("2026-03-14 11:00", "1")
	call("2026-03-14 14:00", "2")
	o.tells(id, "make_contact", "task", "Sat 14.03 14:00", "попытка 2")
	call("2026-03-16 10:30", "3") // the next working day
	o.tells(id, "make_contact", "task", "Mon 16.03 10:30", "попытка 3")
	call("2026-03-16 18:30", "4")
	o.tells(id, "make_contact", "task", "Mon 16.03 18:30", "попытка 4")
	call("2026-03-17 12:00", "5")
	o.tells(id, "make_contact", "task", "Tue 17.03 12:00", "попытка 5")
	o.tells(id, "make_contact", "sms", "Tue 17.03 12:00", "Не смогли дозвониться")
	o.tells(id, "make_contact", "email", "Tue 17.03 12:00", "silent@example.com")
	o.at("2026-03-18 11:59")
	o.stands(id, "make_contact")
	o.at("2026-03-18 12:00")
	o.stands(id, "junk no_answer")
}
