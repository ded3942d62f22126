package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/server"
	"github.com/voronka/voronka/storage"
)

// flood tells many things at once.
func (w *world) flood(n int) {
	w.do(func(tx *engine.Tx) error {
		for i := range n {
			tx.Notify(contact.TopicContact, fmt.Sprint(i))
		}
		return nil
	})
}

// At its end Serve closes the streams, answers what runs, and takes nothing new.
func TestServe(t *testing.T) {
	w := open(t, func(o *server.Options) { o.Limits.Drain = time.Second })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.s.Serve(ctx, l) }()
	url := "http://" + l.Addr().String()
	call := func(method, path, body string) (*http.Response, error) {
		r, _ := http.NewRequest(method, url+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+string(w.tokens["olga"]))
		r.Header.Set("Content-Type", "application/json")
		return http.DefaultClient.Do(r)
	}
	stream, err := call("GET", "/api/v1/events", "")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()

	var acknowledged sync.Map
	var busy sync.WaitGroup
	for n := range 4 {
		busy.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d", n, i)
				got, err := call("POST", "/api/v1/contacts", `{"name":"`+name+`"}`)
				if err != nil {
					return
				}
				if got.StatusCode == 201 {
					acknowledged.Store(name, true)
				}
				got.Body.Close()
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	stop()
	for status := 0; status != 503; { // it says so, and goes on
		got, err := call("GET", "/readyz", "")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(got.Body)
		if status = got.StatusCode; status == 503 && !strings.Contains(string(text), `"code":"stopping"`) {
			t.Errorf("%s", text)
		}
	}
	before := count(&acknowledged)
	for until := time.Now().Add(10 * time.Second); count(&acknowledged) == before && time.Now().Before(until); {
		time.Sleep(5 * time.Millisecond)
	}
	if count(&acknowledged) == before {
		t.Error("nothing is done while /readyz says that it stops")
	}
	last, _ := io.ReadAll(stream.Body)
	if !regexp.MustCompile(`\nretry: [1-5]\d\d\d\n\n$`).Match(last) {
		t.Errorf("the stream ends with %q", last)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Serve does not end")
	}
	busy.Wait()
	have := map[string]bool{}
	w.do(func(tx *engine.Tx) error {
		all, _, err := contact.List(tx, "", 1_000_000)
		for _, c := range all {
			have[c.Name] = true
		}
		return err
	})
	acknowledged.Range(func(name, _ any) bool {
		if !have[name.(string)] {
			t.Errorf("%s was acknowledged and is not there", name)
		}
		return true
	})
	if len(have) == 0 {
		t.Error("nothing was done")
	}
}

func count(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// Everything that keeps a server from taking requests is told by its name.
func TestReady(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn")
	w.ask(ask{method: "GET", path: "/healthz", status: 200, want: []string{`"version":"test"`}})
	w.ask(ask{method: "GET", path: "/readyz", status: 200, want: []string{`"status":"ready"`, `"timers_late_seconds":0`}})
	w.do(func(tx *engine.Tx) error { // a timer that nobody fires
		return tx.Put(&storage.Record{Kind: "late", ID: "1", Data: []byte("{}"), Index: []storage.Entry{{Index: "due", Key: storage.Key(storage.Time(tx.Now()), "1")}}})
	})
	w.now = w.now.Add(9 * time.Second)
	w.ask(ask{method: "GET", path: "/readyz", status: 200})
	w.now = w.now.Add(2 * time.Second)
	w.ask(ask{method: "GET", path: "/readyz", head: []string{"Accept-Language: en"}, status: 503, want: []string{`"code":"late"`, "due for 11 s"}})
	w.ask(ask{method: "GET", path: "/readyz?exclude=timers", status: 200, want: []string{`"timers_late_seconds":11`}})
	w.ask(ask{method: "GET", path: "/readyz?exclude=store", status: 400, want: []string{`"field":"exclude"`}})
	w.e.Store().Close()
	w.ask(ask{method: "GET", path: "/readyz", status: 503, want: []string{`"code":"away"`}})
	w.ask(ask{method: "GET", path: "/readyz?exclude=timers", status: 503, want: []string{`"code":"away"`}})
	w.ask(ask{method: "GET", path: "/healthz", status: 200})
	w.ask(ask{who: "olga", method: "GET", path: "/api/v1/me", status: 503, want: []string{`"code":"stopping"`}})
}

// faulty is a store that fails as it is told.
type faulty struct {
	storage.Store
	err error
}

func (f *faulty) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.Update(ctx, fn)
}

func TestStoreFails(t *testing.T) {
	w := open(t)
	store := &faulty{Store: w.e.Store()}
	e := engine.Open(store, engine.Options{Now: func() time.Time { return w.now }})
	s, err := server.New(server.Options{Engine: e})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w.s = s
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{storage.ErrFull, 507, "full"},
		{fmt.Errorf("commit: %w", storage.ErrStale), 409, "stale"},
		{storage.ErrClosed, 503, "stopping"},
		{fmt.Errorf("%w: no route to 10.0.0.7", storage.ErrAway), 503, "away"},
		{storage.ErrUnknown, 503, "away"},
		{storage.ErrBusy, 503, "busy"},
		{fmt.Errorf("%w: write /var/lib/voronka.db: input/output error", storage.ErrFailed), 503, "failed"},
		{fmt.Errorf("%w: card 1 is damaged", storage.ErrFormat), 500, "damaged"},
		{context.DeadlineExceeded, 503, "timeout"},
		{errors.New("secret path /var/lib"), 500, "broken"},
		{&os.PathError{Op: "write", Path: "/var/lib", Err: os.ErrPermission}, 500, "broken"},
	} {
		store.err = c.err
		w.ask(ask{name: c.code, who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"x"}`, status: c.status, want: []string{`"code":"` + c.code + `"`}, not: []string{"/var/lib", "10.0.0.7"}})
	}
}

// With all its hands full the server says so, and its health is told all the same.
func TestBusy(t *testing.T) {
	files := slow{make(chan struct{}), make(chan struct{})}
	w := open(t, func(o *server.Options) { o.Limits.Running, o.Web = 1, files })
	go w.s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/index.html", nil))
	<-files.began
	w.ask(ask{who: "olga", method: "GET", path: "/api/v1/me", status: 503, want: []string{`"code":"busy"`}})
	w.ask(ask{method: "GET", path: "/healthz", status: 200})
	close(files.end)
}

// An address is believed of our own proxies only.
func TestAddress(t *testing.T) {
	var log strings.Builder
	w := open(t, func(o *server.Options) {
		o.Log = zerolog.New(&log)
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // what httptest calls from
	})
	w.ask(ask{method: "GET", path: "/healthz", head: []string{"X-Forwarded-For: 1.1.1.1, 203.0.113.9"}, status: 200})
	if !strings.Contains(log.String(), `"address":"203.0.113.9"`) {
		t.Error(log.String())
	}
	log.Reset()
	w.ask(ask{method: "GET", path: "/healthz", head: []string{"X-Forwarded-For: nonsense"}, status: 200})
	if !strings.Contains(log.String(), `"address":"192.0.2.1"`) {
		t.Error(log.String())
	}
	log.Reset()
	w.ask(ask{who: "olga", method: "GET", path: "/api/v1/contacts/x", head: []string{"X-Request-Id: r-1"}, status: 404})
	for _, part := range []string{`"request":"r-1"`, `"route":"/api/v1/contacts/{id}"`, `"status":404`, `"actor":"olga"`, `"code":"not_found"`, `"level":"info"`} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("no %s in %s", part, log.String())
		}
	}
	if strings.Contains(log.String(), "vrk_") {
		t.Error("a token is logged")
	}
}

// A request that takes too long is told so.
func TestTimeout(t *testing.T) {
	w := open(t, func(o *server.Options) { o.Limits.Timeout = 50 * time.Millisecond })
	hold, started := make(chan struct{}), make(chan struct{})
	go w.e.Update(context.Background(), func(tx *engine.Tx) error {
		for range tx.Scan(storage.Range{Kind: "user"}) {
		}
		select {
		case <-started:
		default:
			close(started)
		}
		<-hold
		return nil
	})
	<-started
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"x","phones":["+79161234567"]}`, status: 503, want: []string{`"code":"timeout"`}})
	close(hold)
}
