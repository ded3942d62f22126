package card

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// answers are those of all stages: "meet here, sign asks, pay no".
func (d *desk) answers(who access.Actor, id string) string {
	d.Helper()
	var all []string
	d.view(func(tx *engine.Tx) error {
		moves, err := d.Moves(tx, who, id)
		for _, m := range moves {
			all = append(all, m.Stage+" "+string(m.Answer))
			if m.Answer == AnswerNo && m.Reason == "" || m.Answer == AnswerAsks && len(m.Missing) == 0 {
				d.Errorf("no reason: %+v", m)
			}
		}
		return err
	})
	return strings.Join(all, ", ")
}

func TestMoves(t *testing.T) {
	d := open(t, sale("funnel.skip=true\nfunnel.back=any", asks("name:string Name|required"), nil, asks("paid:money Paid|required")))
	id := d.create(ann, "deal", "")
	for _, c := range []struct{ to, values, want string }{
		{"", "", "meet here, sign asks, pay asks"},
		{"sign", "name=A", "meet back, sign here, pay free"},
		{"pay", "", "meet no, sign no, pay here"},
	} {
		if c.to != "" {
			d.must(d.advance(ann, id, c.to, c.values))
		}
		if got := d.answers(ann, id); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if got := d.answers(bob, id); got != "meet back, sign back, pay here" {
		t.Error(got)
	}
	d.must(d.advance(bob, id, "", `paid="1"`))
	if got := d.answers(ann, id); got != "meet no, sign no, pay no" {
		t.Error(got)
	}
}

// The line of a card says one thing, by its order of precedence.
func TestNext(t *testing.T) {
	xml := strings.Replace(sale("", asks("name:string Name|required", "photo:string Photo|required"), nil, nil), `<bpmn:userTask id="meet"`, `<bpmn:userTask id="meet" camunda:dueDate="PT4H"`, 1)
	d := open(t, xml)
	id := d.create(ann, "deal", "")
	says := func(who access.Actor, kind NextKind, text string) {
		t.Helper()
		next := d.page(who, id).Next
		if next == nil || next.Kind != kind || next.Text != text {
			t.Errorf("%+v, want %s %q", next, kind, text)
		}
	}
	says(ann, NextMissing, "Missing: name, photo")
	says(oleg, NextMissing, "Нет: name, photo")
	d.now = d.now.Add(3 * time.Hour)
	says(ann, NextNear, "Missing: name, photo. Due soon")
	d.now = d.now.Add(time.Hour)
	says(ann, NextOverdue, "Missing: name, photo. Overdue")
	says(oleg, NextOverdue, "Нет: name, photo. Срок прошёл")
	d.must(d.advance(ann, id, "", "name=A; photo=B"))
	says(ann, NextReady, "Ready: on to “Pay”")
	says(bob, NextWaits, "Waiting for: sales")
	d.must(d.update(func(tx *engine.Tx) error {
		i, err := tx.Instance(id)
		if err != nil {
			return err
		}
		return tx.Raise(id, i.Tokens[len(i.Tokens)-1].ID, "sign", "job_failed", "no template")
	}))
	says(ann, NextStuck, "A robot stopped")
}

// Where nothing is missing, the clock speaks alone.
func TestNextByTheClockAlone(t *testing.T) {
	d := open(t, strings.Replace(sale("", nil, nil, nil), `<bpmn:userTask id="meet"`, `<bpmn:userTask id="meet" camunda:dueDate="PT4H"`, 1))
	id := d.create(ann, "deal", "")
	for _, c := range []struct {
		later time.Duration
		text  string
	}{{0, "Ready: on to “Sign”"}, {3 * time.Hour, "Due soon"}, {time.Hour, "Overdue"}} {
		d.now = d.now.Add(c.later)
		if got := d.page(ann, id).Next.Text; got != c.text {
			t.Errorf("%q, want %q", got, c.text)
		}
	}
}

// What is missing is named as inside a sentence; a condition says its own, in the language of the reader where that is known.
func TestLacking(t *testing.T) {
	d := open(t)
	xml := sale("funnel.language=en", []string{
		form(field("insurance:string СНИЛС|required"), field("fullname:string Full name|required"), field("a:long A"), field("b:long B")),
		props("funnel.rule.more=a > 1\nfunnel.rule.more.text=Too few.\nfunnel.rule.far=b > 1\nfunnel.rule.far.text=Only ${b}"),
	}, nil, nil)
	d.must(d.update(func(tx *engine.Tx) error {
		made, problems, err := funnel.Upload(tx, access.System("test"), []funnel.File{
			{Name: "d.bpmn", Data: []byte(xml)}, {Name: "d.ru.properties", Data: []byte("field.fullname=Имя\nmeet.rule.more=Мало\nmeet.rule.far=Лишь ${b}")},
		})
		if len(made) == 0 {
			t.Error(problems)
		}
		return err
	}))
	id := d.create(ann, "deal", "a=1; b=1")
	for who, want := range map[*access.Actor]string{&ann: "Missing: СНИЛС, full name. Too few. Only 1", &oleg: "Нет: СНИЛС, имя. Мало. Only 1"} {
		if got := d.page(*who, id).Next.Text; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A card says what it is by the choices that its funnel begins with, but not where it came from, nor what only some may see.
func TestAbout(t *testing.T) {
	start := func(fields ...string) string {
		return strings.Replace(sale("funnel.channels.sales=site=Site", nil, nil, nil), `<bpmn:startEvent id="start" name="Request">`, `<bpmn:startEvent id="start" name="Request">`+extension(asks(fields...)...), 1)
	}
	d := open(t, start("source:enum Source|prop:values=channels.sales", "name:string Name", "kind:enum Kind|value:b=Car, small|value:a=Bike", "when:enum When|prop:multiple=true|value:now=Now",
		"margin:enum Margin|value:low=Low|prop:see=head_of_sales", "box:enum Box|value:at=Automatic", "branch:enum Branch|value:n=North", "pay:enum Pay|value:all=At once"))
	id := d.create(ann, "deal", `source=site; name=A; kind=b; when=["now"]; branch=n; pay=all`)
	if got := d.page(ann, id).About; got != "Car · North" {
		t.Errorf("%q", got)
	}
	d.must(d.write(ann, id, "box=at; kind=a"))
	if got := d.page(ann, id).About; got != "Bike · Automatic · North" {
		t.Errorf("%q", got)
	}
}

// A track counts what its rule compares, else the things that it asks for.
func TestTrackProgress(t *testing.T) {
	d := open(t, draw("funnel.kind=deal\nfunnel.language=en", node("startEvent", "start", ""), node("subProcess", "train", "Train", extension(props("funnel.stage=true")),
		node("startEvent", "s", ""), node("parallelGateway", "split", ""),
		stage("drive", form(field("plan:long Plan, h"), field("hours:long Hours done, h|required|rule.all=hours >= plan|prop:rule.all.text=Not all hours"))),
		stage("papers", form(field("act:string Act|required"), field("pass:string Pass|required"), field("note:string Note")), props("funnel.stage.auto=true")),
		node("parallelGateway", "join", ""), node("endEvent", "e", ""), flows("s > split, split > drive, split > papers, drive > join, papers > join, join > e")),
		end("won", "won"), flows("start > train, train > won")))
	id := d.create(ann, "deal", "")
	track := func(values, drive, papers string) {
		t.Helper()
		if values != "" {
			d.must(d.write(ann, id, values))
		}
		p := d.page(ann, id)
		for n, want := range []string{drive, papers} {
			g := p.Tracks[n]
			if got := fmt.Sprintf("%s %v/%v %v %s", g.Task, g.Have, g.Need, g.Done, g.Text); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
	track("", "drive 0/1 false Missing: hours done, h", "papers 0/2 false Missing: act, pass")
	track("plan=56", "drive 0/56 false Missing: hours done, h", "papers 0/2 false Missing: act, pass")
	track("hours=12; act=A", "drive 12/56 false Not all hours", "papers 1/2 false Missing: pass")
	if got := d.page(ann, id).Next.Text; got != "Missing: pass. Left: drive" {
		t.Errorf("%q", got)
	}
	track("hours=60; pass=B", "drive 56/56 false ", "papers 0/0 true ")
	if m := d.page(ann, id).Funnel.Stage("train").Tracks[0].Measure; m == nil || *m != (funnel.Measure{Done: "hours", Plan: "plan", Unit: "h", Rule: "all"}) {
		t.Errorf("%+v", m)
	}
}

// A refusal by role names the people who may.
func TestWhoMay(t *testing.T) {
	d := open(t, sale("", nil, nil, nil))
	id := d.create(ann, "deal", "")
	err := d.advance(bob, id, "", "")
	d.refuses(err, "role:sales")
	var r *Refusal
	if !errors.As(err, &r) || r.Missing[0].Who != nil {
		t.Fatalf("%+v", r)
	}
	d.must(d.update(func(tx *engine.Tx) error {
		_, err := access.Create(tx, access.System("test"), access.User{ID: "old", Name: "Old", Roles: []string{"sales"}}, "")
		if err != nil {
			return err
		}
		return access.Deactivate(tx, access.System("test"), "old")
	}))
	r.Missing[0].Roles = append(r.Missing[0].Roles, "accountant", "sales")
	d.view(func(tx *engine.Tx) error { return Name(tx, r.Missing) })
	if got := fmt.Sprint(r.Missing[0].Who); got != "[{ann Ann} {oleg Олег} {bob Bob}]" {
		t.Error(got)
	}
}

func TestBoard(t *testing.T) {
	xml := strings.Replace(sale("funnel.title=name\nfunnel.amount=price", asks("name:string Name", "price:money Price", "branch:enum Branch|value:n=N|value:s=S"), nil, nil),
		`<bpmn:userTask id="meet"`, `<bpmn:userTask id="meet" camunda:dueDate="PT4H"`, 1)
	d := open(t, xml)
	var ids []string
	for n := range 5 {
		d.now = d.now.Add(time.Minute)
		ids = append(ids, d.create(ann, "deal", fmt.Sprintf(`name=Client %d; price="%d00"; branch=%c`, n, n+1, "ns"[n%2])))
	}
	d.must(d.update(func(tx *engine.Tx) error { return tx.Set(ids[0], map[string]engine.Value{"owner": encoded("ann")}) }))
	d.must(d.write(ann, ids[0], "name=Client zero"))
	d.must(d.advance(ann, ids[4], "", ""))
	board := func(v View) string {
		t.Helper()
		var b *Board
		d.view(func(tx *engine.Tx) (err error) {
			b, err = d.Board(tx, ann, "deal", v)
			return err
		})
		var all []string
		for _, c := range b.Columns {
			var cards []string
			for _, item := range c.Cards {
				cards = append(cards, item.Title)
			}
			next := ""
			if c.Next != "" {
				next = " …"
			}
			all = append(all, fmt.Sprintf("%s %d/%s/%d [%s%s]", c.ID, c.Count, c.Amount, c.Overdue, strings.Join(cards, ", "), next))
		}
		return strings.Join(all, "; ")
	}
	for _, c := range []struct {
		view View
		want string
	}{
		{View{}, "meet 4/1000/0 [Client zero, Client 1, Client 2, Client 3]; sign 1/500/0 [Client 4]; pay 0/0/0 []"},
		{View{Limit: 2}, "meet 4/1000/0 [Client zero, Client 1 …]; sign 1/500/0 [Client 4]; pay 0/0/0 []"},
		{View{Owner: "ann"}, "meet 1/100/0 [Client zero]; sign 0/0/0 []; pay 0/0/0 []"},
		{View{Text: "cli 2"}, "meet 1/300/0 [Client 2]; sign 0/0/0 []; pay 0/0/0 []"},
		{View{Fields: map[string]string{"branch": "s"}}, "meet 2/600/0 [Client 1, Client 3]; sign 0/0/0 []; pay 0/0/0 []"},
		{View{Overdue: true}, "meet 0/0/0 []; sign 0/0/0 []; pay 0/0/0 []"},
		{View{Stage: "sign"}, "sign 1/500/0 [Client 4]"},
	} {
		if got := board(c.view); got != c.want {
			t.Errorf("%+v:\n%s, want\n%s", c.view, got, c.want)
		}
	}
	d.view(func(tx *engine.Tx) error {
		first, err := d.Board(tx, ann, "deal", View{Stage: "meet", Limit: 3})
		if err != nil {
			return err
		}
		rest, err := d.Board(tx, ann, "deal", View{Stage: "meet", Limit: 3, After: first.Columns[0].Next})
		if err != nil {
			return err
		}
		if c := rest.Columns[0]; len(c.Cards) != 1 || c.Cards[0].Title != "Client 3" || c.Next != "" || c.Count != 4 {
			t.Errorf("%+v", c)
		}
		return nil
	})
	d.now = d.now.Add(4 * time.Hour)
	if got := board(View{Overdue: true, Limit: 1}); got != "meet 4/1000/4 [Client zero …]; sign 0/0/0 []; pay 0/0/0 []" {
		t.Error(got)
	}
}

func TestListAndSearch(t *testing.T) {
	d := open(t, sale("funnel.title=name", asks("name:string Name", "phone:phone Phone", "rejection:enum|value:far=Far"), nil, nil))
	anna := d.create(ann, "deal", "name=Анна Королёва; phone=+7 900 123-45-67")
	petr := d.create(ann, "deal", "name=Пётр Королев")
	d.must(d.reject(ann, petr, "far", ""))
	for text, want := range map[string]string{
		"королев": petr + " " + anna, "КОРОЛЁВ анн": anna, "89001234567": anna, "+7 (900) 123": anna, "900123": anna, "петр": petr, "nobody": "", "  ": "", "анна пётр": "",
		"кор королев": "", "кор": petr + " " + anna, "ан анна": "", "анна анна": anna, // each word asked for is another one of the card's
	} {
		d.view(func(tx *engine.Tx) error {
			cards, _, err := d.Search(tx, text, nil, "", 10)
			var got []string
			for _, c := range cards {
				got = append(got, c.ID)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%q finds %v, want %s", text, got, want)
			}
			return err
		})
	}
	for _, c := range []struct {
		filter Filter
		want   int
	}{
		{Filter{}, 2},
		{Filter{Funnel: "deal"}, 2},
		{Filter{Funnel: "deal", State: OpenCards}, 1},
		{Filter{Funnel: "deal", State: ClosedCards}, 1},
		{Filter{Outcome: "lost"}, 1},
		{Filter{Outcome: "lost", Funnel: "deal"}, 1},
		{Filter{Owner: "ann", State: OpenCards}, 0},
		{Filter{Text: "анна"}, 1},
		{Filter{Funnel: "other"}, 0},
		{Filter{Contact: "x"}, 0},
	} {
		d.view(func(tx *engine.Tx) error {
			cards, _, err := d.List(tx, c.filter, "", 10)
			if len(cards) != c.want {
				t.Errorf("%+v: %d cards", c.filter, len(cards))
			}
			return err
		})
	}
	d.view(func(tx *engine.Tx) error {
		first, next, err := d.List(tx, Filter{}, "", 1)
		if err != nil {
			return err
		}
		second, end, err := d.List(tx, Filter{}, next, 1)
		if err != nil || len(first) != 1 || len(second) != 1 || first[0].ID == second[0].ID || end != "" {
			t.Errorf("%v %v %q %v", first, second, end, err)
		}
		return nil
	})
}
