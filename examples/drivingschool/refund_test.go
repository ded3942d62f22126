package drivingschool

import "testing"

// G3: a student who has paid 20,000 moves away before his training begins. The head of sales confirms, the accountant refunds.
func TestRefund(t *testing.T) {
	o := opened(t, "2026-03-16 10:00")
	id := o.deal("enrol_in_group")
	o.refuses(o.reject("denis", id, "moved", ""), "role:receptionist")
	o.refuses(o.reject("receptionist", id, "no_docs", ""), "field:rejection")
	o.must(o.reject("receptionist", id, "moved", "Переезжает в Казань"))
	o.stands(id, "enrol_in_group(confirm_loss)")
	o.tells(id, "confirm_loss", "notify", "Mon 16.03", `"to":"head_of_sales"`)

	o.refuses(o.complete("receptionist", id, "confirm_loss", nil), "role:head_of_sales")
	o.must(o.complete("head_of_sales", id, "confirm_loss", fields{"loss_comment": "Согласен"}))
	o.stands(id, "enrol_in_group(refund_money)")
	o.tells(id, "refund_money", "document", "Mon 16.03", "termination")
	o.refuses(o.complete("accountant", id, "refund_money", nil), "field:refund_amount")
	o.refuses(o.complete("accountant", id, "refund_money", fields{"refund_amount": "20000.01"}), "rule:not_more")
	o.must(o.complete("accountant", id, "refund_money", fields{"refund_amount": "18000"}))
	o.tells(id, "refund_money", "document", "Mon 16.03", "order_expel")
	o.stands(id, "lost moved")
	o.has(id, "refund_amount", `{"amount":1800000,"currency":"RUB"}`)
}

// Before any money came a deal is lost at once.
func TestRefusal(t *testing.T) {
	o := opened(t, "2026-03-16 10:00")
	id := o.deal("choose_programme")
	o.refuses(o.reject("denis", id, "other", ""), "field:rejection_comment")
	o.must(o.reject("denis", id, "price", ""))
	o.stands(id, "lost price")
}
