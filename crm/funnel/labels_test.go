package funnel

import (
	"slices"
	"strings"
	"testing"

	"github.com/voronka/voronka/bpmn"
)

func TestParseLabels(t *testing.T) {
	labels, problems := ParseLabels([]byte("\ufeff# comment\r\n! too\r\n\r\nmeet = Meet the client\r\nfield.a=A\\u00e9\\n\\=x\nlong=one \\\n   two\ncolon: yes\nempty=\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for key, want := range map[string]string{"meet": "Meet the client", "field.a": "Aé\n=x", "long": "one two", "colon": "yes", "empty": ""} {
		if got := labels[key]; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

func TestParseLabelsProblems(t *testing.T) {
	for text, says := range map[string]string{
		"meet": "no label", "=x": "no key", "a=1\na=2": "twice", `a=\u12`: "escape", "a=\xff": "UTF-8",
	} {
		_, problems := ParseLabels([]byte(text))
		if len(problems) != 1 || problems[0].Code != "labels_invalid" || !strings.Contains(problems[0].Message, says) {
			t.Errorf("%q gives %v, want labels_invalid saying %q", text, problems, says)
		}
	}
}

func TestLabels(t *testing.T) {
	xml := draw("funnel.kind=deal\nfunnel.channels.sales=site=Сайт",
		node("startEvent", "start", ""),
		stage("meet", props("funnel.stage.group=Продажа\nfunnel.rule.r=a == \"x\"\nfunnel.rule.r.text=Нет"), form(
			field("a:enum Поле|value:x=Икс"), field("b:table Таблица|prop:columns=c=Колонка"), field("rejection:enum|value:no=Нет"))),
		end("won", "won"), flows("start > meet, meet > won: Выиграть"))
	d := parse(t, xml)
	f, problems := Compile(d, d.Processes[0], Labels{
		"deal": "Sales", "meet": "Meet", "meet.group": "Sale", "meet.rejection.no": "No", "meet.rule.r": "Say ${a}", "field.a": "Field",
		"field.a.x": "Ex", "field.b.column.c": "Column", "channels.sales.site": "Site", "meet_won": "Win", "won": "Over", "nothing": "?",
	})
	unused := slices.DeleteFunc(problems, func(p bpmn.Problem) bool { return p.Severity == bpmn.SeverityError })
	if len(unused) != 1 || unused[0].Code != "label_unused" || !strings.Contains(unused[0].Message, "nothing") {
		t.Errorf("problems: %v", problems)
	}
	s := f.Stage("meet")
	for _, c := range [][2]string{
		{f.Name, "Sales"},
		{s.Name, "Meet"},
		{s.Group, "Sale"},
		{s.Reasons[0].Name, "No"},
		{s.Asks[0].Label, "Field"},
		{f.Field("a").Values[0].Name, "Ex"},
		{f.Field("b").Columns[0].Label, "Column"},
		{f.Sales[0].Name, "Site"},
		{s.Moves[0].Name, "Win"},
		{f.Called()["meet_won"], "Win"},
		{f.Called()["won"], "Over"},
		{f.Called()["deal"], "Sales"},
	} {
		if c[0] != c[1] {
			t.Errorf("%q, want %q", c[0], c[1])
		}
	}
}
