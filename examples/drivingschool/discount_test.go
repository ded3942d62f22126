package drivingschool

import (
	"testing"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// A discount over ten per cent waits for the head of sales; after four working hours ten per cent stay.
func TestDiscount(t *testing.T) {
	o := opened(t, "2026-03-16 16:00")
	asked := fields{"items": rows{item("B-MT-STD")}, "pay_plan": "full", "discount": 15}
	late, agreed := o.deal("choose_programme"), o.deal("choose_programme") // 16:40, 17:20
	o.must(o.advance("denis", late, asked))
	o.must(o.advance("denis", agreed, asked))
	o.stands(late, "choose_programme(approve_discount)")

	o.refuses(o.complete("denis", agreed, "approve_discount", nil), "move:to")
	approve := card.Advance{Stage: "approve_discount", To: "approve"}
	o.refuses(o.do(func(tx *engine.Tx) error { return o.Cards.Advance(tx, Actor("denis"), agreed, approve) }), "role:head_of_sales")
	o.must(o.do(func(tx *engine.Tx) error { return o.Cards.Advance(tx, Actor("head_of_sales"), agreed, approve) }))
	o.stands(agreed, "collect_documents")
	o.has(agreed, "amount", `{"amount":4241500,"currency":"RUB"}`)

	o.at("2026-03-17 10:19")
	o.stands(late, "choose_programme(approve_discount)")
	o.at("2026-03-17 10:20") // 17:20 and four hours of work
	o.stands(late, "collect_documents")
	o.has(late, "discount", "10", "amount", `{"amount":4491000,"currency":"RUB"}`)
}
