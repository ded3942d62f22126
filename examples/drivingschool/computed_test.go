package drivingschool

import "testing"

// A computed field is worked out anew within the deed that changes what it is computed of: the last payment and the move that it
// allows come in one.
func TestComputedInOneDeed(t *testing.T) {
	o := opened(t, "2026-03-16 10:00")
	id := o.deal("sign_contract")
	o.keep("denis", id, "contract_file")
	// The discount and the schedule that it makes.
	o.must(o.advance("denis", id, fields{
		"discount": 10, "contract_no": "1", "contract_date": "2026-03-16", "sign_way": "paper",
		"schedule_pay": rows{{"due": "2026-03-16", "amount": "44910"}},
	}))
	o.stands(id, "receive_prepayment")
}
