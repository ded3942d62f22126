package server_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
)

// A report counts what happened in its period, and as things stand what stands.
func TestReport(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn", "leads.bpmn")
	begin := w.now
	at := func(days int) string { return url.QueryEscape(begin.AddDate(0, 0, days).Format(time.RFC3339)) }
	const path = "/api/v1/funnels/deals/report"
	w.ask(ask{name: "not for others", who: "andrey", method: "GET", path: path, status: 403, want: []string{`"code":"hidden"`}})
	for _, name := range []string{"a", "b", "c"} {
		w.ask(ask{who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"` + name + `"}}`, status: 201, save: map[string]string{name: "id"}})
	}
	w.now = begin.AddDate(0, 0, 6)
	w.all([]ask{
		{name: "else his session ends", who: "vadim", method: "GET", path: "/api/v1/me", status: 200},
		{who: "olga", method: "POST", path: "/api/v1/cards/${a}/advance", body: `{"fields":{"need":"x"}}`, status: 200},
		{who: "olga", method: "POST", path: "/api/v1/cards/${b}/reject", body: `{"reason":"price"}`, status: 200, want: []string{`"stage":"consult"`}},
	})
	w.now = begin.AddDate(0, 0, 12)
	w.all([]ask{
		{who: "olga", method: "POST", path: "/api/v1/cards/${a}/back", body: `{"to":"consult","why":"ошиблась"}`, status: 200},
		{who: "vadim", method: "POST", path: "/api/v1/cards/${a}/override", body: `{"to":"tell","why":"надо"}`, status: 200, save: map[string]string{"job": "jobs.0.id"}},
	})
	for range 5 {
		w.do(func(tx *engine.Tx) error {
			if _, j, err := tx.Job(w.vars["job"]); err != nil || j.State == engine.JobStuck {
				return err
			}
			return tx.FailJob(w.vars["job"], "", "нет связи", 0)
		})
	}
	w.now = begin.AddDate(0, 0, 13)
	for _, c := range []struct {
		query string
		want  map[string]any // of the first stage, unless said
	}{
		{"", map[string]any{"entered": 4., "passed": 2., "back": 0., "lost": 1., "now": 1., "overdue": 1., "sign back": 1., "sign stuck": 1., "median_seconds": 6 * 86400., "deadline_share": 2., "open": 2., "won": 0., "lost total": 1., "created": 3.}},
		{"?from=" + at(0) + "&to=" + at(5), map[string]any{"entered": 3., "passed": 0., "lost": 0., "now": 1., "median_seconds": 0., "deadline_share": nil, "lost total": 0., "created": 3., "open": 2.}},
		{"?from=" + at(5) + "&to=" + at(7), map[string]any{"entered": 0., "passed": 1., "lost": 1., "now": 1., "median_seconds": 6 * 86400., "lost total": 1., "created": 0.}},
		{"?from=" + at(30), map[string]any{"entered": 0., "passed": 0., "lost": 0., "now": 1., "created": 0.}},
	} {
		got := w.ask(ask{name: "report" + c.query, who: "olga", method: "GET", path: path + c.query, status: 200})
		for key, want := range c.want {
			place := "stages.0." + key
			switch key {
			case "open", "won", "created":
				place = "totals." + key
			case "lost total":
				place = "totals.lost"
			case "sign back", "sign stuck":
				place = "stages.1." + key[len("sign "):]
			}
			if v := got.at(place); v != want {
				t.Errorf("%q %s: %v, not %v: %s", c.query, key, v, want, got.body)
			}
		}
	}
	w.all([]ask{
		{name: "reasons", who: "olga", method: "GET", path: path, status: 200, want: []string{`"reasons":[{"code":"price","name":"Дорого","count":1}]`, `"name":"Заключить договор"`}},
		{name: "the closed one stands where it was lost", who: "olga", method: "GET", path: "/api/v1/cards?funnel=deals&state=closed", status: 200, want: []string{`"stage":"consult"`}},
		{name: "no funnel", who: "vadim", method: "GET", path: "/api/v1/funnels/nothing/report", status: 404},
		{name: "no time", who: "olga", method: "GET", path: path + "?from=yesterday", status: 400, want: []string{`"field":"from"`}},
		{name: "the wrong way round", who: "olga", method: "GET", path: path + "?from=" + at(3) + "&to=" + at(2), status: 400, want: []string{`"field":"to"`}},
	})
}
