package bpmn

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func parsed(t *testing.T, name string) *Definitions {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	d, problems := Parse(data)
	if d == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, p := range Check(d) {
		if p.Severity == SeverityError {
			t.Errorf("%s: %s", p.Code, p.Message)
		}
	}
	return d
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%s is %+v, want %+v", what, got, want)
	}
}

func ids(nodes []*Node) []string {
	all := []string{}
	for _, n := range nodes {
		all = append(all, n.ID)
	}
	return all
}

func flowIDs(flows []*Flow) []string {
	all := []string{}
	for _, f := range flows {
		all = append(all, f.ID)
	}
	return all
}

func TestDefinitions(t *testing.T) {
	d := parsed(t, "whole.bpmn")
	equal(t, "the exporter", d.Exporter, "By Hand 1.0")
	equal(t, "the namespace", d.TargetNamespace, "http://example.org/whole")
	equal(t, "the encoding", d.Encoding, "UTF-8")
	p := d.Process("deal")
	equal(t, "the process", []any{p.Name, p.Documentation, p.Executable, p.Declared, p.Participant.Name, p.Place},
		[]any{"Deals", "What we sell.", true, true, "School", Place{15, 3}})
	kind, _ := p.Extensions.Property("funnel.kind")
	equal(t, "funnel.kind", kind, "deal")
	equal(t, "the version", []string{p.Extensions.VersionTag, p.Extensions.TimeToLive}, []string{"7", "P30D"})
	equal(t, "what is foreign", p.Extensions.Foreign, []Foreign{{"http://example.org/x", "note", Place{21, 7}}})
	equal(t, "the client", *d.Collaborations[0].Participants[1], Participant{Element: Element{ID: "client", Name: "Client", Place: Place{12, 5}}, Minimum: 1, Maximum: 9})
	e, found, ok := d.Find("note")
	equal(t, "the note", []any{e.ID, found, ok}, []any{"note", "textAnnotation", true})
	equal(t, "the data", []string{p.Data[0].Variable(), p.Data[1].Variable(), p.Data[2].Variable()}, []string{"clients", "clients", "archive"})
}

func TestNodes(t *testing.T) {
	d := parsed(t, "whole.bpmn")
	p := d.Processes[0]
	var deep, inner []string
	p.Walk(func(n *Node) { deep = append(deep, n.ID) })
	equal(t, "the nodes of all depths", deep, strings.Fields(
		"start sign no slow undo prepare any robot idle startEvent-1 watch watched refund gate wait pause script call away back end"))
	p.Scopes(func(owner *Node, s *Scope) {
		if owner != nil {
			inner = append(inner, owner.ID)
		}
	})
	equal(t, "the scopes", inner, []string{"prepare", "any", "idle", "watch"})
	equal(t, "the starts", ids(StartEvents(&p.Scope)), []string{"start"})

	sign := d.Node("sign")
	equal(t, "lane of sign", sign.Lane.ID, "juniors")
	equal(t, "the lane around it", sign.Lane.Parent.ID, "sales")
	equal(t, "lane of robot", d.Node("robot").Lane.ID, "legal")
	equal(t, "flows of sign", []any{flowIDs(sign.Incoming), flowIDs(sign.Outgoing), sign.Default.ID}, []any{[]string{"f1"}, []string{"f2", "f3"}, "f3"})
	equal(t, "boundary events of sign", ids(sign.Boundaries), []string{"no", "slow"})
	equal(t, "where sign stands", []any{sign.X, sign.Y, sign.Drawn, d.Node("end").Drawn}, []any{100.5, 80, true, false})
	f := sign.Outgoing[0]
	equal(t, "f2", []any{f.Name, f.Condition.Text, f.Condition.Language, f.Target.ID}, []any{"Yes", "amount > 0", "expr", "prepare"})
	equal(t, "the parent of robot", d.Node("robot").Parent.ID, "any")
	equal(t, "the handler", d.Node("undo").Handler().ID, "refund")
	equal(t, "quantities", []int{sign.StartQuantity, sign.CompletionQuantity}, []int{1, 1})

	anything := d.Node("any")
	equal(t, "the ad-hoc sub-process", []any{anything.Sequential, anything.KeepRemaining, anything.Completion.Text}, []any{true, true, "done"})
	equal(t, "event sub-process", []bool{d.Node("watch").EventSubProcess(), d.Node("prepare").EventSubProcess()}, []bool{true, false})
	equal(t, "families", []bool{sign.IsActivity(), d.Node("gate").IsGateway(), d.Node("end").IsEvent(), sign.IsEvent()}, []bool{true, true, true, false})
	equal(t, "the script", []string{d.Node("script").Script, d.Node("script").ScriptFormat}, []string{"1 + 2", "expr"})
	equal(t, "the called element", d.Node("call").CalledElement, "other")
}

func TestEvents(t *testing.T) {
	d := parsed(t, "whole.bpmn")
	no := d.Node("no")
	equal(t, "the error", []any{no.Events[0].Trigger, no.Events[0].Error.Code, no.Interrupting, no.AttachedTo.ID, no.Events[0].Extensions.ErrorCodeVariable},
		[]any{ErrorTrigger, "rejected", true, "sign", "code"})
	slow := d.Node("slow")
	equal(t, "the timer", []any{slow.Events[0].Timer.Kind, slow.Events[0].Timer.Text, slow.Interrupting}, []any{TimeDuration, "PT15M", false})
	equal(t, "the message", d.Node("wait").Events[0].Message.Name, "Payment arrived")
	equal(t, "the signal", d.Node("pause").Events[0].Signal.Name, "Holiday")
	equal(t, "the link", d.Node("away").Events[0].LinkTo.ID, "back")
	watched := d.Node("watched")
	equal(t, "the condition", []any{watched.Events[0].Condition.Text, watched.Interrupting, watched.Events[0].Extensions.VariableName}, []any{"amount > 10", false, "amount"})
	equal(t, "waits for compensation", d.Node("undo").Events[0].WaitFor, true)
}

func TestLoops(t *testing.T) {
	d := parsed(t, "whole.bpmn")
	l := d.Node("sign").Loop
	equal(t, "the multi-instance loop", []any{l.MultiInstance, l.Sequential, l.Collection, l.CollectionIsExpression, l.Item, l.Completion.Text, l.Behavior, l.OneEvent.Message.ID},
		[]any{true, true, "input", false, "client", "nrOfCompletedInstances > 1", "one", "paid"})
	a := d.Node("sign").Inputs[0]
	equal(t, "the data association", []any{a.Sources, a.Target, a.Assignments[0].From.Text, a.Assignments[0].To.Text}, []any{[]string{"clients"}, "input", "a", "b"})
	l = d.Node("script").Loop
	equal(t, "the standard loop", []any{l.MultiInstance, l.TestBefore, l.Maximum, l.Condition.Text}, []any{false, true, 3, "more"})
}

func TestCamunda(t *testing.T) {
	d := parsed(t, "whole.bpmn")
	x := d.Node("sign").Extensions
	equal(t, "who and when", []string{x.Assignee, x.CandidateGroups, x.DueDate, x.Priority}, []string{"${owner}", "sales", "P3D", "50"})
	date := x.Fields[0]
	required, ok := date.Property("requiredWhen")
	equal(t, "the field", []any{date.ID, date.Label, date.Type, date.Default, required, ok, date.Constraints[0].Name, date.Constraints[1].Config},
		[]any{"date", "Date", "date", "today", "true", true, "required", "1"})
	equal(t, "the values", []string{x.Fields[1].Values[0].ID, x.Fields[1].Values[0].Name}, []string{"price", "Too expensive"})
	l := x.Listeners[0]
	equal(t, "the listener", []any{l.ID, l.Event, l.Class, l.Fields[0].Value, l.Fields[1].Value, l.Timer.Kind, l.Timer.Text},
		[]any{"remind", "timeout", "task", "Call", "${owner}", TimeDate, "2026-01-05"})
	equal(t, "the execution listener", []string{x.Execution[0].Event, x.Execution[0].Script.Text, x.Execution[0].Script.Language}, []string{"start", "1 + 1", "expr"})
	in := x.Inputs
	equal(t, "the inputs", []any{in[0].Value, in[1].Kind, in[1].Value, in[1].Format, in[2].Kind, in[2].Items[0].Value, in[2].Items[1].Kind, in[3].Kind, in[3].Items[0].Name, in[3].Items[0].Value},
		[]any{"text", "script", "2 * 2", "expr", "list", "a", "script", "map", "k", "v"})
	equal(t, "the output", []string{x.Outputs[0].Name, x.Outputs[0].Value}, []string{"out", "${result}"})
	equal(t, "what is foreign", []string{x.Foreign[0].Space, x.Foreign[0].Name}, []string{"http://camunda.org/schema/1.0/bpmn", "formKey"})
	w := d.Node("robot").Extensions.Work
	equal(t, "the work", []any{w.External, w.Topic, w.Type, w.Retry, w.Priority}, []any{true, "email", "external", "R3/PT10M", "3"})
	call := d.Node("call").Extensions
	equal(t, "the call", []any{call.In[0].All, call.In[0].Local, call.In[1].BusinessKey, call.Out[0].Source, call.Out[0].Target}, []any{true, true, "${key}", "a", "b"})
	equal(t, "the initiator", d.Node("start").Extensions.Initiator, "who")
}

// TestOperaton: the same file in the other namespace is the same model.
func TestOperaton(t *testing.T) {
	data, err := os.ReadFile("testdata/whole.bpmn")
	if err != nil {
		t.Fatal(err)
	}
	other := strings.ReplaceAll(string(data), "http://camunda.org/schema/1.0/bpmn", "http://operaton.org/schema/1.0/bpmn")
	a, _ := Parse(data)
	b, _ := Parse([]byte(other))
	x, y := a.Node("sign").Extensions, b.Node("sign").Extensions
	x.Foreign, y.Foreign = nil, nil
	if !reflect.DeepEqual(x, y) {
		t.Errorf("got %+v, want %+v", y, x)
	}
}

func TestZeebe(t *testing.T) {
	d := parsed(t, "zeebe.bpmn")
	robot := d.Node("robot")
	x := robot.Extensions
	wait, _ := x.Property("funnel.wait")
	equal(t, "the robot", []any{x.Zeebe, x.Work.External, x.Work.Topic, x.Work.Retry, x.Inputs[0].Name, x.Inputs[0].Value, x.Outputs[0].Name, wait, x.Foreign[0].Name},
		[]any{true, true, "email", "5", "to", "=mail", "when", "false", "taskHeaders"})
	l := robot.Loop
	equal(t, "the loop", []any{l.Collection, l.CollectionIsExpression, l.Item, l.OutputCollection, l.OutputItem}, []any{"=clients", true, "client", "results", "=result"})
	x = d.Node("task").Extensions
	equal(t, "the task", []string{x.Assignee, x.CandidateGroups, x.DueDate, x.FollowUpDate, x.Priority}, []string{"=owner", "sales", "=due", "later", "70"})
	equal(t, "the script", []string{d.Node("script").Script, d.Node("script").Extensions.Work.ResultVariable}, []string{"=1 + 1", "sum"})
	equal(t, "the called element", d.Node("call").CalledElement, "other")
	equal(t, "the key", d.Messages[0].Extensions.CorrelationKey, "=order")
	equal(t, "the version", d.Processes[0].Extensions.VersionTag, "v2")
}

// TestPrefixes: the prefix of BPMN's namespace means nothing.
func TestPrefixes(t *testing.T) {
	data, err := os.ReadFile("testdata/whole.bpmn")
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.NewReplacer("<b:", "<", "</b:", "</", "xmlns:b=", "xmlns=").Replace(string(data))
	a, _ := Parse(data)
	b, problems := Parse([]byte(plain))
	if b == nil {
		t.Fatal(problems)
	}
	var x, y []string
	a.Processes[0].Walk(func(n *Node) { x = append(x, n.ID+string(n.Kind)+n.Name) })
	b.Processes[0].Walk(func(n *Node) { y = append(y, n.ID+string(n.Kind)+n.Name) })
	if !slices.Equal(x, y) {
		t.Errorf("got %v, want %v", y, x)
	}
}

// TestPlaces: lines and columns are those of the file as sent, columns in characters.
func TestPlaces(t *testing.T) {
	const body = "<process id=\"p\">\n<!-- Привет\n 🚗 --> <task id=\"t\"\n   name=\"Я\"/><task id=\"u\"/>\n\n\t<task id=\"v\"/></process>"
	file := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">` + "\n" + body + "</definitions>"
	for name, data := range map[string]string{"LF": file, "CRLF": strings.ReplaceAll(file, "\n", "\r\n"), "mark": "\uFEFF" + file} {
		d, problems := Parse([]byte(data))
		if d == nil {
			t.Fatal(name, problems)
		}
		for id, want := range map[string]Place{"t": {4, 8}, "u": {5, 14}, "v": {7, 2}} {
			if got := d.Node(id).Place; got != want {
				t.Errorf("%s: %s is at %v, want %v", name, id, got, want)
			}
		}
	}
}

// TestPerformers: BPMN's own way to say who does a task.
func TestPerformers(t *testing.T) {
	d, _ := Parse(diagram(`<userTask id="t">
		<humanPerformer><resourceAssignmentExpression><formalExpression>anna</formalExpression></resourceAssignmentExpression></humanPerformer>
		<potentialOwner><resourceAssignmentExpression><formalExpression>user(ivan), group(sales), legal</formalExpression></resourceAssignmentExpression></potentialOwner>
	</userTask>`))
	x := d.Node("t").Extensions
	equal(t, "who", []string{x.Assignee, x.CandidateUsers, x.CandidateGroups}, []string{"anna", "ivan", "sales,legal"})
}

// TestCheckUnbuilt: definitions that were not parsed, as tests elsewhere make them, do no harm.
func TestCheckUnbuilt(t *testing.T) {
	Check(&Definitions{Processes: []*Process{{}}})
}

// TestAllAtOnce: everything wrong with a file is said together, in order of place.
func TestAllAtOnce(t *testing.T) {
	problems := said(diagram("<x:a/>\n<y:b/>\n<userTask id=\"a\" id=\"b\"/>"))
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprint(p.Line, p.Code))
	}
	equal(t, "the problems", got, []string{"4prefix_unbound", "5prefix_unbound", "6attribute_twice"})
}
