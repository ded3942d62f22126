package drivingschool

import (
	"strconv"
	"time"
)

// stands takes a student to the stage that he came to then, and does there what is half done. The n-th of a stage may be a case of its
// own; deal counts the deals.
func (s *student) stands(stage, n, deal int, came time.Time) {
	switch {
	case stage == 1 && n == 0: // waits for the head of sales
		s.discount = 15
		s.walk(deal, stage)
		s.chooses()
		s.deeds = s.deeds[:len(s.deeds)-1] // his yes
		s.lay(s.back(s.until, s.between(30*time.Minute, 2*time.Hour)))
	case stage == 5 && n == 0: // moves away, with money paid
		s.walk(deal, stage)
		s.leaves(s.receptionist(), "moved", "Переезжает в другой город")
		s.lay(s.back(s.until, s.between(time.Hour, 4*time.Hour)))
	case stage == 5 && n == 1: // nobody could be assigned: the only instructor of the branch was away
		s.branch = "north"
		s.walk(deal, stage)
		s.lay(came)
		s.off(s.instructor(), came.Add(-10*time.Minute), came.Add(10*time.Minute))
	case stage == 6:
		s.walk(deal, stage)
		s.trains(1 + n%(courseParts-2))
		s.lay(came)
		if n%4 == 1 { // the theory ran ahead
			s.half(came, "teacher", func(a *act, id string) error { return a.write(id, fields{"theory_done": 130}) })
		}
	case stage == 8 && n == 0: // failed, again in seven days
		s.walk(deal, stage)
		s.inside(s.between(3*time.Hour, 12*time.Hour), "fail")
		s.lay(s.back(s.until, s.between(9*time.Hour, 30*time.Hour)))
	case stage == 10 && n == 0: // too young for the exam
		s.birth = s.until.AddDate(-18, 0, 20)
		s.walk(deal, stage)
		s.lay(came)
	case stage == 10 && n == 1: // failed the city: another application
		s.walk(deal, stage+1)
		s.tries("fail")
		s.lay(came)
	default:
		s.walk(deal, stage)
		s.lay(came)
		s.begun(stage, n, came)
	}
}

// begun is what is there already in a stage that somebody stands in.
func (s *student) begun(stage, n int, came time.Time) {
	switch {
	case stage == 0 && n%3 == 1:
		s.half(came, s.seller(), func(a *act, id string) error {
			return a.write(id, fields{"consult_at": a.now(), "consult_form": "office"})
		})
	case stage == 1 && n%2 == 0:
		s.half(came, s.seller(), func(a *act, id string) error { return a.write(id, fields{"items": s.goods()}) })
	case stage == 2 && n > 0:
		s.half(came, s.receptionist(), func(a *act, id string) error {
			if n > 2 {
				if err := a.keep(id, "pd_consent_signed", "passport_copy"); err != nil {
					return err
				}
			}
			return a.write(id, s.passport())
		})
	case stage == 3 && n > 0:
		s.half(came, s.seller(), func(a *act, id string) error {
			number, err := a.made(id, "payment_schedule", "contract")
			if err != nil {
				return err
			}
			if n > 1 { // signed, and not moved on yet
				if err := a.keep(id, "contract_file"); err != nil {
					return err
				}
			}
			return a.write(id, s.contract(number, a.now()))
		})
	case stage == 5:
		s.half(came, s.receptionist(), func(a *act, id string) error {
			return a.write(id, fields{"group": s.group(), "group_start": day(a.now().AddDate(0, 0, 4))})
		})
	case stage == 8 && n == 1:
		s.half(came, "teacher", func(a *act, id string) error {
			return a.write(id, fields{"int_theory": "pass", "int_theory_on": day(a.now())})
		})
	}
}

// half is a deed between the day that somebody came to a stage and now.
func (s *student) half(came time.Time, who string, do func(a *act, id string) error) {
	at := s.back(came.Add(s.until.Sub(came)*3/5), time.Second)
	if at.Before(came) {
		at = came
	}
	s.past.deeds = append(s.past.deeds, &deed{at: at, who: who, do: s.withDeal(do)})
}

// group is where a student is enrolled.
func (s *student) group() string {
	return map[string]string{"north": "N-12", "center": []string{"C-07", "C-08"}[s.number%2], "river": "R-03"}[s.branch]
}

// contract is what is written down when it is signed.
func (s *student) contract(number string, on time.Time) fields {
	s.schedule(on)
	table := make(rows, len(s.parts))
	for n, p := range s.parts {
		table[n] = fields{"due": day(p.due), "amount": strconv.Itoa(p.amount)}
	}
	return fields{"contract_no": number, "contract_date": day(on), "sign_way": []string{"paper", "sms_code"}[s.number%2], "schedule_pay": table}
}
