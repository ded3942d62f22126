package server_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// What a field holds that only some may see, the others do not find out: not by reading, not by asking whether it is there, and not by
// trying to write it.
func TestHiddenFields(t *testing.T) {
	w := open(t)
	furnish(w)
	hidden := []string{"HIDDEN", "424242", "777777", "9990004242", "ACT77-0"}
	at := "/api/v1/cards/${deal}"
	w.all([]ask{
		{name: "who may sees", who: "head", method: "GET", path: at, status: 200, want: []string{"HIDDEN note", `"size":424242`, `"amount":{"amount":777777`, "ACT77-001", `"text":"It says HIDDEN note"`}},
		{name: "who may reads history", who: "head", method: "GET", path: at + "/history", status: 200, want: []string{"HIDDEN note", `"verb":"keep"`, "ACT77-001", "no connection"}},
		{name: "who may reads incidents", who: "head", method: "GET", path: "/api/v1/incidents", status: 200, want: []string{"HIDDEN note", "It says HIDDEN note"}},
		{name: "an admin is not of every role", who: "boss", method: "GET", path: "/api/v1/incidents", status: 200, want: []string{`"full_name":"CARD-DEAL"`, "no connection"}, not: hidden},
		{name: "a board by what is hidden", who: "manager", method: "GET", path: "/api/v1/funnels/deals/board?field.size=424242", status: 422, want: []string{`"key":"size"`}},
		{name: "is asked as by what is not there", who: "manager", method: "GET", path: "/api/v1/funnels/deals/board?field.nothing=424242", status: 422, want: []string{`"key":"nothing"`}},
		{name: "a board by what is hidden, for who may", who: "head", method: "GET", path: "/api/v1/funnels/deals/board?field.size=424242", status: 200, want: []string{`"count":1`, `"amount":777777`}},
		{name: "written blindly", who: "manager", method: "PATCH", path: at, body: `{"fields":{"size":424242}}`, status: 422, want: []string{`"kind":"role"`}},
		{name: "cleared blindly", who: "manager", method: "PATCH", path: at, body: `{"fields":{"note":null}}`, status: 422},
		{name: "filed blindly", who: "manager", method: "POST", path: at + "/documents/act", body: `{"verb":"create"}`, status: 422},
		{name: "by bulk", who: "manager", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":["${deal}"],"fields":{"size":424242}}`, status: 200, want: []string{`"done":false`, `"kind":"role"`}},
		{name: "found by who may not see the number", who: "manager", method: "GET", path: "/api/v1/search?q=%2B79990004242", status: 200, want: []string{`"cards":[]`}},
		{name: "the report sums nothing up", who: "manager", method: "GET", path: "/api/v1/funnels/deals/report", status: 200, not: hidden},
	})
	w.do(func(tx *engine.Tx) error {
		return w.cards.Override(tx, system, w.vars["deal"], card.Back{To: "consult", Why: "test"})
	})
	w.ask(ask{name: "the gate says what is wrong, and not what is there", who: "manager", method: "POST", path: at + "/advance", body: `{}`, status: 422, want: []string{`"key":"size"`, "Размер"}, not: hidden})

	open := strings.Replace(diagram(t, "closed.bpmn"), `<camunda:formField id="note" label="Заметка" type="text"><camunda:properties><camunda:property id="see" value="head_of_sales"/></camunda:properties></camunda:formField>`, "", 1)
	open = strings.NewReplacer("Here is ${note}", "Here", "It says ${note}", "It").Replace(open)
	body, kind := form(map[string]string{"deals.bpmn": open})
	w.all([]ask{
		{name: "a version without the field", who: "boss", method: "POST", path: "/api/v1/definitions", body: body, head: []string{kind}, status: 201, want: []string{"deals:2"}},
		{name: "migrated", who: "boss", method: "POST", path: "/api/v1/definitions/deals:1/migrate", body: `{"to":"deals:2"}`, status: 200, want: []string{`"done":true`}, not: hidden},
		{name: "what was hidden stays so", who: "manager", method: "GET", path: at + "/history", status: 200, not: hidden},
		{name: "and is there for who may", who: "head", method: "GET", path: at + "/history", status: 200, want: []string{"HIDDEN note"}},
		{name: "a variable without a field", who: "manager", method: "GET", path: at, status: 200, not: hidden},
	})
}

// What belongs to one card is not reached through another, nor by another's key, nor counted by who may not see it.
func TestForeignThings(t *testing.T) {
	w := open(t)
	furnish(w)
	mine := `{"funnel":"leads","fields":{"full_name":"of the clerk"}}`
	w.all([]ask{
		{name: "bulk over what is seen and what is not", who: "clerk", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":["${lead}","${deal}","nothing"],"fields":{"full_name":"changed"}}`, status: 200, want: []string{
			`{"id":"${lead}","done":true}`, `{"id":"${deal}","done":false`, `"code":"hidden"`, `"code":"not_found"`,
		}},
		{name: "a deed under the key of somebody", who: "clerk", method: "POST", path: "/api/v1/cards", body: mine, head: []string{"Idempotency-Key: one"}, status: 201, save: map[string]string{"made": "id"}},
		{name: "under the same key, who may not", who: "manager", method: "POST", path: "/api/v1/cards", body: mine, head: []string{"Idempotency-Key: one"}, status: 403, not: []string{"${made}"}},
		{name: "under the same key, who may, is another deed", who: "head", method: "POST", path: "/api/v1/cards", body: mine, head: []string{"Idempotency-Key: one"}, status: 201, not: []string{"${made}"}},
		{name: "the key for something else", who: "clerk", method: "PATCH", path: "/api/v1/cards/${made}", body: `{"fields":{}}`, head: []string{"Idempotency-Key: one"}, status: 422, want: []string{"idempotency_key_used"}},
		{name: "the deal's cards by its client", who: "clerk", method: "GET", path: "/api/v1/contacts/${client}", status: 200, want: []string{`"cards":[]`}},
		{name: "a child of what is not seen", who: "clerk", method: "GET", path: "/api/v1/cards?parent=${deal}", status: 200, want: []string{`{"cards":[],"next":""}`}},
		{name: "owned by somebody", who: "clerk", method: "GET", path: "/api/v1/cards?owner=keeper&state=open", status: 200, want: []string{`{"cards":[],"next":""}`}},
		{name: "found by its beginning", who: "clerk", method: "GET", path: "/api/v1/cards?q=CARD-D&limit=1", status: 200, want: []string{`{"cards":[],"next":""}`}},
		{name: "a lead's file in a field of the deal's", who: "clerk", method: "POST", path: "/api/v1/cards/${deal}/files?field=scan", body: "${form}", head: []string{w.vars["formType"]}, status: 403},
		{name: "a file named in a field", who: "clerk", method: "PATCH", path: "/api/v1/cards/${lead}", body: `{"fields":{"scan":{"id":"${passport}","name":"x","size":1,"type":"x"}}}`, status: 422},
	})
	cursors := 0
	for after := ""; ; {
		got := w.ask(ask{who: "clerk", method: "GET", path: "/api/v1/cards?limit=1&after=" + url.QueryEscape(after), status: 200})
		if strings.Contains(got.body, w.vars["deal"]) {
			t.Fatal("the deal is listed")
		}
		if after = fmt.Sprint(got.at("next")); after == "" {
			break
		}
		if cursors++; cursors > 100 {
			t.Fatal("a list without end")
		}
	}
	if seen := 3; cursors >= seen { // the leads that there are; a cursor behind each but the last
		t.Errorf("%d pages behind the first: cards that are not seen have cursors", cursors)
	}
	if err := w.e.View(context.Background(), func(tx *engine.Tx) error {
		one, err := w.cards.Load(tx, w.vars["deal"])
		if err == nil && one.Title != "CARD-DEAL" {
			t.Errorf("the deal is called %q", one.Title)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// A stranger's form asks for nobody of ours, so no answer to it tells whether there is such a one.
func TestStrangersFindOutNobody(t *testing.T) {
	w := open(t)
	leads := strings.Replace(diagram(t, "leads.bpmn"), `<camunda:formField id="phone"`, `<camunda:formField id="owner" label="Чей" type="user"/><camunda:formField id="client" label="Кто" type="contact"/><camunda:formField id="phone"`, 1)
	body, kind := form(map[string]string{"leads.bpmn": leads})
	w.all([]ask{
		{who: "daria", method: "POST", path: "/api/v1/definitions", body: body, head: []string{kind}, status: 201},
		{method: "GET", path: "/api/v1/intake/leads", status: 200, want: []string{`"key":"phone"`}, not: []string{`"owner"`, `"client"`}},
	})
	answers := map[string]bool{}
	for _, login := range []string{"olga", "ghost"} {
		got := w.ask(ask{method: "POST", path: "/api/v1/intake/leads", body: `{"fields":{"full_name":"x","owner":"` + login + `"}}`, head: []string{"X-Request-Id: 1"}, status: 400, want: []string{`"field":"owner"`}})
		answers[got.body] = true
	}
	if len(answers) != 1 {
		t.Errorf("the answers differ: %v", answers)
	}
}
