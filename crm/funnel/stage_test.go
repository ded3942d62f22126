package funnel

import (
	"reflect"
	"testing"
	"time"
)

func TestHead(t *testing.T) {
	f := compiled(t, sale(`funnel.audience=b2c, b2b
		funnel.currency=EUR
		funnel.timezone=Europe/Moscow
		funnel.language=en
		funnel.goods=course, upsell
		funnel.channels.sales=site=Site; walk_in=Walk-in
		funnel.channels.communication=phone=Call
		funnel.back=group
		funnel.skip=true`))
	want := Funnel{
		ID: "deal", Name: "Deals", Kind: Deal, Audience: []string{"b2c", "b2b"}, Currency: "EUR", Timezone: "Europe/Moscow", Language: "en",
		Goods: []string{"course", "upsell"}, Sales: []Choice{{"site", "Site"}, {"walk_in", "Walk-in"}}, Communication: []Choice{{"phone", "Call"}},
		Back: BackGroup, Skip: true,
	}
	got := *f
	if got.Zone == nil || got.Zone.String() != "Europe/Moscow" {
		t.Errorf("zone %v", got.Zone)
	}
	got = Funnel{
		ID: f.ID, Name: f.Name, Kind: f.Kind, Audience: f.Audience, Currency: f.Currency, Timezone: f.Timezone, Language: f.Language,
		Goods: f.Goods, Sales: f.Sales, Communication: f.Communication, Back: f.Back, Skip: f.Skip,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDefaults(t *testing.T) {
	f := compiled(t, sale(""))
	if f.Currency != "RUB" || f.Language != "ru" || f.Zone != time.UTC || f.Back != BackDrawn || f.Skip {
		t.Errorf("%+v", f)
	}
}

func TestPlainProcessIsNoFunnel(t *testing.T) {
	d := parse(t, draw("", node("startEvent", "start", ""), stage("meet")))
	if f, problems := Compile(d, d.Processes[0], nil); f != nil || len(problems) > 0 {
		t.Errorf("%v %v", f, problems)
	}
}

func TestStage(t *testing.T) {
	f := compiled(t, one(
		props("funnel.stage.group=Sale\nfunnel.stage.milestone=contract\nfunnel.stage.probability=35\nfunnel.stage.color=#2f6fde\n"+
			"funnel.stage.rottenAfter=P3D\nfunnel.stage.auto=true\nfunnel.reject=boss,clerk\nfunnel.rule.adult=age(born) >= 18\nfunnel.rule.adult.text=Too young"),
		form(
			field("born:date Born|required|min=1900-01-01"),
			field("parent:contact Parent|prop:requiredWhen=age(born) < 18|prop:visibleWhen=born != nil"),
			field("total:money Sum|prop:value=price * 2|rule.much=total > 10|prop:rule.much.text=Too little"),
			field("price:money Price|min=1|max=1000|prop:fresh=true|prop:funnel.on=enter"),
			field("code:string Code|minlength=2|maxlength=4|pattern=[A-Z]+|prop:see=boss|prop:edit=boss clerk"),
			field("act:document Act|required|prop:template=act.docx|prop:verb=create send keep|prop:number=A-${seq(4)}"),
			field("rejection:enum|value:far=Too far|value:other=Other"),
		)))
	s := f.Stages[0]
	if s.Group != "Sale" || s.Milestone != "contract" || s.Probability != 35 || s.Color != "#2f6fde" || s.RottenAfter != "P3D" || !s.Auto {
		t.Errorf("looks: %+v", s)
	}
	if !reflect.DeepEqual(s.Rejects, []string{"boss", "clerk"}) {
		t.Errorf("rejects: %v", s.Rejects)
	}
	if !reflect.DeepEqual(s.Reasons, []Reason{{"far", "Too far"}, {"other", "Other"}}) {
		t.Errorf("reasons: %v", s.Reasons)
	}
	if len(s.Rules) != 1 || s.Rules[0].Code != "adult" || s.Rules[0].Check == nil || s.Rules[0].Text == nil {
		t.Errorf("rules: %+v", s.Rules)
	}
	born, parent, sum, price, code, act := s.Asks[0], s.Asks[1], s.Asks[2], s.Asks[3], s.Asks[4], s.Asks[5]
	for what, ok := range map[string]bool{
		"born is required":               born.Required && born.Bounds.Min == "1900-01-01",
		"parent is required by age":      parent.RequiredWhen != nil && parent.VisibleWhen != nil && parent.Conditional && !parent.Required,
		"sum is computed":                sum.Computed && sum.Readonly && sum.Value != nil && !sum.Live && len(sum.Rules) == 1,
		"price is asked anew on entry":   price.Fresh && price.OnEnter && price.Bounds.Max == "1000",
		"code has limits and rights":     code.Bounds.MinLength == 2 && code.Bounds.MaxLength == 4 && code.Bounds.Pattern != nil && len(code.Edit) == 2 && len(code.See) == 1,
		"act is a document":              reflect.DeepEqual(act.Verbs, []Verb{Create, Send, Keep}) && act.Document.Number != nil,
		"rejection is no field":          f.Field("rejection") == nil,
		"the template must come along":   reflect.DeepEqual(f.Templates(), []string{"act.docx"}),
		"the dictionary has every field": len(f.Fields) == 6,
	} {
		if !ok {
			t.Errorf("not so: %s", what)
		}
	}
}

// A field is defined where it has a type; other stages ask for it by its key, with conditions of their own.
func TestOneFieldInTwoStages(t *testing.T) {
	f := compiled(t, sale2("name:string Name|maxlength=9", "name:string Full name|required|maxlength=5|prop:readonly=true"))
	first, second := f.Stage("meet").Asks[0], f.Stage("sign").Asks[0]
	if first.Field != second.Field || len(f.Fields) != 1 {
		t.Fatal("two fields of one key")
	}
	if first.Label != "Name" || second.Label != "Full name" || first.Required || !second.Required {
		t.Errorf("%+v %+v", first, second)
	}
	if first.Bounds.MaxLength != 9 || second.Bounds.MaxLength != 5 || first.Fixed || !second.Readonly {
		t.Errorf("%+v %+v", first, second)
	}
}

func TestComputedWithTheClockIsLive(t *testing.T) {
	f := compiled(t, asking("born:date", "years:long|prop:value=age(born)", "next:long|prop:value=years + 1", "twice:long|prop:value=2 * 2",
		"mine:boolean|prop:value=owner == \"me\""))
	for key, live := range map[string]bool{"years": true, "next": true, "twice": false, "mine": true} {
		if f.Field(key).Live != live {
			t.Errorf("%s: live %t", key, !live)
		}
	}
}

func TestWhoMayAct(t *testing.T) {
	lanes := `<bpmn:laneSet id="l"><bpmn:lane id="sales" name="Sales"><bpmn:flowNodeRef>meet</bpmn:flowNodeRef><bpmn:flowNodeRef>sign</bpmn:flowNodeRef></bpmn:lane>` +
		`<bpmn:lane id="money" name="Accountant">` + extension(props("funnel.role=accountant")) + `<bpmn:flowNodeRef>pay</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>`
	sign := `<bpmn:userTask id="sign" name="Sign" camunda:candidateGroups="boss, clerk" camunda:candidateUsers="ann" camunda:assignee="${owner}"/>`
	f := compiled(t, draw("funnel.kind=deal", lanes, stage("meet"), sign, stage("pay"), end("won", "won"), flows("meet > sign, sign > pay, pay > won")))
	for id, want := range map[string][]string{"meet": {"sales"}, "sign": {"boss", "clerk"}, "pay": {"accountant"}} {
		if got := f.Stage(id).Roles; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
	}
	if s := f.Stage("sign"); !reflect.DeepEqual(s.Users, []string{"ann"}) || s.Assignee != "${owner}" {
		t.Errorf("sign: %+v", s.Task)
	}
	if want := []Role{{"sales", "Sales"}, {"accountant", "Accountant"}, {"boss", "boss"}, {"clerk", "clerk"}}; !reflect.DeepEqual(f.Roles, want) {
		t.Errorf("roles: %v", f.Roles)
	}
}

func TestTracks(t *testing.T) {
	f := compiled(t, draw("funnel.kind=deal", node("startEvent", "start", ""),
		node("subProcess", "train", "Train", extension(props("funnel.stage=true\nfunnel.rejection=health=Health; other=Other")),
			node("startEvent", "s", ""), node("parallelGateway", "split", ""), stage("theory"), stage("drive"), stage("exam"),
			node("parallelGateway", "join", ""), node("endEvent", "e", ""),
			flows("s > split, split > theory, split > drive, drive > exam, theory > join, exam > join, join > e")),
		node("userTask", "approve", "Approve", extension(props("funnel.stage=false"))),
		end("won", "won"), flows("start > approve, approve > train, train > won")))
	s := f.Stage("train")
	if len(f.Stages) != 1 || !s.Sub || len(s.Tracks) != 3 || len(s.Reasons) != 2 {
		t.Fatalf("%+v", s)
	}
	for id, last := range map[string]bool{"theory": true, "drive": false, "exam": true} {
		if task := f.Task(id); task.Stage() != s || task.Last != last {
			t.Errorf("%s: last %t", id, task.Last)
		}
	}
	if len(f.Tasks) != 1 || f.Tasks[0].ID != "approve" || f.Tasks[0].Stage() != nil {
		t.Errorf("plain tasks: %+v", f.Tasks)
	}
	if f.Standing("drive", nil) != s || f.Standing("join", nil) != s {
		t.Error("a token inside stands elsewhere")
	}
}

func TestIntakeReasonsAndMessages(t *testing.T) {
	f := compiled(t, draw("funnel.kind=deal",
		node("startEvent", "start", "", extension(form(field("name:string Name|required"), field("rejection:enum|value:other=Other")))),
		`<bpmn:startEvent id="sold"><bpmn:messageEventDefinition messageRef="m_sale"/></bpmn:startEvent>`,
		stage("meet"), end("won", "won"), flows("start > meet, sold > meet, meet > won")))
	if len(f.Intake) != 1 || f.Intake[0].Key != "name" || !f.Intake[0].Required {
		t.Errorf("intake: %+v", f.Intake)
	}
	if !reflect.DeepEqual(f.Reasons, []Reason{{"other", "Other"}}) || !reflect.DeepEqual(f.Messages, []string{"sale"}) {
		t.Errorf("%v %v", f.Reasons, f.Messages)
	}
	if f.Ends["won"] != Won {
		t.Errorf("ends: %v", f.Ends)
	}
}
