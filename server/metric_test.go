package server_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/server"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/postgres"
	"github.com/voronka/voronka/storage/storagetest"
)

// figures are what a server tells Prometheus.
func figures(t testing.TB, m *server.Metrics) string {
	t.Helper()
	got := httptest.NewRecorder()
	m.ServeHTTP(got, httptest.NewRequest("GET", "/", nil))
	if got.Code != 200 {
		t.Fatal(got.Code, got.Body)
	}
	return got.Body.String()
}

func (w *world) told(what string, want ...string) {
	w.t.Helper()
	got := figures(w.t, w.metrics)
	for _, line := range want {
		if !strings.Contains(got, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, " ")
			name, _, _ = strings.Cut(name, "{")
			w.t.Errorf("%s: no %s in\n%s", what, line, strings.Join(regexp.MustCompile(`(?m)^`+name+`\b.*$`).FindAllString(got, -1), "\n"))
		}
	}
}

func TestMetrics(t *testing.T) {
	w := open(t)
	w.told("nothing was done", "voronka_store_up 1", "voronka_timers_overdue_seconds 0", `voronka_timers{state="due"} 0`, "voronka_incidents_oldest_seconds 0", "voronka_streams 0", "voronka_requests_most 256")
	if got := figures(t, w.metrics); strings.Contains(got, "voronka_backup") {
		t.Error("a backup is told that was not made")
	}
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"x"}`, status: 201})
	w.ask(ask{who: "olga", method: "GET", path: "/api/v1/contacts/nobody-at-all", status: 404})
	w.ask(ask{who: "daria", method: "PATCH", path: "/api/v1/users/daria", body: `{"active":false}`, status: 422})
	w.ask(ask{method: "GET", path: "/nothing/at/all", status: 200})
	w.told("requests and deeds",
		`voronka_request_seconds_count{method="POST",route="/api/v1/contacts",status="201"} 1`, `voronka_request_seconds_count{method="GET",route="/api/v1/contacts/{id}",status="404"} 1`,
		`voronka_deed_seconds_count{result="refused"} 1`, "voronka_deed_reruns_total 0", `voronka_build_info{go="`+runtime.Version()+`",version="test"} 1`)

	w.do(func(tx *engine.Tx) error { // what the engine leaves in the indexes
		entry := func(id, index, value string, parts ...string) error {
			return tx.Put(&storage.Record{Kind: "waits", ID: id, Data: []byte("{}"), Index: []storage.Entry{{Index: index, Key: storage.Key(parts...), Value: []byte(value)}}})
		}
		at := func(d time.Duration) string { return storage.Time(tx.Now().Add(d)) }
		for n, err := range []error{
			entry("1", "due", "", at(-time.Minute), "1"), entry("2", "due", "", at(time.Hour), "2"),
			entry("3", "incident", "job_failed", at(-time.Hour), "3:1"), entry("4", "incident", "job_failed", at(0), "4:1"), entry("5", "incident", "", at(0), "5:1"),
			entry("6", "job", "", "mail", at(-2*time.Minute), "6:1"), entry("7", "job", "\x01", "mail", at(time.Minute), "7:1"), entry("8", "job", "", "sms", at(time.Minute), "8:1"),
		} {
			if err != nil {
				return fmt.Errorf("%d: %w", n, err)
			}
		}
		return nil
	})
	w.told("what waits",
		"voronka_timers_overdue_seconds 60", `voronka_timers{state="due"} 1`, `voronka_timers{state="set"} 1`,
		`voronka_incidents{code="job_failed"} 2`, `voronka_incidents{code="unknown"} 1`, "voronka_incidents_oldest_seconds 3600",
		`voronka_jobs{state="free",topic="mail"} 1`, `voronka_jobs{state="leased",topic="mail"} 1`, `voronka_jobs{state="later",topic="sms"} 1`, `voronka_jobs_wait_seconds{topic="mail"} 120`)

	w.ask(ask{who: "daria", method: "GET", path: "/api/v1/backup", status: 200})
	w.told("a backup", fmt.Sprintf("voronka_backup_timestamp_seconds %g", float64(w.now.Unix())))

	got := figures(t, w.metrics)
	for _, want := range []string{"voronka_store_bytes ", "voronka_store_free_bytes ", "voronka_store_room_bytes ", "voronka_store_commits_total ", "go_goroutines ", "process_resident_memory_bytes ", "process_start_time_seconds "} {
		if !strings.Contains(got, "\n"+want) {
			t.Errorf("no %s", want)
		}
	}
	for _, not := range []string{"nobody-at-all", "/nothing", "daria", "olga"} {
		if strings.Contains(got, not) {
			t.Errorf("%s is a label", not)
		}
	}
	for _, help := range regexp.MustCompile(`(?m)^# HELP (voronka_\S+) (.*)$`).FindAllStringSubmatch(got, -1) {
		if !strings.HasPrefix(help[2], "This server: ") && !strings.HasPrefix(help[2], "The installation: ") {
			t.Errorf("whose is %s? %s", help[1], help[2])
		}
	}
	if unit := regexp.MustCompile(`(?m)^# TYPE (voronka_\S+) counter$`).FindAllStringSubmatch(got, -1); len(unit) < 2 || strings.Contains(fmt.Sprint(unit), "seconds ") {
		t.Error(unit)
	}

	w.e.Store().Close()
	w.told("a store that is away", "voronka_store_up 0")
	if got := figures(t, w.metrics); strings.Contains(got, "voronka_timers{") || strings.Contains(got, "voronka_store_bytes") {
		t.Error("what is not known is told")
	}
}

// Figures are for those who look after the server.
func TestMetricsAreNotForAll(t *testing.T) {
	w := open(t)
	w.all([]ask{
		{name: "nobody", method: "GET", path: "/metrics", status: 401},
		{name: "no right", who: "olga", method: "GET", path: "/metrics", status: 403},
		{name: "configures", who: "daria", method: "GET", path: "/metrics", status: 200, want: []string{"voronka_store_up 1"}},
		{name: "from this machine, through a proxy", method: "GET", path: "/metrics", head: []string{"X-Forwarded-For: 127.0.0.1"}, status: 401},
	})
	for host, status := range map[string]int{"127.0.0.1:8080": 200, "localhost:8080": 200, "example.com": 401} { // the last by a page of another site
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr, r.Host = "127.0.0.1:5000", host
		got := httptest.NewRecorder()
		if w.s.ServeHTTP(got, r); got.Code != status {
			t.Errorf("%s: %d", host, got.Code)
		}
	}
}

// Each server of an installation tells the same of the installation, and its own of itself; two can't share figures.
func TestMetricsOfTwoServers(t *testing.T) {
	w := open(t)
	mine := server.NewMetrics()
	e := engine.Open(w.e.Store(), engine.Options{Now: func() time.Time { return w.now }, Watch: mine})
	other, err := server.New(server.Options{Engine: e, Metrics: mine})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := server.New(server.Options{Engine: e, Metrics: mine}); err == nil {
		t.Error("two servers have the same figures")
	}
	if err := e.Update(t.Context(), func(tx *engine.Tx) error {
		return tx.Put(&storage.Record{Kind: "late", ID: "1", Data: []byte("{}"), Index: []storage.Entry{{Index: "due", Key: storage.Key(storage.Time(tx.Now().Add(-time.Minute)), "1")}}})
	}); err != nil {
		t.Fatal(err)
	}
	mine.Looked(time.Unix(7, 0))
	w.told("this one", `voronka_timers{state="due"} 1`, "voronka_timers_overdue_seconds 60", "voronka_scheduler_looked_timestamp_seconds 0")
	w.metrics = mine
	w.told("the other", `voronka_timers{state="due"} 1`, "voronka_timers_overdue_seconds 60", "voronka_scheduler_looked_timestamp_seconds 7", `voronka_deed_seconds_count{result="done"} 1`)
}

// How a deed ended is told by what ended it.
func TestDeedsByResult(t *testing.T) {
	m := server.NewMetrics()
	store := memory.New()
	e := engine.Open(store, engine.Options{Watch: m})
	s, err := server.New(server.Options{Engine: e, Metrics: m})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := &world{t: t, metrics: m}
	for _, c := range []struct {
		result string
		err    error
	}{
		{"done", nil},
		{"refused", &engine.Refused{Code: "x"}},
		{"stale", fmt.Errorf("put: %w", storage.ErrStale)},
		{"failed", fmt.Errorf("get: %w", storage.ErrAway)},
		{"failed", context.DeadlineExceeded},
		{"failed", storage.ErrFull},
	} {
		_ = e.Update(t.Context(), func(*engine.Tx) error { return c.err })
	}
	m.Deed(engine.Deed{Runs: 4, Err: fmt.Errorf("commit: %w", io.ErrUnexpectedEOF)})
	w.told("by result", `voronka_deed_seconds_count{result="done"} 1`, `voronka_deed_seconds_count{result="refused"} 1`, `voronka_deed_seconds_count{result="stale"} 1`,
		`voronka_deed_seconds_count{result="failed"} 4`, "voronka_deed_reruns_total 3")
	m.Fired(3 * time.Second)
	m.Job("mail", engine.JobLost, time.Second)
	m.Raised("job_failed")
	w.told("by engine.Watch", "voronka_timer_late_seconds_sum 3", `voronka_job_seconds_count{result="lost",topic="mail"} 1`, `voronka_incidents_raised_total{code="job_failed"} 1`)
}

// scanned counts what scans give.
type scanned struct {
	storage.Store
	hits, records int
}

func (s *scanned) View(ctx context.Context, fn func(storage.Reader) error) error {
	return s.Store.View(ctx, func(r storage.Reader) error { return fn(scanner{r, s}) })
}

type scanner struct {
	storage.Reader
	s *scanned
}

func (r scanner) Scan(over storage.Range) iter.Seq2[storage.Hit, error] {
	return func(yield func(storage.Hit, error) bool) {
		for hit, err := range r.Reader.Scan(over) {
			r.s.hits++
			if hit.Record != nil {
				r.s.records++
			}
			if !yield(hit, err) {
				return
			}
		}
	}
}

// crowded is a server over n records, each with a timer, a job of one of two topics and an incident.
func crowded(t testing.TB, store storage.Store, n int) *server.Metrics {
	t.Helper()
	e := engine.Open(store, engine.Options{})
	for done := 0; done < n; {
		if err := e.Update(context.Background(), func(tx *engine.Tx) error {
			var all []*storage.Record
			for i := done; i < min(n, done+2000); i++ {
				id, at := fmt.Sprintf("%08d", i), storage.Time(tx.Now().Add(time.Duration(i-n/2)*time.Second))
				all = append(all, &storage.Record{Kind: "waits", ID: id, Data: []byte("{}"), Index: []storage.Entry{
					{Index: "due", Key: storage.Key(at, id)},
					{Index: "incident", Key: storage.Key(at, id), Value: []byte("job_failed")},
					{Index: "job", Key: storage.Key(fmt.Sprint("topic", i%2), at, id)},
				}})
			}
			return tx.Put(all...)
		}); err != nil {
			t.Fatal(err)
		}
		done = min(n, done+2000)
	}
	m := server.NewMetrics()
	s, err := server.New(server.Options{Engine: e, Metrics: m})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return m
}

// However much waits, asking costs no more than the limits say.
func TestMetricsCost(t *testing.T) {
	store := &scanned{Store: memory.New()}
	m := crowded(t, store, 24_000)
	store.hits, store.records = 0, 0
	got := figures(t, m)
	for _, want := range []string{`voronka_timers{state="due"} 10000`, `voronka_timers{state="set"} 10000`, `voronka_incidents{code="job_failed"} 10000`, `voronka_jobs{state="free",topic="topic0"}`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
	if store.hits > 5*10_000+10 || store.records > 0 {
		t.Errorf("it looks at %d keys and %d records", store.hits, store.records)
	}
}

// BenchmarkMetrics is one asking, with 100,000 of each kind waiting: the worst that can be.
func BenchmarkMetrics(b *testing.B) {
	for _, c := range []struct {
		name string
		open func() (storage.Store, error)
	}{
		{"bolt", func() (storage.Store, error) { return bolt.Open(filepath.Join(b.TempDir(), "db"), bolt.Options{}) }},
		{"postgres", func() (storage.Store, error) {
			return postgres.Open(context.Background(), storagetest.Postgres(b), postgres.Options{})
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			store, err := c.open()
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			m := crowded(b, store, 100_000)
			for b.Loop() {
				figures(b, m)
			}
		})
	}
}
