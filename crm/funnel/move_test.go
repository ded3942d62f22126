package funnel

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func names(stages []*Stage) string {
	var all []string
	for _, s := range stages {
		all = append(all, s.ID)
	}
	return strings.Join(all, " ")
}

func TestOrder(t *testing.T) {
	shape := func(id string, x, y int) string {
		return fmt.Sprintf(`<bpmndi:BPMNShape id="%s_di" bpmnElement="%s"><dc:Bounds x="%d" y="%d" width="100" height="80"/></bpmndi:BPMNShape>`, id, id, x, y)
	}
	for _, c := range []struct{ name, want, xml string }{
		{"the longest way", "meet sign pay", draw("funnel.kind=deal", node("startEvent", "start", ""), stage("pay"), stage("sign"), stage("meet"),
			node("exclusiveGateway", "x", ""), end("won", "won"), flows("start > meet, meet > x, x > pay if 1 > 2, x > sign, sign > pay, pay > won"))},
		{"back edges are left out", "meet sign pay", draw("funnel.kind=deal", node("startEvent", "start", ""), stage("meet"), stage("sign"), stage("pay"),
			node("exclusiveGateway", "x", ""), end("won", "won"), flows("start > meet, meet > sign, sign > x, x > meet: Back, x > pay: On, pay > won"))},
		{"boundary flows after their host", "meet sign refund", draw("funnel.kind=deal", node("startEvent", "start", ""), stage("refund"), stage("meet"), stage("sign"),
			boundary("b", "sign", timer, true), end("won", "won"), end("lost", "lost"), flows("start > meet, meet > sign, sign > won, b > refund, refund > lost"))},
		{"ties by x, then y", "b c a", strings.Replace(draw("funnel.kind=deal", node("startEvent", "start", ""), stage("a"), stage("b"), stage("c"),
			node("parallelGateway", "split", ""), end("won", "won"), flows("start > split, split > a, split > b, split > c, a > won, b > won, c > won")),
			"</bpmn:definitions>", `<bpmndi:BPMNDiagram id="di"><bpmndi:BPMNPlane id="pl" bpmnElement="deal">`+shape("a", 300, 0)+shape("b", 100, 0)+shape("c", 100, 50)+
				"</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>", 1)},
		{"ties by file", "a b", draw("funnel.kind=deal", node("startEvent", "start", ""), stage("a"), stage("b"), node("parallelGateway", "split", ""),
			end("won", "won"), flows("start > split, split > b, split > a, a > won, b > won"))},
		{"links are ways", "meet sign", draw("funnel.kind=deal", node("startEvent", "start", ""), stage("sign"), stage("meet"),
			`<bpmn:intermediateThrowEvent id="out"><bpmn:linkEventDefinition name="L"/></bpmn:intermediateThrowEvent>`,
			`<bpmn:intermediateCatchEvent id="in"><bpmn:linkEventDefinition name="L"/></bpmn:intermediateCatchEvent>`,
			end("won", "won"), flows("start > meet, meet > out, in > sign, sign > won"))},
	} {
		f := compiled(t, c.xml)
		if got := names(f.Stages); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		for i, s := range f.Stages {
			if s.Order != i {
				t.Errorf("%s: %s has order %d", c.name, s.ID, s.Order)
			}
		}
	}
}

func TestMoves(t *testing.T) {
	f := compiled(t, draw("funnel.kind=deal", node("startEvent", "start", ""), stage("meet"), stage("sign"), stage("pay"), stage("fix"),
		node("exclusiveGateway", "choose", ""), node("exclusiveGateway", "data", ""), robot("work"),
		boundary("failed", "work", `<bpmn:errorEventDefinition errorRef="rejected"/>`, true),
		end("won", "won"), end("lost", "lost"),
		flows("start > meet, meet > choose, choose > sign: Sign, choose > pay: Pay now, sign > work, work > pay, failed > lost, pay > data, data > won if 1 < 2, data > fix, fix > won")))
	meet := f.Stage("meet")
	if len(meet.Moves) != 2 || !meet.Moves[0].Choice || meet.Moves[0].Name != "Sign" || meet.Moves[1].Flow != "choose_pay" {
		t.Fatalf("meet: %+v", meet.Moves)
	}
	if m := meet.Flow("Pay now"); m == nil || m.Flow != "choose_pay" {
		t.Errorf("by name: %+v", m)
	}
	if m := meet.Leading("sign"); m == nil || m.Flow != "choose_sign" {
		t.Errorf("by target: %+v", m)
	}
	sign := f.Stage("sign").Moves[0]
	if sign.Choice || !reflect.DeepEqual(sign.Stages, []string{"pay"}) || !reflect.DeepEqual(sign.Ends, []string{"lost"}) {
		t.Errorf("sign: %+v", sign)
	}
	pay := f.Stage("pay").Moves[0]
	if !reflect.DeepEqual(pay.Stages, []string{"fix"}) || !reflect.DeepEqual(pay.Ends, []string{"won"}) {
		t.Errorf("pay: %+v", pay)
	}
}

func TestWay(t *testing.T) {
	// a → b → c → (choice) d | e;  d → robot → f → catch → g → join … h
	xml := func(skip string) string {
		return draw("funnel.kind=deal\nfunnel.skip="+skip, node("startEvent", "start", ""), stage("a"), stage("b"), stage("c"), stage("d"), stage("e"), stage("f"),
			stage("g"), stage("h"), node("exclusiveGateway", "x", ""), robot("work"), robot("aside", props("funnel.wait=false")),
			`<bpmn:intermediateCatchEvent id="catch" name="A day">`+timer+`</bpmn:intermediateCatchEvent>`, end("won", "won"),
			flows("start > a, a > b, b > aside, aside > c, c > x, x > d: D, x > e: E, d > work, work > f, e > f, f > catch, catch > g, g > h, h > won"))
	}
	f, strict := compiled(t, xml("true")), compiled(t, xml("false"))
	for _, c := range []struct {
		from, to, way string
		why           Why
		node          string
	}{
		{"a", "b", "a_b", "", ""},
		{"a", "c", "a_b b_aside", "", ""},
		{"c", "d", "x_d", "", ""},
		{"a", "d", "", PastChoice, "c"},
		{"d", "f", "d_work", "", ""},
		{"d", "g", "", PastHold, "work"},
		{"f", "h", "", PastHold, "catch"},
		{"g", "won", "", "", ""},
		{"c", "a", "", NotDrawn, "a"},
		{"e", "d", "", NotDrawn, "d"},
	} {
		to := f.Stage(c.to)
		if to == nil {
			continue
		}
		moves, stop := f.Way(f.Stage(c.from), to)
		var way []string
		for _, m := range moves {
			way = append(way, m.Flow)
		}
		if got := strings.Join(way, " "); got != c.way {
			t.Errorf("%s to %s: %q, want %q", c.from, c.to, got, c.way)
		}
		if c.why != "" && (stop == nil || stop.Why != c.why || stop.Node != c.node) {
			t.Errorf("%s to %s: stopped by %+v, want %s at %s", c.from, c.to, stop, c.why, c.node)
		}
	}
	if _, stop := strict.Way(strict.Stage("a"), strict.Stage("c")); stop == nil || stop.Why != OnlyOne || stop.Node != "b" {
		t.Errorf("without skip: %+v", stop)
	}
}

// What data decides is passed as long as every decision leads to the same stage and one of them holds nobody.
func TestWayPastAnApproval(t *testing.T) {
	f := compiled(t, draw("funnel.kind=deal\nfunnel.skip=true", node("startEvent", "start", ""), stage("a"), stage("b"), stage("c"), node("exclusiveGateway", "x", ""),
		node("userTask", "approve", "Approve", extension(props("funnel.stage=false"))), end("won", "won"),
		flows("start > a, a > x, x > approve if 1 > 2, x > b, approve > b, b > c, c > won")))
	if moves, stop := f.Way(f.Stage("a"), f.Stage("c")); stop != nil || len(moves) != 2 {
		t.Errorf("%v %+v", moves, stop)
	}
}

func TestMayBack(t *testing.T) {
	grouped := func(back string) *Funnel {
		group := func(id, g string) string { return stage(id, props("funnel.stage.group="+g)) }
		return compiled(t, draw("funnel.kind=deal\nfunnel.back="+back, node("startEvent", "start", ""), group("a", "One"), group("b", "One"), group("c", "Two"), end("won", "won"),
			flows("start > a, a > b, b > c, c > won")))
	}
	for _, c := range []struct {
		back, from, to string
		may            bool
	}{
		{"drawn", "b", "a", false}, {"group", "b", "a", true}, {"group", "c", "b", false}, {"any", "c", "a", true}, {"any", "a", "b", false},
	} {
		f := grouped(c.back)
		if got := f.MayBack(f.Stage(c.from), f.Stage(c.to)); got != c.may {
			t.Errorf("%s: %s to %s: %t", c.back, c.from, c.to, got)
		}
	}
}

func TestStanding(t *testing.T) {
	f := compiled(t, draw("funnel.kind=deal", node("startEvent", "start", ""), robot("assign"), stage("a"), robot("mail"), stage("b"),
		node("exclusiveGateway", "x", ""), robot("both"), stage("c"), stage("d"), `<bpmn:receiveTask id="wait" messageRef="m_sale"/>`,
		boundary("tick", "b", timer, false), robot("beside"), node("endEvent", "quiet", ""), end("won", "won"),
		node("subProcess", "plain", "Plain", stage("inner")),
		`<bpmn:subProcess id="lost_by" triggeredByEvent="true"><bpmn:startEvent id="le"><bpmn:errorEventDefinition errorRef="rejected"/></bpmn:startEvent>`+
			robot("bye")+end("lost", "lost")+flows("le > bye, bye > lost")+"</bpmn:subProcess>",
		flows("start > assign, assign > a, a > mail, mail > b, b > both, both > x, x > c if 1 < 2, x > d, c > wait, d > wait, wait > plain, plain > won, tick > beside, beside > quiet")))
	for _, c := range []struct {
		node, left, want string
	}{
		{"a", "", "a"},
		{"start", "", "a"},         // before the first stage: in the first
		{"assign", "", "a"},        // a robot that only one stage can follow
		{"mail", "a", "b"},         //
		{"both", "a b", "b"},       // two can follow: in the one that was left
		{"x", "a b", "b"},          //
		{"wait", "a b c", "c"},     // the one that was left last
		{"wait", "a b d c d", "d"}, //
		{"wait", "", "c"},          // nothing is known: the first that could have been left
		{"inner", "a b d", "d"},    // inside a sub-process that is no stage
		{"tick", "a", ""},          // what interrupts nothing makes no column
		{"beside", "a", ""},
		{"bye", "a b", "b"}, // an event sub-process
		{"nowhere", "", ""},
	} {
		got := ""
		if s := f.Standing(c.node, strings.Fields(c.left)); s != nil {
			got = s.ID
		}
		if got != c.want {
			t.Errorf("%s after %q: %q, want %q", c.node, c.left, got, c.want)
		}
	}
}

func TestTogether(t *testing.T) {
	lead := draw("funnel.kind=lead", node("startEvent", "start", ""), stage("meet", form(field("name:string"), field("total:money"), field("own:date"))),
		`<bpmn:endEvent id="over">`+extension(props("funnel.outcome=converted"))+`<bpmn:messageEventDefinition messageRef="m_sale"/></bpmn:endEvent>`,
		flows("start > meet, meet > over"))
	deal := draw("funnel.kind=deal", `<bpmn:startEvent id="sold"><bpmn:messageEventDefinition messageRef="m_sale"/></bpmn:startEvent>`,
		stage("sign", form(field("name:string"), field("total:number"))), end("won", "won"), flows("sold > sign, sign > won"))
	problems := Together([]*Funnel{compiled(t, lead), compiled(t, deal)})
	if len(problems) != 1 || problems[0].Code != "conversion_conflict" || !strings.Contains(problems[0].Message, `"total"`) {
		t.Errorf("%v", problems)
	}
	if again := Together([]*Funnel{compiled(t, deal)}); len(again) > 0 {
		t.Errorf("%v", again)
	}
	if !slices.Contains(compiled(t, deal).Messages, "sale") {
		t.Error("no message")
	}
}
