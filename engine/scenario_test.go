package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/schedule"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/storagetest"
)

var update = flag.Bool("update", false, "rewrite the scenario files with what happens")

// A scenario file is a list of deeds, one a line, each followed by what it left, indented: a line for each instance that changed.
// Deeds:
//
//	deploy FILE...                    the files stand beside the scenario
//	start PROCESS [VARS]              VARS is a JSON object without blanks outside strings
//	complete TASK [VARS] [flow=F]
//	job TOPIC done [VARS] | fail MESSAGE | throw CODE
//	message NAME [key=K] [VARS]       signal NAME [VARS]       trigger ELEMENT
//	advance PERIOD                    each timer fires at its own time on the way
//	set VARS                          of the first active instance
//	cancel                            the first active instance
//	resolve [VARS]                    the first incident
//	move FROM TO                      the first token at FROM
//
// Every file is played in five ways, which must leave the same: plain; closed and opened again after each line; every Update run
// twice; a conflict on every commit; a crash before and after every commit.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := string(text)
			if *update {
				want = play(t, file, want, plain{})
				if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			for name, w := range map[string]way{"plain": plain{}, "reopened": reopened{}, "twice": wrapped{storagetest.Twice}, "conflict": wrapped{storagetest.Conflict}, "crash": crashing{}} {
				t.Run(name, func(t *testing.T) {
					if got := play(t, file, want, w); got != want {
						t.Errorf("the scenario leaves something else:\n%s", difference(want, got))
					}
				})
			}
		})
	}
}

func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for n := range a {
		if n >= len(b) || a[n] != b[n] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", n+1, a[n], strings.Join(b[min(n, len(b)):min(n+4, len(b))], "\n     "))
		}
	}
	return strings.Join(b[len(a):], "\n")
}

// way is how a scenario is played.
type way interface {
	// open gives the store to work on over the real one.
	open(s storage.Store) storage.Store
	// do runs one deed.
	do(p *stage, deed func() error) error
}

type plain struct{}

func (plain) open(s storage.Store) storage.Store   { return s }
func (plain) do(_ *stage, deed func() error) error { return deed() }

type reopened struct{ plain }

func (reopened) do(p *stage, deed func() error) error {
	err := deed()
	p.reopen()
	return err
}

type wrapped struct {
	wrap func(storage.Store) storage.Store
}

func (w wrapped) open(s storage.Store) storage.Store { return w.wrap(s) }
func (wrapped) do(_ *stage, deed func() error) error { return deed() }

// crashing lets the first commit of each deed crash before it, tries again, then lets the next crash after it: that deed was done.
type crashing struct{ plain }

func (crashing) do(p *stage, deed func() error) error {
	real, id, clock := p.engine, p.serial, p.clock
	p.engine = p.over(storagetest.Crash(p.store, 1, storagetest.BeforeCommit))
	err := deed()
	p.engine = real
	if !errors.Is(err, storagetest.ErrCrash) {
		return err
	}
	p.serial, p.clock = id, clock
	for range 100 { // a deed of several commits goes on where it was cut off
		p.engine = p.over(storagetest.Crash(p.store, 1, storagetest.AfterCommit))
		err = deed()
		p.engine = real
		p.reopen()
		if !errors.Is(err, storagetest.ErrCrash) {
			return err
		}
		if !p.many {
			return nil
		}
	}
	return err
}

// stage is where a scenario is played.
type stage struct {
	t      *testing.T
	way    way
	dir    string
	path   string
	store  storage.Store
	engine *engine.Engine
	clock  time.Time
	serial int
	many   bool // the deed is several commits
	seen   map[string]string
}

func play(t *testing.T, file, text string, w way) string {
	p := &stage{t: t, way: w, dir: filepath.Dir(file), path: filepath.Join(t.TempDir(), "store.db"), seen: map[string]string{}}
	p.clock = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	p.reopen()
	defer func() { p.store.Close() }()
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "  "):
			continue
		case line == "", strings.HasPrefix(line, "#"):
			out = append(out, line)
			continue
		}
		out = append(out, line)
		p.many = strings.HasPrefix(line, "advance")
		if err := p.way.do(p, func() error { return p.deed(words(line)) }); err != nil {
			out = append(out, "  refused: "+err.Error())
		}
		for _, seen := range p.look() {
			out = append(out, "  "+seen)
		}
	}
	return strings.Join(out, "\n") + "\n"
}

func (p *stage) reopen() {
	if p.store != nil {
		if err := p.store.Close(); err != nil {
			p.t.Fatal(err)
		}
	}
	store, err := bolt.Open(p.path, bolt.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	p.store = store
	p.engine = p.over(p.way.open(store))
}

func (p *stage) over(s storage.Store) *engine.Engine {
	return engine.Open(s, engine.Options{
		Now:   func() time.Time { return p.clock },
		NewID: func() string { p.serial++; return fmt.Sprintf("i%03d", p.serial) },
	})
}

// words splits a line at blanks outside JSON and quotes.
func words(line string) []string {
	var all []string
	depth, quoted, from := 0, false, 0
	for n, c := range line + " " {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ' ' && depth == 0:
			if n > from {
				all = append(all, line[from:n])
			}
			from = n + 1
		}
	}
	return all
}

func (p *stage) deed(w []string) error {
	ctx := context.Background()
	args, named, vars := []string{}, map[string]string{}, map[string]engine.Value(nil)
	for _, word := range w[1:] {
		if strings.HasPrefix(word, "{") {
			if err := json.Unmarshal([]byte(word), &vars); err != nil {
				p.t.Fatalf("%v: %v", w, err)
			}
			continue
		}
		if key, value, ok := strings.Cut(word, "="); ok {
			named[key] = value
			continue
		}
		args = append(args, strings.Trim(word, `"`))
	}
	arg := func(n int) string {
		if n >= len(args) {
			return ""
		}
		return args[n]
	}
	if w[0] == "advance" {
		return p.advance(ctx, arg(0))
	}
	return p.engine.Update(ctx, func(tx *engine.Tx) error {
		switch w[0] {
		case "deploy":
			return p.deploy(tx, args)
		case "start":
			_, err := tx.Start(engine.Start{Process: arg(0), Variables: vars, Key: named["key"]})
			return err
		case "complete":
			id := p.find(tx, func(i *engine.Instance, t *engine.Token) bool { return t.Task != nil && t.Element == arg(0) })
			return tx.Complete(id, vars, named["flow"])
		case "job":
			id := p.findJob(tx, arg(0))
			switch arg(1) {
			case "fail":
				return tx.FailJob(id, "", arg(2), -1)
			case "throw":
				return tx.ThrowJob(id, "", arg(2), arg(3), vars)
			}
			return tx.CompleteJob(id, "", vars)
		case "message":
			_, err := tx.Message(engine.Message{Name: arg(0), Key: named["key"], Variables: vars})
			return err
		case "signal":
			return tx.Signal(arg(0), vars)
		case "trigger":
			_, err := tx.Trigger(arg(0), vars)
			return err
		case "set":
			return tx.Set(p.first(tx).ID, vars)
		case "cancel":
			return tx.Cancel(p.first(tx).ID)
		case "resolve":
			for _, i := range p.instances(tx) {
				if len(i.Incidents) > 0 {
					return tx.Resolve(engine.OuterID(i.ID, i.Incidents[0].ID), vars)
				}
			}
			return errors.New("no incident")
		case "move":
			id := p.find(tx, func(i *engine.Instance, t *engine.Token) bool { return t.Element == arg(0) })
			instance, token, _ := engine.InnerID(id)
			return tx.Move(instance, token, arg(1), "", "")
		}
		p.t.Fatalf("%q is no deed", w[0])
		return nil
	})
}

func (p *stage) deploy(tx *engine.Tx, files []string) error {
	var sources []engine.Source
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(p.dir, f))
		if err != nil {
			p.t.Fatal(err)
		}
		sources = append(sources, engine.Source{File: f, XML: data})
	}
	_, problems, err := tx.Deploy(sources, "")
	if bpmn.Severe(problems) {
		return fmt.Errorf("%v", problems)
	}
	return err
}

func (p *stage) advance(ctx context.Context, by string) error {
	period, err := schedule.ParsePeriod(by)
	if err != nil {
		p.t.Fatal(err)
	}
	to := period.After(p.clock)
	for {
		var due time.Time
		var any bool
		if err := p.engine.View(ctx, func(tx *engine.Tx) (err error) {
			due, any, err = tx.Due()
			return err
		}); err != nil {
			return err
		}
		if !any || due.After(to) {
			p.clock = to
			return nil
		}
		if due.After(p.clock) {
			p.clock = due
		}
		if _, err := p.engine.FireDue(ctx, 0); err != nil {
			return err
		}
	}
}

func (p *stage) instances(tx *engine.Tx) []*engine.Instance {
	var ids []string
	for hit, err := range tx.Scan(storage.Range{Kind: "instance", Keys: true}) {
		if err != nil {
			return nil // the optimistic attempt: it is run again
		}
		ids = append(ids, hit.Ref.ID)
	}
	var all []*engine.Instance
	for _, id := range ids {
		i, err := tx.Instance(id)
		if err != nil {
			p.t.Fatal(err)
		}
		all = append(all, i)
	}
	return all
}

func (p *stage) first(tx *engine.Tx) *engine.Instance {
	for _, i := range p.instances(tx) {
		if i.State == engine.Active {
			return i
		}
	}
	return &engine.Instance{}
}

func (p *stage) find(tx *engine.Tx, match func(*engine.Instance, *engine.Token) bool) string {
	for _, i := range p.instances(tx) {
		for _, t := range i.Tokens {
			if match(i, t) {
				return engine.OuterID(i.ID, t.ID)
			}
		}
	}
	return "none"
}

func (p *stage) findJob(tx *engine.Tx, topic string) string {
	for _, i := range p.instances(tx) {
		for _, j := range i.Jobs {
			if j.Topic == topic {
				return engine.OuterID(i.ID, j.ID)
			}
		}
	}
	return "none"
}

// look tells of every instance that changed since the last look.
func (p *stage) look() []string {
	var out []string
	if err := p.engine.View(context.Background(), func(tx *engine.Tx) error {
		out = nil
		for _, i := range p.instances(tx) {
			s := p.describe(tx, i)
			if p.seen[i.ID] != s {
				p.seen[i.ID] = s
				out = append(out, s)
			}
		}
		return nil
	}); err != nil {
		p.t.Fatal(err)
	}
	return out
}

func (p *stage) describe(tx *engine.Tx, i *engine.Instance) string {
	var parts []string
	add := func(word string, all []string) {
		if len(all) > 0 {
			parts = append(parts, word+" "+strings.Join(all, " "))
		}
	}
	var at, tasks, jobs, timers, waits, stuck, done, vars []string
	for _, t := range i.Tokens {
		if t.Leaf() {
			at = append(at, t.Element)
		}
		if t.Task != nil {
			tasks = append(tasks, t.Element)
		}
		for _, w := range t.Waits {
			switch {
			case w.Got:
			case w.Due != nil:
				timers = append(timers, w.Element+"@"+w.Due.Format("01-02T15:04:05"))
			case w.Kind != engine.WaitTimer:
				waits = append(waits, string(w.Kind)+":"+w.Name+w.Key+"("+w.Element+")")
			}
		}
	}
	for _, j := range i.Jobs {
		jobs = append(jobs, fmt.Sprintf("%s/%d", j.Topic, j.Retries))
	}
	for _, n := range i.Incidents {
		stuck = append(stuck, n.Element+":"+n.Code)
	}
	lines, _, err := tx.History(i.ID, 0, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, l := range lines {
		if l.Kind == engine.LineCompleted {
			done = append(done, l.Element)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.Variables)) {
		vars = append(vars, name+"="+string(i.Variables[name]))
	}
	add("at", at)
	add("tasks", tasks)
	add("jobs", jobs)
	add("timers", timers)
	add("waits", waits)
	add("stuck", stuck)
	add("vars", vars)
	add("done", done)
	return fmt.Sprintf("%s %s %s: %s", i.ID, i.Process, i.State, strings.Join(parts, "; "))
}
