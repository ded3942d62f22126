package funnel

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/voronka/voronka/bpmn"
)

// one draws a funnel of one stage with the given parts.
func one(parts ...string) string {
	return draw("funnel.kind=deal", node("startEvent", "start", ""), stage("meet", parts...), end("won", "won"), flows("start > meet, meet > won"))
}

func asking(fields ...string) string {
	made := make([]string, len(fields))
	for i, f := range fields {
		made[i] = field(f)
	}
	return one(form(made...))
}

func TestProblems(t *testing.T) {
	for _, c := range []struct{ code, element, xml, says string }{
		{"kind_missing", "deal", draw("funnel.currency=RUB", node("startEvent", "start", "")), "funnel.kind"},
		{"word_unknown", "deal", draw("funnel.kind=sale", node("startEvent", "s", ""), stage("meet")), "lead, deal, track"},
		{"word_unknown", "deal", sale("funnel.audience=b2x"), "b2c, b2b"},
		{"word_unknown", "deal", sale("funnel.back=always"), "drawn, group, any"},
		{"word_unknown", "meet", one(props("funnel.stage.milestone=signed")), "consultation"},
		{"word_unknown", "won", draw("funnel.kind=deal", stage("meet"), end("won", "victory"), flows("meet > won")), "converted"},
		{"flag_invalid", "deal", sale("funnel.skip=yes"), "true or false"},
		{"currency_unknown", "deal", sale("funnel.currency=рубли"), "RUB"},
		{"timezone_unknown", "deal", sale("funnel.timezone=Moscow"), "Europe/Moscow"},
		{"calendar_invalid", "deal", sale("funnel.calendar=Mo-Fr 25:00-30:00"), ""},
		{"list_invalid", "deal", sale("funnel.channels.sales=site=Site; site=Again"), "twice"},
		{"key_unknown", "deal", sale("funnel.chanels.sales=site=Site"), "funnel.channels.sales"},
		{"key_unknown", "meet", one(props("funnel.stage.grup=A")), "funnel.stage.group"},
		{"funnel_unnamed", "deal", strings.Replace(sale(""), `name="Deals"`, "", 1), "name"},
		{"no_stages", "deal", draw("funnel.kind=deal", node("startEvent", "start", ""), end("won", "won"), flows("start > won")), "user task"},
		{"stage_unnamed", "meet", strings.Replace(one(), `name="Meet"`, "", 1), "action"},
		{"stage_nested", "inner", draw("funnel.kind=deal", stage("meet"), node("subProcess", "sub", "", stage("inner", props("funnel.stage=true")))), "sub"},
		{"stage_loop", "meet", strings.Replace(one(), "</bpmn:userTask>", `<bpmn:multiInstanceLoopCharacteristics/></bpmn:userTask>`, 1), "column"},
		{"stage_beside", "late", draw("funnel.kind=deal", node("startEvent", "start", ""), stage("meet"), end("won", "won"), stage("late"),
			boundary("tick", "meet", timer, false), flows("start > meet, meet > won, tick > late, late > won")), "funnel.stage=false"},
		{"probability_invalid", "meet", one(props("funnel.stage.probability=110")), "0 to 100"},
		{"color_invalid", "meet", one(props("funnel.stage.color=#12")), "#2f6fde"},
		{"duration_invalid", "meet", one(props("funnel.stage.rottenAfter=3 days")), "3 days"},
		{"auto_needless", "sub", draw("funnel.kind=deal", node("subProcess", "sub", "Sub", extension(props("funnel.stage=true\nfunnel.stage.auto=true")), stage("inner"))), "tasks"},
		{"outcome_missing", "over", draw("funnel.kind=deal", node("startEvent", "start", ""), stage("meet"), node("endEvent", "over", ""), flows("start > meet, meet > over")), "funnel.outcome"},
		{"conversion_without_message", "over", draw("funnel.kind=lead", stage("meet"), end("over", "converted"), flows("meet > over")), "message"},
		{"accidental_fork", "meet", draw("funnel.kind=deal", stage("meet"), stage("sign"), stage("pay"), flows("meet > sign, meet > pay")), "exclusive gateway"},
		{"field_type_unknown", "meet", asking("age:int Age"), "long"},
		{"field_type_unknown", "meet", asking("birth:dat Birth"), "date"},
		{"field_without_type", "meet", asking("birth Birth"), "type"},
		{"field_conflict", "sign", sale2("a:string", "a:date"), "string"},
		{"field_conflict", "sign", sale2("a:string", "a:string|prop:multiple=true"), "several"},
		{"field_conflict", "sign", sale2("a:document|prop:verb=create|prop:template=x.docx", "a:document|prop:template=y.docx"), "template"},
		{"field_conflict", "sign", sale2("a:table|prop:columns=x=X", "a:table|prop:columns=y=Y"), "columns"},
		{"field_conflict", "sign", sale2("a:string|prop:see=boss", "a:string|prop:see=clerk"), "see"},
		{"field_conflict", "sign", sale2("a:string|prop:edit=boss", "a:string|prop:edit=boss clerk"), "edit"},
		{"field_shown", "deal", strings.Replace(asking("a:string|prop:see=boss"), `value="deal"/>`, `value="deal"/><camunda:property name="funnel.title" value="a"/>`, 1), "title"},
		{"field_shown", "meet", asking("owner:user|prop:see=boss"), "board"},
		{"field_duplicate", "meet", asking("a:string", "a:string"), "twice"},
		{"values_conflict", "sign", sale2("a:enum|value:x=X", "a:enum|value:y=Y"), "equal"},
		{"values_unknown", "meet", asking("a:enum|prop:values=channels.sale"), "channels.sales"},
		{"enum_empty", "meet", asking("a:enum"), "values"},
		{"enum_empty", "meet", asking("a:enum|prop:values=channels.sales"), "funnel.channels.sales"},
		{"value_duplicate", "meet", asking("a:enum|value:x=X|value:x=Y"), "twice"},
		{"value_without_id", "meet", asking("a:enum|value:=X|value:y=Y"), "id"},
		{"columns_missing", "meet", asking("a:table"), "columns"},
		{"column_invalid", "meet", asking("a:table|prop:columns=x:table=X"), "table"},
		{"multiple_invalid", "meet", asking("a:boolean|prop:multiple=true"), "boolean"},
		{"default_invalid", "meet", strings.Replace(asking("a:date A"), `type="date"`, `type="date" defaultValue="soon"`, 1), "soon"},
		{"key_missing", "meet", asking(":string A"), "id"},
		{"key_invalid", "meet", asking("дата:date A"), "letters"},
		{"key_reserved", "meet", asking("flow:string A"), "flow"},
		{"key_reserved", "meet", asking("created_at:datetime A"), "card"},
		{"key_hides_function", "meet", asking("age:long A"), "age()"},
		{"key_hides_function", "meet", asking("seq:long A"), "seq()"},
		{"property_unknown", "meet", asking("a:string|prop:requiredWen=true"), "requiredWhen"},
		{"constraint_unknown", "meet", asking("a:string|minlenght=2"), "minlength"},
		{"constraint_invalid", "meet", asking("a:long|min=many"), "number"},
		{"constraint_invalid", "meet", asking("a:long|min=9|max=1"), "least"},
		{"constraint_invalid", "meet", asking("a:string|maxlength=-1"), "whole number"},
		{"pattern_invalid", "meet", asking("a:string|pattern=("), "does not compile"},
		{"rule_empty", "meet", asking("a:long|rule.x=|prop:rule.x.text=No"), "condition"},
		{"rule_without_text", "meet", asking("a:long|rule.x=a > 1"), "sentence"},
		{"rule_missing", "meet", asking("a:long|prop:rule.x.text=No"), "constraint"},
		{"rule_missing", "meet", one(props("funnel.rule.x.text=No")), "property"},
		{"fresh_computed", "meet", asking("a:long|prop:value=1 + 1|prop:fresh=true"), "computed"},
		{"value_cycle", "meet", asking("a:long|prop:value=b + 1", "b:long|prop:value=a + 1"), "itself"},
		{"expression_invalid", "meet", asking("a:long|prop:requiredWhen=aa > 1"), "aa"},
		{"expression_invalid", "meet", asking("a:string|prop:requiredWhen=seq(4) == a"), "seq"},
		{"document_without_verb", "meet", asking("a:document"), "create, send, keep"},
		{"verb_unknown", "meet", asking("a:document|prop:verb=make keep"), "make"},
		{"template_needless", "meet", asking("a:document|prop:verb=keep|prop:template=x.docx"), "create"},
		{"document_unknown", "work", withRobot(`camunda:topic="document"`, `<camunda:inputParameter name="document">act</camunda:inputParameter>`), "act"},
		{"field_unknown", "work", withRobot(`camunda:topic="set"`, `<camunda:inputParameter name="agee">1</camunda:inputParameter>`), "ages"},
		{"field_computed", "work", withRobot(`camunda:topic="set"`, `<camunda:inputParameter name="twice">1</camunda:inputParameter>`), "computed"},
		{"rejection_not_enum", "meet", asking("rejection:string|value:a=A"), "enum"},
		{"rejection_empty", "meet", asking("rejection:enum"), "reasons"},
	} {
		d := parse(t, c.xml)
		_, problems := Compile(d, d.Processes[0], nil)
		found := slices.IndexFunc(problems, func(p bpmn.Problem) bool { return p.Code == c.code && strings.Contains(p.Message, c.says) })
		if found < 0 {
			t.Errorf("%s saying %q is not among %v", c.code, c.says, problems)
			continue
		}
		if p := problems[found]; p.Element != c.element || p.Line == 0 {
			t.Errorf("%s: at %q line %d, want %q and a line", c.code, p.Element, p.Line, c.element)
		}
	}
}

// sale2 asks for one field in two stages.
func sale2(first, second string) string {
	return draw("funnel.kind=deal", node("startEvent", "start", ""), stage("meet", form(field(first))), stage("sign", form(field(second))), end("won", "won"),
		flows("start > meet, meet > sign, sign > won"))
}

func withRobot(topic, input string) string {
	work := strings.Replace(robot("work", "<camunda:inputOutput>"+input+"</camunda:inputOutput>"), `camunda:topic="work"`, topic, 1)
	return draw("funnel.kind=deal", node("startEvent", "start", ""), stage("meet", form(field("ages:long"), field("twice:long|prop:value=ages * 2"))), work,
		end("won", "won"), flows("start > meet, meet > work, work > won"))
}

// Every code that the package can say has a case above.
func TestEveryCodeHasACase(t *testing.T) {
	said := regexp.MustCompile(`(?:c\.fail|c\.warn|c\.knows|bpmn\.Errorf|bpmn\.Warningf|differs|fail)\((?:"([a-z_]+)")`)
	cases := ""
	for _, name := range []string{"problem_test.go", "labels_test.go", "move_test.go", "upload_test.go"} {
		test, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		cases += string(test)
	}
	files, _ := os.ReadDir(".")
	for _, f := range files {
		if strings.HasSuffix(f.Name(), "_test.go") || !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		source, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range said.FindAllStringSubmatch(string(source), -1) {
			if !strings.Contains(cases, `"`+match[1]+`"`) {
				t.Errorf("%s: no test for the problem %q", f.Name(), match[1])
			}
		}
	}
}

// All problems come back at once, in order of their place.
func TestAllProblemsAtOnce(t *testing.T) {
	d := parse(t, draw("funnel.kind=deal\nfunnel.skip=maybe", stage("meet", form(field("a:int"), field("b:enum"))), stage("sign"), stage("pay"),
		flows("meet > sign, meet > pay")))
	_, problems := Compile(d, d.Processes[0], nil)
	var codes []string
	for i, p := range problems {
		codes = append(codes, p.Code)
		if i > 0 && p.Line < problems[i-1].Line {
			t.Errorf("%s of line %d comes after line %d", p.Code, p.Line, problems[i-1].Line)
		}
	}
	for _, want := range []string{"flag_invalid", "field_type_unknown", "enum_empty", "accidental_fork"} {
		if !slices.Contains(codes, want) {
			t.Errorf("%s is missing in %v", want, codes)
		}
	}
}
