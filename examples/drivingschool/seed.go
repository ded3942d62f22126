package drivingschool

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/schedule"
)

// Beginning is where the clock of a school stands that is to be filled until a moment.
func Beginning(until time.Time) time.Time { return until.AddDate(0, 0, -100) }

// Seed fills a school that was just opened with a quarter of a year of sales that ends at a moment: leads, deals, contacts, files and
// documents, each by the deed that a person does it by, at its own time. The same moment gives the same school.
func Seed(ctx context.Context, s School, until time.Time) error {
	p := &past{Rand: rand.New(rand.NewPCG(2026, 1)), cards: s.Cards, until: until}
	p.people = directory{Rand: p.Rand, used: map[string]bool{}}
	if err := s.Engine.View(ctx, func(tx *engine.Tx) error {
		d, err := tx.Latest("leads")
		if err != nil {
			return err
		}
		f, err := funnel.Load(tx, d.ID, "")
		if err == nil {
			p.hours = f.Hours
		}
		return err
	}); err != nil {
		return err
	}
	p.junk()
	p.leads()
	p.lost()
	p.won()
	p.students()
	p.clients()
	return p.relive(ctx, s)
}

// mood is how near its deadline a card stands.
type mood int

const (
	fine mood = iota
	near
	late
)

// mood of the n-th card: most have time left.
func (p *past) mood(n int) mood {
	return []mood{fine, fine, near, fine, fine, late, fine, fine, fine}[n%9]
}

// left is the working time that is left of so much.
func (p *past) left(m mood, whole time.Duration) time.Duration {
	switch m {
	case near:
		return whole / 10
	case late:
		return -p.between(whole/10, whole/3)
	}
	return p.between(whole*2/5, whole*17/20)
}

// workday is the working time that a day has at least.
const workday = 8 * time.Hour

// entered is when a card came into a stage that has so many working days.
func (p *past) entered(m mood, days int) time.Time {
	due := p.hours.Add(p.until, schedule.Period{Clock: p.left(m, time.Duration(days)*workday)})
	return p.hours.Add(due, schedule.Period{Days: -days})
}

// junk is the leads that came to nothing: five and thirty, with reasons of all stages.
func (p *past) junk() {
	for _, reason := range []string{"spam", "spam", "spam", "duplicate", "duplicate", "wrong_number", "wrong_number", "not_our_city"} {
		r := p.request()
		r.lacks = "comm_channel"
		if reason == "spam" {
			r.lacks = "reach"
		}
		r.arrives()
		r.turnedDown(reason, "")
		r.lay(p.ago(1, 86))
	}
	for range 8 { // nobody ever answered: the diagram closes them
		r := p.request()
		r.arrives()
		for n, wait := range []time.Duration{10 * time.Minute, 3 * time.Hour, 9 * time.Hour, 8 * time.Hour, 6 * time.Hour} {
			r.called(p.between(wait, wait*5/4), n+1)
		}
		r.lay(p.ago(4, 82))
	}
	for _, reason := range []string{"did_not_apply", "did_not_apply", "refused_to_talk", "refused_to_talk"} {
		r := p.request()
		r.arrives()
		r.turnedDown(reason, "")
		r.lay(p.ago(1, 86))
	}
	for _, reason := range []string{"too_young", "no_category", "just_price", "just_price", "just_price", "wants_licence_only", "medical_ban"} {
		r := p.request()
		r.arrives()
		r.contacted()
		r.turnedDown(reason, "")
		r.lay(p.ago(1, 86))
	}
	for _, reason := range []string{"no_money", "no_money", "postponed", "postponed", "chose_other", "chose_other", "inconvenient", "other"} {
		r := p.request()
		r.arrives()
		r.contacted()
		r.asked()
		comment := ""
		if reason == "other" {
			comment = "Уезжает работать за границу"
		}
		r.turnedDown(reason, comment)
		r.lay(p.ago(1, 86))
	}
}

// leads are those that are open: two and twenty.
func (p *past) leads() {
	for n := range 3 { // no way to reach them: they wait for a person
		r := p.request()
		r.lacks, r.channel = "reach", "site_chat"
		r.arrives()
		r.lay(p.entered(p.mood(n), 1))
	}
	for _, ago := range []time.Duration{2 * time.Minute, 5 * time.Minute, 13 * time.Minute} {
		r := p.request()
		r.arrives()
		r.lay(p.back(p.until, ago))
	}
	for n := range 2 { // called, and to be called again
		r := p.request()
		r.arrives()
		r.called(12*time.Minute, 1)
		if n == 1 {
			r.called(3*time.Hour, 2)
		}
		r.lay(p.back(p.until, p.between(time.Hour, 2*time.Hour)))
	}
	for n := range 7 {
		r := p.request()
		r.arrives()
		r.contacted()
		r.lay(p.entered(p.mood(n), 1))
	}
	for n := range 7 {
		r := p.request()
		r.arrives()
		r.contacted()
		r.asked()
		r.lay(p.entered(p.mood(n+3), 2))
	}
}

// walkIn tells of the n-th deal whether it began at the desk, without a lead: 12 of 70.
func walkIn(n int) bool { return n%6 == 0 }

// passed draws a student who has passed so many stages; n counts the deals.
func (p *past) passed(n, count int) *student {
	s := p.student()
	s.walk(n, count)
	return s
}

func (s *student) walk(n, count int) {
	s.comes(walkIn(n))
	for _, pass := range stages[:count] {
		pass(s)
	}
}

// won are eight licences.
func (p *past) won() {
	for n := range 8 {
		p.passed(10+n, len(stages)).lay(p.ago(1, 12))
	}
}

// lost are ten, of them two with money back.
func (p *past) lost() {
	for n, one := range []struct {
		stage  int
		reason string
	}{{0, "price"}, {0, "gone"}, {1, "competitor"}, {1, "price"}, {2, "no_docs"}, {3, "terms"}, {4, "no_payment"}, {4, "changed_mind"}, {5, "army"}, {6, "conflict"}} {
		s := p.passed(n, one.stage)
		if one.stage == 6 {
			s.trains(2)
		}
		if s.callback == nil {
			s.callback = func() time.Time { return s.deeds[len(s.deeds)-1].at }
		}
		who := s.seller()
		if one.stage == 2 || one.stage > 4 {
			who = s.receptionist()
		}
		s.leaves(who, one.reason, "")
		if one.stage > 4 {
			s.refunded()
		}
		s.lay(p.ago(3, 40))
	}
}

// students are the open deals: two and fifty, in all stages.
func (p *past) students() {
	deadlines := []int{0, 1, 3, 3, 0, 1, 0, 5, 7, 5, 2, 0}
	deal := 18 // those before are won or lost
	for stage, count := range []int{6, 5, 5, 4, 4, 3, 12, 2, 3, 2, 3, 3} {
		for n := range count {
			s, m := p.student(), p.mood(deal)
			s.withheld = stage == 7
			came := p.entered(m, deadlines[stage])
			if deadlines[stage] == 0 {
				came = s.since(stage, m)
			}
			s.stands(stage, n, deal, came)
			deal++
		}
	}
}

// since is when a student came to a stage whose deadline is no working days.
func (s *student) since(stage int, m mood) time.Time {
	left := s.left(m, 3*workday)
	switch stage {
	case 0: // the next contact is promised
		promised := s.hours.Add(s.until, schedule.Period{Clock: left})
		s.callback = func() time.Time { return promised }
		return s.back(s.until, s.between(time.Hour, 10*time.Hour))
	case 4: // five days on the calendar
		return s.back(s.until.Add(4*left-5*24*time.Hour), time.Second)
	case 11:
		s.examDay = s.until.AddDate(0, 0, map[mood]int{fine: 4 + s.number%5, near: 1, late: -1}[m])
		return s.back(s.until, s.between(3*workday, 4*workday))
	}
	return s.back(s.until, s.between(2*time.Hour, 12*time.Hour))
}

// clients are the companies: five.
func (p *past) clients() {
	for n, count := range []int{1, 3, 5, 7, len(agreements)} {
		c := p.client(n)
		c.comes()
		if n == 1 {
			c.validTill = p.until.AddDate(0, 0, 3)
		}
		for _, pass := range agreements[:count] {
			pass(c)
		}
		switch n {
		case 0:
			c.lay(p.entered(fine, 3))
		case 1:
			c.lay(p.back(p.until, 30*time.Hour))
		default:
			c.lay(p.back(p.until, p.between(10*time.Hour, 40*time.Hour)))
		}
	}
}

// off is somebody who can't be assigned for a while.
func (p *past) off(who string, from, to time.Time) {
	set := func(at time.Time, active bool) {
		p.deeds = append(p.deeds, &deed{at: at, who: "admin", do: func(a *act) error {
			_, err := access.Apply(a.tx, a.actor(), who, access.Change{Active: &active})
			return err
		}})
	}
	set(from, false)
	set(to, true)
}
