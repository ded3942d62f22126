package drivingschool

import (
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
)

// request is somebody who wants to learn to drive, or a company that wants its people to, as a lead.
type request struct {
	life
	identity
	branch, source, channel string
	category, gearbox       string
	birth                   time.Time
	company                 string // its name; empty: a person
	headcount               int
	lacks                   string // what the first message does not say: reach, or comm_channel
	lead                    string // the card, once it is there
	callback                func() time.Time
}

// sources and channels, the frequent ones more than once.
var (
	sources  = []string{"site", "site", "yandex_direct", "yandex_direct", "yandex_direct", "maps", "maps", "vk", "vk", "avito", "referral", "flyer", "walk_in"}
	channels = []string{"site_chat", "site_chat", "phone", "phone", "phone", "telegram", "vk_msg", "email", "office"}
	branches = []string{"north", "center", "river"}
)

// request draws somebody.
func (p *past) request() *request {
	r := &request{life: life{past: p}, identity: p.people.next(), source: pick(p.Rand, sources), channel: pick(p.Rand, channels)}
	r.branch = branches[r.number%len(branches)]
	r.category, r.gearbox = "B", pick(p.Rand, []string{"AT", "AT", "MT"})
	switch p.IntN(10) {
	case 0:
		r.category = "A"
	case 1:
		r.category = pick(p.Rand, []string{"C", "restore"})
	}
	r.birth = p.until.AddDate(-19-p.IntN(25), -p.IntN(12), -p.IntN(28))
	return r
}

// The school's people of a branch.
var (
	receptionists = map[string]string{"center": "receptionist", "north": "yulia", "river": "kira"}
	sellers       = map[string]string{"center": "denis", "north": "sales_manager", "river": "timur"}
	instructors   = map[string]string{"center": "instructor", "north": "lena", "river": "sergey"}
)

// arrives is the form, the call or the visit.
func (r *request) arrives() *deed {
	who := "intake"
	if r.channel == "phone" || r.channel == "office" {
		who = receptionists[r.branch]
	}
	return r.then(0, who, func(a *act) (err error) {
		f := fields{"full_name": r.name, "phone": r.phone, "source": r.source, "comm_channel": r.channel}
		if r.number%3 > 0 {
			f["email"], f["branch"] = r.email, r.branch
		}
		if delete(f, r.lacks); r.lacks == "reach" {
			delete(f, "phone")
			delete(f, "email")
		}
		if who == "intake" {
			f["pd_consent"], f["pd_consent_at"], f["pd_consent_version"] = true, a.now(), "2026-01"
		}
		if r.source == "yandex_direct" || r.source == "vk" {
			f["utm"] = rows{{"source": r.source, "medium": "cpc", "campaign": "prava-" + r.branch}}
		}
		r.lead, err = a.cards.Create(a.tx, a.actor(), card.Draft{Funnel: "leads", Fields: f.raw()})
		return err
	})
}

// asOwner does something with the lead as whoever has it then.
func (r *request) asOwner(wait time.Duration, do func(a *act) error) *deed {
	return r.then(wait, "", func(a *act) error {
		owner, err := a.owner(r.lead)
		if err != nil {
			return err
		}
		return do(a.as(owner))
	})
}

// contacted is the first live talk: most in time, some late enough for the timers to speak.
func (r *request) contacted() {
	wait := r.between(2*time.Minute, 13*time.Minute)
	switch r.number % 8 {
	case 3:
		wait = r.between(16*time.Minute, 28*time.Minute)
	case 6:
		wait = r.between(35*time.Minute, 90*time.Minute)
	}
	r.asOwner(wait, func(a *act) error {
		return a.advance(r.lead, fields{"first_touch_at": a.now(), "pd_consent": true})
	})
}

// called is a call that nobody took.
func (r *request) called(wait time.Duration, attempt int) {
	r.asOwner(wait, func(a *act) error {
		return a.write(r.lead, fields{"attempts": attempt, "last_call_at": a.now()})
	})
}

// asked is what they want.
func (r *request) asked() {
	r.asOwner(r.between(4*time.Minute, 40*time.Minute), func(a *act) error {
		if r.company != "" {
			company, _, err := contact.Ensure(a.tx, a.actor(), contact.Contact{Kind: contact.Company, Name: "ООО «" + r.company + "»", INN: inn(r.number)})
			if err != nil {
				return err
			}
			return a.advance(r.lead, fields{
				"client_type": "B2B", "category": "corp", "company": company.ID, "headcount": r.headcount, "position": "Директор по персоналу",
			})
		}
		f := fields{
			"client_type": "B2C", "category": r.category, "branch": r.branch, "birth_date": day(r.birth),
			"desired_start": []string{"now", "month", "quarter"}[r.number%3], "schedule": []string{[]string{"evening", "weekend", "morning"}[r.number%3]},
		}
		if r.category == "B" {
			f["gearbox"] = r.gearbox
		}
		if r.number%2 == 0 {
			if err := a.sent(r.lead, "price_list"); err != nil {
				return err
			}
		}
		return a.advance(r.lead, f)
	})
}

// qualified makes a deal of it. callback says when the next contact is promised for.
func (r *request) qualified() {
	r.asOwner(r.between(3*time.Minute, 5*time.Hour), func(a *act) error {
		return a.advance(r.lead, fields{
			"pay_form": []string{"full", "installment", "installment"}[r.number%3], "next_contact_at": r.callback(),
			"comment": notes[r.number%len(notes)],
		})
	})
}

// notes are what managers write down.
var notes = [...]string{
	"Хочет начать с ближайшей группы", "Сравнивает с другой школой, важна цена", "Живёт рядом с филиалом, удобны вечера",
	"Боится города, просит спокойного инструктора", "Нужны права к отпуску", "Привёл друг, спрашивал про скидку",
}

// turnedDown ends the lead with a reason of the stage that it stands in.
func (r *request) turnedDown(reason, comment string) {
	r.then(r.between(3*time.Minute, 6*time.Hour), receptionists[r.branch], func(a *act) error {
		if owner, err := a.owner(r.lead); err == nil && owner != "" {
			a = a.as(owner)
		}
		return a.reject(r.lead, reason, comment)
	})
}
