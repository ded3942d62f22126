package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/memory"
)

// drawn is a file with one process.
func drawn(id, content string) string {
	return fmt.Sprintf(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="voronka">
<message id="Message_go" name="go"/><error id="Error_BAD" errorCode="BAD"/>
<process id=%q isExecutable="true">%s</process></definitions>`, id, content)
}

// line is a process of elements one after the other.
func line(id string, elements ...string) string {
	var out strings.Builder
	last := ""
	for _, e := range elements {
		out.WriteString(e)
		_, rest, _ := strings.Cut(e, `id="`)
		name, _, _ := strings.Cut(rest, `"`)
		if last != "" {
			fmt.Fprintf(&out, `<sequenceFlow id="%s_%s" sourceRef=%q targetRef=%q/>`, last, name, last, name)
		}
		last = name
	}
	return drawn(id, out.String())
}

const (
	begin = `<startEvent id="begin"/>`
	end   = `<endEvent id="end"/>`
	user  = `<userTask id="ask"/>`
	job   = `<serviceTask id="send" camunda:type="external" camunda:topic="mail"/>`
	pause = `<intermediateCatchEvent id="pause"><timerEventDefinition><timeDuration>${wait}</timeDuration></timerEventDefinition></intermediateCatchEvent>`
)

var (
	service = line("p", begin, job, end)
	asking  = line("p", begin, user, end)
	pausing = line("p", begin, pause, end)
)

// tester is what a bench needs of a test: testing.T, testing.B and rapid.T have it.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// bench is an engine with one process deployed and one instance of it started, in memory and with a clock of its own.
type bench struct {
	tester
	*engine.Engine
	now time.Time
	id  string
}

func newBench(t tester, process string) *bench {
	b := &bench{tester: t, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	b.Engine = engine.Open(memory.New(), engine.Options{Now: func() time.Time { return b.now }})
	deploy(t, b.Engine, process)
	b.start(nil)
	return b
}

func deploy(t tester, e *engine.Engine, files ...string) {
	t.Helper()
	if err := e.Update(context.Background(), func(tx *engine.Tx) error {
		var sources []engine.Source
		for _, f := range files {
			sources = append(sources, engine.Source{XML: []byte(f)})
		}
		_, problems, err := tx.Deploy(sources, "")
		if bpmn.Severe(problems) {
			t.Fatalf("%v", problems)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) start(vars map[string]engine.Value) {
	b.Helper()
	b.must(func(tx *engine.Tx) error {
		i, err := tx.Start(engine.Start{Process: "p", Variables: vars})
		if err == nil {
			b.id = i.ID
		}
		return err
	})
}

func (b *bench) try(fn func(tx *engine.Tx) error) error { return b.Update(context.Background(), fn) }

func (b *bench) must(fn func(tx *engine.Tx) error) {
	b.Helper()
	if err := b.try(fn); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) read() *engine.Instance {
	b.Helper()
	var found *engine.Instance
	if err := b.View(context.Background(), func(tx *engine.Tx) (err error) {
		found, err = tx.Instance(b.id)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return found
}

func (b *bench) history() (lines []engine.Line) {
	b.Helper()
	if err := b.View(context.Background(), func(tx *engine.Tx) (err error) {
		lines, _, err = tx.History(b.id, 0, 0)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return lines
}

func (b *bench) job(topic string) string {
	b.Helper()
	for _, j := range b.read().Jobs {
		if j.Topic == topic {
			return engine.OuterID(b.id, j.ID)
		}
	}
	b.Fatalf("no job %s", topic)
	return ""
}

func (b *bench) task() string {
	for _, t := range b.read().Tokens {
		if t.Task != nil {
			return engine.OuterID(b.id, t.ID)
		}
	}
	return ""
}

func code(err error) string {
	var refused *engine.Refused
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return refused.Code
	case errors.Is(err, engine.ErrNotFound):
		return "not found"
	}
	return err.Error()
}

// A deed on what is not there is refused by a code that says why, and changes nothing.
func TestDeedsOnWhatIsNotThere(t *testing.T) {
	ended := newBench(t, asking)
	task := ended.task()
	ended.must(func(tx *engine.Tx) error { return tx.Complete(task, nil, "") })
	active := newBench(t, asking)
	working := newBench(t, service)
	for _, c := range []struct {
		name string
		on   *bench
		want string
		deed func(b *bench, tx *engine.Tx) error
	}{
		{"start unknown process", active, "not found", func(_ *bench, tx *engine.Tx) error { _, err := tx.Start(engine.Start{Process: "q"}); return err }},
		{"start unknown definition", active, "not found", func(_ *bench, tx *engine.Tx) error { _, err := tx.Start(engine.Start{Definition: "p:9"}); return err }},
		{"start at unknown element", active, "start_unknown", func(_ *bench, tx *engine.Tx) error {
			_, err := tx.Start(engine.Start{Process: "p", Element: "nowhere"})
			return err
		}},
		{"complete nonsense", active, "task_not_open", func(_ *bench, tx *engine.Tx) error { return tx.Complete("x", nil, "") }},
		{"complete in unknown instance", active, "not found", func(_ *bench, tx *engine.Tx) error { return tx.Complete("x:1", nil, "") }},
		{"complete no task", active, "task_not_open", func(b *bench, tx *engine.Tx) error { return tx.Complete(engine.OuterID(b.id, 1), nil, "") }},
		{"complete twice", ended, "task_not_open", func(_ *bench, tx *engine.Tx) error { return tx.Complete(task, nil, "") }},
		{"assign no task", ended, "task_not_open", func(_ *bench, tx *engine.Tx) error { return tx.Assign(task, "ann") }},
		{"claim nonsense", working, "job_not_open", func(_ *bench, tx *engine.Tx) error { _, _, err := tx.Claim("x", "w", 0); return err }},
		{"complete no job", working, "job_not_open", func(b *bench, tx *engine.Tx) error { return tx.CompleteJob(b.id+":99", "", nil) }},
		{"complete another's job", working, "job_taken", func(b *bench, tx *engine.Tx) error { return tx.CompleteJob(b.job("mail"), "nobody", nil) }},
		{"fail no job", working, "job_not_open", func(b *bench, tx *engine.Tx) error { return tx.FailJob(b.id+":99", "", "", -1) }},
		{"throw from no job", working, "job_not_open", func(b *bench, tx *engine.Tx) error { return tx.ThrowJob(b.id+":99", "", "BAD", "", nil) }},
		{"resolve no incident", working, "incident_not_open", func(b *bench, tx *engine.Tx) error { return tx.Resolve(b.id+":99", nil) }},
		{"cancel ended", ended, "instance_over", func(b *bench, tx *engine.Tx) error { return tx.Cancel(b.id) }},
		{"finish ended", ended, "instance_over", func(b *bench, tx *engine.Tx) error { return tx.Finish(b.id, "won") }},
		{"cancel unknown", ended, "not found", func(_ *bench, tx *engine.Tx) error { return tx.Cancel("x") }},
		{"set unknown", ended, "not found", func(_ *bench, tx *engine.Tx) error { return tx.Set("x", nil) }},
		{"move unknown token", active, "token_unknown", func(b *bench, tx *engine.Tx) error { return tx.Move(b.id, 99, "end", "", "") }},
		{"move the process", active, "token_unknown", func(b *bench, tx *engine.Tx) error { return tx.Move(b.id, 1, "end", "", "") }},
		{"move nowhere", active, "element_unknown", func(b *bench, tx *engine.Tx) error { return tx.Move(b.id, b.read().Tokens[1].ID, "nowhere", "", "") }},
		{"cancel unknown token", active, "token_unknown", func(b *bench, tx *engine.Tx) error { return tx.CancelToken(b.id, 99, "", "") }},
		{"cancel the last token", active, "token_last", func(b *bench, tx *engine.Tx) error { return tx.CancelToken(b.id, b.read().Tokens[1].ID, "", "") }},
		{"start a token nowhere", active, "element_unknown", func(b *bench, tx *engine.Tx) error { return tx.StartToken(b.id, "nowhere", 0, "", "") }},
		{"start a token in no scope", active, "token_unknown", func(b *bench, tx *engine.Tx) error { return tx.StartToken(b.id, "ask", 99, "", "") }},
		{"start a token of ended", ended, "instance_over", func(b *bench, tx *engine.Tx) error { return tx.StartToken(b.id, "ask", 0, "", "") }},
		{"throw at unknown token", active, "token_unknown", func(b *bench, tx *engine.Tx) error { return tx.Throw(b.id, 99, "BAD", "", nil) }},
		{"throw at ended", ended, "instance_over", func(b *bench, tx *engine.Tx) error { return tx.Throw(b.id, 1, "BAD", "", nil) }},
		{"message for nobody", active, "message_not_awaited", func(_ *bench, tx *engine.Tx) error { _, err := tx.Message(engine.Message{Name: "go"}); return err }},
		{"message without a name", active, "message_not_awaited", func(_ *bench, tx *engine.Tx) error { _, err := tx.Message(engine.Message{}); return err }},
		{"trigger nothing", active, "nothing_to_trigger", func(_ *bench, tx *engine.Tx) error { _, err := tx.Trigger("ask", nil); return err }},
		{"too large a variable", active, "variable_too_large", func(b *bench, tx *engine.Tx) error {
			return tx.Set(b.id, map[string]engine.Value{"big": []byte(`"` + strings.Repeat("x", 1<<20) + `"`)})
		}},
		{"unknown definition", active, "not found", func(_ *bench, tx *engine.Tx) error { _, err := tx.Definition("p:9"); return err }},
		{"unknown process", active, "not found", func(_ *bench, tx *engine.Tx) error { _, err := tx.Latest("q"); return err }},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := describe(c.on.read())
			if got := code(c.on.try(func(tx *engine.Tx) error { return c.deed(c.on, tx) })); got != c.want {
				t.Errorf("answers %q, want %q", got, c.want)
			}
			if after := describe(c.on.read()); after != before {
				t.Errorf("left %s, was %s", after, before)
			}
		})
	}
}

// Who did a deed by hand, and why, stands in history.
func TestDeedsByHandAreTold(t *testing.T) {
	b := newBench(t, line("p", begin, user, `<userTask id="check"/>`, end))
	at := func(element string) int {
		tokens := b.read().Tokens
		return tokens[slices.IndexFunc(tokens, func(t *engine.Token) bool { return t.Element == element })].ID
	}
	b.must(func(tx *engine.Tx) error { return tx.StartToken(b.id, "check", 0, "ann", "checked already") })
	b.must(func(tx *engine.Tx) error { return tx.CancelToken(b.id, at("ask"), "bob", "nobody to ask") })
	b.must(func(tx *engine.Tx) error { return tx.Move(b.id, at("check"), "ask", "eve", "after all") })
	var told []string
	for _, l := range b.history() {
		if l.Who != "" {
			told = append(told, fmt.Sprintf("%s %s %s %s", l.Kind, l.Element, l.Who, l.Data))
		}
	}
	want := []string{`placed check ann "checked already"`, `dropped ask bob "nobody to ask"`, `moved check eve {"to":"ask","why":"after all"}`}
	if !slices.Equal(told, want) {
		t.Errorf("history says %q", told)
	}
}

// ErrNobody is how a caller tells that a message found nobody.
func TestNobodyWaits(t *testing.T) {
	b := newBench(t, asking)
	if err := b.try(func(tx *engine.Tx) error { _, err := tx.Message(engine.Message{Name: "go"}); return err }); !errors.Is(err, engine.ErrNobody) {
		t.Fatalf("%v is not ErrNobody", err)
	}
}

// A function that fails leaves nothing, whatever it did before; a View can't write.
func TestUpdateIsWhole(t *testing.T) {
	b := newBench(t, asking)
	task, sentinel := b.task(), errors.New("no")
	if err := b.try(func(tx *engine.Tx) error {
		if err := tx.Complete(task, map[string]engine.Value{"a": []byte("1")}, ""); err != nil {
			return err
		}
		return sentinel
	}); !errors.Is(err, sentinel) {
		t.Fatal(err)
	}
	if i := b.read(); b.task() != task || i.Variables != nil {
		t.Fatalf("left %s", describe(i))
	}
	if err := b.View(context.Background(), func(tx *engine.Tx) error {
		return tx.Put(&storage.Record{Kind: "instance", ID: "x"})
	}); err == nil {
		t.Fatal("a View wrote")
	}
}

// Deeds compose: what one Update deploys it may start, and what it starts it may cancel.
func TestDeedsCompose(t *testing.T) {
	b := newBench(t, asking)
	b.must(func(tx *engine.Tx) error {
		if _, _, err := tx.Deploy([]engine.Source{{XML: []byte(line("q", begin, user, end))}}, "ann"); err != nil {
			return err
		}
		i, err := tx.Start(engine.Start{Process: "q"})
		if err != nil {
			return err
		}
		b.id = i.ID
		return tx.Cancel(i.ID)
	})
	if i := b.read(); i.State != engine.Cancelled || i.Definition != "q:1" {
		t.Fatalf("%s is %s", i.Definition, i.State)
	}
}

// Of many who complete one task at a time one does, and the others are told.
func TestManyCompleteOneTask(t *testing.T) {
	store, err := bolt.Open(t.TempDir()+"/store.db", bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	b := &bench{tester: t, now: time.Now(), Engine: engine.Open(store, engine.Options{})}
	deploy(t, b.Engine, asking)
	b.start(nil)
	task := b.task()
	var done atomic.Int32
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			switch err := b.try(func(tx *engine.Tx) error { return tx.Complete(task, nil, "") }); code(err) {
			case "":
				done.Add(1)
			case "task_not_open":
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 {
		t.Fatalf("%d completed it", done.Load())
	}
}

// A job is one worker's until its lease ends; who lost it is told so.
func TestTwoWorkersClaim(t *testing.T) {
	b := newBench(t, service)
	id := b.job("mail")
	claim := func(worker string) string {
		return code(b.try(func(tx *engine.Tx) error { _, _, err := tx.Claim(id, worker, time.Minute); return err }))
	}
	complete := func(worker string) string {
		return code(b.try(func(tx *engine.Tx) error { return tx.CompleteJob(id, worker, nil) }))
	}
	if got := claim("ann"); got != "" {
		t.Fatal(got)
	}
	if got := claim("bob"); got != "job_taken" {
		t.Fatalf("bob: %q", got)
	}
	b.now = b.now.Add(time.Minute)
	if got := claim("bob"); got != "" {
		t.Fatalf("bob, the lease being over: %q", got)
	}
	if got := complete("ann"); got != "job_taken" {
		t.Fatalf("ann: %q", got)
	}
	if got := complete("bob"); got != "" {
		t.Fatalf("bob: %q", got)
	}
	if got := complete("bob"); got != "job_not_open" {
		t.Fatalf("bob again: %q", got)
	}
}

// What may be claimed is told in order of time, with the moment at which there is more.
func TestClaimable(t *testing.T) {
	b := newBench(t, service)
	first := b.job("mail")
	b.now = b.now.Add(time.Second)
	b.start(nil)
	second := b.job("mail")
	look := func() (ids []string, next *time.Time) {
		if err := b.View(context.Background(), func(tx *engine.Tx) (err error) {
			ids, next, err = tx.Claimable("mail", 10)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return ids, next
	}
	if ids, next := look(); !slices.Equal(ids, []string{first, second}) || next != nil {
		t.Fatal(ids, next)
	}
	b.must(func(tx *engine.Tx) error { _, _, err := tx.Claim(first, "ann", time.Hour); return err })
	if ids, next := look(); !slices.Equal(ids, []string{second}) || next == nil || !next.Equal(b.now.Add(time.Hour)) {
		t.Fatal(ids, next)
	}
}

// caught is a job whose error is caught.
const caught = `<startEvent id="begin"/><sequenceFlow id="f1" sourceRef="begin" targetRef="send"/>` + job +
	`<boundaryEvent id="bad" attachedToRef="send"><errorEventDefinition errorRef="Error_BAD"/></boundaryEvent>` +
	`<sequenceFlow id="f2" sourceRef="send" targetRef="fine"/><endEvent id="fine"/>` +
	`<sequenceFlow id="f3" sourceRef="bad" targetRef="sorry"/><endEvent id="sorry"/>`

// A worker does its jobs again until they are done or spent; a panic is a failed attempt, a BPMN error goes to its catcher.
func TestWorker(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler func(attempt int) (engine.Outcome, error)
		tries   int
		took    time.Duration
		want    string // the end of what describe says
	}{
		{"done", func(int) (engine.Outcome, error) {
			return engine.Outcome{Variables: map[string]engine.Value{"sent": []byte("true")}}, nil
		}, 1, 0, "completed: vars sent=true"},
		{"deed", func(int) (engine.Outcome, error) {
			return engine.Outcome{Deed: func(tx *engine.Tx) error { _, err := tx.Start(engine.Start{Process: "q"}); return err }}, nil
		}, 1, 0, "completed: "},
		{"at the second try", func(attempt int) (engine.Outcome, error) {
			if attempt == 1 {
				return engine.Outcome{}, errors.New("no line")
			}
			return engine.Outcome{}, nil
		}, 2, time.Minute, "completed: "},
		{
			"spent", func(int) (engine.Outcome, error) { return engine.Outcome{}, errors.New("no line") }, 3, 6 * time.Minute,
			"active: at send; jobs mail(send)/0; stuck send:job_failed",
		},
		{
			"panic", func(int) (engine.Outcome, error) { panic("ouch") }, 3, 6 * time.Minute,
			"active: at send; jobs mail(send)/0; stuck send:job_failed",
		},
		{"deed fails", func(int) (engine.Outcome, error) {
			return engine.Outcome{Deed: func(*engine.Tx) error { return errors.New("no") }}, nil
		}, 3, 6 * time.Minute, "active: at send; jobs mail(send)/0; stuck send:job_failed"},
		{"BPMN error", func(int) (engine.Outcome, error) { return engine.Outcome{}, &engine.Thrown{Code: "BAD"} }, 1, 0, "completed: "},
		{
			"uncaught", func(int) (engine.Outcome, error) { return engine.Outcome{}, &engine.Thrown{Code: "WORSE"} }, 1, 0,
			"active: at send; jobs mail(send)/0; stuck send:uncaught_error",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := memory.New()
				defer store.Close()
				b := &bench{tester: t, Engine: engine.Open(store, engine.Options{})}
				deploy(t, b.Engine, drawn("p", caught), line("q", begin, user, end))
				ctx, stop := context.WithCancel(t.Context())
				tries, last, started := 0, time.Time{}, time.Now()
				w := &engine.Worker{Engine: b.Engine, Name: "w", Handlers: map[string]engine.Handler{
					"mail": func(_ context.Context, job engine.Claimed) (engine.Outcome, error) {
						tries++
						last = time.Now()
						if job.Attempt != tries || job.ID != b.job("mail") || job.Element != "send" {
							t.Errorf("try %d is %+v", tries, job)
						}
						return c.handler(tries)
					},
				}}
				ended := make(chan error)
				go func() { ended <- w.Run(ctx) }()
				synctest.Wait()
				b.start(nil)
				time.Sleep(time.Hour)
				synctest.Wait()
				if tries != c.tries || last.Sub(started).Round(time.Second) != c.took {
					t.Errorf("%d tries in %s, want %d in %s", tries, last.Sub(started), c.tries, c.took)
				}
				if got := describe(b.read()); !strings.HasSuffix(got, c.want) {
					t.Errorf("left %s", got)
				}
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A worker that is stopped gives back what it was doing, and another one has it at once.
func TestWorkerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{tester: t, Engine: engine.Open(memory.New(), engine.Options{})}
		deploy(t, b.Engine, service)
		b.start(nil)
		ctx, stop := context.WithCancel(t.Context())
		w := &engine.Worker{Engine: b.Engine, Name: "w", Handlers: map[string]engine.Handler{
			"mail": func(ctx context.Context, _ engine.Claimed) (engine.Outcome, error) {
				<-ctx.Done()
				return engine.Outcome{}, ctx.Err()
			},
		}}
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		if j := b.read().Jobs[0]; j.State != engine.JobLeased || j.Worker != "w" {
			t.Fatalf("the job is %s by %q", j.State, j.Worker)
		}
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if j := b.read().Jobs[0]; j.State != engine.JobDue || j.Worker != "" || j.Retries != 3 || j.Attempts != 0 {
			t.Fatalf("the job is %+v", j)
		}
	})
}

// Never more jobs at a time than a worker is allowed.
func TestWorkerParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{tester: t, Engine: engine.Open(memory.New(), engine.Options{})}
		deploy(t, b.Engine, service)
		for range 10 {
			b.start(nil)
		}
		var now, most, done atomic.Int32
		ctx, stop := context.WithCancel(t.Context())
		w := &engine.Worker{Engine: b.Engine, Name: "w", Parallel: 3, Handlers: map[string]engine.Handler{
			"mail": func(context.Context, engine.Claimed) (engine.Outcome, error) {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Second)
				now.Add(-1)
				done.Add(1)
				return engine.Outcome{}, nil
			},
		}}
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		started := time.Now()
		for done.Load() < 10 && time.Since(started) < time.Hour {
			time.Sleep(100 * time.Millisecond)
		}
		if most.Load() != 3 || time.Since(started).Round(time.Second) != 4*time.Second {
			t.Errorf("%d at a time, in %s", most.Load(), time.Since(started))
		}
		stop()
		<-ended
	})
}

// The scheduler sleeps until the next timer, is woken by an earlier one, and fires each once and at its time.
func TestScheduler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{tester: t, Engine: engine.Open(memory.New(), engine.Options{})}
		deploy(t, b.Engine, pausing)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- (&engine.Scheduler{Engine: b.Engine}).Run(ctx) }()
		started := time.Now()
		after := map[string]time.Duration{}
		for _, wait := range []string{"PT3H", "PT0S", "PT1S", "PT3H", "PT20S"} { // the later ones are earlier than what it sleeps for
			time.Sleep(time.Second)
			b.start(map[string]engine.Value{"wait": []byte(`"` + wait + `"`)})
			after[b.id] = time.Since(started)
		}
		time.Sleep(4 * time.Hour)
		for id, begun := range after {
			b.id = id
			i := b.read()
			if i.State != engine.Completed {
				t.Errorf("the one begun after %s is %s", begun, i.State)
				continue
			}
			var wait string
			if err := storage.Unmarshal(i.Variables["wait"], &wait); err != nil {
				t.Fatal(err)
			}
			want := map[string]time.Duration{"PT0S": 0, "PT1S": time.Second, "PT20S": 20 * time.Second, "PT3H": 3 * time.Hour}[wait]
			if late := i.Ended.Sub(started) - begun - want; late < 0 || late > 10*time.Millisecond {
				t.Errorf("%s was fired %s late", wait, late)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Two schedulers over one store fire each timer once.
func TestTwoSchedulers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		b := &bench{tester: t, Engine: engine.Open(store, engine.Options{})}
		deploy(t, b.Engine, drawn("p", `<startEvent id="tick"><timerEventDefinition><timeCycle>R5/PT1H</timeCycle></timerEventDefinition></startEvent>`+
			`<sequenceFlow id="f" sourceRef="tick" targetRef="ask"/>`+user))
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 2 {
			e := engine.Open(store, engine.Options{})
			all.Go(func() {
				if err := (&engine.Scheduler{Engine: e}).Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(24 * time.Hour)
		if n := b.count(); n != 5 {
			t.Errorf("%d instances were started", n)
		}
		stop()
		all.Wait()
	})
}

func (b *bench) count() (n int) {
	if err := b.View(context.Background(), func(tx *engine.Tx) error {
		n = 0
		for _, err := range tx.Scan(storage.Range{Kind: "instance", Keys: true}) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return n
}

// Calls without an end stop at their depth, forks without an end at so many tokens; each is an incident, and no deed fails.
func TestLimits(t *testing.T) {
	for _, c := range []struct{ name, process, want string }{
		{"depth", drawn("p", begin+`<sequenceFlow id="f" sourceRef="begin" targetRef="go"/><callActivity id="go" calledElement="p"/>`), "call_depth"},
		{"tokens", drawn("p", begin+`<sequenceFlow id="f" sourceRef="begin" targetRef="head"/><exclusiveGateway id="head"/>`+
			`<sequenceFlow id="g" sourceRef="head" targetRef="fork"/><parallelGateway id="fork"/>`+
			`<sequenceFlow id="h" sourceRef="fork" targetRef="head"/><sequenceFlow id="i" sourceRef="fork" targetRef="head"/>`), "token_limit"},
		{"steps", drawn("p", begin+`<sequenceFlow id="f" sourceRef="begin" targetRef="head"/><exclusiveGateway id="head"/>`+
			`<sequenceFlow id="g" sourceRef="head" targetRef="turn"/><task id="turn"/><sequenceFlow id="h" sourceRef="turn" targetRef="head"/>`), "step_limit"},
		{"cardinality", drawn("p", begin+`<sequenceFlow id="f" sourceRef="begin" targetRef="many"/><userTask id="many">`+
			`<multiInstanceLoopCharacteristics><loopCardinality>1000000</loopCardinality></multiInstanceLoopCharacteristics></userTask>`), "cardinality_limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.process)
			var codes []string
			if err := b.View(context.Background(), func(tx *engine.Tx) error {
				all, _, err := tx.Incidents("", 0)
				for _, i := range all {
					for _, n := range i.Incidents {
						codes = append(codes, n.Code)
					}
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(codes, c.want) {
				t.Errorf("incidents are %v, want %s", codes, c.want)
			}
			b.must(func(tx *engine.Tx) error { return tx.Cancel(b.id) })
		})
	}
}

// Catches tells beforehand what Throw would do.
func TestCatches(t *testing.T) {
	b := newBench(t, drawn("p", caught))
	if err := b.View(context.Background(), func(tx *engine.Tx) error {
		token := b.read().Jobs[0].Token
		for code, want := range map[string]bool{"BAD": true, "WORSE": false} {
			if got, err := tx.Catches(b.id, token, code); err != nil || got != want {
				t.Errorf("%s: %t, %v", code, got, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Definitions and their files come back as they were sent.
func TestDefinitions(t *testing.T) {
	b := newBench(t, asking)
	deploy(t, b.Engine, service, line("q", begin, end))
	if err := b.View(context.Background(), func(tx *engine.Tx) error {
		all, err := tx.Definitions("p")
		if err != nil {
			return err
		}
		for n, want := range []string{asking, service} {
			if xml, err := tx.Source(&all[n]); err != nil || string(xml) != want || all[n].Version != n+1 {
				t.Errorf("version %d is %s, %v", n+1, xml, err)
			}
		}
		if all, err = tx.Definitions(""); err != nil || len(all) != 3 {
			t.Errorf("%d definitions, %v", len(all), err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
