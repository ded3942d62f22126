package robot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/crm/robot"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/memory"
)

// office is a funnel with two stages whose first bears the listeners given.
type office struct {
	*testing.T
	engine *engine.Engine
	cards  *card.Cards
	worker *engine.Worker
	now    time.Time
}

const drawing = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="voronka">
  <process id="deal" name="Deals" isExecutable="true">
    <extensionElements><camunda:properties>
      <camunda:property name="funnel.kind" value="deal"/><camunda:property name="funnel.currency" value="RUB"/>
      <camunda:property name="funnel.timezone" value="Europe/Moscow"/><camunda:property name="funnel.calendar" value="Mo-Fr 09:00-20:00"/>
    </camunda:properties></extensionElements>
    <laneSet><lane id="sales"><flowNodeRef>meet</flowNodeRef><flowNodeRef>sign</flowNodeRef></lane></laneSet>
    <startEvent id="begin"><extensionElements><camunda:formData>
      <camunda:formField id="name" label="Name" type="string"/><camunda:formField id="email" label="E-mail" type="email"/>
      <camunda:formField id="price" label="Price" type="money"/><camunda:formField id="owner" label="Owner" type="user"/>
      <camunda:formField id="helper" label="Helper" type="user"/>
    </camunda:formData></extensionElements></startEvent>
    <userTask id="meet" name="Meet"><extensionElements>
      <camunda:formData>
        <camunda:formField id="name" label="Name" type="string"><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>
        <camunda:formField id="rejection" label="Why" type="enum"><camunda:value id="price" name="Too dear"/></camunda:formField>
      </camunda:formData>
      LISTENERS
    </extensionElements></userTask>
    <userTask id="sign" name="Sign"/>
    <endEvent id="won"><extensionElements><camunda:properties><camunda:property name="funnel.outcome" value="won"/></camunda:properties></extensionElements></endEvent>
    <sequenceFlow id="begin_meet" sourceRef="begin" targetRef="meet"/>
    <sequenceFlow id="meet_sign" sourceRef="meet" targetRef="sign"/>
    <sequenceFlow id="sign_won" sourceRef="sign" targetRef="won"/>
  </process>
</definitions>`

func listener(topic string, inputs ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<camunda:taskListener event="create" class="%s">`, topic)
	for _, in := range inputs {
		name, value, _ := strings.Cut(in, "=")
		fmt.Fprintf(&b, `<camunda:field name="%s" stringValue="%s"/>`, name, value)
	}
	return b.String() + `</camunda:taskListener>`
}

func open(t *testing.T, listeners ...string) *office {
	t.Helper()
	o := &office{T: t, cards: card.New(card.Options{}), now: time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)}
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	ids := 0
	o.engine = engine.Open(store, engine.Options{
		Domain: o.cards, Now: func() time.Time { return o.now },
		NewID: func() string { ids++; return fmt.Sprintf("id-%04d", ids) },
	})
	o.worker = &engine.Worker{Engine: o.engine, Name: "test", Handlers: robot.Handlers(o.cards)}
	xml := strings.Replace(drawing, "LISTENERS", strings.Join(listeners, "\n"), 1)
	o.do(func(tx *engine.Tx) error {
		for _, who := range []string{"ann", "bob", "eve"} {
			u := access.User{ID: who, Name: who, Roles: []string{"sales"}, Branch: "north", Language: "en"}
			if who == "eve" {
				u.Branch = "south"
			}
			if _, err := access.Create(tx, access.System("test"), u, ""); err != nil {
				return err
			}
		}
		_, problems, err := funnel.Upload(tx, access.System("test"), []funnel.File{{Name: "deal.bpmn", Data: []byte(xml)}})
		for _, p := range problems {
			if p.Severity == "error" {
				t.Fatalf("%d: %s", p.Line, p.Message)
			}
		}
		return err
	})
	return o
}

func (o *office) do(fn func(tx *engine.Tx) error) {
	o.Helper()
	if err := o.engine.Update(context.Background(), fn); err != nil {
		o.Fatal(err)
	}
}

// create makes a card and lets the robots work.
func (o *office) create(fields string) string {
	o.Helper()
	var id string
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(fields), &values); err != nil {
		o.Fatal(err)
	}
	o.do(func(tx *engine.Tx) (err error) {
		id, err = o.cards.Create(tx, access.System("test"), card.Draft{Funnel: "deal", Fields: values})
		return err
	})
	o.work()
	return id
}

func (o *office) work() {
	o.Helper()
	if _, err := o.worker.Settle(context.Background()); err != nil {
		o.Fatal(err)
	}
}

// card gives a card, its variables, and what robots told on it.
func (o *office) card(id string) (c *card.Card, i *engine.Instance, told []card.Told) {
	o.Helper()
	if err := o.engine.View(context.Background(), func(tx *engine.Tx) (err error) {
		if c, err = o.cards.Load(tx, id); err != nil {
			return err
		}
		if i, err = tx.Instance(id); err != nil {
			return err
		}
		lines, _, err := tx.History(id, 0, 0)
		for _, l := range lines {
			var one card.Told
			if l.Kind == card.LineRobot && json.Unmarshal(l.Data, &one) == nil {
				told = append(told, one)
			}
		}
		return err
	}); err != nil {
		o.Fatal(err)
	}
	return c, i, told
}

func TestSet(t *testing.T) {
	o := open(t, listener("set", "name=Ivan", "price=${price * 2}"))
	_, i, _ := o.card(o.create(`{"price":"100"}`))
	if string(i.Variables["name"]) != `"Ivan"` || string(i.Variables["price"]) != "20000" {
		t.Errorf("%s", i.Variables)
	}
}

// A value that is not of its field's type is the job's failure, and then an incident; nothing is written.
func TestSetOfAnotherType(t *testing.T) {
	o := open(t, listener("set", "name=Ivan", "price=dear"))
	id := o.create(`{}`)
	for range 3 {
		o.now = o.now.Add(time.Hour)
		o.work()
	}
	_, i, _ := o.card(id)
	if len(i.Incidents) != 1 || i.Variable("name") != nil {
		t.Errorf("%+v %s", i.Incidents, i.Variables)
	}
}

func TestAssign(t *testing.T) {
	o := open(t, listener("assign", "field=owner", "role=sales", "by=round_robin", `filter=user.branch == &quot;north&quot;`))
	var owners []string
	for range 3 {
		c, _, _ := o.card(o.create(`{}`))
		owners = append(owners, c.Owner)
	}
	if got := strings.Join(owners, " "); got != "ann bob ann" {
		t.Error(got)
	}
	o = open(t, listener("assign", "field=owner", "role=sales", "by=least_busy"), listener("assign", "field=helper", "role=sales", "by=least_busy"))
	c, i, _ := o.card(o.create(`{}`))
	if c.Owner != "ann" || string(i.Variables["helper"]) != `"bob"` {
		t.Errorf("%s %s", c.Owner, i.Variables["helper"])
	}
}

// Nobody of the role fits: the BPMN error nobody, which nothing here catches, is an incident at once.
func TestAssignNobody(t *testing.T) {
	o := open(t, listener("assign", "field=owner", "role=sales", `filter=user.open_cards &gt; 100`))
	_, i, _ := o.card(o.create(`{}`))
	if len(i.Incidents) != 1 || i.Incidents[0].Code != "uncaught_error" {
		t.Errorf("%+v", i.Incidents)
	}
}

// The robot passes the same gate as a person: its refusal is its job's failure, with the list as the reason.
func TestMove(t *testing.T) {
	o := open(t, listener("move", "to=sign"))
	c, _, _ := o.card(o.create(`{"name":"Ivan"}`))
	if c.Stand("sign") == nil {
		t.Errorf("%+v", c.Stands)
	}
	c, i, _ := o.card(o.create(`{}`))
	if c.Stand("meet") == nil || len(i.Jobs) != 1 || !strings.Contains(i.Jobs[0].Error, "Name") {
		t.Errorf("%+v %+v", c.Stands, i.Jobs)
	}
	o = open(t, listener("move", "rejection=price"))
	if c, _, _ = o.card(o.create(`{}`)); c.Outcome != funnel.Lost || c.Reason != "price" {
		t.Errorf("%+v", c)
	}
}

// What is not connected writes on the card what it would have sent, and never that it was; without the input that it needs it says
// why it did not run, and that is no failure.
func TestNotes(t *testing.T) {
	o := open(t, listener("email", "to=${email}", "subject=Hello", "text=Dear ${name}"))
	_, _, told := o.card(o.create(`{"name":"Ivan","email":"ivan@example.com"}`))
	if len(told) != 1 || told[0].Done || told[0].Because != robot.NotConnected || string(told[0].Inputs["text"]) != `"Dear Ivan"` {
		t.Errorf("%+v", told)
	}
	_, i, told := o.card(o.create(`{"name":"Ivan"}`))
	if len(told) != 1 || told[0].Because != "empty:to" || len(i.Incidents)+len(i.Jobs) != 0 {
		t.Errorf("%+v %+v", told, i.Jobs)
	}
}

// when=working does not wake people up: the robot waits for the next working time.
func TestNotesInWorkingTime(t *testing.T) {
	o := open(t, listener("sms", "to=${name}", "when=working"))
	o.now = time.Date(2026, 3, 16, 20, 0, 0, 0, time.UTC) // 23:00 in Moscow
	id := o.create(`{"name":"Ivan"}`)
	_, i, told := o.card(id)
	if want := time.Date(2026, 3, 17, 6, 0, 0, 0, time.UTC); len(told) != 0 || len(i.Jobs) != 1 || !i.Jobs[0].Due.Equal(want) {
		t.Fatalf("%+v %+v", told, i.Jobs)
	}
	o.now = time.Date(2026, 3, 17, 6, 0, 0, 0, time.UTC)
	o.work()
	if _, i, told = o.card(id); len(told) != 1 || len(i.Jobs) != 0 {
		t.Errorf("%+v %+v", told, i.Jobs)
	}
}
