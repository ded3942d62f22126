package bench

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/memory"
)

// running is a server with nothing in it but two people.
func running(t *testing.T) string {
	t.Helper()
	s := memory.New()
	hash, err := access.HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if err := newDesk(s, nil).engine.Update(bg, func(tx *engine.Tx) error {
		for login, role := range map[string]string{"boss": "admin", "ann": "sales"} {
			if _, err := access.Create(tx, access.System("test"), access.User{ID: login, Name: login, Roles: []string{role}, Language: "en", Active: true}, hash); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	at, stop, err := served(t)(bg, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return at
}

func signedIn(t *testing.T, at, login string) *Target {
	t.Helper()
	target, err := NewTarget(at, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := target.SignIn(bg, login, "correct horse"); err != nil {
		t.Fatal(err)
	}
	return target
}

// Whoever may deploys the funnel; then everyone can be asked everything, in both loops.
func TestLoad(t *testing.T) {
	at := running(t)
	l := &Load{Scenarios: Scenarios, Clients: []int{1, 4}, Span: 60 * time.Millisecond, Cards: 8}
	if _, err := l.Run(bg, signedIn(t, at, "ann")); err == nil || !strings.Contains(err.Error(), "deploy the funnel bench_ring") || !strings.Contains(err.Error(), "403") {
		t.Errorf("by somebody who may not deploy: %v", err)
	}
	for _, login := range []string{"boss", "ann"} {
		told := 0.0
		l.Progress = func(_ string, done float64) { told = max(told, done) }
		l.Rate = map[string]float64{"ann": 200}[login]
		target := signedIn(t, at, login)
		all, err := l.Run(bg, target)
		if err != nil {
			t.Fatal(err)
		}
		for _, scenario := range Scenarios {
			for _, clients := range l.Clients {
				if got := all[scenario][clients]; got.Done == 0 || got.Failed != 0 || got.PerSecond <= 0 || got.Max <= 0 || got.P50 > got.P999 {
					t.Errorf("%s by %d: %+v", scenario, clients, got)
				}
			}
		}
		var text bytes.Buffer
		if err := PrintLoad(&text, all); err != nil || strings.Count(text.String(), "\n") != 9 || told != 1 {
			t.Errorf("%v, told %v\n%s", err, told, &text)
		}
		if err := target.SignOut(bg); err != nil {
			t.Error(err)
		}
		if err := target.get(bg, "/me", nil); err == nil {
			t.Error("the session goes on")
		}
	}
	l.Scenarios = []string{"nonsense"}
	if _, err := l.Run(bg, signedIn(t, at, "ann")); err == nil || !strings.Contains(err.Error(), "moves, board, card, search") {
		t.Error(err)
	}
}

func TestTarget(t *testing.T) {
	for _, wrong := range []string{"", "127.0.0.1:8080", "ftp://host", "http://", "http://a b"} {
		if _, err := NewTarget(wrong, ""); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:8080") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	at := running(t)
	target, err := NewTarget(at+"/", "nobody's")
	if err != nil {
		t.Fatal(err)
	}
	l := &Load{Scenarios: Scenarios, Clients: []int{1}, Span: time.Millisecond}
	if _, err := l.Run(bg, target); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a token of nobody: %v", err)
	}
	if err := target.SignOut(bg); err != nil {
		t.Errorf("there is no session to end: %v", err)
	}
	if err := target.SignIn(bg, "ann", "wrong"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong password: %v", err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	if target, err = NewTarget(gone.URL, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Run(bg, target); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("a server that is down: %v", err)
	}
}

// What goes wrong now and then is counted and told; what is half an answer is no answer.
func TestTargetThatFailsNowAndThen(t *testing.T) {
	var n atomic.Int64
	at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			_, _ = w.Write([]byte(`{"id":"card"}`))
		case !strings.HasSuffix(r.URL.Path, "/board"):
		case n.Add(1)%2 == 0:
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"title":"Busy","detail":"come later"}`))
		case n.Load()%3 == 0:
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
		}
	}))
	defer at.Close()
	target, err := NewTarget(at.URL, "x")
	if err != nil {
		t.Fatal(err)
	}
	all, err := (&Load{Scenarios: []string{"board"}, Clients: []int{1}, Span: 50 * time.Millisecond}).Run(bg, target)
	if err != nil {
		t.Fatal(err)
	}
	got := all["board"][1]
	if got.Done < 2 || got.Failed < got.Done || got.Error != "the server answers 503: Busy: come later" {
		t.Errorf("%+v", got)
	}
	var text bytes.Buffer
	if err := PrintLoad(&text, all); err != nil || !strings.Contains(text.String(), "board, 1 clients: the server answers 503") {
		t.Errorf("%v\n%s", err, &text)
	}
	if err := target.get(context.Background(), "/me", &struct{}{}); err == nil {
		t.Error("nothing was read as an object")
	}
}
