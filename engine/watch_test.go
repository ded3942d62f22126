package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/storagetest"
)

// watcher writes down what it is told.
type watcher struct{ told []string }

func (w *watcher) note(format string, args ...any) {
	w.told = append(w.told, fmt.Sprintf(format, args...))
}

func (w *watcher) Deed(d engine.Deed) {
	w.note("deed runs=%d refused=%v err=%v", d.Runs, d.Refused, d.Err)
}
func (w *watcher) Looked(at time.Time)      { w.note("looked %s", at.Format("15:04:05")) }
func (w *watcher) Fired(late time.Duration) { w.note("fired %s late", late) }
func (w *watcher) Raised(code string)       { w.note("raised %s", code) }
func (w *watcher) Job(topic string, how engine.Result, took time.Duration) {
	w.note("job %s %s in %s", topic, how, took)
}

// One id leads from a request over its timer and its job to the failure and the incident; what the failure says is not in the log.
func TestOneIdLeadsThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		defer store.Close()
		var log bytes.Buffer
		logger := zerolog.New(&log)
		b := &bench{tester: t, Engine: engine.Open(store, engine.Options{Log: logger})}
		deploy(t, b.Engine, line("p", begin, pause, job, end))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		go func() { ended <- (&engine.Scheduler{Engine: b.Engine, Log: logger}).Run(ctx) }()
		w := &engine.Worker{Engine: b.Engine, Name: "w", Log: logger, Handlers: map[string]engine.Handler{
			"mail": func(ctx context.Context, job engine.Claimed) (engine.Outcome, error) {
				if engine.Request(ctx) != "r-1" || job.Request != "r-1" {
					t.Errorf("the handler works for %q, %q", engine.Request(ctx), job.Request)
				}
				return engine.Outcome{}, errors.New("nobody answers at +79161234567")
			},
		}}
		go func() { ended <- w.Run(ctx) }()
		if err := b.Update(engine.WithRequest(t.Context(), "r-1"), func(tx *engine.Tx) error {
			i, err := tx.Start(engine.Start{Process: "p", Variables: map[string]engine.Value{"wait": []byte(`"PT1H"`)}})
			b.id = i.ID
			return err
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		stop()
		if err := errors.Join(<-ended, <-ended); err != nil {
			t.Fatal(err)
		}
		incident := b.read().Incidents[0]
		if incident.Request != "r-1" {
			t.Errorf("the incident is of %q", incident.Request)
		}
		var got []string
		for l := range strings.Lines(log.String()) {
			if strings.Contains(l, `"request":"r-1"`) && strings.Contains(l, `"instance":"`+b.id+`"`) {
				_, what, _ := strings.Cut(l, `"message":"`)
				got = append(got, strings.TrimRight(what, "\"}\n"))
			}
		}
		if want := []string{"timer", "job", "job", "incident", "job"}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v in\n%s", got, want, log.String())
		}
		for _, want := range []string{
			`"result":"failed"`, `"attempt":3`, `"topic":"mail"`, `"job":"` + engine.OuterID(b.id, incident.Job) + `","message":"incident"`, `"code":"job_failed"`, `"level":"warn"`,
		} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("no %s in\n%s", want, log.String())
			}
		}
		if strings.Contains(log.String(), "7916") {
			t.Error("what a failure said is in the log")
		}
	})
}

// A signal that goes out in pages works for the request that threw it.
func TestBroadcastKeepsItsRequest(t *testing.T) {
	b := &bench{tester: t, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	b.Engine = engine.Open(memory.New(), engine.Options{Now: func() time.Time { return b.now }})
	deploy(t, b.Engine, strings.Replace(line("p", begin, `<intermediateCatchEvent id="hear"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>`, job, end),
		"<message", `<signal id="s" name="s"/><message`, 1))
	for range 250 { // more than one page
		b.start(nil)
	}
	if err := b.Update(engine.WithRequest(t.Context(), "r-2"), func(tx *engine.Tx) error { return tx.Signal("s", nil) }); err != nil {
		t.Fatal(err)
	}
	for fired := 1; fired > 0; {
		var err error
		if fired, err = b.FireDue(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
	}
	if j := b.read().Jobs; len(j) != 1 || j[0].Request != "r-2" { // the last that waits is of the last page
		t.Fatalf("%+v", j)
	}
}

// What was done is told once, and only when it is committed, however often the function ran.
func TestWatch(t *testing.T) {
	w := &watcher{}
	store := memory.New()
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	o := engine.Options{Now: func() time.Time { return now }, Watch: w}
	b := &bench{tester: t, Engine: engine.Open(store, o)}
	told := func(what string, want ...string) {
		t.Helper()
		if !slices.Equal(w.told, want) {
			t.Errorf("%s: told\n%s\nwant\n%s", what, strings.Join(w.told, "\n"), strings.Join(want, "\n"))
		}
		w.told = nil
	}
	deploy(t, b.Engine, line("p", begin, pause, job, end))
	told("deployed", "deed runs=1 refused=false err=<nil>")

	no := errors.New("no")
	_ = b.try(func(tx *engine.Tx) error {
		if _, err := tx.Start(engine.Start{Process: "p", Variables: map[string]engine.Value{"wait": []byte(`"nonsense"`)}}); err != nil {
			return err
		}
		return no
	})
	told("refused, with an incident that is not there", "deed runs=1 refused=true err=no")

	b.Engine = engine.Open(storagetest.Conflict(store), o)
	b.start(map[string]engine.Value{"wait": []byte(`"nonsense"`)})
	told("an incident, at the second run", "deed runs=2 refused=false err=<nil>", "raised timer_invalid")

	b.Engine = engine.Open(storagetest.Twice(store), o)
	b.start(map[string]engine.Value{"wait": []byte(`"PT1M"`)})
	now = now.Add(61 * time.Second)
	w.told = nil
	if _, err := b.FireDue(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	told("a timer", "deed runs=2 refused=false err=<nil>", "fired 1s late")

	id := b.job("mail")
	b.must(func(tx *engine.Tx) error { _, _, err := tx.Claim(id, "ann", time.Minute); return err })
	now = now.Add(time.Hour)
	w.told = nil
	b.must(func(tx *engine.Tx) error { _, _, err := tx.Claim(id, "bob", time.Minute); return err })
	told("a lease that ended", "deed runs=2 refused=false err=<nil>", "job mail lost in 0s")

	b.Engine = engine.Open(store, o)
	store.Close()
	_ = b.try(func(*engine.Tx) error { return nil })
	told("a store that is closed", "deed runs=0 refused=false err="+storage.ErrClosed.Error())
}

// counting counts what scans give.
type counting struct {
	storage.Store
	hits, records int
}

func (c *counting) View(ctx context.Context, fn func(storage.Reader) error) error {
	return c.Store.View(ctx, func(r storage.Reader) error { return fn(counted{r, c}) })
}

type counted struct {
	storage.Reader
	c *counting
}

func (r counted) Scan(over storage.Range) iter.Seq2[storage.Hit, error] {
	return func(yield func(storage.Hit, error) bool) {
		for hit, err := range r.Reader.Scan(over) {
			r.c.hits++
			if hit.Record != nil {
				r.c.records++
			}
			if !yield(hit, err) {
				return
			}
		}
	}
}

// The backlog is what waits, by kind; it is counted up to a limit, and its cost does not grow beyond.
func TestBacklog(t *testing.T) {
	store := &counting{Store: memory.New()}
	b := &bench{tester: t, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	b.Engine = engine.Open(store, engine.Options{Now: func() time.Time { return b.now }})
	deploy(t, b.Engine, line("p", begin, `<serviceTask id="send" camunda:type="external" camunda:topic="${topic}"/>`, end),
		strings.Replace(line("q", begin, pause, end), "Message_go", "Message_q", 1))
	look := func(limit int) (found *engine.Backlog) {
		t.Helper()
		if err := b.View(t.Context(), func(tx *engine.Tx) (err error) { found, err = tx.Backlog(limit); return err }); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if got := look(10); got.Due+got.Set+len(got.Queues)+len(got.Incidents) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
	start := func(process, name, value string) string {
		text, _ := storage.Marshal(value)
		b.must(func(tx *engine.Tx) error {
			i, err := tx.Start(engine.Start{Process: process, Variables: map[string]engine.Value{name: text}})
			b.id = i.ID
			return err
		})
		return b.id
	}
	start("q", "wait", "PT1S")
	start("q", "wait", "PT2S")
	start("q", "wait", "PT5H")
	for range 3 {
		start("p", "topic", "mail")
	}
	start("p", "topic", "mailing") // another topic that begins like the first
	b.id = start("p", "topic", "mail")
	held := b.job("mail")
	b.must(func(tx *engine.Tx) error { _, _, err := tx.Claim(held, "ann", 5*time.Hour); return err })
	b.id = start("p", "topic", "mail")
	failed := b.job("mail")
	b.now = b.now.Add(time.Hour)
	b.must(func(tx *engine.Tx) error { return tx.FailJob(failed, "", "no", -1) })
	b.id = start("p", "topic", "odd \x00 topic")
	start("q", "wait", "nonsense")
	b.now = b.now.Add(30 * time.Second)

	want := engine.Backlog{Due: 2, Late: time.Hour + 29*time.Second, Set: 1, Stuck: 30 * time.Second, Incidents: map[string]int{"timer_invalid": 1}}
	queues := []engine.Queue{
		{Topic: "mail", Free: 3, Waits: time.Hour + 30*time.Second, Leased: 1, Later: 1},
		{Topic: "mailing", Free: 1, Waits: time.Hour + 30*time.Second},
		{Topic: "odd \x00 topic", Free: 1, Waits: 30 * time.Second},
	}
	got := look(100)
	if got.Due != want.Due || got.Late != want.Late || got.Set != want.Set || got.Stuck != want.Stuck || fmt.Sprint(got.Incidents) != fmt.Sprint(want.Incidents) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if !slices.Equal(got.Queues, queues) {
		t.Errorf("%+v, want %+v", got.Queues, queues)
	}
	store.hits = 0
	if got := look(2); got.Due != 2 || got.Queues[0].Free != 2 || len(got.Queues) != 3 || store.hits > 14 || store.records > 0 {
		t.Errorf("%+v, with %d hits, %d records", got, store.hits, store.records)
	}
}
