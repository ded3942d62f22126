package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
)

// A deal from its making to its end.
func TestCards(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn", "leads.bpmn")
	scan, kind := form(map[string]string{"../скан <b>.pdf": "%PDF-1.4"})
	w.all([]ask{
		{name: "no funnel", who: "olga", method: "POST", path: "/api/v1/cards", body: `{}`, status: 400, want: []string{`"field":"funnel"`}},
		{name: "no such funnel", who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"nothing"}`, status: 404},
		{name: "a funnel of others", who: "andrey", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"x"}}`, status: 403},
		{
			name: "the form is not filled in", who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"phone":"12","nope":1}}`, status: 422,
			want: []string{`"code":"refused"`, `"key":"phone"`, `"key":"nope"`, `"key":"full_name"`, "не хватает: 3"},
		},
		{name: "a contact that is none", who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"x"},"contact":"nobody"}`, status: 400, want: []string{`"field":"contact"`}},
		{
			name: "a deal", who: "olga", method: "POST", path: "/api/v1/cards", status: 201,
			body: `{"funnel":"deals","fields":{"full_name":"Анна <script>","phone":"8 916 123-45-67"},"contact":{"name":"Анна","phones":["+79161234567"]}}`,
			want: []string{`"title":"Анна \u003cscript\u003e"`, `"phone":"+79161234567"`, `"stage":"consult"`, `"amount":{"amount":0,"currency":"RUB"}`},
			save: map[string]string{"id": "id", "contact": "contact", "version": "version"},
		},
		{
			name: "on the board", who: "olga", method: "GET", path: "/api/v1/funnels/deals/board", status: 200,
			want: []string{`"count":1`, "${id}", `"kind":"missing"`, "Нет: потребность"},
		},
		{name: "in English", who: "denis", method: "GET", path: "/api/v1/funnels/deals/board", status: 200, want: []string{"Missing: "}},
		{name: "a board of one column", who: "olga", method: "GET", path: "/api/v1/funnels/deals/board?stage=sign", status: 200, not: []string{"${id}", `"id":"consult"`}},
		{name: "a board of her cards", who: "olga", method: "GET", path: "/api/v1/funnels/deals/board?owner=me", status: 200, not: []string{`"count":1`}},
		{name: "a board by field", who: "olga", method: "GET", path: "/api/v1/funnels/deals/board?field.phone=%2B79161234567", status: 200, want: []string{`"count":1`}},
		{name: "after without a stage", who: "olga", method: "GET", path: "/api/v1/funnels/deals/board?after=eHg", status: 400},
		{name: "not seen by others", who: "andrey", method: "GET", path: "/api/v1/cards/${id}", status: 403, want: []string{`"code":"hidden"`}},
		{name: "no such card", who: "olga", method: "GET", path: "/api/v1/cards/nothing", status: 404},
		{
			name: "whole", who: "olga", method: "GET", path: "/api/v1/cards/${id}", status: 200,
			want: []string{`"answer":"here"`, `"tasks":[{`, `"mine":true`, `"documents":[{`, `"code":"price"`},
		},
		{name: "moves", who: "olga", method: "GET", path: "/api/v1/cards/${id}/moves", status: 200, want: []string{`{"moves":[`, `"answer":"asks"`}},
		{name: "fields", who: "olga", method: "PATCH", path: "/api/v1/cards/${id}", body: `{"fields":{"need":"права"},"version":${version}}`, status: 200, want: []string{`"need":"права"`}},
		{name: "stale", who: "olga", method: "PATCH", path: "/api/v1/cards/${id}", body: `{"fields":{"need":"нет"},"version":${version}}`, status: 409, want: []string{`"code":"stale"`}},
		{name: "stale by header", who: "olga", method: "PATCH", path: "/api/v1/cards/${id}", body: `{"fields":{"need":"нет"}}`, head: []string{`If-Match: "${version}"`}, status: 409},
		{name: "a field that only the head sees", who: "vadim", method: "PATCH", path: "/api/v1/cards/${id}", body: `{"fields":{"margin":20}}`, status: 200, want: []string{`"margin":20`}},
		{name: "is not seen", who: "olga", method: "GET", path: "/api/v1/cards/${id}", status: 200, not: []string{"margin"}},
		{name: "nor in history", who: "olga", method: "GET", path: "/api/v1/cards/${id}/history", status: 200, want: []string{`"kind":"changed"`, `"who":"olga"`}, not: []string{"margin"}},
		{name: "history by pages", who: "olga", method: "GET", path: "/api/v1/cards/${id}/history?limit=1", status: 200, save: map[string]string{"next": "next"}},
		{name: "the next page", who: "olga", method: "GET", path: "/api/v1/cards/${id}/history?limit=1&after=${next}", status: 200, want: []string{"права"}},
		{name: "advance", who: "olga", method: "POST", path: "/api/v1/cards/${id}/advance", body: `{}`, status: 200, want: []string{`"stage":"sign"`}},
		{name: "everything missing", who: "olga", method: "POST", path: "/api/v1/cards/${id}/advance", status: 422, want: []string{`"key":"amount"`, `"kind":"document"`, `"key":"contract"`}},
		{name: "back without a reason", who: "olga", method: "POST", path: "/api/v1/cards/${id}/back", body: `{"to":"consult","why":""}`, status: 422, want: []string{`"key":"why"`}},
		{name: "back", who: "olga", method: "POST", path: "/api/v1/cards/${id}/back", body: `{"to":"consult","why":"ошиблась"}`, status: 200, want: []string{`"stage":"consult"`}},
		{name: "against the drawing", who: "olga", method: "POST", path: "/api/v1/cards/${id}/override", body: `{"to":"sign","why":"надо"}`, status: 422, want: []string{`"kind":"role"`, `"who":[`, `{"id":"vadim","name":"Вадим"}`}},
		{name: "by the head", who: "vadim", method: "POST", path: "/api/v1/cards/${id}/override", body: `{"to":"sign","why":"надо"}`, status: 200, want: []string{`"stage":"sign"`}},
		{name: "assign", who: "olga", method: "POST", path: "/api/v1/cards/${id}/assign", body: `{"owner":"me"}`, status: 200, want: []string{`"owner":"olga"`}},
		{name: "assign to nobody there", who: "olga", method: "POST", path: "/api/v1/cards/${id}/assign", body: `{"owner":"ghost"}`, status: 422},
		{name: "amount", who: "olga", method: "PATCH", path: "/api/v1/cards/${id}", body: `{"fields":{"amount":{"amount":4990000,"currency":"RUB"}}}`, status: 200, want: []string{`"amount":{"amount":4990000,"currency":"RUB"}`}},
		{name: "a document made", who: "olga", method: "POST", path: "/api/v1/cards/${id}/documents/contract", body: `{"verb":"create"}`, status: 200, want: []string{`"number":"Д-001"`}},
		{name: "a document sent that is not to be", who: "olga", method: "POST", path: "/api/v1/cards/${id}/documents/contract", body: `{"verb":"send"}`, status: 422},
		{name: "a file without a field", who: "olga", method: "POST", path: "/api/v1/cards/${id}/files", body: scan, head: []string{kind}, status: 400},
		{name: "a file of a field that takes none", who: "olga", method: "POST", path: "/api/v1/cards/${id}/files?field=need", body: scan, head: []string{kind}, status: 422},
		{name: "no file", who: "olga", method: "POST", path: "/api/v1/cards/${id}/files?field=contract", body: `{}`, status: 415},
		{name: "a file", who: "olga", method: "POST", path: "/api/v1/cards/${id}/files?field=contract", body: scan, head: []string{kind}, status: 201, save: map[string]string{"file": "id"}},
		{name: "not for others", who: "andrey", method: "GET", path: "/api/v1/files/${file}", status: 403},
		{name: "no such file", who: "olga", method: "GET", path: "/api/v1/files/nothing", status: 404},
		{name: "advance to the robot", who: "olga", method: "POST", path: "/api/v1/cards/${id}/advance", body: `{"stage":"sign"}`, status: 200, want: []string{`"topic":"tell"`, `"held":"tell"`}},
		{name: "found", who: "olga", method: "GET", path: "/api/v1/search?q=анна", status: 200, want: []string{`"cards":[{`, `"contacts":[{`}},
		{name: "found by nobody else", who: "andrey", method: "GET", path: "/api/v1/search?q=анна", status: 200, want: []string{`"cards":[]`}},
		{name: "nothing asked", who: "olga", method: "GET", path: "/api/v1/search?q=", status: 400},
		{name: "her list", who: "olga", method: "GET", path: "/api/v1/cards?owner=me&state=open", status: 200, want: []string{"${id}"}},
		{name: "an odd list", who: "olga", method: "GET", path: "/api/v1/cards?state=strange", status: 400},
		{name: "about the contact", who: "olga", method: "GET", path: "/api/v1/contacts/${contact}", status: 200, want: []string{`"cards":[{`, "${id}"}},
	})
	got := w.ask(ask{who: "olga", method: "GET", path: "/api/v1/files/${file}", status: 200, want: []string{"%PDF"}})
	if d := got.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") || strings.Contains(d, "..") || strings.Contains(d, "<") {
		t.Error(d)
	}
	if csp := got.header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") {
		t.Error(csp)
	}
}

// What is stuck is told, retried, and goes on by a message.
func TestIncidents(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn")
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"Анна"}}`, status: 201, save: map[string]string{"id": "id"}})
	w.ask(ask{who: "vadim", method: "POST", path: "/api/v1/cards/${id}/override", body: `{"to":"tell","why":"проверка"}`, status: 200, save: map[string]string{"job": "jobs.0.id"}})
	for range 5 {
		w.do(func(tx *engine.Tx) error {
			if _, j, err := tx.Job(w.vars["job"]); err != nil || j.State == engine.JobStuck {
				return err
			}
			return tx.FailJob(w.vars["job"], "", "нет связи", 0)
		})
	}
	w.all([]ask{
		{who: "vadim", method: "GET", path: "/api/v1/incidents", status: 200, want: []string{"нет связи", `"element":"tell"`, `"card":"${id}"`, `"title":"Анна"`, `"name":"Сообщить бухгалтеру"`, `«Сообщить бухгалтеру»: робот не справился`}, save: map[string]string{"incident": "incidents.0.id"}},
		{who: "olga", method: "GET", path: "/api/v1/cards/${id}", status: 200, want: []string{`"stuck":1`, "нет связи"}},
		{who: "olga", method: "POST", path: "/api/v1/incidents/${incident}/resolve", status: 403},
		{who: "vadim", method: "POST", path: "/api/v1/incidents/${incident}/resolve", body: `{"vars":{}}`, status: 204},
		{who: "vadim", method: "POST", path: "/api/v1/incidents/${incident}/resolve", status: 404, want: []string{`"code":"incident_not_open"`}},
		{who: "vadim", method: "GET", path: "/api/v1/incidents", status: 200, want: []string{`"incidents":[]`}},
		{name: "too early", who: "bank", method: "POST", path: "/api/v1/messages", body: `{"name":"paid","card":"${id}"}`, status: 422, want: []string{`"code":"message_not_awaited"`}},
	})
	w.do(func(tx *engine.Tx) error { return tx.CompleteJob(w.vars["job"], "", nil) })
	w.all([]ask{
		{name: "no right", who: "olga", method: "POST", path: "/api/v1/messages", body: `{"name":"paid"}`, status: 403},
		{name: "no name", who: "bank", method: "POST", path: "/api/v1/messages", body: `{}`, status: 400},
		{name: "paid", who: "bank", method: "POST", path: "/api/v1/messages", body: `{"name":"paid","card":"${id}","id":"p1"}`, status: 200, want: []string{`"instance":"${id}"`}},
		{name: "won", who: "olga", method: "GET", path: "/api/v1/cards/${id}", status: 200, want: []string{`"outcome":"won"`, `"closed":`}},
		{name: "over", who: "olga", method: "POST", path: "/api/v1/cards/${id}/advance", status: 422},
		{name: "closed cards", who: "olga", method: "GET", path: "/api/v1/cards?funnel=deals&outcome=won", status: 200, want: []string{"${id}"}},
	})
}

func TestRejectAndBulk(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn", "leads.bpmn")
	for _, name := range []string{"a", "b", "c"} {
		w.ask(ask{who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"` + name + `"}}`, status: 201, save: map[string]string{name: "id"}})
	}
	w.all([]ask{
		{name: "no reason", who: "olga", method: "POST", path: "/api/v1/cards/${a}/reject", body: `{"reason":""}`, status: 422, want: []string{`"key":"rejection"`}},
		{name: "a reason of no stage", who: "olga", method: "POST", path: "/api/v1/cards/${a}/reject", body: `{"reason":"weather"}`, status: 422},
		{name: "other without a comment", who: "olga", method: "POST", path: "/api/v1/cards/${a}/reject", body: `{"reason":"other"}`, status: 422, want: []string{"rejection_comment"}},
		{name: "rejected", who: "olga", method: "POST", path: "/api/v1/cards/${a}/reject", body: `{"reason":"price"}`, status: 200, want: []string{`"outcome":"lost"`, `"reason":"price"`}},
		{name: "reopened by those who may", who: "olga", method: "POST", path: "/api/v1/cards/${a}/reopen", body: `{"why":"передумал"}`, status: 422, want: []string{`"kind":"role"`}},
		{name: "reopened", who: "vadim", method: "POST", path: "/api/v1/cards/${a}/reopen", body: `{"why":"передумал"}`, status: 200, want: []string{`"stage":"consult"`}, not: []string{`"outcome"`}},
		{name: "bulk of nothing", who: "olga", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":[]}`, status: 400},
		{name: "bulk without a deed", who: "olga", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":["x"]}`, status: 400},
		{name: "bulk with two", who: "olga", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":["x"],"fields":{},"advance":{}}`, status: 400},
		{name: "bulk fields", who: "olga", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":["${b}"],"fields":{"need":"x"}}`, status: 200, want: []string{`"done":true`}},
		{
			name: "one stops no other", who: "olga", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":["${c}","${b}","nothing"],"advance":{}}`, status: 200,
			want: []string{`"id":"${c}","done":false`, `"id":"${b}","done":true`, `"key":"need"`, `"code":"not_found"`},
		},
		{name: "done once", who: "olga", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":["${c}"],"assign":{"owner":"denis"}}`, head: []string{"Idempotency-Key: k"}, status: 200, want: []string{`"done":true`}},
		{name: "and once only", who: "olga", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":["${c}"],"assign":{"owner":"denis"}}`, head: []string{"Idempotency-Key: k"}, status: 200, want: []string{`"done":true`}},
		{name: "of nobody", who: "andrey", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":["${c}"],"assign":{"owner":"andrey"}}`, status: 200, want: []string{`"code":"hidden"`}},
	})
}

func TestIdempotency(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn")
	key := []string{"Idempotency-Key: 4711"}
	body := `{"funnel":"deals","fields":{"full_name":"Анна"}}`
	first := w.ask(ask{who: "olga", method: "POST", path: "/api/v1/cards", body: body, head: key, status: 201, save: map[string]string{"id": "id"}})
	w.ask(ask{who: "olga", method: "PATCH", path: "/api/v1/cards/${id}", body: `{"fields":{"need":"x"}}`, status: 200})
	again := w.ask(ask{who: "olga", method: "POST", path: "/api/v1/cards", body: body, head: key, status: 201})
	if again.body != first.body || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("ETag") != first.header.Get("ETag") {
		t.Errorf("not the first answer:\n%s\n%s", first.body, again.body)
	}
	if first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("which one was replayed?")
	}
	other := w.ask(ask{who: "denis", method: "POST", path: "/api/v1/cards", body: body, head: key, status: 201})
	if other.at("id") == first.at("id") {
		t.Error("a key of somebody else")
	}
	w.all([]ask{
		{name: "another body", who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"Яна"}}`, head: key, status: 422, want: []string{`"code":"idempotency_key_used"`}},
		{name: "another path", who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"Анна"}`, head: key, status: 422},
		{name: "an odd key", who: "olga", method: "POST", path: "/api/v1/cards", body: body, head: []string{"Idempotency-Key: я"}, status: 400},
		{name: "a refusal keeps no key", who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals"}`, head: []string{"Idempotency-Key: 1"}, status: 422},
		{name: "so it can be mended", who: "olga", method: "POST", path: "/api/v1/cards", body: body, head: []string{"Idempotency-Key: 1"}, status: 201},
		{name: "an advance", who: "olga", method: "POST", path: "/api/v1/cards/${id}/advance", body: `{}`, head: []string{"Idempotency-Key: 2"}, status: 200, want: []string{`"stage":"sign"`}},
		{name: "an advance once", who: "olga", method: "POST", path: "/api/v1/cards/${id}/advance", body: `{}`, head: []string{"Idempotency-Key: 2"}, status: 200, want: []string{`"stage":"sign"`}},
	})
	w.now = w.now.Add(25 * time.Hour)
	late := w.ask(ask{who: "olga", method: "POST", path: "/api/v1/cards", body: body, head: key, status: 201})
	if late.at("id") == first.at("id") {
		t.Error("a key is remembered for ever")
	}
	// keys of a day ago are swept away with the next one
	w.do(func(tx *engine.Tx) error {
		left := 0
		for _, err := range tx.Scan(once) {
			if err != nil {
				return err
			}
			left++
		}
		if left != 1 {
			t.Errorf("%d keys are kept", left)
		}
		return nil
	})
}

func TestIntake(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn", "leads.bpmn")
	site := []string{"Origin: https://school.example", "Sec-Fetch-Site: cross-site"}
	plain := append([]string{"Content-Type: application/x-www-form-urlencoded"}, site...)
	w.all([]ask{
		{name: "the form", method: "GET", path: "/api/v1/intake/leads", head: site, status: 200, want: []string{`"key":"full_name"`, `"required":true`}, not: []string{"score"}},
		{name: "of deals there is none beside leads", method: "GET", path: "/api/v1/intake/deals", status: 404},
		{name: "of nothing", method: "GET", path: "/api/v1/intake/nothing", status: 404},
		{name: "from another site", method: "POST", path: "/api/v1/intake/leads", head: site, body: `{"fields":{"full_name":"Анна","phone":"89161234567"}}`, status: 201, want: []string{`{"accepted":true}`}},
		{name: "a plain form", method: "POST", path: "/api/v1/intake/leads", head: plain, body: `full_name=%D0%AF%D0%BD%D0%B0&phone=89161234568`, status: 201},
		{name: "not filled in", method: "POST", path: "/api/v1/intake/leads", head: append([]string{"Accept-Language: en"}, site...), body: `{"fields":{}}`, status: 422, want: []string{`"key":"full_name"`, "Missing: "}},
		{name: "a field of others", method: "POST", path: "/api/v1/intake/leads", body: `{"fields":{"full_name":"x","score":5}}`, status: 400, want: []string{`"field":"score"`}},
		{name: "a field of no form", method: "POST", path: "/api/v1/intake/leads", body: `{"fields":{"full_name":"x","owner":"olga"}}`, status: 400},
		{name: "there they are", who: "vadim", method: "GET", path: "/api/v1/funnels/leads/board", status: 200, want: []string{`"count":2`, "Яна"}},
	})
	got := w.ask(ask{method: "OPTIONS", path: "/api/v1/intake/leads", head: site, status: 204})
	if got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Allow") != "HEAD, GET, POST" {
		t.Error(got.header)
	}
	for range 6 {
		w.ask(ask{method: "POST", path: "/api/v1/intake/leads", body: `{"fields":{}}`})
	}
	w.ask(ask{name: "too many", method: "POST", path: "/api/v1/intake/leads", body: `{"fields":{"full_name":"x"}}`, status: 429, want: []string{`"code":"tries"`}})
	w.now = w.now.Add(10 * time.Second)
	w.ask(ask{name: "later", method: "POST", path: "/api/v1/intake/leads", body: `{"fields":{"full_name":"x"}}`, status: 201})
}

func TestDealsOnlyIntake(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn")
	w.ask(ask{method: "POST", path: "/api/v1/intake/deals", body: `{"fields":{"full_name":"Анна"}}`, status: 201})
}

func TestMigrate(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn")
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"Анна"}}`, status: 201, save: map[string]string{"id": "id"}})
	w.all([]ask{
		{who: "daria", method: "POST", path: "/api/v1/definitions", body: diagram(t, "deals.bpmn") + " ", head: []string{"Content-Type: text/xml"}, status: 201},
		{name: "no right", who: "vadim", method: "POST", path: "/api/v1/definitions/deals:1/migrate", body: `{"to":"deals:2"}`, status: 403},
		{name: "to nothing", who: "daria", method: "POST", path: "/api/v1/definitions/deals:1/migrate", body: `{"to":"deals:9"}`, status: 400},
		{name: "of nothing", who: "daria", method: "POST", path: "/api/v1/definitions/deals:9/migrate", body: `{"to":"deals:2"}`, status: 404},
		{name: "told only", who: "daria", method: "POST", path: "/api/v1/definitions/deals:1/migrate?dry_run=true", body: `{"to":"deals:2"}`, status: 200, want: []string{`"instance":"${id}"`, `"title":"Анна"`, `"done":false`}},
		{name: "not gone", who: "olga", method: "GET", path: "/api/v1/cards/${id}", status: 200, want: []string{`"definition":"deals:1"`}},
		{name: "done", who: "daria", method: "POST", path: "/api/v1/definitions/deals:1/migrate", body: `{"to":"deals:2"}`, status: 200, want: []string{`"done":true`}},
		{name: "gone", who: "olga", method: "GET", path: "/api/v1/cards/${id}", status: 200, want: []string{`"definition":"deals:2"`}},
	})
}
