package drivingschool

import (
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// G6: whoever pushes a deal past the contract without one is refused with the same list: a person, an interface, a bulk move, a
// robot.
func TestSameDoor(t *testing.T) {
	const all = "field:contract_no field:contract_date field:contract_file field:sign_way field:schedule_pay"
	o := opened(t, "2026-03-16 10:00")
	id, other := o.deal("sign_contract"), o.deal("sign_contract")

	o.refuses(o.advance("denis", id, nil), all)
	// By an interface: the fields it has are written, the move is refused for the rest.
	o.must(o.write("denis", id, fields{"sign_way": "paper"}))
	o.must(o.write("denis", id, fields{"sign_way": nil}))
	o.refuses(o.do(func(tx *engine.Tx) error {
		return o.Cards.Advance(tx, Actor("denis"), id, card.Advance{To: "receive_prepayment"})
	}), all)
	for _, one := range []string{id, other} { // in bulk
		o.refuses(o.advance("denis", one, nil), all)
	}

	// By the robot: its job fails with the same keys, and after the last attempt stands as an incident.
	o.move(id, "receive_prepayment")
	o.stands(id, "sign_contract")
	o.view(func(tx *engine.Tx) error {
		i, err := tx.Instance(id)
		if err != nil {
			return err
		}
		if len(i.Jobs) != 1 || i.Jobs[0].Attempts != 1 {
			t.Fatalf("the robot's job: %v", i.Jobs)
		}
		for _, label := range []string{"Номер договора", "Дата договора", "Подписанный договор", "Как подписан", "График платежей"} {
			if !strings.Contains(i.Jobs[0].Error, label) {
				t.Errorf("the robot was not told of %s: %s", label, i.Jobs[0].Error)
			}
		}
		return nil
	})
	o.at("2026-03-16 18:00")
	if o.card(id).Stuck != 1 {
		t.Error("after its last attempt the robot did not stop with an incident")
	}

	// A jump over the contract is refused for it too, and for what comes behind it.
	o.refuses(o.do(func(tx *engine.Tx) error {
		return o.Cards.Advance(tx, Actor("denis"), other, card.Advance{To: "enrol_in_group"})
	}), all+" role:accountant field:paid")
}

// move lets the robot `move` act on a card, an hour after the diagram began to ask for it.
func (o *office) move(id, to string) {
	o.Helper()
	v1, v2 := o.upload(changed(o.T, "deals_b2c.bpmn", afterListeners, pushing(to)), "deals_b2c")
	o.migrate(engine.Migration{From: v1, To: v2}, false)
	o.must(o.Live(o.Context(), o.Clock.Now().Add(time.Hour)))
}

// pushing is a listener that moves the card by itself an hour after it was armed.
func pushing(to string) string {
	return `<camunda:taskListener id="push" event="timeout" class="move">
          <camunda:field name="to" stringValue="` + to + `"/>
          <bpmn:timerEventDefinition id="push_timer"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>
        </camunda:taskListener>
        `
}

// Places in «Заключить договор»: before its reminder, and behind it.
const (
	beforeListeners = `<camunda:taskListener id="remind_signing"`
	afterListeners  = `<camunda:properties>
          <camunda:property name="funnel.stage.group" value="Продажа"/>
          <camunda:property name="funnel.stage.probability" value="70"/>`
)
