package server_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/server"
)

// listening is a stream somebody reads.
type listening struct {
	t     *testing.T
	lines chan string
	stop  func()
}

// listen opens a stream at a server that really listens.
func (w *world) listen(at *httptest.Server, who, last string) *listening {
	w.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", at.URL+"/api/v1/events", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+string(w.tokens[who]))
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	got, err := at.Client().Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	if got.StatusCode != 200 || got.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatal(got.Status, got.Header)
	}
	l := &listening{w.t, make(chan string, 1000), func() { stop(); got.Body.Close() }}
	w.t.Cleanup(l.stop)
	go func() {
		defer close(l.lines)
		for in := bufio.NewScanner(got.Body); in.Scan(); {
			l.lines <- in.Text()
		}
	}()
	return l
}

// event is the next event that is told: its name, id and data.
func (l *listening) event() (name, id, data string) {
	l.t.Helper()
	late := time.After(10 * time.Second) // beats do not put it off
	for {
		select {
		case line, more := <-l.lines:
			field, value, _ := strings.Cut(line, ": ")
			switch {
			case !more:
				return "end", id, ""
			case field == "event":
				name = value
			case field == "id":
				id = value
			case field == "data":
				data = value
			case line == "" && name != "":
				return name, id, data
			}
		case <-late:
			l.t.Fatal("nothing is told")
		}
	}
}

// until skips to an event of that name.
func (l *listening) until(want string) (id, data string) {
	l.t.Helper()
	for {
		name, id, data := l.event()
		if name == want {
			return id, data
		}
		if name == "end" {
			l.t.Fatalf("the stream ends before %q", want)
		}
	}
}

func TestEvents(t *testing.T) {
	w := open(t, func(o *server.Options) { o.Limits.Beat = 50 * time.Millisecond })
	w.deploy("deals.bpmn", "leads.bpmn")
	at := httptest.NewServer(w.s)
	t.Cleanup(at.Close)
	w.ask(ask{method: "GET", path: "/api/v1/events", status: 401})

	olga, andrey := w.listen(at, "olga", ""), w.listen(at, "andrey", "")
	first, _ := olga.until("ready")
	andrey.until("ready")
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"Анна"}}`, status: 201, save: map[string]string{"id": "id"}})
	_, data := olga.until("card")
	if data != `{"id":"`+w.vars["id"]+`"}` {
		t.Error(data)
	}
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"Анна"}`, status: 201})
	second, _ := olga.until("contact")
	w.ask(ask{who: "daria", method: "PATCH", path: "/api/v1/users/denis", body: `{"branch":"north"}`, status: 200})
	if name, _, _ := andrey.event(); name != "user" {
		t.Errorf("who sees neither the card nor contacts hears %s", name)
	}
	olga.stop()
	again := w.listen(at, "olga", first)
	again.until("card")
	again.until("contact")
	again.stop()
	later := w.listen(at, "olga", second)
	later.until("ready")
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"Яна"}`, status: 201, save: map[string]string{"yana": "id"}})
	if _, data := later.until("contact"); data != `{"id":"`+w.vars["yana"]+`"}` {
		t.Errorf("resumed behind the contact: %s", data)
	}
	old := w.listen(at, "olga", "ANOTHER-1")
	if _, data := old.until("reset"); data != "{}" {
		t.Error(data)
	}
	far := w.listen(at, "olga", strings.Split(first, "-")[0]+"-999999")
	far.until("reset")

	w.ask(ask{who: "daria", method: "PATCH", path: "/api/v1/users/olga", body: `{"active":false}`, status: 200})
	for name := ""; name != "end"; {
		name, _, _ = later.event() // the stream ends with the session
	}
}

func TestTooManyStreams(t *testing.T) {
	w := open(t, func(o *server.Options) { o.Limits.Streams = 10 })
	at := httptest.NewServer(w.s)
	t.Cleanup(at.Close)
	w.listen(at, "olga", "").until("ready")
	got := w.ask(ask{who: "olga", method: "GET", path: "/api/v1/events", status: 429, want: []string{`"code":"streams"`}})
	if got.header.Get("Retry-After") == "" {
		t.Error("for how long?")
	}
	w.listen(at, "denis", "").until("ready")
}

// What nobody could read any more is a reset.
func TestForgottenEvents(t *testing.T) {
	w := open(t)
	at := httptest.NewServer(w.s)
	t.Cleanup(at.Close)
	l := w.listen(at, "vadim", "")
	id, _ := l.until("ready")
	l.stop()
	w.flood(5000)
	w.listen(at, "vadim", id).until("reset")
}

// Where hints were lost on the way from another server, everybody loads anew, whoever resumes later too.
func TestLostEvents(t *testing.T) {
	w := open(t)
	at := httptest.NewServer(w.s)
	t.Cleanup(at.Close)
	l := w.listen(at, "vadim", "")
	id, _ := l.until("ready")
	w.do(func(tx *engine.Tx) error { tx.Notify(card.TopicCard, ""); return nil })
	now, _ := l.until("reset")
	w.listen(at, "vadim", id).until("reset")
	w.do(func(tx *engine.Tx) error { tx.Notify(card.TopicCard, "none"); return nil })
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"Яна"}`, status: 201})
	l.until("contact")
	w.listen(at, "vadim", now).until("contact")
}
