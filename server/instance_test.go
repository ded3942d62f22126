package server_test

import (
	"testing"

	"github.com/voronka/voronka/engine"
)

// Whoever configures may move, start and cancel tokens by hand, each with a reason that stands in history.
func TestTokensByHand(t *testing.T) {
	w := open(t)
	w.deploy("approval.bpmn")
	w.do(func(tx *engine.Tx) error {
		i, err := tx.Start(engine.Start{Process: "approval"})
		if err == nil {
			w.vars["id"] = i.ID
		}
		return err
	})
	at := "/api/v1/instances/${id}"
	w.all([]ask{
		{name: "only who oversees looks", who: "olga", method: "GET", path: at, status: 403},
		{name: "and into history", who: "olga", method: "GET", path: at + "/history", status: 403},
		{name: "its tokens", who: "vadim", method: "GET", path: at, status: 200, want: []string{`"process":"approval"`, `"id":1,"element":"approval"`, `"in":1,"element":"check","name":"Check","state":"waiting"`}, not: []string{`"card"`}, save: map[string]string{"token": "tokens.1.id"}},
		{name: "none", who: "vadim", method: "GET", path: "/api/v1/instances/none", status: 404},
		{name: "its history is none", who: "vadim", method: "GET", path: "/api/v1/instances/none/history", status: 404},
		{name: "who oversees does not move", who: "vadim", method: "POST", path: at + "/tokens/${token}/move", body: `{"to":"word","why":"x"}`, status: 403},
		{name: "nor starts", who: "vadim", method: "POST", path: at + "/tokens", body: `{"element":"word","why":"x"}`, status: 403},
		{name: "nor cancels", who: "vadim", method: "POST", path: at + "/tokens/${token}/cancel", body: `{"why":"x"}`, status: 403},
		{name: "nor reopens", who: "vadim", method: "POST", path: at + "/reopen", body: `{"element":"word","why":"x"}`, status: 403},
		{name: "no reason", who: "daria", method: "POST", path: at + "/tokens/${token}/move", body: `{"to":"word","why":" "}`, status: 400, want: []string{`"field":"why"`}},
		{name: "to nowhere", who: "daria", method: "POST", path: at + "/tokens/${token}/move", body: `{"to":"nowhere","why":"x"}`, status: 422, want: []string{`"code":"element_unknown"`, `"element":"nowhere"`}},
		{name: "no such token", who: "daria", method: "POST", path: at + "/tokens/77/move", body: `{"to":"word","why":"x"}`, status: 422, want: []string{`"code":"token_unknown"`}},
		{name: "the process itself", who: "daria", method: "POST", path: at + "/tokens/1/move", body: `{"to":"word","why":"x"}`, status: 422, want: []string{`"code":"token_unknown"`}},
		{name: "no number", who: "daria", method: "POST", path: at + "/tokens/x/cancel", body: `{"why":"x"}`, status: 404},
		{name: "no such instance", who: "daria", method: "POST", path: "/api/v1/instances/none/tokens", body: `{"element":"word","why":"x"}`, status: 404},
		{name: "the last one stays", who: "daria", method: "POST", path: at + "/tokens/${token}/cancel", body: `{"why":"x"}`, status: 422, want: []string{`"code":"token_last"`}},
		{name: "it is not over", who: "daria", method: "POST", path: at + "/reopen", body: `{"element":"word","why":"x"}`, status: 422, want: []string{`"code":"instance_active"`}},
		{name: "started", who: "daria", method: "POST", path: at + "/tokens", body: `{"element":"word","why":"the word came by telephone"}`, status: 200, want: []string{`"element":"check"`, `"element":"word"`}, save: map[string]string{"second": "tokens.2.id"}},
		{name: "in no scope", who: "daria", method: "POST", path: at + "/tokens", body: `{"element":"word","in":99,"why":"x"}`, status: 422, want: []string{`"code":"token_unknown"`}},
		{name: "cancelled", who: "daria", method: "POST", path: at + "/tokens/${second}/cancel", body: `{"why":"it was another's"}`, status: 200, not: []string{`"element":"word"`}},
		{name: "moved", who: "daria", method: "POST", path: at + "/tokens/${token}/move", body: `{"to":"end","why":"checked long ago"}`, status: 200, want: []string{`"state":"completed"`, `"tokens":[]`}},
		{name: "over", who: "daria", method: "POST", path: at + "/tokens", body: `{"element":"word","why":"x"}`, status: 422, want: []string{`"code":"instance_over"`}},
		{name: "reopened", who: "daria", method: "POST", path: at + "/reopen", body: `{"element":"word","why":"not at all"}`, head: []string{"Idempotency-Key: again"}, status: 200, want: []string{`"state":"active"`, `"element":"word"`}},
		{name: "reopened once", who: "daria", method: "POST", path: at + "/reopen", body: `{"element":"word","why":"not at all"}`, head: []string{"Idempotency-Key: again"}, status: 200},
		{name: "history tells why", who: "vadim", method: "GET", path: at + "/history", status: 200, want: []string{
			`"kind":"placed","element":"word","who":"daria","why":"the word came by telephone"`, `"kind":"dropped","element":"word"`, `"why":"it was another's"`,
			`"kind":"moved","element":"check"`, `"to":"end","why":"checked long ago"`, `"kind":"reopened","element":"word","who":"daria","why":"not at all"`,
		}},
		{name: "its first page", who: "vadim", method: "GET", path: at + "/history?limit=1", status: 200, want: []string{`"kind":"started"`}, not: []string{"placed"}, save: map[string]string{"next": "next"}},
		{name: "its second", who: "vadim", method: "GET", path: at + "/history?limit=1&after=${next}", status: 200, want: []string{`"kind":"placed"`}, not: []string{"started"}},
		{name: "no page", who: "vadim", method: "GET", path: at + "/history?after=eA", status: 400},
	})
}

// A card's tokens are moved like any other's, and its history tells so; it is reopened as a card.
func TestTokensOfCards(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn")
	w.all([]ask{
		{who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"Анна"}}`, status: 201, save: map[string]string{"id": "id"}},
		{who: "vadim", method: "GET", path: "/api/v1/instances/${id}", status: 200, want: []string{`"card":"${id}"`, `"element":"consult"`}, save: map[string]string{"token": "tokens.1.id"}},
		{name: "it is no instance to reopen", who: "daria", method: "POST", path: "/api/v1/instances/${id}/reopen", body: `{"element":"consult","why":"x"}`, status: 422, want: []string{`"code":"instance_card"`, "/reopen"}},
		{name: "moved", who: "daria", method: "POST", path: "/api/v1/instances/${id}/tokens/${token}/move", body: `{"to":"sign","why":"подписали до нас"}`, status: 200, want: []string{`"element":"sign"`}},
		{name: "the board knows", who: "olga", method: "GET", path: "/api/v1/cards/${id}", status: 200, want: []string{`"stage":"sign"`}},
		{name: "and the card's history", who: "olga", method: "GET", path: "/api/v1/cards/${id}/history", status: 200, want: []string{`"kind":"moved"`, "подписали до нас", `"who":"daria"`}},
	})
}

// A message waits, comes once, to one or to all, by card and by key; one that nobody takes and that may not wait is refused.
func TestMessages(t *testing.T) {
	w := open(t)
	w.deploy("approval.bpmn")
	start := func(name, key string) {
		w.do(func(tx *engine.Tx) error {
			i, err := tx.Start(engine.Start{Process: "approval", Key: key})
			if err == nil {
				w.vars[name] = i.ID
			}
			return err
		})
		w.ask(ask{who: "daria", method: "GET", path: "/api/v1/instances/${" + name + "}", status: 200, save: map[string]string{"token": "tokens.1.id"}})
		w.ask(ask{who: "daria", method: "POST", path: "/api/v1/instances/${" + name + "}/tokens/${token}/move", body: `{"to":"word","why":"test"}`, status: 200})
	}
	send := func(name, body string, status int, want ...string) {
		t.Helper()
		w.ask(ask{name: name, who: "bank", method: "POST", path: "/api/v1/messages", body: body, status: status, want: want})
	}
	send("nobody waits", `{"name":"word"}`, 422, `"code":"message_not_awaited"`)
	send("too long", `{"name":"word","wait_seconds":2592001}`, 400, `"field":"wait_seconds"`)
	send("no time", `{"name":"word","wait_seconds":-1}`, 400)
	send("it may wait", `{"name":"word","key":"7","id":"w1","wait_seconds":3600}`, 200, `"instance":""`)
	send("the same again", `{"name":"word","key":"7","id":"w1","wait_seconds":3600}`, 200, `"instance":""`)
	start("first", "8")
	start("second", "7")
	w.ask(ask{name: "it was waited for", who: "vadim", method: "GET", path: "/api/v1/instances/${second}", status: 200, want: []string{`"state":"completed"`}})
	send("the same after it was taken", `{"name":"word","key":"7","id":"w1"}`, 200, `"instance":"${second}"`)
	send("another key", `{"name":"word","key":"9"}`, 422)
	send("another instance", `{"name":"word","card":"${second}"}`, 422)
	start("third", "8")
	start("fourth", "8")
	send("by card", `{"name":"word","card":"${third}"}`, 200, `"instance":"${third}"`)
	send("by key, to the one that waits longest", `{"name":"word","key":"8"}`, 200, `"instance":"${first}"`)
	start("fifth", "")
	send("to all", `{"name":"word","all":true,"vars":{"said":1}}`, 200)
	for _, name := range []string{"fourth", "fifth"} {
		w.ask(ask{name: name, who: "vadim", method: "GET", path: "/api/v1/instances/${" + name + "}", status: 200, want: []string{`"state":"completed"`}})
	}
}
