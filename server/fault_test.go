package server_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/storagetest"
)

// day is what people ask of a server in a day's work, in an order in which each can be answered.
func day() []ask {
	scan, kind := form(map[string]string{"scan.pdf": "%PDF-1.4"})
	return []ask{
		{who: "olga", method: "GET", path: "/api/v1/me", status: 200},
		{who: "olga", method: "PATCH", path: "/api/v1/me", body: `{"language":"ru"}`, status: 200},
		{who: "daria", method: "POST", path: "/api/v1/users", body: `{"login":"igor","name":"Игорь","roles":["sales_manager"],"password":"correct horse battery"}`, status: 201},
		{who: "daria", method: "PATCH", path: "/api/v1/users/igor", body: `{"name":"Игорь К."}`, status: 200},
		{who: "daria", method: "GET", path: "/api/v1/users", status: 200},
		{who: "olga", method: "POST", path: "/api/v1/tokens", body: `{"name":"tool"}`, status: 201, save: map[string]string{"token": "id"}},
		{who: "olga", method: "GET", path: "/api/v1/tokens", status: 200},
		{who: "olga", method: "GET", path: "/api/v1/funnels", status: 200},
		{who: "olga", method: "GET", path: "/api/v1/funnels/deals", status: 200},
		{who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"Анна","phones":["+79161234567"]}`, status: 201, save: map[string]string{"contact": "id"}},
		{who: "olga", method: "PATCH", path: "/api/v1/contacts/${contact}", body: `{"comment":"звонить утром"}`, status: 200},
		{who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"Аня","phones":["+79161234568"]}`, status: 201, save: map[string]string{"twin": "id"}},
		{who: "olga", method: "POST", path: "/api/v1/contacts/${contact}/merge", body: `{"other":"${twin}"}`, status: 200},
		{who: "olga", method: "GET", path: "/api/v1/contacts", status: 200},
		{
			who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"Анна"},"contact":"${contact}"}`,
			head: []string{"Idempotency-Key: a-card"}, status: 201, save: map[string]string{"id": "id"},
		},
		{who: "olga", method: "GET", path: "/api/v1/funnels/deals/board", status: 200, want: []string{"${id}"}},
		{who: "olga", method: "GET", path: "/api/v1/cards/${id}", status: 200},
		{who: "olga", method: "GET", path: "/api/v1/cards/${id}/moves", status: 200},
		{who: "olga", method: "PATCH", path: "/api/v1/cards/${id}", body: `{"fields":{"need":"права"}}`, status: 200},
		{who: "olga", method: "POST", path: "/api/v1/cards/${id}/advance", body: `{}`, head: []string{"Idempotency-Key: a-move"}, status: 200},
		{who: "olga", method: "POST", path: "/api/v1/cards/${id}/back", body: `{"to":"consult","why":"ошиблась"}`, status: 200},
		{who: "vadim", method: "POST", path: "/api/v1/cards/${id}/override", body: `{"to":"sign","why":"надо"}`, status: 200},
		{who: "olga", method: "POST", path: "/api/v1/cards/${id}/assign", body: `{"owner":"me"}`, status: 200},
		{who: "olga", method: "PATCH", path: "/api/v1/cards/${id}", body: `{"fields":{"amount":{"amount":4990000,"currency":"RUB"}}}`, status: 200},
		{who: "olga", method: "POST", path: "/api/v1/cards/${id}/documents/contract", body: `{"verb":"create"}`, status: 200},
		{who: "olga", method: "POST", path: "/api/v1/cards/${id}/files?field=contract", body: scan, head: []string{kind}, status: 201, save: map[string]string{"file": "id"}},
		{who: "olga", method: "GET", path: "/api/v1/files/${file}", status: 200},
		{who: "olga", method: "GET", path: "/api/v1/cards/${id}/history", status: 200},
		{who: "olga", method: "GET", path: "/api/v1/search?q=анна", status: 200, want: []string{"${id}"}},
		{who: "vadim", method: "GET", path: "/api/v1/funnels/deals/report", status: 200},
		{who: "olga", method: "GET", path: "/api/v1/cards?owner=me&state=open", status: 200, want: []string{"${id}"}},
		{who: "olga", method: "GET", path: "/api/v1/contacts/${contact}", status: 200},
		{who: "vadim", method: "GET", path: "/api/v1/incidents", status: 200},
		{who: "vadim", method: "POST", path: "/api/v1/cards/bulk", body: `{"cards":["${id}"],"assign":{"owner":"olga"}}`, status: 200, want: []string{`"done":true`}},
		{who: "olga", method: "POST", path: "/api/v1/cards/${id}/back", body: `{"to":"consult","why":"ошиблась"}`, status: 200},
		{who: "olga", method: "POST", path: "/api/v1/cards/${id}/reject", body: `{"reason":"price"}`, status: 200},
		{who: "vadim", method: "POST", path: "/api/v1/cards/${id}/reopen", body: `{"to":"consult","why":"передумала"}`, status: 200},
		{who: "olga", method: "DELETE", path: "/api/v1/tokens/${token}", status: 204},
	}
}

// Whichever call of the store fails, in whichever way, under whatever is asked: the answer is a problem that says so and what to do, no
// matter how often; nothing has changed; and when the store works again so does the server, as if nothing had been.
func TestFaults(t *testing.T) {
	store := storagetest.NewFaulty(memory.New())
	w := over(t, store)
	w.deploy("deals.bpmn")
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"Первая"}`, head: []string{"Idempotency-Key: first"}, status: 201}) // old keys are forgotten now
	faults := []struct {
		err    error
		status int
		code   string
	}{
		{fmt.Errorf("%w: no route", storage.ErrAway), http.StatusServiceUnavailable, "away"},
		{fmt.Errorf("%w: write: no space left on device", storage.ErrFull), http.StatusInsufficientStorage, "full"},
		{fmt.Errorf("%w: write: input/output error", storage.ErrFailed), http.StatusServiceUnavailable, "failed"},
	}
	met := 0
	for at, a := range day() {
		before := content(t, store)
		for n := 1; ; n++ {
			f := faults[(at+n)%len(faults)]
			store.Break(n, storagetest.Fault{Err: f.err})
			quiet := a
			quiet.status, quiet.want, quiet.save = 0, nil, nil
			got := w.ask(quiet)
			if !store.Mend() {
				if got.status != a.status {
					t.Fatalf("%s %s: %d %s", a.method, a.path, got.status, got.body)
				}
				for key, path := range a.save {
					w.vars[key] = fmt.Sprint(got.at(path))
				}
				for _, want := range a.want {
					if !strings.Contains(got.body, w.fill(want)) {
						t.Errorf("%s %s: no %s in %s", a.method, a.path, w.fill(want), got.body)
					}
				}
				break
			}
			met++
			if code := got.at("results.0.problem.code"); code != nil { // of one card among several
				got.status, got.body = f.status, fmt.Sprintf(`{"code":%q,"hint":%q,"request":"x"}`, code, got.at("results.0.problem.hint"))
			}
			if got.status != f.status || got.at("code") != f.code || got.at("hint") == nil || got.at("request") == nil {
				t.Errorf("%s %s, call %d meets %q: %d %s", a.method, a.path, n, f.err, got.status, got.body)
			}
			if content(t, store) != before {
				t.Errorf("%s %s, call %d meets %q: something has changed", a.method, a.path, n, f.err)
			}
		}
	}
	t.Logf("%d requests, %d of their calls failed", len(day()), met)
}

// content is all that a store holds, but for the time at which sessions were used.
func content(t *testing.T, s storage.Store) string {
	t.Helper()
	var b strings.Builder
	if err := s.View(context.Background(), func(r storage.Reader) error {
		return storage.Pages(r, func(page []*storage.Record) error {
			for _, one := range page {
				fmt.Fprintf(&b, "%s %s %d %s %q\n", one.Kind, one.ID, one.Version, one.Data, one.Index)
			}
			return nil
		}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What fails behind a deed that is done is not held against it.
func TestFaultBehindADeed(t *testing.T) {
	store := storagetest.NewFaulty(memory.New())
	w := over(t, store)
	create := ask{who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"Анна"}`, head: []string{"Idempotency-Key: one"}, status: 201}
	for n := 1; ; n++ { // the first keyed deed after a start looks for old keys to forget
		w := over(t, storagetest.NewFaulty(memory.New()))
		faulty := w.e.Store().(*storagetest.Faulty)
		faulty.Break(n, storagetest.Fault{Err: storage.ErrFull})
		quiet := create
		quiet.status = 0
		got := w.ask(quiet)
		if !faulty.Mend() {
			break
		}
		done := strings.Contains(content(t, faulty), "Анна")
		if done != (got.status == 201) {
			t.Errorf("call %d fails: it is done: %t, and the answer is %d %s", n, done, got.status, got.body)
		}
	}
	// A commit of which nobody knows is found out about by the same key.
	store.Break(100, storagetest.Fault{})
	for n := 1; ; n++ {
		key := fmt.Sprintf("Idempotency-Key: key-%d", n)
		body := fmt.Sprintf(`{"name":"Вера %d."}`, n)
		store.Break(n, storagetest.Fault{Err: storage.ErrUnknown, Done: true})
		got := w.ask(ask{who: "olga", method: "POST", path: "/api/v1/contacts", body: body, head: []string{key}})
		met := store.Mend()
		if met && got.status != 503 && got.status != 201 {
			t.Errorf("call %d: %d %s", n, got.status, got.body)
		}
		w.ask(ask{who: "olga", method: "POST", path: "/api/v1/contacts", body: body, head: []string{key}, status: 201, want: []string{fmt.Sprintf("Вера %d.", n)}})
		if all := strings.Count(content(t, store), fmt.Sprintf(`"name":"Вера %d."`, n)); all != 2 { // itself, and the answer that is kept
			t.Errorf("call %d: it is there %d times", n, all)
		}
		if !met {
			break
		}
	}
}

// Where nothing can be written people read on, however long it lasts: that a session is used need not be written down.
func TestReadingOnAFullDisk(t *testing.T) {
	store := storagetest.NewFaulty(memory.New())
	w := over(t, store)
	w.deploy("deals.bpmn")
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"Анна"}}`, status: 201, save: map[string]string{"id": "id"}})
	for range 3 {
		w.now = w.now.Add(10 * time.Minute)
		for n := 1; ; n++ {
			store.Break(n, storagetest.Fault{Full: true, Lasts: true})
			w.all([]ask{
				{who: "olga", method: "GET", path: "/api/v1/cards/${id}", status: 200},
				{who: "olga", method: "GET", path: "/api/v1/funnels/deals/board", status: 200, want: []string{"${id}"}},
				{who: "olga", method: "PATCH", path: "/api/v1/cards/${id}", body: `{"fields":{"need":"права"}}`, status: 507, want: []string{`"code":"full"`, "место"}},
			})
			if store.Mend(); n == 3 {
				break
			}
		}
	}
	w.ask(ask{who: "olga", method: "PATCH", path: "/api/v1/cards/${id}", body: `{"fields":{"need":"права"}}`, status: 200})
}
