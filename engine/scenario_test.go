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
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/schedule"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/postgres"
	"github.com/voronka/voronka/storage/storagetest"
)

var update = flag.Bool("update", false, "rewrite the scenario files with what happens")

// A scenario file is a list of deeds, one a line, each followed by what it left, indented: a line for each instance that changed,
// with the elements completed and cancelled since the line before, in order. Deeds:
//
//	deploy FILE...                    the files stand beside the scenario
//	start PROCESS [key=K] [VARS]      VARS is a JSON object
//	complete TASK [VARS] [flow=F]
//	assign TASK WHO
//	job TOPIC done [VARS] | fail MESSAGE | throw CODE [VARS]
//	message NAME [key=K] [element=E] [in=ID] [id=ID] [ttl=PERIOD] [all=true] [VARS]
//	signal NAME [VARS]                trigger ELEMENT [VARS]        environment VARS
//	advance PERIOD                    each timer fires at its own time on the way
//	set VARS                          finish OUTCOME            cancel
//	resolve [VARS]                    the first incident
//	move FROM TO                      drop AT                       place AT [scope=ELEMENT]
//	migrate TO [OLD=NEW...]           to that definition, with elements that have another id there
//
// A deed is for the first instance that fits, or the one of in=ID; for the first token or job in it, or the one of nth=N.
//
// Every file is played in five ways, which must leave the same: plain; closed and opened again after each line; every Update run
// twice; a conflict on every commit; a crash before and after every commit.
func TestScenarios(t *testing.T) {
	files := scenarios(t)
	for _, file := range files {
		t.Run(name(file), func(t *testing.T) {
			t.Parallel()
			want := read(t, file)
			if *update {
				want = play(t, file, want, plain{})
				if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			for name, w := range ways {
				t.Run(name, func(t *testing.T) {
					if got := play(t, file, want, w); got != want {
						t.Errorf("the scenario leaves something else:\n%s", difference(want, got))
					}
				})
			}
		})
	}
}

// On PostgreSQL every file leaves the same too. All are played plainly, and every eighth in the other ways; with
// VORONKA_TEST_POSTGRES_WAYS=all each in every way.
func TestScenariosOnPostgres(t *testing.T) {
	at := storagetest.Postgres(t)
	t.Cleanup(func() {
		if err := postgres.Drop(context.Background(), at); err != nil {
			t.Error(err)
		}
	})
	store, err := postgres.Open(context.Background(), at, postgres.Options{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	all := os.Getenv("VORONKA_TEST_POSTGRES_WAYS") == "all"
	for n, file := range scenarios(t) {
		for m, how := range slices.Sorted(maps.Keys(ways)) {
			if how != "plain" && !all && n%8 != m {
				continue
			}
			t.Run(name(file)+"/"+how, func(t *testing.T) {
				empty(t, store)
				p := &stage{t: t, way: ways[how], dir: filepath.Dir(file), url: at}
				want := read(t, file)
				if got := p.play(want); got != want {
					t.Errorf("the scenario leaves something else:\n%s", difference(want, got))
				}
			})
		}
	}
}

// empty removes what the scenario before left.
func empty(t *testing.T, store storage.Store) {
	t.Helper()
	var refs []storage.Ref
	if err := store.View(context.Background(), func(r storage.Reader) error {
		return storage.Pages(r, func(all []*storage.Record) error {
			for _, one := range all {
				refs = append(refs, one.Ref())
			}
			return nil
		}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	if err := store.Update(context.Background(), func(tx storage.Tx) error { return tx.Delete(refs...) }); err != nil {
		t.Fatal(err)
	}
}

// Every file leaves the same where each turn of a multi-instance activity is an instance of its own, but for the order in which things
// are listed.
func TestTurnsApart(t *testing.T) {
	for _, file := range scenarios(t) {
		t.Run(name(file), func(t *testing.T) {
			t.Parallel()
			for how, w := range ways {
				if how != "plain" && !strings.HasPrefix(name(file), "multi_instance/") {
					continue
				}
				t.Run(how, func(t *testing.T) {
					p := &stage{t: t, way: w, dir: filepath.Dir(file), path: filepath.Join(t.TempDir(), "store.db"), limits: engine.Limits{Turns: -1}}
					p.watch = func(_ *engine.Tx, all []*engine.Instance) {
						for _, i := range all {
							consistent(t, i)
						}
					}
					want, got := unordered(read(t, file)), unordered(p.play(read(t, file)))
					if want != got {
						t.Errorf("the scenario leaves something else:\n%s", difference(want, got))
					}
				})
			}
		})
	}
}

// unordered is a trace with the words of each list in order.
func unordered(trace string) string {
	var out []string
	for line := range strings.Lines(trace) {
		parts := strings.Split(strings.TrimRight(line, "\n"), "; ")
		for n, part := range parts {
			head, list, _ := strings.Cut(part, ": ")
			if !strings.HasPrefix(part, "  i") {
				head, list = "", part
			}
			all := words(list)
			if strings.HasPrefix(line, "  i") {
				slices.Sort(all)
			}
			parts[n] = head + ": " + strings.Join(all, " ")
		}
		out = append(out, strings.Join(parts, "; "))
	}
	return strings.Join(out, "\n")
}

// scenarios are the files to play: testdata/<element>/<case>.txt.
func scenarios(t *testing.T) []string {
	files, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	return files
}

func name(file string) string {
	return strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), "testdata/"), ".txt")
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
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

var ways = map[string]way{
	"plain":    plain{},
	"reopened": reopened{},
	"twice":    wrapped{storagetest.Twice},
	"conflict": wrapped{storagetest.Conflict},
	"crash":    crashing{},
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

// crashing crashes before each commit of a deed, which must leave nothing, and then after it, which must leave all of it. A deed of
// several commits goes on where it was cut off, until it has nothing left to write.
type crashing struct{ plain }

func (c crashing) do(p *stage, deed func() error) error {
	for {
		before, serial, clock := p.dump(), p.serial, p.clock
		if err := c.crash(p, deed, storagetest.BeforeCommit); !errors.Is(err, storagetest.ErrCrash) {
			return err // it wrote nothing
		}
		if p.dump() != before {
			p.t.Error("a crash before the commit left something")
		}
		p.serial, p.clock = serial, clock
		if err := c.crash(p, deed, storagetest.AfterCommit); !errors.Is(err, storagetest.ErrCrash) {
			p.t.Errorf("the deed crashed once and not again: %v", err)
			return err
		}
		if p.dump() == before {
			p.t.Error("a crash after the commit left nothing")
		}
		if !p.many {
			return nil
		}
	}
}

func (crashing) crash(p *stage, deed func() error, m storagetest.Moment) error {
	p.engine = p.over(storagetest.Crash(p.store, 1, m))
	defer p.reopen()
	return deed()
}

// stage is where a scenario is played.
type stage struct {
	t      *testing.T
	way    way
	dir    string
	path   string // of bolt's file
	url    string // of a database in place of it
	store  storage.Store
	engine *engine.Engine
	clock  time.Time
	serial int
	many   bool      // the deed is several commits
	until  time.Time // of advance
	starts string
	seen   map[string]string
	told   map[string]int
	watch  func(*engine.Tx, []*engine.Instance)
	limits engine.Limits
}

func play(t *testing.T, file, text string, w way) string {
	p := &stage{t: t, way: w, dir: filepath.Dir(file), path: filepath.Join(t.TempDir(), "store.db")}
	return p.play(text)
}

func (p *stage) play(text string) string {
	p.begin()
	defer func() { p.store.Close() }()
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "  ") {
			continue
		}
		out = append(out, line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		w := p.words(line)
		before := p.dump()
		if err := p.way.do(p, func() error { return p.deed(w) }); err != nil {
			out = append(out, "  refused: "+said(err))
			if p.dump() != before && !p.many {
				p.t.Errorf("%s: refused, but something was changed", line)
			}
		}
		for _, seen := range p.look() {
			out = append(out, "  "+seen)
		}
	}
	return strings.Join(out, "\n") + "\n"
}

func (p *stage) begin() {
	p.seen, p.told = map[string]string{}, map[string]int{}
	p.clock = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	p.reopen()
}

// words are the words of a deed, which is about to be done.
func (p *stage) words(line string) []string {
	w := words(line)
	if p.many = w[0] == "advance"; p.many {
		period, err := schedule.ParsePeriod(w[1])
		if err != nil {
			p.t.Fatal(err)
		}
		p.until = period.After(p.clock)
	}
	return w
}

// said is a refusal without its prose.
func said(err error) string {
	var refused *engine.Refused
	if errors.As(err, &refused) {
		return refused.Code
	}
	return err.Error()
}

func (p *stage) reopen() {
	if p.store != nil {
		if err := p.store.Close(); err != nil {
			p.t.Fatal(err)
		}
	}
	store, err := p.opened()
	if err != nil {
		p.t.Fatal(err)
	}
	p.store = store
	p.engine = p.over(p.way.open(store))
}

func (p *stage) opened() (storage.Store, error) {
	if p.url != "" {
		return postgres.Open(context.Background(), p.url, postgres.Options{Conns: 2})
	}
	return bolt.Open(p.path, bolt.Options{})
}

func (p *stage) over(s storage.Store) *engine.Engine {
	return engine.Open(s, engine.Options{
		Now:    func() time.Time { return p.clock },
		NewID:  func() string { p.serial++; return fmt.Sprintf("i%03d", p.serial) },
		Limits: p.limits,
	})
}

// dump is everything that the store holds, but for versions: a conflict raises those.
func (p *stage) dump() string {
	var out strings.Builder
	if err := p.store.View(context.Background(), func(r storage.Reader) error {
		return storage.Pages(r, func(all []*storage.Record) error {
			for _, one := range all {
				fmt.Fprintf(&out, "%s %s %s %v\n", one.Kind, one.ID, one.Data, one.Index)
			}
			return nil
		}, nil)
	}); err != nil {
		p.t.Fatal(err)
	}
	return out.String()
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

// deedArgs are the words of a deed behind its verb.
type deedArgs struct {
	plain []string
	named map[string]string
	vars  map[string]engine.Value
}

func (p *stage) args(words []string) deedArgs {
	a := deedArgs{named: map[string]string{}}
	for _, word := range words {
		if strings.HasPrefix(word, "{") {
			if err := json.Unmarshal([]byte(word), &a.vars); err != nil {
				p.t.Fatalf("%v: %v", words, err)
			}
		} else if key, value, ok := strings.Cut(word, "="); ok {
			a.named[key] = strings.Trim(value, `"`)
		} else {
			a.plain = append(a.plain, strings.Trim(word, `"`))
		}
	}
	return a
}

func (a deedArgs) at(n int) string {
	if n < len(a.plain) {
		return a.plain[n]
	}
	return ""
}

// fits tells whether the thing at hand, the next one that is of the right kind, is the one of nth=.
func (a deedArgs) fits() func() bool {
	left, _ := strconv.Atoi(a.named["nth"])
	return func() bool { left--; return left <= 0 }
}

func (p *stage) deed(w []string) error {
	ctx := context.Background()
	a := p.args(w[1:])
	if w[0] == "advance" {
		return p.advance(ctx)
	}
	return p.engine.Update(ctx, func(tx *engine.Tx) error {
		switch w[0] {
		case "deploy":
			return p.deploy(tx, a.plain)
		case "start":
			_, err := tx.Start(engine.Start{Process: a.at(0), Element: a.named["element"], Variables: a.vars, Key: a.named["key"]})
			return err
		case "complete":
			return tx.Complete(p.task(tx, a), a.vars, a.named["flow"])
		case "assign":
			return tx.Assign(p.task(tx, a), a.at(1))
		case "job":
			id := p.job(tx, a)
			switch a.at(1) {
			case "done":
				return tx.CompleteJob(id, "", a.vars)
			case "fail":
				return tx.FailJob(id, "", a.at(2), -1)
			case "throw":
				return tx.ThrowJob(id, "", a.at(2), "", a.vars)
			}
		case "message":
			_, err := tx.Message(p.message(a))
			return err
		case "signal":
			return tx.Signal(a.at(0), a.vars)
		case "environment":
			_, err := tx.Environment(a.vars)
			return err
		case "trigger":
			_, err := tx.Trigger(a.at(0), a.vars)
			return err
		case "set":
			return tx.Set(p.first(tx, a), a.vars)
		case "finish":
			return tx.Finish(p.first(tx, a), a.at(0))
		case "cancel":
			return tx.Cancel(p.first(tx, a))
		case "resolve":
			return tx.Resolve(p.incident(tx, a), a.vars)
		case "move":
			instance, token, _ := engine.InnerID(p.token(tx, a, func(t *engine.Token) bool { return t.Element == a.at(0) }))
			return tx.Move(instance, token, a.at(1), "", "")
		case "drop":
			instance, token, _ := engine.InnerID(p.token(tx, a, func(t *engine.Token) bool { return t.Element == a.at(0) }))
			return tx.CancelToken(instance, token, "", "")
		case "place":
			instance, token := p.first(tx, a), 0
			if scope, ok := a.named["scope"]; ok {
				instance, token, _ = engine.InnerID(p.token(tx, a, func(t *engine.Token) bool { return t.Element == scope && t.Loop == nil }))
			}
			return tx.StartToken(instance, a.at(0), token, "", "")
		case "migrate":
			return p.migrate(tx, a)
		}
		p.t.Fatalf("%v is no deed", w)
		return nil
	})
}

func (p *stage) message(a deedArgs) engine.Message {
	m := engine.Message{
		Name: a.at(0), Key: a.named["key"], Element: a.named["element"], Instance: a.named["in"], Variables: a.vars,
		ID: a.named["id"], All: a.named["all"] == "true",
	}
	if wait, ok := a.named["ttl"]; ok {
		period, err := schedule.ParsePeriod(wait)
		if err != nil {
			p.t.Fatal(err)
		}
		m.TTL = period.After(p.clock).Sub(p.clock)
	}
	return m
}

func (p *stage) deploy(tx *engine.Tx, files []string) error {
	var sources []engine.Source
	for _, f := range files {
		sources = append(sources, engine.Source{File: f, XML: []byte(read(p.t, filepath.Join(p.dir, f)))})
	}
	_, problems, err := tx.Deploy(sources, "")
	if bpmn.Severe(problems) {
		var codes []string
		for _, one := range problems {
			if one.Severity == bpmn.SeverityError {
				codes = append(codes, one.Code+" "+one.Element)
			}
		}
		return errors.New(strings.Join(codes, ", "))
	}
	return err
}

func (p *stage) migrate(tx *engine.Tx, a deedArgs) error {
	id := p.first(tx, a)
	i, err := tx.Instance(id)
	if err != nil {
		return err
	}
	report, err := tx.Migrate(id, engine.Migration{From: i.Definition, To: a.at(0), Elements: a.named}, false)
	if err == nil && !report.Done {
		err = fmt.Errorf("%q", report.Stops)
	}
	return err
}

// advance moves the clock to p.until and fires the timers on the way, one record a commit.
func (p *stage) advance(ctx context.Context) error {
	for {
		var due time.Time
		var any bool
		if err := p.engine.View(ctx, func(tx *engine.Tx) (err error) {
			due, any, err = tx.Due()
			return err
		}); err != nil {
			return err
		}
		if !any || due.After(p.until) {
			p.clock = p.until
			return nil
		}
		if due.After(p.clock) {
			p.clock = due
		}
		if _, err := p.engine.FireDue(ctx, 1); err != nil {
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
			return nil // the store fails, and so will the deed
		}
		all = append(all, i)
	}
	return all
}

const none = "none"

// first is the instance that a deed is for.
func (p *stage) first(tx *engine.Tx, a deedArgs) string {
	if id, ok := a.named["in"]; ok {
		return id
	}
	for _, i := range p.instances(tx) {
		if i.State == engine.Active {
			return i.ID
		}
	}
	return none
}

func (p *stage) of(tx *engine.Tx, a deedArgs) []*engine.Instance {
	all := p.instances(tx)
	if id, ok := a.named["in"]; ok {
		all = slices.DeleteFunc(all, func(i *engine.Instance) bool { return i.ID != id })
	}
	return all
}

func (p *stage) task(tx *engine.Tx, a deedArgs) string {
	return p.token(tx, a, func(t *engine.Token) bool { return t.Task != nil && t.Element == a.at(0) })
}

func (p *stage) token(tx *engine.Tx, a deedArgs, match func(*engine.Token) bool) string {
	fits := a.fits()
	for _, i := range p.of(tx, a) {
		for _, t := range i.Tokens {
			if match(t) && fits() {
				return engine.OuterID(i.ID, t.ID)
			}
		}
	}
	return none
}

func (p *stage) job(tx *engine.Tx, a deedArgs) string {
	fits := a.fits()
	for _, i := range p.of(tx, a) {
		for _, j := range i.Jobs {
			if j.Topic == a.at(0) && fits() {
				return engine.OuterID(i.ID, j.ID)
			}
		}
	}
	return none
}

func (p *stage) incident(tx *engine.Tx, a deedArgs) string {
	fits := a.fits()
	for _, i := range p.of(tx, a) {
		for _, n := range i.Incidents {
			if fits() {
				return engine.OuterID(i.ID, n.ID)
			}
		}
	}
	return none
}

// look tells what start events wait for, where that changed, and of every instance that changed since the last look.
func (p *stage) look() []string {
	var out []string
	if err := p.engine.View(context.Background(), func(tx *engine.Tx) error {
		out = nil
		starts, err := tx.Starts()
		if err != nil {
			return err
		}
		if s := described(starts); s != p.starts {
			p.starts = s
			out = append(out, "starts"+s)
		}
		all := p.instances(tx)
		if p.watch != nil {
			p.watch(tx, all)
		}
		for _, i := range all {
			if i.Turn > 0 {
				continue // said with its parent
			}
			turns := p.turns(all, i)
			state := describe(i, turns...)
			happened := p.happened(tx, append([]*engine.Instance{i}, turns...))
			if p.seen[i.ID] != state || happened != "" {
				p.seen[i.ID] = state
				out = append(out, state+happened)
			}
		}
		return nil
	}); err != nil {
		p.t.Fatal(err)
	}
	return out
}

const clockForm = "01-02T15:04:05"

func described(starts []engine.Awaited) string {
	var out strings.Builder
	for _, s := range starts {
		fmt.Fprintf(&out, " %s:%s(%s)", s.Kind, s.Name, s.Element)
		if s.Due != nil {
			out.WriteString("@" + s.Due.Format(clockForm))
		}
	}
	return out.String()
}

// turns are the instances that are turns of an instance, or of one of its turns.
func (p *stage) turns(all []*engine.Instance, i *engine.Instance) []*engine.Instance {
	var turns []*engine.Instance
	for _, one := range all {
		if one.Turn > 0 && strings.HasPrefix(one.ID, i.ID+".") {
			turns = append(turns, one)
		}
	}
	return turns
}

// describe is how an instance stands, with its turns as if they stood in its record.
func describe(i *engine.Instance, turns ...*engine.Instance) string {
	if len(turns) > 0 {
		whole := *i
		for _, turn := range turns {
			whole.Tokens = append(slices.Clone(whole.Tokens), turn.Tokens...)
			whole.Jobs = append(slices.Clone(whole.Jobs), turn.Jobs...)
			whole.Incidents = append(slices.Clone(whole.Incidents), turn.Incidents...)
		}
		i = &whole
	}
	var parts []string
	add := func(word string, all []string) {
		if len(all) > 0 {
			parts = append(parts, word+" "+strings.Join(all, " "))
		}
	}
	var at, jobs, timers, waits, stuck, local []string
	for _, t := range i.Tokens {
		if t.Leaf() {
			word := t.Element
			if t.Task != nil {
				word += "!" + offered(t.Task)
			}
			at = append(at, word)
		}
		if len(t.Local) > 0 {
			local = append(local, t.Element+"("+values(t.Local, ",")+")")
		}
		for _, w := range t.Waits {
			switch {
			case w.Got:
			case w.Due != nil:
				timers = append(timers, w.Element+"@"+w.Due.Format(clockForm))
			case w.Kind == engine.WaitTimer:
				timers = append(timers, w.Element+"@")
			case w.Key != "":
				waits = append(waits, string(w.Kind)+":"+w.Name+"="+w.Key+"("+w.Element+")")
			default:
				waits = append(waits, string(w.Kind)+":"+w.Name+"("+w.Element+")")
			}
		}
	}
	for _, j := range i.Jobs {
		word := fmt.Sprintf("%s(%s)/%d", j.Topic, j.Element, j.Retries)
		if len(j.Inputs) > 0 {
			word += "{" + values(j.Inputs, ",") + "}"
		}
		if j.State != engine.JobStuck && j.Due.After(j.Created) {
			word += "@" + j.Due.Format(clockForm)
		}
		jobs = append(jobs, word)
	}
	for _, n := range i.Incidents {
		stuck = append(stuck, n.Element+":"+n.Code)
	}
	add("at", at)
	add("jobs", jobs)
	add("timers", timers)
	add("waits", waits)
	add("stuck", stuck)
	if len(i.Variables) > 0 {
		add("vars", []string{values(i.Variables, " ")})
	}
	add("local", local)
	if i.Outcome != "" {
		add("outcome", []string{i.Outcome})
	}
	process := strings.TrimSuffix(i.Definition, ":1")
	return fmt.Sprintf("%s %s %s: %s", i.ID, process, i.State, strings.Join(parts, "; "))
}

// offered is what a task says of who does it and by when.
func offered(t *engine.Task) string {
	var parts []string
	for _, part := range []string{t.Name, t.Assignee, strings.Join(t.Groups, ","), strings.Join(t.Users, ",")} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if t.Due != nil {
		parts = append(parts, t.Due.Format(clockForm))
	}
	if parts == nil {
		return ""
	}
	return "[" + strings.Join(parts, "; ") + "]"
}

func values(all map[string]engine.Value, between string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, name+"="+string(all[name]))
	}
	return strings.Join(out, between)
}

// happened is what history says of the elements left since the last look.
func (p *stage) happened(tx *engine.Tx, all []*engine.Instance) string {
	var done, gone []string
	for _, i := range all {
		lines, _, err := tx.History(i.ID, 0, 0)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, l := range lines[p.told[i.ID]:] {
			switch l.Kind {
			case engine.LineCompleted:
				done = append(done, l.Element)
			case engine.LineCancelled:
				gone = append(gone, l.Element)
			}
		}
		p.told[i.ID] = len(lines)
	}
	return listed("; done ", done) + listed("; gone ", gone)
}

// listed is a list with its word before it; of a very long one the beginning.
func listed(word string, all []string) string {
	const most = 40
	switch n := len(all); {
	case n == 0:
		return ""
	case n > most:
		return fmt.Sprintf("%s%s … and %d more", word, strings.Join(all[:most], " "), n-most)
	}
	return word + strings.Join(all, " ")
}
