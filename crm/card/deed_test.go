package card

import (
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

func TestCreate(t *testing.T) {
	d := open(t, draw("funnel.kind=lead\nfunnel.title=name", node("startEvent", "start", "", extension(form(
		field("name:string Name|required"), field("phone:phone Phone"), field("mail:email Mail|prop:requiredWhen=phone == nil"), field("source:enum Source|value:site=Site|value:call=Call")))),
		stage("meet"), end("won", "won"), flows("start > meet, meet > won")),
		strings.Replace(draw("", node("startEvent", "s", ""), node("endEvent", "e", ""), flows("s > e")), `id="deal"`, `id="plain"`, 1))
	try := func(process, values string) error {
		return d.update(func(tx *engine.Tx) error {
			_, err := d.Create(tx, ann, Draft{Funnel: process, Fields: fields(values)})
			return err
		})
	}
	d.refuses(try("deal", ""), "field:name field:mail")
	d.refuses(try("deal", "name=A; phone=abc; source=fax; age=7"), "field:age field:phone field:source field:mail")
	d.refuses(try("nothing", ""), "move:nothing")
	d.refuses(try("plain", ""), "move:plain")
	id := d.create(ann, "deal", "name=Анна; phone=8 (900) 123-45-67; source=call")
	if v := d.value(id, "phone"); v != `"+79001234567"` {
		t.Errorf("phone %s", v)
	}
	card := d.card(id)
	if card.Kind != funnel.Lead || card.Title != "Анна" || card.Definition != "deal:1" || card.Funnel != "deal" || !card.Created.Equal(d.now) {
		t.Errorf("%+v", card)
	}
}

func TestDefaults(t *testing.T) {
	xml := strings.Replace(sale("", asks("at_hand:date Day", "kind:enum Kind|value:a=A|value:b=B"), nil, nil), `id="kind"`, `id="kind" defaultValue="a"`, 1)
	d := open(t, xml)
	if v := d.value(d.create(ann, "deal", ""), "kind"); v != `"a"` {
		t.Error(v)
	}
	if v := d.value(d.create(ann, "deal", "kind=b"), "kind"); v != `"b"` {
		t.Error(v)
	}
}

func TestWrite(t *testing.T) {
	d := open(t, sale("funnel.amount=price * 2", []string{form(
		field("price:money Price|min=0|max=1000"), field("twice:money Twice|prop:value=price * 2"), field("born:date Born"), field("years:long Years|prop:value=age(born)"),
		field("robot:string Robot|prop:readonly=true"), field("passport:string Passport|prop:edit=accountant|prop:see=accountant"), field("scan:file Scan"), field("whom:user Whom"), field("friend:contact Friend"))}, nil, nil))
	id := d.create(ann, "deal", "")
	d.refuses(d.write(ann, id, "price=2000; born=soon; twice=1; robot=x; passport=1; scan=x; nothing=1"),
		"field:born field:nothing role:passport field:price field:robot field:scan field:twice")
	d.must(d.write(ann, id, `price={"amount":15050,"currency":"RUB"}; born=17.03.2008`))
	if v := d.value(id, "price") + " " + d.value(id, "twice") + " " + d.value(id, "years"); v != "15050 30100 " {
		t.Error(v)
	}
	page := d.page(ann, id)
	if got := string(page.Fields["price"]) + string(page.Fields["years"]); got != `{"amount":15050,"currency":"RUB"}17` {
		t.Error(got)
	}
	if card := d.card(id); card.Amount != 30100 || card.Currency != "RUB" {
		t.Errorf("%+v", card)
	}
	d.refuses(d.write(ann, id, "whom=nobody; friend=nobody"), "field:friend field:whom")
	d.must(d.write(ann, id, "whom=bob"))
	d.must(d.write(ann, id, "price=null"))
	if v := d.value(id, "price") + d.value(id, "twice"); v != "" {
		t.Error(v)
	}
	d.must(d.write(bob, id, `passport="4510 123456"`))
	if page := d.page(ann, id); page.Fields["passport"] != nil {
		t.Error("sales see the passport")
	}
	if page := d.page(bob, id); page.Fields["passport"] == nil {
		t.Error("the accountant does not see the passport")
	}
	for _, line := range d.history(ann, id) {
		if strings.Contains(string(line.Data), "4510") {
			t.Error("the history shows the passport")
		}
	}
	before := d.card(id).Version
	d.must(d.write(bob, id, `passport="4510 123456"`))
	if d.card(id).Version != before {
		t.Error("nothing was changed, and yet the card was written")
	}
}

func (d *desk) history(who access.Actor, id string) (all []Event) {
	d.Helper()
	d.view(func(tx *engine.Tx) (err error) {
		all, _, err = d.History(tx, who, id, 0, 0)
		return err
	})
	return all
}

func TestHistoryHasOldAndNew(t *testing.T) {
	d := open(t, sale("", asks("name:string Name"), nil, nil))
	id := d.create(ann, "deal", "name=A")
	d.now = d.now.Add(time.Minute)
	d.must(d.write(ann, id, "name=B"))
	lines := d.history(ann, id)
	last := lines[len(lines)-1]
	if last.Kind != LineChanged || string(last.Data) != `{"name":{"old":"A","new":"B"}}` || last.Who != "ann" || !last.At.Equal(d.now) {
		t.Errorf("%s %+v", last.Data, last)
	}
}

func TestAssign(t *testing.T) {
	d := open(t, sale("", nil, nil, nil))
	id := d.create(ann, "deal", "")
	other := access.Actor{ID: "eve", Roles: []string{"other"}, Language: "en"}
	assign := func(who access.Actor, to string) error {
		return d.update(func(tx *engine.Tx) error { return d.Assign(tx, who, id, to, 0) })
	}
	d.refuses(assign(ann, "nobody"), "field:owner")
	d.must(assign(ann, "oleg"))
	if card := d.card(id); card.Owner != "oleg" {
		t.Errorf("%+v", card)
	}
	d.refuses(assign(other, ""), "role:sales")
	d.must(assign(boss, ""))
	if card := d.card(id); card.Owner != "" {
		t.Errorf("%+v", card)
	}
	d.tells(id, "assigned by ann", "assigned by boss")
}

const losing = `<bpmn:subProcess id="losing" triggeredByEvent="true"><bpmn:startEvent id="given_up"><bpmn:errorEventDefinition errorRef="rejected"/></bpmn:startEvent>`

func TestReject(t *testing.T) {
	reasons := form(field("rejection:enum|value:far=Too far"))
	start := node("startEvent", "start", "", extension(form(field("rejection:enum|value:other=Other"))))
	d := open(t, draw("funnel.kind=deal", lanes, start, stage("meet", reasons), stage("sign", props("funnel.reject=head_of_sales")), end("won", "won"), flows("start > meet, meet > sign, sign > won")))
	id := d.create(ann, "deal", "")
	d.refuses(d.reject(ann, id, "", ""), "field:rejection")
	d.refuses(d.reject(ann, id, "near", ""), "field:rejection")
	d.refuses(d.reject(ann, id, "other", " "), "field:rejection_comment")
	d.refuses(d.reject(bob, id, "far", ""), "role:sales")
	d.must(d.reject(ann, id, "far", "moved"))
	d.stands(id, "lost")
	if card := d.card(id); card.Reason != "far" || card.Comment != "moved" || card.Left[0] != "meet" {
		t.Errorf("%+v", card)
	}
	d.tells(id, "rejected meet by ann")
	id = d.create(ann, "deal", "")
	d.must(d.advance(ann, id, "", ""))
	d.refuses(d.reject(ann, id, "far", ""), "field:rejection role:head_of_sales")
	d.must(d.reject(boss, id, "other", "nobody knows"))
	d.stands(id, "lost")
}

// Where the drawing catches the rejection the card goes the drawn way.
func TestRejectionIsCaught(t *testing.T) {
	d := open(t, draw("funnel.kind=lead", node("startEvent", "start", ""), stage("meet", form(field("rejection:enum|value:spam=Spam"))), end("won", "won"),
		losing+robot("bye")+end("junk", "junk")+flows("given_up > bye, bye > junk")+"</bpmn:subProcess>", flows("start > meet, meet > won")))
	id := d.create(ann, "deal", "")
	d.must(d.reject(ann, id, "spam", ""))
	d.stands(id, "meet(bye)")
	d.must(d.done(id, "bye", ""))
	d.stands(id, "junk")
	if card := d.card(id); card.Reason != "spam" {
		t.Errorf("%+v", card)
	}
}

// A robot that gives a client up passes the same look at its reason.
func TestRobotRejects(t *testing.T) {
	d := open(t, draw("funnel.kind=lead", node("startEvent", "start", ""), stage("meet", form(field("rejection:enum|value:spam=Spam"))), robot("check"), stage("sign"), end("won", "won"),
		end("junk", "junk"), boundary("bad", "check", `<bpmn:errorEventDefinition errorRef="rejected"/>`, true), flows("start > meet, meet > check, check > sign, sign > won, bad > junk")))
	id := d.create(ann, "deal", "")
	d.must(d.advance(ann, id, "", ""))
	throw := func(reason string) error {
		return d.job(id, "check", func(tx *engine.Tx, job string) error {
			return d.ThrowJob(tx, access.System("robot"), job, "", "rejected", "", map[string]engine.Value{"rejection": encoded(reason)})
		})
	}
	// the robot stands in the stage that follows, whose list has no such reason
	d.refuses(throw("spam"), "field:rejection")
	d.must(throw(""))
	d.stands(id, "junk")
}

func TestBackAndOverride(t *testing.T) {
	group := func(id, name string) string { return stage(id, props("funnel.stage.group="+name)) }
	d := open(t, draw("funnel.kind=deal\nfunnel.back=group", lanes, node("startEvent", "start", ""), group("meet", "Sale"), group("sign", "Sale"), group("pay", "Money"), end("won", "won"),
		flows("start > meet, meet > sign, sign > pay, pay > won")))
	id := d.create(ann, "deal", "")
	d.must(d.advance(ann, id, "", ""))
	back := func(who access.Actor, to, why string) error {
		return d.update(func(tx *engine.Tx) error { return d.Back(tx, who, id, Back{To: to, Why: why}) })
	}
	override := func(who access.Actor, to, why string) error {
		return d.update(func(tx *engine.Tx) error { return d.Override(tx, who, id, Back{To: to, Why: why}) })
	}
	d.refuses(back(bob, "meet", ""), "role:sales field:why")
	d.refuses(back(ann, "pay", "x"), "move:pay")
	d.must(back(ann, "meet", "forgot"))
	d.stands(id, "meet")
	d.must(d.advance(ann, id, "", ""))
	d.must(d.advance(ann, id, "", ""))
	d.refuses(back(bob, "sign", "x"), "move:sign") // out of the group
	d.refuses(override(ann, "meet", "x"), "role:head_of_sales")
	d.refuses(override(boss, "meet", " "), "field:why")
	d.must(override(boss, "meet", "by hand"))
	d.stands(id, "meet")
	d.tells(id, "back sign by ann", "override pay by boss")
	if left := d.card(id).Left; strings.Join(left, " ") != "meet sign pay" {
		t.Error(left)
	}
}

func convertible(extra string) string {
	return strings.Replace(draw("funnel.kind=lead\nfunnel.title=full_name", node("startEvent", "start", ""), stage("meet", form(
		field("full_name:string Name"), field("phone:phone Phone"), field("source:enum Source|value:site=Site"), field("age_now:long Age"), field("heir:string Heir"))),
		`<bpmn:endEvent id="sold" name="Deal">`+extension("<camunda:inputOutput>"+extra+"</camunda:inputOutput>", props("funnel.outcome=converted"))+`<bpmn:messageEventDefinition messageRef="m_sale"/></bpmn:endEvent>`,
		flows("start > meet, meet > sold")), `process id="deal"`, `process id="lead"`, 1)
}

func TestConvert(t *testing.T) {
	lead := convertible(`<camunda:inputParameter name="owner">${heir}</camunda:inputParameter><camunda:inputParameter name="note">from ${full_name}</camunda:inputParameter>`)
	deal := draw("funnel.kind=deal\nfunnel.title=full_name", `<bpmn:startEvent id="sold_start"><bpmn:messageEventDefinition messageRef="m_sale"/></bpmn:startEvent>`,
		stage("sign", form(field("full_name:string Name"), field("source:enum Source|value:site=Site"), field("note:string Note"), field("other:string Other"))), end("won", "won"),
		flows("sold_start > sign, sign > won"))
	d := open(t, lead, deal)
	id := d.create(ann, "lead", `full_name=Anna; phone=+79001234567; source=site; age_now=17; heir=oleg; owner=x`[:len(`full_name=Anna; phone=+79001234567; source=site; age_now=17; heir=oleg`)])
	d.must(d.advance(ann, id, "", ""))
	d.stands(id, "converted")
	from := d.card(id)
	to := d.card(from.To)
	if to.From != id || to.Title != "Anna" || to.Owner != "oleg" || to.Kind != funnel.Deal || to.Contact == "" || strings.Join(to.Worked, "") != "ann" {
		t.Errorf("%+v", to)
	}
	d.stands(to.ID, "sign")
	if v := d.value(to.ID, "note") + d.value(to.ID, "source") + d.value(to.ID, "age_now"); v != `"from Anna""site"` {
		t.Error(v)
	}
	d.view(func(tx *engine.Tx) error {
		one, err := contact.Lookup(tx, to.Contact)
		if err != nil || one.Name != "Anna" || one.Phones[0] != "+79001234567" {
			t.Errorf("%+v %v", one, err)
		}
		return nil
	})
	d.tells(id, "converted sold by robot")
	d.tells(to.ID, "converted by robot")
}

func TestConvertNeedsAFunnel(t *testing.T) {
	d := open(t, convertible(""))
	id := d.create(ann, "lead", "")
	err := d.advance(ann, id, "", "")
	d.refuses(err, "move:sold")
	d.stands(id, "meet")
}

func TestChildren(t *testing.T) {
	company := strings.Replace(draw("funnel.kind=deal\nfunnel.title=firm", node("startEvent", "start", ""), stage("list_up", form(field("firm:string Firm"), field("students:table Students|prop:columns=name=Name"))),
		`<bpmn:subProcess id="train" name="Train">`+extension(props("funnel.stage=true"))+`<bpmn:callActivity id="each" calledElement="training"><bpmn:extensionElements><camunda:in source="student" target="student"/></bpmn:extensionElements><bpmn:multiInstanceLoopCharacteristics camunda:collection="students" camunda:elementVariable="student"/></bpmn:callActivity></bpmn:subProcess>`,
		end("won", "won"), flows("start > list_up, list_up > train, train > won")), `process id="deal"`, `process id="company"`, 1)
	training := strings.Replace(draw("funnel.kind=deal\nfunnel.title=parent.firm", node("startEvent", "start", ""), stage("learn", form(field("student:table|prop:columns=name=Name"), field("rejection:enum|value:gone=Gone"))), end("done", "won"),
		flows("start > learn, learn > done")), `process id="deal"`, `process id="training"`, 1)
	d := open(t, company, training)
	id := d.create(ann, "company", `firm=South; students=[{"name":"A"},{"name":"B"}]`)
	d.must(d.advance(ann, id, "", ""))
	d.stands(id, "train")
	card := d.card(id)
	if card.Children != 2 || card.Finished != 0 {
		t.Fatalf("%+v", card)
	}
	var children []*Card
	d.view(func(tx *engine.Tx) (err error) {
		children, _, err = d.List(tx, Filter{Parent: id}, "", 10)
		return err
	})
	if len(children) != 2 || children[0].Title != "South" || children[0].Funnel != "training" {
		t.Fatalf("%+v", children)
	}
	d.must(d.advance(ann, children[0].ID, "", ""))
	if card := d.card(id); card.Finished != 1 {
		t.Errorf("%+v", card)
	}
	d.must(d.reject(ann, children[1].ID, "gone", ""))
	d.stands(children[1].ID, "lost")
	d.stands(id, "won")
}

func TestDocuments(t *testing.T) {
	d := open(t, sale("funnel.timezone=Europe/Moscow", asks("branch:string Branch", "act:document Act|required|prop:verb=create send keep|prop:number=A-${today().Year()}-${branch}-${seq(4)}"), nil, nil))
	handle := func(id, key string, verb funnel.Verb) (paper *Paper, err error) {
		err = d.update(func(tx *engine.Tx) (err error) {
			paper, err = d.Handle(tx, ann, id, key, verb, 0)
			return err
		})
		return paper, err
	}
	numbers := map[string]string{}
	for n, branch := range []string{"north", "north", "south"} {
		id := d.create(ann, "deal", "branch="+branch)
		paper, err := handle(id, "act", funnel.Create)
		if err != nil {
			t.Fatal(err)
		}
		numbers[paper.Number] = branch
		if n > 0 {
			continue
		}
		if paper.Date != "2026-03-16" || !paper.Created {
			t.Errorf("%+v", paper)
		}
		d.refuses(d.advance(ann, id, "", ""), "document:act document:act")
		if again, _ := handle(id, "act", funnel.Create); again.Number != paper.Number {
			t.Errorf("made twice: %s", again.Number)
		}
		_, err = handle(id, "act", funnel.Send)
		d.must(err)
		d.refuses(d.advance(ann, id, "", ""), "document:act")
		d.must(d.update(func(tx *engine.Tx) error {
			_, err := d.Keep(tx, ann, id, "act", "scan.pdf", []byte("%PDF-1.4"))
			return err
		}))
		if p := d.page(ann, id).Papers[0]; !p.Sent || !p.Kept || p.Files[0].Name != "scan.pdf" || p.Files[0].Type != "application/pdf" {
			t.Errorf("%+v", p)
		}
		d.must(d.advance(ann, id, "", ""))
		d.tells(id, "document by ann")
	}
	for _, want := range []string{"A-2026-north-0001", "A-2026-north-0002", "A-2026-south-0001"} {
		if numbers[want] == "" {
			t.Errorf("no %s in %v", want, numbers)
		}
	}
	id := d.create(ann, "deal", "")
	if _, err := handle(id, "branch", funnel.Create); kinds(err) != "document:branch" {
		t.Error(err)
	}
	if _, err := handle(id, "nothing", funnel.Create); kinds(err) != "field:nothing" {
		t.Error(err)
	}
}

func TestFiles(t *testing.T) {
	d := open(t, sale("", asks("photo:file Photo|required", "more:file More|prop:multiple=true", "name:string Name"), nil, nil))
	id := d.create(ann, "deal", "")
	keep := func(key, name string, data []byte) (file *File, err error) {
		err = d.update(func(tx *engine.Tx) (err error) {
			file, err = d.Keep(tx, ann, id, key, name, data)
			return err
		})
		return file, err
	}
	d.refuses(d.advance(ann, id, "", ""), "field:photo")
	for _, c := range []struct {
		key, name string
		data      []byte
		want      string
	}{
		{"name", "a.txt", []byte("x"), "field:name"}, {"photo", "a.txt", nil, "field:photo"}, {"photo", "a.txt", make([]byte, 2<<10), "field:photo"}, {"nothing", "a", []byte("x"), "field:nothing"},
	} {
		_, err := keep(c.key, c.name, c.data)
		d.refuses(err, c.want)
	}
	for _, c := range []struct{ name, data, safe, kind string }{
		{`C:\dir\фото 3×4.png`, "\x89PNG\r\n\x1a\n", "фото 3×4.png", "image/png"},
		{"../../etc/pass\x00wd\r\n", "hello", "passwd", "text/plain; charset=utf-8"},
		{"evil.html", "<html><script>alert(1)</script>", "evil.html", "text/plain; charset=utf-8"},
		{"a.docx", "PK\x03\x04", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"..", "x", "file", "text/plain; charset=utf-8"},
		{strings.Repeat("ы", 300) + ".pdf", "%PDF-1.4", "", "application/pdf"},
	} {
		file, err := keep("photo", c.name, []byte(c.data))
		if err != nil {
			t.Fatal(err)
		}
		if c.safe != "" && file.Name != c.safe || file.Type != c.kind || len(file.Name) > 200 {
			t.Errorf("%q: %q %q", c.name, file.Name, file.Type)
		}
		d.view(func(tx *engine.Tx) error {
			about, data, err := d.OpenFile(tx, access.System("test"), file.ID)
			if err != nil || string(data) != c.data || about.Card != id || about.By != "ann" || len(about.Hash) != 64 {
				t.Errorf("%+v %q %v", about, data, err)
			}
			return nil
		})
	}
	for _, name := range []string{"1.txt", "2.txt"} {
		_, err := keep("more", name, []byte("x"))
		d.must(err)
	}
	if v := d.value(id, "more"); strings.Count(v, `"name"`) != 2 {
		t.Error(v)
	}
	d.must(d.advance(ann, id, "", ""))
}
