package server_test

import (
	"os"
	"strings"
	"testing"

	"github.com/voronka/voronka/server"
)

// diagram is a file of testdata.
func diagram(t *testing.T, name string) string {
	t.Helper()
	xml, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(xml)
}

// deploy uploads diagrams of testdata.
func (w *world) deploy(names ...string) {
	w.t.Helper()
	files := map[string]string{}
	for _, name := range names {
		files[name] = diagram(w.t, name)
	}
	body, kind := form(files)
	w.ask(ask{name: "deploy", who: "daria", method: "POST", path: "/api/v1/definitions", body: body, head: []string{kind}, status: 201})
}

func TestDefinitions(t *testing.T) {
	w := open(t)
	deals := diagram(t, "deals.bpmn")
	xml := []string{"Content-Type: application/xml"}
	both, parts := form(map[string]string{"deals.bpmn": deals, "leads.bpmn": diagram(t, "leads.bpmn")})
	flawed, flawedParts := form(map[string]string{"deals.bpmn": deals, "leads.bpmn": strings.Replace(diagram(t, "leads.bpmn"), `targetRef="`, `targetRef="no`, 1)})
	w.all([]ask{
		{name: "only those who configure", who: "vadim", method: "POST", path: "/api/v1/definitions", body: deals, head: xml, status: 403},
		{name: "checked only", who: "daria", method: "POST", path: "/api/v1/definitions?dry_run=true", body: deals, head: xml, status: 200, want: []string{`"id":"deals:1"`, `"severity":"warning"`}},
		{name: "nothing came of it", who: "daria", method: "GET", path: "/api/v1/definitions", status: 200, want: []string{`{"definitions":[]}`}},
		{name: "two files", who: "daria", method: "POST", path: "/api/v1/definitions", body: both, head: []string{parts}, status: 201, want: []string{`"id":"deals:1"`, `"id":"leads:1"`, `"kind":"lead"`, `"by":"daria"`}},
		{name: "the same bytes", who: "daria", method: "POST", path: "/api/v1/definitions?file=deals.bpmn", body: deals, head: xml, status: 201, want: []string{`"id":"deals:1"`}},
		{name: "other bytes", who: "daria", method: "POST", path: "/api/v1/definitions?file=deals.bpmn", body: deals + " ", head: xml, status: 201, want: []string{`"id":"deals:2"`, `"newest":true`}},
		{name: "versions", who: "olga", method: "GET", path: "/api/v1/definitions?process=deals", status: 200, want: []string{`"id":"deals:1"`, `"id":"deals:2"`}, not: []string{"leads"}},
		{name: "one", who: "olga", method: "GET", path: "/api/v1/definitions/deals:1", status: 200, want: []string{`"version":1`, `"newest":false`}},
		{name: "none", who: "olga", method: "GET", path: "/api/v1/definitions/deals:9", status: 404},
		{name: "later", who: "olga", method: "GET", path: "/api/v1/definitions/deals:1/tor", status: 501, want: []string{`"code":"not_built"`}},
		{name: "the funnel of a version", who: "olga", method: "GET", path: "/api/v1/definitions/deals:1/funnel", status: 200, want: []string{`"definition":"deals:1"`, `"id":"consult"`, `"names":{`, `"tell":"Сообщить бухгалтеру"`}},
		{name: "of one that is not hers", who: "olga", method: "GET", path: "/api/v1/definitions/leads:1/funnel", status: 403, want: []string{`"code":"hidden"`}},
		{
			name: "every problem at once", who: "daria", method: "POST", path: "/api/v1/definitions", head: xml, status: 422,
			body: strings.NewReplacer(`targetRef="sign"`, `targetRef="nowhere"`, `value="full_name"`, `value="full_nam"`).Replace(deals),
			want: []string{`"code":"problems"`, "full_nam", "nowhere", `"severity":"error"`, `"line":`},
		},
		{
			name: "each in its file", who: "daria", method: "POST", path: "/api/v1/definitions", body: flawed, head: []string{flawedParts}, status: 422,
			want: []string{`"file":"leads.bpmn"`}, not: []string{`"message":"leads.bpmn`},
		},
		{name: "no XML", who: "daria", method: "POST", path: "/api/v1/definitions", body: "hello", head: xml, status: 422, want: []string{`"problems":[`}},
		{name: "a bomb", who: "daria", method: "POST", path: "/api/v1/definitions", head: xml, status: 422, body: `<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>`},
		{name: "nothing", who: "daria", method: "POST", path: "/api/v1/definitions", head: xml, status: 400},
		{name: "no diagram", who: "daria", method: "POST", path: "/api/v1/definitions", body: "{}", status: 415},
		{name: "broken parts", who: "daria", method: "POST", path: "/api/v1/definitions", body: "--x\r\n", head: []string{"Content-Type: multipart/form-data; boundary=x"}, status: 400},
	})
	got := w.ask(ask{who: "olga", method: "GET", path: "/api/v1/definitions/deals:1/xml", status: 200})
	if got.body != deals {
		t.Error("the file is not the same byte for byte")
	}
	if d := got.header.Get("Content-Disposition"); d != "attachment; filename=deals.bpmn" {
		t.Error(d)
	}
	w.ask(ask{who: "olga", method: "GET", path: "/api/v1/definitions/deals:1/xml", head: []string{"If-None-Match: " + got.header.Get("ETag")}, status: 304})
	got = w.ask(ask{who: "olga", method: "GET", path: "/api/v1/funnels/deals", status: 200})
	w.ask(ask{who: "olga", method: "GET", path: "/api/v1/funnels/deals", head: []string{"If-None-Match: " + got.header.Get("ETag")}, status: 304})
	w.all([]ask{
		{name: "her funnels", who: "olga", method: "GET", path: "/api/v1/funnels", status: 200, want: []string{`"process":"deals"`}, not: []string{`"process":"leads"`}},
		{name: "all funnels", who: "vadim", method: "GET", path: "/api/v1/funnels", status: 200, want: []string{`"process":"deals"`, `"process":"leads"`}},
		{name: "no funnels", who: "andrey", method: "GET", path: "/api/v1/funnels", status: 200, want: []string{`{"funnels":[]}`}},
		{name: "no board", who: "andrey", method: "GET", path: "/api/v1/funnels/deals/board", status: 403},
		{name: "no funnel", who: "vadim", method: "GET", path: "/api/v1/funnels/nothing/board", status: 404},
	})
}

func TestUploadIsBounded(t *testing.T) {
	w := open(t, func(o *server.Options) { o.Limits.Upload = 1000 })
	body, kind := form(map[string]string{"deals.bpmn": diagram(t, "deals.bpmn")})
	w.all([]ask{
		{who: "daria", method: "POST", path: "/api/v1/definitions", body: body, head: []string{kind}, status: 413},
		{who: "daria", method: "POST", path: "/api/v1/definitions", body: diagram(t, "deals.bpmn"), head: []string{"Content-Type: text/xml"}, status: 413},
	})
}
