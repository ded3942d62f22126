package drivingschool

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
)

// student is a B2C deal, from its lead or from the day that it was made.
type student struct {
	*request
	deal     string
	items    []string
	discount int
	parts    []part
	paid     int
	slow     bool      // pays late
	withheld bool      // pays the last part only when the balance is settled
	examDay  time.Time // where the exam is still to come
}

// part is one of the schedule's.
type part struct {
	due    time.Time
	amount int
}

func (p *past) student() *student {
	s := &student{request: p.request()}
	s.items = []string{s.course()}
	if s.number%4 == 1 {
		s.items = append(s.items, "BOOK")
	}
	switch s.number % 7 {
	case 2:
		s.discount = 5
	case 5:
		s.discount = 10
	}
	s.slow = s.number%9 == 4
	return s
}

func (s *student) course() string {
	switch {
	case s.category == "A":
		return "A-STD"
	case s.category == "C":
		return "C-STD"
	case s.category == "restore":
		return "RESTORE-10"
	case s.gearbox == "MT":
		return "B-MT-STD"
	case s.number%5 == 0:
		return "B-AT-PREM"
	}
	return "B-AT-STD"
}

func (s *student) seller() string       { return sellers[s.branch] }
func (s *student) receptionist() string { return receptionists[s.branch] }
func (s *student) instructor() string   { return instructors[s.branch] }

// amount is what the deal is worth, in roubles.
func (s *student) amount() int {
	sum := 0
	for _, sku := range s.items {
		sum += Price(sku).Price
	}
	return sum * (100 - s.discount) / 100
}

// plan is the hours of driving.
func (s *student) plan() int {
	hours := 0
	for _, sku := range s.items {
		hours += Price(sku).Hours
	}
	return hours
}

func (s *student) goods() rows {
	all := make(rows, len(s.items))
	for n, sku := range s.items {
		all[n] = Price(sku).row(1)
	}
	return all
}

// act does something with the deal.
func (s *student) act(wait time.Duration, who string, do func(a *act, id string) error) *deed {
	return s.then(wait, who, s.withDeal(do))
}

// withDeal finds the deal that the lead became.
func (s *student) withDeal(do func(a *act, id string) error) func(a *act) error {
	return func(a *act) error {
		if s.deal == "" {
			lead, err := a.cards.Load(a.tx, s.lead)
			if err != nil {
				return err
			}
			s.deal = lead.To
		}
		return do(a, s.deal)
	}
}

// comes is how the deal begins: by a lead, or at the desk with somebody who was here before.
func (s *student) comes(direct bool) {
	if !direct {
		s.arrives()
		s.contacted()
		s.asked()
		s.qualified()
		return
	}
	s.then(0, s.seller(), func(a *act) error {
		c, _, err := contact.Ensure(a.tx, a.actor(), contact.Contact{Name: s.name, Phones: []string{s.phone}, Emails: []string{s.email}})
		if err != nil {
			return err
		}
		f := fields{
			"full_name": s.name, "phone": s.phone, "email": s.email, "source": "repeat", "comm_channel": "office", "pd_consent": true,
			"pd_consent_at": a.now(), "owner": s.seller(), "category": s.category, "branch": s.branch, "birth_date": day(s.birth),
			"next_contact_at": s.callback(),
		}
		if s.category == "B" {
			f["gearbox"] = s.gearbox
		}
		s.deal, err = a.cards.Create(a.tx, a.actor(), card.Draft{Funnel: "deals_b2c", Contact: c.ID, Fields: f.raw()})
		return err
	})
}

// stages are the steps of a B2C deal, in order of the diagram.
var stages = []func(s *student){
	(*student).consults, (*student).chooses, (*student).brings, (*student).signs, (*student).prepays, (*student).enrols,
	func(s *student) { s.trains(courseParts) }, (*student).settles, (*student).examined, (*student).graduates, (*student).applies, (*student).drives,
}

func (s *student) consults() {
	d := s.act(s.between(2*time.Hour, 14*time.Hour), s.seller(), func(a *act, id string) error {
		if err := a.sent(id, "presentation"); err != nil {
			return err
		}
		return a.advance(id, fields{
			"consult_at": a.now(), "consult_form": []string{"office", "phone", "online"}[s.number%3],
			"objections": []string{[]string{"none", "expensive", "time", "compare"}[s.number%4]},
		})
	})
	s.callback = func() time.Time { return d.at }
}

func (s *student) chooses() {
	s.act(s.between(10*time.Minute, 9*time.Hour), s.seller(), func(a *act, id string) error {
		if _, err := a.made(id, "offer_b2c"); err != nil {
			return err
		}
		f := fields{"items": s.goods(), "branch": s.branch, "pay_plan": s.payPlan()}
		if s.discount > 0 {
			f["discount"] = s.discount
		}
		return a.advance(id, f)
	})
	if s.discount > 10 {
		s.act(s.between(10*time.Minute, 3*time.Hour), "head_of_sales", func(a *act, id string) error {
			return a.finish(id, "approve_discount", "approve", nil)
		})
	}
}

func (s *student) payPlan() string {
	switch {
	case s.withheld:
		return "three"
	case s.amount() < 20_000:
		return "full"
	}
	return []string{"full", "two", "three", "three"}[s.number%4]
}

// passport is half of the pack; who stands in this stage has brought that.
func (s *student) passport() fields {
	return fields{
		"passport":    rows{{"series": "0000", "number": fmt.Sprintf("%06d", s.number), "issued_by": "ОВД", "issued_at": day(s.birth.AddDate(20, 0, 0)), "code": "000-000"}},
		"reg_address": fmt.Sprintf("%s, %d, кв. %d", streets[s.number%len(streets)], s.number%40+1, s.number%90+1),
	}
}

func (s *student) brings() {
	s.act(s.between(3*time.Hour, 20*time.Hour), s.receptionist(), func(a *act, id string) error {
		if err := a.keep(id, "photo", "pd_consent_signed", "passport_copy", "snils_copy"); err != nil {
			return err
		}
		if _, err := a.made(id, "application_enrol"); err != nil {
			return err
		}
		f := s.passport()
		f["snils_no"] = fmt.Sprintf("000-%03d-%03d 00", 100+s.number/100, s.number)
		if s.birth.AddDate(18, 0, 0).After(a.now()) {
			parent, _, err := contact.Ensure(a.tx, a.actor(), contact.Contact{Name: "Родитель: " + s.name, Phones: []string{s.phone[:len(s.phone)-2] + "99"}})
			if err != nil {
				return err
			}
			f["parent"] = parent.ID
			if err := a.keep(id, "parent_consent"); err != nil {
				return err
			}
		}
		return a.advance(id, f)
	})
}

func (s *student) signs() {
	s.act(s.between(30*time.Minute, 10*time.Hour), s.seller(), func(a *act, id string) error {
		number, err := a.made(id, "payment_schedule", "invoice_first", "contract")
		if err != nil {
			return err
		}
		if err := a.keep(id, "contract_file", "contract"); err != nil {
			return err
		}
		return a.advance(id, s.contract(number, a.now()))
	})
}

// schedule divides the amount into parts a month apart; the first takes what does not divide.
func (s *student) schedule(from time.Time) {
	parts := map[string]int{"full": 1, "two": 2, "three": 3}[s.payPlan()]
	each := s.amount() / parts / 100 * 100
	s.parts = nil
	for n := range parts {
		amount := each
		if n == 0 {
			amount = s.amount() - each*(parts-1)
		}
		s.parts = append(s.parts, part{from.AddDate(0, n, 0), amount})
	}
}

// pay confirms money.
func (s *student) pay(a *act, id string, sum int) error {
	if sum < s.paid {
		return nil
	}
	if err := a.as("accountant").write(id, fields{"paid": strconv.Itoa(sum)}); err != nil {
		return err
	}
	s.paid = sum
	return nil
}

func (s *student) prepays() {
	s.act(s.between(20*time.Minute, 15*time.Hour), "accountant", func(a *act, id string) error {
		if _, err := a.made(id, "receipt"); err != nil {
			return err
		}
		return s.pay(a, id, s.parts[0].amount)
	})
}

func (s *student) enrols() {
	s.act(s.between(time.Hour, 8*time.Hour), s.receptionist(), func(a *act, id string) error {
		if _, err := a.made(id, "order_enrol", "student_card", "driving_log"); err != nil {
			return err
		}
		return a.advance(id, fields{
			"group":       s.group(),
			"group_start": day(a.now().AddDate(0, 0, 2+s.number%4)), "instructor": s.instructor(),
			"car": map[string]string{"AT": "at", "MT": "mt"}[s.gearbox] + strconv.Itoa(1+s.number%2),
		})
	})
}

// courseParts is how many parts the training is told in.
const courseParts = 7

// trains is so many parts of the training: lessons of both kinds, the certificate, the money that falls due.
func (s *student) trains(parts int) {
	whole := s.between(290*time.Hour, 380*time.Hour) // of working time
	switch s.category {
	case "A":
		whole = whole * 2 / 3
	case "restore":
		whole /= 4
	}
	certificate := 1 + s.number%4
	for n := 1; n <= parts; n++ {
		last := n == courseParts
		s.act(whole/courseParts, s.instructor(), func(a *act, id string) error {
			if err := s.studies(a, id, n, last); err != nil {
				return err
			}
			if n == certificate {
				if err := s.certified(a.as(s.receptionist()), id); err != nil {
					return err
				}
			}
			due := 0
			for at, p := range s.parts {
				late := s.slow && !last && a.now().Before(p.due.AddDate(0, 0, 4))
				if held := s.withheld && at == len(s.parts)-1; !held && !late && a.now().AddDate(0, 0, 5).After(p.due) {
					due += p.amount
				}
			}
			return s.pay(a, id, due)
		})
	}
}

// studies is the lessons of a part.
func (s *student) studies(a *act, id string, part int, last bool) error {
	theory := map[string]int{"restore": 0, "A": 110}[s.category]
	if s.category == "B" || s.category == "C" {
		theory = 130
	}
	mark := 3 + s.number%3
	if part == 5 && mark == 3 && s.number%2 == 0 { // offered at half of the hours, and taken
		if err := s.buys(a, id, "ADD-PACK5"); err != nil {
			return err
		}
	}
	drive := s.plan() * part / courseParts / 2 * 2
	if last {
		drive = s.plan()
	}
	f := fields{"drive_done": drive, "instructor_mark": mark, "last_lesson_at": a.now()}
	if drive >= 24 {
		f["yard_passed"] = true
	}
	if err := a.as("teacher").write(id, fields{"theory_done": theory * part / courseParts}); err != nil {
		return err
	}
	return a.write(id, f)
}

func (s *student) certified(a *act, id string) error {
	if s.number%4 == 3 { // by way of the partner's doctors
		if err := s.buys(a, id, "MED"); err != nil {
			return err
		}
	}
	if err := a.keep(id, "med_cert"); err != nil {
		return err
	}
	return a.write(id, fields{"med_no": fmt.Sprintf("003-%04d", s.number), "med_date": day(a.now()), "med_valid_till": day(a.now().AddDate(1, 0, 0))})
}

// buys adds a good to the deal.
func (s *student) buys(a *act, id, sku string) error {
	if !slices.Contains(s.items, sku) {
		s.items = append(s.items, sku)
	}
	return a.as(s.seller()).write(id, fields{"items": s.goods()})
}

func (s *student) settles() {
	s.act(s.between(time.Hour, 12*time.Hour), "accountant", func(a *act, id string) error {
		if _, err := a.made(id, "act"); err != nil {
			return err
		}
		return s.pay(a, id, s.amount())
	})
}

// examined is the exam of the school; some need it twice.
func (s *student) examined() {
	if s.number%5 == 2 {
		s.inside(s.between(3*time.Hour, 12*time.Hour), "fail")
		s.inside(week, "pass")
		return
	}
	s.inside(s.between(3*time.Hour, 12*time.Hour), "pass")
}

// week is more working time than seven days hold.
const week = 66 * time.Hour

func (s *student) inside(wait time.Duration, drive string) {
	s.act(wait, s.instructor(), func(a *act, id string) error {
		if _, err := a.made(id, "exam_protocol"); err != nil {
			return err
		}
		today := day(a.now())
		if err := a.as("teacher").write(id, fields{"int_theory": "pass", "int_theory_on": today}); err != nil {
			return err
		}
		return a.advance(id, fields{"int_drive": drive, "int_drive_on": today})
	})
}

func (s *student) graduates() {
	s.act(s.between(2*time.Hour, 15*time.Hour), s.receptionist(), func(a *act, id string) error {
		if _, err := a.made(id, "diploma", "issue_log"); err != nil {
			return err
		}
		return a.advance(id, fields{"diploma_no": fmt.Sprintf("78-%06d", s.number), "diploma_date": day(a.now())})
	})
}

func (s *student) applies() { s.applied(s.between(2*time.Hour, 10*time.Hour)) }

func (s *student) applied(wait time.Duration) {
	var apply *deed
	apply = s.act(wait, s.receptionist(), func(a *act, id string) error {
		on := s.examDay
		if exam := slices.Index(s.deeds, apply) + 2; exam < len(s.deeds) { // behind the payment
			on = s.deeds[exam].at
		}
		if _, err := a.made(id, "application_exam"); err != nil {
			return err
		}
		if s.number%3 == 0 {
			if err := s.buys(a, id, "EXAM-CAR"); err != nil {
				return err
			}
		}
		return a.advance(id, fields{
			"gai_dept": []string{"gai_1", "gai_2"}[s.number%2], "gai_appl_no": fmt.Sprintf("А-%04d", s.number), "gai_date": day(on),
		})
	})
}

// drives is the state exam; some fail the city once.
func (s *student) drives() {
	if s.number%3 == 1 {
		s.tries("fail")
		s.applied(s.between(time.Hour, 3*time.Hour))
		s.tries("pass")
		return
	}
	s.tries("pass")
}

func (s *student) tries(city string) {
	s.act(s.between(time.Hour, 9*time.Hour), "accountant", func(a *act, id string) error { return s.pay(a, id, s.amount()) })
	s.act(week+s.between(0, 20*time.Hour), s.receptionist(), func(a *act, id string) error {
		f := fields{"gai_exam_on": day(a.now()), "gai_theory": "pass", "gai_city": city}
		if city == "pass" {
			f["licence_no"] = fmt.Sprintf("99 00 %06d", s.number)
		}
		return a.advance(id, f)
	})
}

// gives up at a stage, with a reason of it.
func (s *student) leaves(who, reason, comment string) {
	s.act(s.between(time.Hour, 20*time.Hour), who, func(a *act, id string) error { return a.reject(id, reason, comment) })
}

// refunded is what follows where money had come.
func (s *student) refunded() {
	s.act(s.between(time.Hour, 5*time.Hour), "head_of_sales", func(a *act, id string) error {
		return a.finish(id, "confirm_loss", "", fields{"loss_comment": "Согласовано"})
	})
	s.act(s.between(3*time.Hour, 20*time.Hour), "accountant", func(a *act, id string) error {
		if _, err := a.made(id, "termination", "refund_request", "order_expel"); err != nil {
			return err
		}
		return a.finish(id, "refund_money", "", fields{"refund_amount": strconv.Itoa(s.paid * 9 / 10)})
	})
}
