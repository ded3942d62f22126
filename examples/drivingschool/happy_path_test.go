package drivingschool

import (
	"strings"
	"testing"

	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/engine"
)

// G1: Anna is seventeen and wants to drive an automatic. From a form on a Saturday morning to her licence.
func TestHappyPath(t *testing.T) {
	o := opened(t, "2026-03-14 10:05")
	lead := o.create("receptionist", "leads", fields{
		"full_name": "Анна Кузнецова", "phone": "+7 921 000-00-05", "email": "anna@example.com", "source": "yandex_direct",
		"comm_channel": "site_chat", "branch": "north", "pd_consent": true, "pd_consent_at": o.Clock.Now(),
	})
	o.stands(lead, "make_contact")
	o.has(lead, "owner", "lead_manager") // Ирина, by turns
	o.tells(lead, "make_contact", "sms", "Sat 14.03 10:05", "Анна")

	o.at("2026-03-14 10:12")
	o.refuses(o.advance("lead_manager", lead, nil), "field:first_touch_at")
	o.must(o.advance("lead_manager", lead, fields{"first_touch_at": o.Clock.Now()}))
	o.stands(lead, "identify_need")
	o.at("2026-03-14 10:19")
	o.refuses(o.advance("lead_manager", lead, fields{"client_type": "B2C", "category": "B"}),
		"field:gearbox field:desired_start field:schedule field:birth_date")
	o.must(o.advance("lead_manager", lead, fields{
		"client_type": "B2C", "category": "B", "gearbox": "AT", "desired_start": "now", "schedule": []string{"evening"}, "birth_date": "2008-07-14",
	}))
	o.tells(lead, "identify_need", "email", "Sat 14.03 10:19", "прайс-лист")
	o.has(lead, "sla", "", "deal_owner", "sales_manager") // nobody was late; Ольга sells in the north
	o.at("2026-03-14 10:25")
	o.refuses(o.advance("lead_manager", lead, fields{"comment": "вечером"}), "field:pay_form field:next_contact_at field:comment")
	o.must(o.advance("lead_manager", lead, fields{
		"pay_form": "installment", "next_contact_at": local("2026-03-16 12:00"), "comment": "Хочет начать с ближайшей группы, вечером",
	}))

	// One transaction: the lead is closed, the contact and the deal are there, and the fields went along.
	o.stands(lead, "converted")
	deal := o.card(lead).To
	o.stands(deal, "hold_consultation")
	o.has(deal, "full_name", "Анна Кузнецова", "source", "yandex_direct", "branch", "north", "gearbox", "AT", "birth_date", "2008-07-14",
		"owner", "sales_manager", "pd_consent", "true")
	o.view(func(tx *engine.Tx) error {
		c, err := contact.Lookup(tx, o.card(deal).Contact)
		if err == nil && (c.Name != "Анна Кузнецова" || c.Phones[0] != "+79210000005") {
			t.Errorf("the contact is %s %v", c.Name, c.Phones)
		}
		return err
	})
	if from := o.card(deal); from.From != lead || !strings.Contains(strings.Join(from.Worked, " "), "lead_manager") {
		t.Errorf("the deal does not know its lead: from %q, worked %q", from.From, from.Worked)
	}

	o.at("2026-03-16 12:00")
	o.must(o.advance("sales_manager", deal, fields{"consult_at": o.Clock.Now(), "consult_form": "phone", "objections": []string{"time"}}))
	o.must(o.advance("sales_manager", deal, fields{
		"items": rows{item("B-AT-STD"), item("BOOK")}, "pay_plan": "three",
	}))
	o.stands(deal, "collect_documents")
	o.has(deal, "amount", `{"amount":5310000,"currency":"RUB"}`)

	// She is a minor: a parent has to consent.
	o.at("2026-03-17 15:00")
	o.must(o.write("yulia", deal, fields{
		"passport":    rows{{"series": "4021", "number": "000117", "issued_by": "ГУ МВД", "issued_at": "2022-08-01", "code": "780-000"}},
		"reg_address": "Санкт-Петербург, Садовая, 1", "snils_no": "000-117-005 00",
	}))
	o.keep("yulia", deal, "photo", "pd_consent_signed")
	o.refuses(o.advance("yulia", deal, nil), "field:parent field:parent_consent")
	o.keep("yulia", deal, "parent_consent")
	o.must(o.advance("yulia", deal, fields{"parent": o.contact("Мария Кузнецова", "+7 921 000-00-06")}))
	o.stands(deal, "sign_contract")

	o.at("2026-03-18 11:00")
	number := o.document("sales_manager", deal, "contract")
	if number != "ПВ-2026-north-0001" {
		t.Errorf("the contract is %s", number)
	}
	plan := rows{{"due": "2026-03-18", "amount": "20000"}, {"due": "2026-04-18", "amount": "16500"}, {"due": "2026-05-18", "amount": "16000"}}
	signed := fields{"contract_no": number, "contract_date": "2026-03-18", "sign_way": "paper", "schedule_pay": plan}
	o.refuses(o.advance("sales_manager", deal, signed), "field:contract_file rule:sum")
	o.keep("sales_manager", deal, "contract_file")
	plan[2]["amount"] = "16600"
	o.must(o.advance("sales_manager", deal, signed))
	o.stands(deal, "receive_prepayment")
	o.refuses(o.write("sales_manager", deal, fields{"paid": "20000"}), "role:paid")
	o.at("2026-03-18 16:00")
	o.must(o.write("accountant", deal, fields{"paid": "20000"}))
	o.stands(deal, "enrol_in_group") // by itself
	o.has(deal, "debt", `{"amount":3310000,"currency":"RUB"}`, "next_due", "2026-04-18", "instructor", "lena")
	o.must(o.advance("yulia", deal, fields{"group": "N-12", "group_start": "2026-03-23", "car": "at1"}))
	o.stands(deal, "train")

	// Three tracks at once.
	o.at("2026-04-06 09:00")
	o.tells(deal, "papers", "offer", "Mon 06.04", "MED")
	bought := rows{item("B-AT-STD"), item("BOOK"), item("MED")}
	o.must(o.write("sales_manager", deal, fields{"items": bought}))
	o.must(o.write("accountant", deal, fields{"paid": "22500"}))
	o.at("2026-04-17 17:00")
	o.refuses(o.write("sales_manager", deal, fields{"drive_done": 28}), "role:drive_done")
	o.must(o.write("lena", deal, fields{"drive_done": 28, "instructor_mark": 3, "last_lesson_at": o.Clock.Now()}))
	o.tells(deal, "driving", "offer", "Fri 17.04 17:00", "ADD-PACK5")
	bought = append(bought, item("ADD-PACK5"))
	o.must(o.write("sales_manager", deal, fields{"items": bought}))
	o.has(deal, "drive_plan", "64", "amount", `{"amount":6550000,"currency":"RUB"}`)
	o.must(o.write("accountant", deal, fields{"paid": "48900"}))
	o.at("2026-04-20 12:00")
	o.keep("yulia", deal, "med_cert")
	o.must(o.write("yulia", deal, fields{"med_no": "003-117", "med_date": "2026-04-20", "med_valid_till": "2027-04-20"}))
	if done := o.card(deal).Stands[0].Done; len(done) != 1 || done[0] != "papers" {
		t.Errorf("tracks done: %v", done)
	}
	o.at("2026-05-15 19:00")
	o.must(o.write("teacher", deal, fields{"theory_done": 130}))
	o.must(o.write("lena", deal, fields{"drive_done": 64, "last_lesson_at": o.Clock.Now()}))
	o.stands(deal, "train")
	o.must(o.write("lena", deal, fields{"yard_passed": true}))
	o.stands(deal, "settle_balance")
	o.must(o.write("accountant", deal, fields{"paid": "65500"}))
	o.stands(deal, "pass_internal_exam")

	// The first drive fails: again in seven days, and both results are asked anew.
	o.at("2026-05-18 12:00")
	o.must(o.write("teacher", deal, fields{"int_theory": "pass", "int_theory_on": "2026-05-18"}))
	o.must(o.advance("lena", deal, fields{"int_drive": "fail", "int_drive_on": "2026-05-18"}))
	o.stands(deal, "pass_internal_exam(retake_pause)")
	o.at("2026-05-25 11:59")
	o.stands(deal, "pass_internal_exam(retake_pause)")
	o.at("2026-05-25 12:00")
	o.stands(deal, "pass_internal_exam")
	o.refuses(o.advance("lena", deal, fields{"int_drive": "pass", "int_drive_on": "2026-05-25"}), "field:int_theory field:int_theory_on")
	o.must(o.write("teacher", deal, fields{"int_theory": "pass", "int_theory_on": "2026-05-18"}))
	o.must(o.advance("lena", deal, fields{"int_drive": "pass", "int_drive_on": "2026-05-25"}))
	o.must(o.advance("yulia", deal, fields{"diploma_no": "78-000117", "diploma_date": "2026-05-26"}))
	o.stands(deal, "file_exam_application")

	// She is still seventeen; the timer wakes on her birthday.
	application := fields{"gai_dept": "gai_1", "gai_appl_no": "А-1", "gai_date": "2026-07-20"}
	o.refuses(o.advance("yulia", deal, application), "rule:adult")
	o.at("2026-07-13 23:59")
	if early := o.told(deal, "file_exam_application", "notify"); len(early) > 0 {
		t.Errorf("before her birthday: %v", early)
	}
	o.at("2026-07-14 09:00")
	o.tells(deal, "file_exam_application", "notify", "Tue 14.07", "исполнилось 18 лет")
	o.must(o.advance("yulia", deal, application))
	o.stands(deal, "pass_state_exam")
	bought = append(bought, item("EXAM-CAR"))
	o.must(o.write("sales_manager", deal, fields{"items": bought}))
	o.must(o.write("accountant", deal, fields{"paid": "69000"}))

	// The city is failed, and passed at the second attempt.
	o.at("2026-07-20 15:00")
	o.must(o.advance("yulia", deal, fields{"gai_exam_on": "2026-07-20", "gai_theory": "pass", "gai_city": "fail"}))
	o.tells(deal, "pass_state_exam", "offer", "Mon 20.07 15:00", "RETAKE-SUP")
	o.stands(deal, "file_exam_application")
	o.has(deal, "gai_attempts", "2")
	bought = append(bought, item("RETAKE-SUP"))
	o.must(o.write("sales_manager", deal, fields{"items": bought}))
	o.refuses(o.advance("yulia", deal, fields{"gai_appl_no": "А-2", "gai_date": "2026-07-26"}), "rule:week")
	o.must(o.advance("yulia", deal, fields{"gai_appl_no": "А-2", "gai_date": "2026-07-27"}))
	o.at("2026-07-27 15:00")
	passed := fields{"gai_exam_on": "2026-07-27", "gai_theory": "pass", "gai_city": "pass"}
	o.refuses(o.advance("yulia", deal, passed), "field:licence_no rule:debt")
	o.must(o.write("accountant", deal, fields{"paid": "73500"}))
	passed["licence_no"] = "99 00 000117"
	o.must(o.advance("yulia", deal, passed))
	o.stands(deal, "won")
	o.has(deal, "amount", `{"amount":7350000,"currency":"RUB"}`)
	if won := o.card(deal); won.Amount != 73_500_00 {
		t.Errorf("the deal is worth %d", won.Amount)
	}
}

// item is one row of goods from the price list.
func item(sku string) fields { return Price(sku).row(1) }

// document makes a document of a card, and gives its number.
func (o *office) document(who, id, key string) (number string) {
	o.Helper()
	o.must(o.do(func(tx *engine.Tx) error {
		p, err := o.Cards.Handle(tx, Actor(who), id, key, "create", 0)
		if err == nil {
			number = p.Number
		}
		return err
	}))
	return number
}
