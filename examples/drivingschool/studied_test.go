package drivingschool

import "time"

// steps of a B2C deal, each with what it takes; a test begins where it has something to say.
var steps = []struct {
	stage string
	do    func(o *office, id string)
}{
	{"hold_consultation", func(o *office, id string) {
		o.must(o.advance("denis", id, fields{"consult_at": o.Clock.Now(), "consult_form": "office", "objections": []string{"none"}}))
	}},
	{"choose_programme", func(o *office, id string) {
		o.must(o.advance("denis", id, fields{"items": rows{item("B-MT-STD")}, "pay_plan": "two"}))
	}},
	{"collect_documents", func(o *office, id string) {
		o.keep("receptionist", id, "photo", "pd_consent_signed")
		o.must(o.advance("receptionist", id, fields{
			"passport": rows{{"series": "4021", "number": "000200"}}, "reg_address": "Санкт-Петербург, Садовая, 2", "snils_no": "000-200-005 00",
		}))
	}},
	{"sign_contract", func(o *office, id string) {
		number := o.document("denis", id, "contract")
		o.keep("denis", id, "contract_file")
		o.must(o.advance("denis", id, fields{
			"contract_no": number, "contract_date": day(o.Clock.Now()), "sign_way": "sms_code",
			"schedule_pay": rows{{"due": day(o.Clock.Now()), "amount": "20000"}, {"due": day(o.Clock.Now().AddDate(0, 1, 0)), "amount": "29900"}},
		}))
	}},
	{"receive_prepayment", func(o *office, id string) {
		o.must(o.write("accountant", id, fields{"paid": "20000"}))
	}},
	{"enrol_in_group", nil},
}

// deal makes a deal of Денис's and takes it to a stage; 40 minutes of work each.
func (o *office) deal(stage string) string {
	o.Helper()
	id := o.create("denis", "deals_b2c", fields{
		"full_name": "Пётр Волков", "phone": "+7 921 000-00-31", "email": "petr@example.com", "source": "walk_in", "comm_channel": "office",
		"owner": "denis", "category": "B", "gearbox": "MT", "branch": "center", "birth_date": "1999-02-11",
	})
	for _, s := range steps {
		o.stands(id, s.stage)
		if s.stage == stage {
			return id
		}
		o.must(o.Live(o.Context(), o.Clock.Now().Add(40*time.Minute)))
		s.do(o, id)
	}
	o.Fatalf("there is no way to %s", stage)
	return ""
}
