package funnel

import (
	"testing"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/funneltest"
)

var (
	draw      = funneltest.Draw
	extension = funneltest.Extension
	form      = funneltest.Form
	field     = funneltest.Field
	node      = funneltest.Node
	stage     = funneltest.Stage
	end       = funneltest.End
	robot     = funneltest.Robot
	boundary  = funneltest.Boundary
	flows     = funneltest.Flows
	props     = funneltest.Props
	timer     = funneltest.Timer
)

func parse(t *testing.T, xml string) *bpmn.Definitions {
	t.Helper()
	d, problems := bpmn.Parse([]byte(xml))
	if d == nil || bpmn.Severe(problems) || len(d.Processes) == 0 {
		t.Fatalf("parse: %v\n%s", problems, xml)
	}
	return d
}

// compiled makes a funnel of a diagram that has no problem.
func compiled(t *testing.T, xml string) *Funnel {
	t.Helper()
	d := parse(t, xml)
	f, problems := Compile(d, d.Processes[0], nil)
	for _, p := range problems {
		t.Errorf("%s %s: %s", p.Severity, p.Code, p.Message)
	}
	return f
}

// sale is a funnel of three stages.
func sale(properties string, more ...string) string {
	return draw("funnel.kind=deal\n"+properties, append([]string{
		node("startEvent", "start", ""), stage("meet"), stage("sign"), stage("pay"), end("won", "won"),
		flows("start > meet, meet > sign, sign > pay, pay > won"),
	}, more...)...)
}
