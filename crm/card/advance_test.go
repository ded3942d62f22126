package card

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

const lanes = `<bpmn:laneSet id="lanes"><bpmn:lane id="sales" name="Sales"><bpmn:flowNodeRef>meet</bpmn:flowNodeRef><bpmn:flowNodeRef>sign</bpmn:flowNodeRef></bpmn:lane>` +
	`<bpmn:lane id="accountant" name="Accountant"><bpmn:flowNodeRef>pay</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>`

// sale is a funnel of three stages: sales meet and sign, the accountant takes the money.
func sale(properties string, meet, sign, pay []string, more ...string) string {
	return draw("funnel.kind=deal\n"+properties, append([]string{
		lanes, node("startEvent", "start", "Request"), stage("meet", meet...), stage("sign", sign...), stage("pay", pay...), end("won", "won"),
		flows("start > meet, meet > sign, sign > pay, pay > won"),
	}, more...)...)
}

func asks(fields ...string) []string {
	made := make([]string, len(fields))
	for n, f := range fields {
		made[n] = field(f)
	}
	return []string{form(made...)}
}

func TestAdvance(t *testing.T) {
	d := open(t, sale("funnel.title=name", asks("name:string Name|required"), nil, nil))
	id := d.create(ann, "deal", "")
	d.stands(id, "meet")
	d.refuses(d.advance(ann, id, "", ""), "field:name")
	d.stands(id, "meet")
	d.must(d.advance(ann, id, "", "name=Ivan"))
	d.stands(id, "sign")
	d.must(d.advance(ann, id, "pay", ""))
	d.must(d.advance(bob, id, "won", ""))
	d.stands(id, "won")
	card := d.card(id)
	if card.Title != "Ivan" || card.Closed == nil || strings.Join(card.Left, " ") != "meet sign pay" || strings.Join(card.Worked, " ") != "ann bob" {
		t.Errorf("%+v", card)
	}
	d.tells(id, "created by ann", "changed by ann", "advanced meet by ann", "completed meet", "entered sign", "advanced pay by bob", "completed won", "ended")
	d.refuses(d.advance(ann, id, "", ""), "move:"+id)
	d.refuses(d.reject(ann, id, "", ""), "move:"+id)
}

// Everything missing comes back at once: fields, documents, rules, whoever's turn it is.
func TestRefusesEverythingAtOnce(t *testing.T) {
	d := open(t, sale("", nil, nil, []string{
		form(
			field("paid:money Paid|required"), field("born:date Born"), field("parent:string Parent|prop:requiredWhen=age(born) < 18"),
			field("act:document Act|required|prop:verb=create keep"), field("code:string Code|rule.upper=code == upper(code)|prop:rule.upper.text=Capitals only"),
		),
		props("funnel.rule.money=paid >= 100\nfunnel.rule.money.text=At least ${50 * 2}\nfunnel.rule.old=age(born) < 100\nfunnel.rule.old.text=Too old"),
	}))
	id := d.create(ann, "deal", "born=2010-01-01")
	d.must(d.advance(ann, id, "", ""))
	d.must(d.advance(ann, id, "", ""))
	err := d.advance(ann, id, "", "code=ab")
	d.refuses(err, "role:accountant field:paid field:parent document:act document:act rule:upper")
	for _, says := range []string{"done by accountant", "Missing: Paid", "“Act” has not been made", "No file: Act", "Capitals only"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q does not say %q", err, says)
		}
	}
	d.refuses(d.advance(bob, id, "", `paid={"amount":100,"currency":"RUB"}; parent=Mum; code=AB`), "document:act document:act rule:money")
	d.refuses(d.advance(bob, id, "", `paid="100"; parent=Mum; code=AB`), "document:act document:act")
}

// A rule that reads an empty field refuses and names it.
func TestRuleOfAnEmptyField(t *testing.T) {
	d := open(t, sale("", []string{form(field("total:money Total")), props("funnel.rule.much=total > 10\nfunnel.rule.much.text=Too little.")}, nil, nil))
	id := d.create(ann, "deal", "")
	err := d.advance(ann, id, "", "")
	d.refuses(err, "rule:much")
	if err.Error() != "Too little. Missing: Total" {
		t.Error(err)
	}
}

// A hidden field is never required, and its rules are not looked at.
func TestHiddenField(t *testing.T) {
	d := open(t, sale("", asks("kind:enum Kind|required|value:a=A|value:b=B", "more:string More|required|prop:visibleWhen=kind == \"b\"|rule.x=false|prop:rule.x.text=No"), nil, nil))
	id := d.create(ann, "deal", "kind=b")
	d.refuses(d.advance(ann, id, "", ""), "field:more")
	d.must(d.advance(ann, id, "", "kind=a"))
	d.stands(id, "sign")
}

func TestSentencesAreInTheReadersLanguage(t *testing.T) {
	d := open(t, sale("", asks("name:string Имя|required"), nil, nil))
	id := d.create(ann, "deal", "")
	if err := d.advance(oleg, id, "", ""); err == nil || err.Error() != "Не заполнено: Имя" {
		t.Error(err)
	}
	if err := d.advance(ann, id, "", ""); err == nil || err.Error() != "Missing: Имя" {
		t.Error(err)
	}
}

const choice = "meet > choose, choose > sign: Sign now, choose > pay: Pay first, sign > pay"

// chooser is a funnel where a person chooses behind the first stage.
func chooser(meet ...string) string {
	return draw("funnel.kind=deal", node("startEvent", "start", ""), stage("meet", meet...), node("exclusiveGateway", "choose", ""), stage("sign"), stage("pay"),
		end("won", "won"), flows("start > meet, "+choice+", pay > won"))
}

func TestManualGateway(t *testing.T) {
	for to, want := range map[string]string{"Sign now": "sign", "choose_pay": "pay", "sign": "sign", "pay": "pay"} {
		d := open(t, chooser())
		id := d.create(ann, "deal", "")
		d.must(d.advance(ann, id, to, ""))
		d.stands(id, want)
	}
	d := open(t, chooser())
	id := d.create(ann, "deal", "")
	err := d.advance(ann, id, "", "")
	d.refuses(err, "move:to")
	if !strings.Contains(err.Error(), "“Sign now”, “Pay first”") {
		t.Error(err)
	}
	d.refuses(d.advance(ann, id, "Fly", ""), "move:Fly")
}

// What a person chose can be asked for, by the flow's id or name.
func TestFlowInConditions(t *testing.T) {
	for _, when := range []string{`flow == "Pay first"`, `flow == "choose_pay"`} {
		d := open(t, chooser(asks("sum_paid:money Sum|prop:requiredWhen="+when)...))
		id := d.create(ann, "deal", "")
		d.refuses(d.advance(ann, id, "Pay first", ""), "field:sum_paid")
		d.must(d.advance(ann, id, "Sign now", ""))
	}
}

func TestSkip(t *testing.T) {
	d := open(t, sale("funnel.skip=true", asks("name:string Name|required"), asks("number:string Number|required"), nil))
	id := d.create(ann, "deal", "")
	d.refuses(d.advance(ann, id, "pay", ""), "field:name field:number")
	d.must(d.advance(ann, id, "pay", "name=Ivan; number=No 7"))
	d.stands(id, "pay")
	d.tells(id, "advanced meet by ann", "advanced sign by ann")
	if left := d.card(id).Left; strings.Join(left, " ") != "meet sign" {
		t.Error(left)
	}
}

func TestNoSkip(t *testing.T) {
	d := open(t, sale("", nil, nil, nil))
	id := d.create(ann, "deal", "")
	err := d.advance(ann, id, "pay", "")
	d.refuses(err, "move:pay")
	if !strings.Contains(err.Error(), "one stage at a time") {
		t.Error(err)
	}
	d.must(d.advance(ann, id, "", ""))
	d.refuses(d.advance(ann, id, "meet", ""), "move:meet")
	d.stands(id, "sign")
}

// A jump that something holds on the way is undone as a whole.
func TestSkipIsHeld(t *testing.T) {
	d := open(t, draw("funnel.kind=deal\nfunnel.skip=true", node("startEvent", "start", ""), stage("a", form(field("discount:percent Discount|required"))),
		node("exclusiveGateway", "x", ""), node("userTask", "approve", "Approve the discount", extension(props("funnel.stage=false"))), stage("b"), stage("c"), end("won", "won"),
		flows("start > a, a > x, x > approve if discount > 10, x > b, approve > b, b > c, c > won")))
	d.engine.Now()
	id := d.create(ann, "deal", "")
	err := d.advance(ann, id, "c", "discount=20")
	d.refuses(err, "move:c")
	if !strings.Contains(err.Error(), "Approve the discount") {
		t.Error(err)
	}
	d.stands(id, "a")
	if v := d.value(id, "discount"); v != "" {
		t.Errorf("discount %s was kept", v)
	}
	d.must(d.advance(ann, id, "c", "discount=5"))
	d.stands(id, "c")
}

// An approval on the way stands in the stage that was left, and is completed as a task.
func TestTaskBetweenStages(t *testing.T) {
	d := open(t, draw("funnel.kind=deal", node("startEvent", "start", ""), stage("a"), node("userTask", "approve", "Approve", extension(props("funnel.stage=false"), form(field("ok:boolean OK|required")))),
		stage("b"), end("won", "won"), flows("start > a, a > approve, approve > b, b > won")))
	id := d.create(ann, "deal", "")
	d.must(d.advance(ann, id, "", ""))
	d.stands(id, "a(approve)")
	d.refuses(d.advance(ann, id, "", ""), "move:approve")
	approve := func(values string) error {
		return d.update(func(tx *engine.Tx) error {
			return d.Advance(tx, ann, id, Advance{Stage: "approve", Fields: fields(values)})
		})
	}
	d.refuses(approve(""), "field:ok")
	d.must(approve("ok=true"))
	d.stands(id, "b")
}

func TestTracks(t *testing.T) {
	d := open(t, draw("funnel.kind=deal", node("startEvent", "start", ""),
		node("subProcess", "train", "Train", extension(props("funnel.stage=true\nfunnel.rule.hours=hours >= 10\nfunnel.rule.hours.text=Ten hours\nfunnel.rejection=health=Health")),
			node("startEvent", "s", ""), node("parallelGateway", "split", ""), stage("theory"), stage("drive", form(field("hours:long Hours"))),
			node("parallelGateway", "join", ""), node("endEvent", "e", ""), flows("s > split, split > theory, split > drive, theory > join, drive > join, join > e")),
		end("won", "won"), flows("start > train, train > won")))
	id := d.create(ann, "deal", "")
	d.stands(id, "train")
	err := d.advance(ann, id, "", "")
	d.refuses(err, "move:train")
	if !strings.Contains(err.Error(), "“Theory”, “Drive”") {
		t.Error(err)
	}
	complete := func(track, values string) error {
		return d.update(func(tx *engine.Tx) error {
			return d.Advance(tx, ann, id, Advance{Stage: track, Fields: fields(values)})
		})
	}
	d.refuses(complete("drive", "hours=5"), "rule:hours")
	d.refuses(complete("theory", "hours=5"), "rule:hours")
	d.must(complete("theory", "hours=12"))
	if s := d.card(id).Stands[0]; len(s.Open) != 1 || s.Open[0].Element != "drive" || strings.Join(s.Done, "") != "theory" {
		t.Errorf("%+v", s)
	}
	d.must(complete("drive", ""))
	d.stands(id, "won")
}

func TestParallelStages(t *testing.T) {
	d := open(t, draw("funnel.kind=deal", node("startEvent", "start", ""), stage("a"), node("parallelGateway", "split", ""), stage("b"), stage("c"),
		node("parallelGateway", "join", ""), stage("z"), end("won", "won"), flows("start > a, a > split, split > b, split > c, b > join, c > join, join > z, z > won")))
	id := d.create(ann, "deal", "")
	d.must(d.advance(ann, id, "b", ""))
	d.stands(id, "b+c")
	d.refuses(d.advance(ann, id, "", ""), "move:")
	one := func(stage string) error {
		return d.update(func(tx *engine.Tx) error { return d.Advance(tx, ann, id, Advance{Stage: stage}) })
	}
	d.must(one("b"))
	d.stands(id, "b(join)+c")
	d.must(one("c"))
	d.stands(id, "z")
}

func TestRobotHolds(t *testing.T) {
	d := open(t, draw("funnel.kind=deal", node("startEvent", "start", ""), stage("a"), robot("mail"), stage("b"), robot("bye"), end("won", "won"),
		flows("start > a, a > mail, mail > b, b > bye, bye > won")))
	id := d.create(ann, "deal", "")
	d.must(d.advance(ann, id, "", ""))
	d.stands(id, "b(mail)") // only b can follow
	d.refuses(d.advance(ann, id, "", ""), "move:mail")
	since := d.card(id).Stands[0].Since
	d.now = d.now.Add(time.Hour)
	d.must(d.done(id, "mail", ""))
	d.stands(id, "b")
	if got := d.card(id).Stands[0].Since; !got.Equal(since.Add(time.Hour)) {
		t.Errorf("stands there since %s", got)
	}
	d.must(d.advance(ann, id, "", ""))
	d.stands(id, "b(bye)")
}

// A stage that completes by itself does so as soon as all is there, and one behind it too.
func TestAuto(t *testing.T) {
	auto := props("funnel.stage.auto=true")
	d := open(t, sale("", []string{auto, form(field("name:string Name|required"))}, []string{auto, form(field("paid:money Paid"), field("debt:money Debt|prop:value=100 - paid")), props("")},
		nil, ""))
	id := d.create(ann, "deal", "")
	d.stands(id, "meet")
	d.must(d.write(ann, id, "name=Ivan"))
	d.stands(id, "pay")
	d.tells(id, "advanced meet", "advanced sign")
}

func TestFreshFieldsAreAskedAnew(t *testing.T) {
	d := open(t, draw("funnel.kind=deal\nfunnel.back=any", node("startEvent", "start", ""), stage("meet", form(field("next:date Next|required|prop:fresh=true"))), stage("sign"), end("won", "won"),
		flows("start > meet, meet > sign, sign > won")))
	id := d.create(ann, "deal", "next=2026-04-01")
	d.refuses(d.advance(ann, id, "", ""), "field:next")
	d.must(d.write(ann, id, "next=2026-04-01"))
	d.must(d.advance(ann, id, "", ""))
	d.must(d.update(func(tx *engine.Tx) error { return d.Back(tx, ann, id, Back{To: "meet", Why: "again"}) }))
	d.refuses(d.advance(ann, id, "", ""), "field:next")
	d.must(d.advance(ann, id, "", "next=2026-05-01"))
	d.stands(id, "sign")
}

// What is asked on entry undoes a person's move; where nobody moved the card it stands there with an incident.
func TestOnEnter(t *testing.T) {
	d := open(t, draw("funnel.kind=deal\nfunnel.back=any", node("startEvent", "start", ""), stage("a"), stage("b", form(field("group:string Group|required|prop:funnel.on=enter"))), end("won", "won"),
		boundary("tick", "a", timer, true), flows("start > a, a > b, b > won, tick > b")))
	id := d.create(ann, "deal", "")
	d.refuses(d.advance(ann, id, "", ""), "field:group")
	d.stands(id, "a")
	if got := d.answers(ann, id); got != "a here, b asks" {
		t.Error(got)
	}
	d.must(d.advance(ann, id, "", "group=N-12"))
	d.stands(id, "b")
	d.must(d.advance(ann, id, "", ""))
	other := d.create(ann, "deal", "")
	d.now = d.now.Add(time.Hour)
	if _, err := d.engine.FireDue(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	d.stands(other, "b")
	if card := d.card(other); card.Stuck != 1 {
		t.Errorf("%+v", card)
	}
}

func TestStaleVersion(t *testing.T) {
	d := open(t, sale("", asks("name:string Name"), nil, nil))
	id := d.create(ann, "deal", "")
	old := d.card(id).Version
	d.must(d.write(ann, id, "name=Ivan"))
	for _, deed := range []func(tx *engine.Tx) error{
		func(tx *engine.Tx) error { return d.Advance(tx, ann, id, Advance{Version: old}) },
		func(tx *engine.Tx) error { return d.Write(tx, ann, id, nil, old) },
		func(tx *engine.Tx) error { return d.Reject(tx, ann, id, Reject{Version: old}) },
		func(tx *engine.Tx) error { return d.Back(tx, ann, id, Back{Version: old}) },
		func(tx *engine.Tx) error { return d.Assign(tx, ann, id, "", old) },
	} {
		if err := d.update(deed); !errors.Is(err, storage.ErrStale) {
			t.Error(err)
		}
	}
	d.must(d.update(func(tx *engine.Tx) error { return d.Advance(tx, ann, id, Advance{Version: d.card(id).Version}) }))
}

// The gate stands on the completing: whoever completes the task, past this package, meets it too.
func TestGateStandsOnTheEngine(t *testing.T) {
	d := open(t, sale("", asks("name:string Name|required"), nil, nil))
	id := d.create(ann, "deal", "")
	task := engine.OuterID(id, d.card(id).Stands[0].Token)
	d.refuses(d.update(func(tx *engine.Tx) error { return tx.Complete(task, nil, "") }), "field:name")
	d.must(d.update(func(tx *engine.Tx) error {
		return tx.Complete(task, map[string]engine.Value{"name": encoded("Ivan")}, "")
	}))
	d.stands(id, "sign")
}

func TestNobodyDoesNothing(t *testing.T) {
	d := open(t, sale("", nil, nil, nil))
	if err := d.update(func(tx *engine.Tx) error { _, err := d.Create(tx, access.Actor{}, Draft{Funnel: "deal"}); return err }); !errors.Is(err, access.ErrNobody) {
		t.Error(err)
	}
	id := d.create(ann, "deal", "")
	if err := d.advance(access.Actor{}, id, "", ""); !errors.Is(err, access.ErrNobody) {
		t.Error(err)
	}
}
