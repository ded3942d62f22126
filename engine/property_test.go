package engine_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/memory"
)

// Random diagrams built of blocks are driven at random by the engine and followed by a reading of the blocks that knows nothing of
// tokens: each element the engine completes must be one that may come now, at rest nothing more may come, and what waits must be
// the same. rapid prints the seed of a failure.
func TestRandomDiagrams(t *testing.T) {
	for n := range 4 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			dir, files := t.TempDir(), 0
			rapid.Check(t, func(t *rapid.T) {
				path := ""
				if rapid.IntRange(0, 7).Draw(t, "store") == 0 {
					files++
					path = filepath.Join(dir, fmt.Sprintf("%d.db", files))
				}
				perform(t, path)
			})
		})
	}
}

// perform draws a diagram and plays it to its end, in a file or in memory.
func perform(t *rapid.T, path string) {
	d := &drawing{t: t, left: 14, vars: map[string]engine.Value{}}
	body := d.block(4)
	p := &performance{t: t, reading: &reading{}, path: path}
	p.open()
	defer func() { p.store.Close() }()
	p.deploy(d.xml(body))
	p.start(d.vars, body)
	for step := 0; !p.over(); step++ {
		if step > 300 {
			t.Fatalf("it does not come to an end:\n%s", p.state())
		}
		p.step()
	}
}

// A block is a part of a diagram with one way in and one way out.
type block struct {
	kind   string // task, user, job, seq, xor, and, or, loop, sub
	id     string
	inside []*block
	chosen []int  // of xor and or: the branches that the variables choose
	times  int    // of a loop; of an activity: how many instances of it, 0 where it is no multi-instance one
	inTurn bool   // they are one after the other
	bound  *bound // interrupting
	notice *bound // not
}

// bound is a boundary timer with the way behind it: back to the way out of its host, or to an end of its own.
type bound struct {
	id     string
	period time.Duration
	way    *block
}

// drawing draws blocks.
type drawing struct {
	t     *rapid.T
	n     int
	left  int // blocks that may still be drawn
	many  int // multi-instance activities around: what counts would count for all of them
	vars  map[string]engine.Value
	nodes strings.Builder
}

func (d *drawing) name(kind string) string {
	d.n++
	return fmt.Sprintf("%s%d", kind, d.n)
}

func (d *drawing) pick(all ...string) string { return rapid.SampledFrom(all).Draw(d.t, "kind") }

func (d *drawing) block(depth int) *block {
	d.left--
	kind := "leaf"
	if depth > 0 && d.left > 0 {
		kind = d.pick("leaf", "seq", "seq", "xor", "and", "or", "loop", "sub", "sub")
		if kind == "loop" && d.many > 0 {
			kind = "seq"
		}
	}
	if kind == "leaf" {
		kind = d.pick("task", "user", "user", "job")
	}
	b := &block{kind: kind, id: d.name(kind)}
	branches := func(least int) {
		for range rapid.IntRange(least, 3).Draw(d.t, "branches") {
			b.inside = append(b.inside, d.block(depth-1))
		}
	}
	switch kind {
	case "seq":
		branches(2)
	case "and":
		branches(2)
	case "xor":
		branches(2)
		b.chosen = []int{rapid.IntRange(0, len(b.inside)-1).Draw(d.t, "chosen")}
		d.vars[b.id] = fmt.Append(nil, b.chosen[0])
	case "or":
		branches(2)
		for n := range b.inside {
			if on := rapid.Bool().Draw(d.t, "chosen"); on || n == len(b.inside)-1 && b.chosen == nil {
				b.chosen = append(b.chosen, n)
				d.vars[fmt.Sprintf("%s_%d", b.id, n)] = []byte("true")
			}
		}
	case "loop":
		b.inside = []*block{d.block(depth - 1)}
		b.times = rapid.IntRange(1, 3).Draw(d.t, "times")
	}
	if (kind == "user" || kind == "sub") && rapid.IntRange(0, 3).Draw(d.t, "many") == 0 {
		b.times, b.inTurn = rapid.IntRange(1, 3).Draw(d.t, "times"), rapid.Bool().Draw(d.t, "in turn")
	}
	if kind == "sub" {
		d.many += min(b.times, 1)
		b.inside = []*block{d.block(depth - 1)}
		d.many -= min(b.times, 1)
	}
	if kind == "user" || kind == "job" || kind == "sub" {
		if rapid.IntRange(0, 3).Draw(d.t, "bound") == 0 {
			b.bound = &bound{d.name("late"), d.period(), d.simple()}
		}
		if rapid.IntRange(0, 3).Draw(d.t, "notice") == 0 {
			b.notice = &bound{d.name("notice"), d.period(), d.simple()}
		}
	}
	return b
}

// period is one of which sums are seldom the same.
func (d *drawing) period() time.Duration {
	return time.Duration(rapid.IntRange(1, 100_000).Draw(d.t, "seconds")) * time.Second
}

// simple is a way that may be gone several times at once: it joins nothing and counts nothing.
func (d *drawing) simple() *block {
	b := &block{kind: "seq", id: d.name("seq")}
	for range rapid.IntRange(1, 2).Draw(d.t, "steps") {
		kind := d.pick("task", "user", "job")
		b.inside = append(b.inside, &block{kind: kind, id: d.name(kind)})
	}
	return b
}

func (d *drawing) xml(body *block) []byte {
	d.node("startEvent", "begin", "", "")
	in, out := d.draw(body)
	d.node("endEvent", "end", "", "")
	d.flow("begin", in, "")
	d.flow(out, "end", "")
	return fmt.Appendf(nil, `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="random">
<process id="random" isExecutable="true">
%s</process></definitions>`, d.nodes.String())
}

func (d *drawing) node(kind, id, attributes, content string) {
	fmt.Fprintf(&d.nodes, "<%s id=%q%s>%s</%s>\n", kind, id, attributes, content, kind)
}

func (d *drawing) flow(from, to, condition string) string {
	id := from + "." + to
	if condition != "" {
		condition = "<conditionExpression>" + condition + "</conditionExpression>"
	}
	d.node("sequenceFlow", id, fmt.Sprintf(" sourceRef=%q targetRef=%q", from, to), condition)
	return id
}

// draw draws a block and gives its first and last element.
func (d *drawing) draw(b *block) (in, out string) {
	in, out = b.id, b.id
	switch b.kind {
	case "task":
		d.node("task", b.id, "", "")
	case "user":
		d.node("userTask", b.id, "", b.loop())
	case "job":
		d.node("serviceTask", b.id, ` camunda:type="external" camunda:topic="work"`, "")
	case "seq":
		for n, part := range b.inside {
			from, to := d.draw(part)
			if n == 0 {
				in = from
			} else {
				d.flow(out, from, "")
			}
			out = to
		}
	case "xor", "and", "or":
		in, out = b.id+"_split", b.id+"_join"
		kind := map[string]string{"xor": "exclusiveGateway", "and": "parallelGateway", "or": "inclusiveGateway"}[b.kind]
		fallback := ""
		for n, branch := range b.inside {
			from, to := d.draw(branch)
			condition := ""
			switch b.kind {
			case "xor":
				if condition = fmt.Sprintf("%s == %d", b.id, n); n == len(b.inside)-1 {
					condition, fallback = "", fmt.Sprintf(" default=%q", in+"."+from)
				}
			case "or":
				condition = fmt.Sprintf("%s_%d", b.id, n)
			}
			d.flow(in, from, condition)
			d.flow(to, out, "")
		}
		d.node(kind, in, fallback, "")
		d.node(kind, out, "", "")
	case "loop":
		in, out = b.id+"_init", b.id+"_test"
		head, count := b.id+"_head", b.id+"_count"
		from, to := d.draw(b.inside[0])
		d.node("scriptTask", in, fmt.Sprintf(" camunda:resultVariable=%q", b.id), fmt.Sprintf("<script>%d</script>", b.times))
		d.node("exclusiveGateway", head, "", "")
		d.node("scriptTask", count, fmt.Sprintf(" camunda:resultVariable=%q", b.id), fmt.Sprintf("<script>%s - 1</script>", b.id))
		d.node("exclusiveGateway", out+"_split", fmt.Sprintf(" default=%q", out+"_split."+out), "")
		d.node("task", out, "", "")
		d.flow(in, head, "")
		d.flow(head, from, "")
		d.flow(to, count, "")
		d.flow(count, out+"_split", "")
		d.flow(out+"_split", head, b.id+" &gt; 0")
		d.flow(out+"_split", out, "")
	case "sub":
		fmt.Fprintf(&d.nodes, "<subProcess id=%q>%s\n", b.id, b.loop())
		from, to := d.draw(b.inside[0])
		d.node("startEvent", b.id+"_begin", "", "")
		d.node("endEvent", b.id+"_end", "", "")
		d.flow(b.id+"_begin", from, "")
		d.flow(to, b.id+"_end", "")
		d.nodes.WriteString("</subProcess>\n")
	}
	timer := func(on *bound, attributes string) (in, out string) {
		d.node("boundaryEvent", on.id, fmt.Sprintf(" attachedToRef=%q%s", b.id, attributes),
			fmt.Sprintf("<timerEventDefinition><timeDuration>PT%dS</timeDuration></timerEventDefinition>", on.period/time.Second))
		from, to := d.draw(on.way)
		d.flow(on.id, from, "")
		return from, to
	}
	if on := b.notice; on != nil {
		_, to := timer(on, ` cancelActivity="false"`)
		d.node("endEvent", on.id+"_end", "", "")
		d.flow(to, on.id+"_end", "")
	}
	if on := b.bound; on != nil {
		_, to := timer(on, "")
		out = b.id + "_merge"
		d.node("exclusiveGateway", out, "", "")
		d.flow(b.id, out, "")
		d.flow(to, out, "")
	}
	return in, out
}

// loop is what a multi-instance activity says.
func (b *block) loop() string {
	if b.times == 0 {
		return ""
	}
	return fmt.Sprintf("<multiInstanceLoopCharacteristics isSequential=%q><loopCardinality>%d</loopCardinality></multiInstanceLoopCharacteristics>",
		fmt.Sprint(b.inTurn), b.times)
}

// reading follows a diagram by its blocks.
type reading struct {
	now      time.Time
	may      []*thing // elements that may be completed now
	standing []*thing // elements where something waits
	timers   []*thing
	done     bool
}

// thing is something at an element, in a part of the diagram that can end as a whole.
type thing struct {
	id   string
	due  time.Time
	part *part
	then func()
}

// part is the process, a sub-process at work, or a task with its boundary events.
type part struct {
	in    *part
	ended bool
	ways  int // of a scope: ways being gone in it
	over  func()
}

func (p *part) gone() bool { return p != nil && (p.ended || p.in.gone()) }

func (r *reading) start(b *block) {
	scope := &part{ways: 1}
	scope.over = func() { r.done = true }
	r.may = append(r.may, &thing{id: "begin", part: scope, then: func() {
		r.enter(b, scope, func() { r.allow("end", scope, func() { r.end(scope) }) })
	}})
}

// end ends one way of a scope, and the scope with the last.
func (r *reading) end(scope *part) {
	if scope.ways--; scope.ways == 0 {
		scope.over()
	}
}

func (r *reading) allow(id string, p *part, then func()) {
	r.may = append(r.may, &thing{id: id, part: p, then: then})
}

// enter begins a block in a scope.
func (r *reading) enter(b *block, scope *part, then func()) {
	switch b.kind {
	case "task":
		r.allow(b.id, scope, then)
	case "user", "job", "sub":
		r.activity(b, scope, then)
	case "seq":
		for _, part := range slices.Backward(b.inside) {
			next := then
			then = func() { r.enter(part, scope, next) }
		}
		then()
	case "xor":
		r.allow(b.id+"_split", scope, func() {
			r.enter(b.inside[b.chosen[0]], scope, func() { r.allow(b.id+"_join", scope, then) })
		})
	case "and", "or":
		chosen := b.inside
		if b.kind == "or" {
			chosen = nil
			for _, n := range b.chosen {
				chosen = append(chosen, b.inside[n])
			}
		}
		r.allow(b.id+"_split", scope, func() {
			var here []*thing
			for _, branch := range chosen {
				r.enter(branch, scope, func() {
					one := &thing{id: b.id + "_join", part: scope}
					here = append(here, one)
					r.standing = append(r.standing, one)
					if len(here) == len(chosen) {
						r.standing = slices.DeleteFunc(r.standing, func(t *thing) bool { return slices.Contains(here, t) })
						r.allow(b.id+"_join", scope, then)
					}
				})
			}
		})
	case "loop":
		left := 0
		var head func()
		head = func() {
			r.allow(b.id+"_head", scope, func() {
				r.enter(b.inside[0], scope, func() {
					r.allow(b.id+"_count", scope, func() {
						left--
						r.allow(b.id+"_test_split", scope, func() {
							if left > 0 {
								head()
							} else {
								r.allow(b.id+"_test", scope, then)
							}
						})
					})
				})
			})
		}
		r.allow(b.id+"_init", scope, func() {
			left = b.times
			head()
		})
	}
}

// activity begins what waits, with its boundary events.
func (r *reading) activity(b *block, scope *part, then func()) {
	host := &part{in: scope, ways: 1}
	leave := then
	if b.bound != nil {
		leave = func() { r.allow(b.id+"_merge", scope, then) }
	}
	left := max(1, b.times)
	var turn func()
	turned := func() {
		if left--; left > 0 {
			if b.inTurn {
				turn()
			}
			return
		}
		r.allow(b.id, host, func() {
			host.ended = true
			leave()
		})
	}
	turn = func() {
		if b.kind != "sub" {
			r.standing = append(r.standing, &thing{id: b.id, part: host, then: turned})
			return
		}
		inside := &part{in: host, ways: 1}
		inside.over = func() {
			inside.ended = true
			turned()
		}
		r.allow(b.id+"_begin", inside, func() {
			r.enter(b.inside[0], inside, func() { r.allow(b.id+"_end", inside, func() { r.end(inside) }) })
		})
	}
	for range left {
		if turn(); b.inTurn {
			break
		}
	}
	if on := b.bound; on != nil {
		r.timers = append(r.timers, &thing{id: on.id, due: r.now.Add(on.period), part: host, then: func() {
			host.ended = true
			r.allow(on.id, scope, func() { r.enter(on.way, scope, leave) })
		}})
	}
	if on := b.notice; on != nil {
		r.timers = append(r.timers, &thing{id: on.id, due: r.now.Add(on.period), part: host, then: func() {
			scope.ways++
			r.allow(on.id, scope, func() {
				r.enter(on.way, scope, func() { r.allow(on.id+"_end", scope, func() { r.end(scope) }) })
			})
		}})
	}
}

// present leaves out what has ended with its part of the diagram.
func present(all []*thing) []*thing {
	var left []*thing
	for _, t := range all {
		if !t.part.gone() {
			left = append(left, t)
		}
	}
	return left
}

// take takes the first thing at an element.
func take(all *[]*thing, id string) *thing {
	*all = present(*all)
	at := slices.IndexFunc(*all, func(t *thing) bool { return t.id == id && t.then != nil })
	if at < 0 {
		return nil
	}
	one := (*all)[at]
	*all = slices.Delete(*all, at, at+1)
	return one
}

func ids(all []*thing, times bool) []string {
	var out []string
	for _, t := range present(all) {
		if times {
			out = append(out, t.id+"@"+t.due.Format(time.RFC3339))
		} else {
			out = append(out, t.id)
		}
	}
	slices.Sort(out)
	return out
}

// performance is a diagram played by the engine, with its reading.
type performance struct {
	t *rapid.T
	*reading
	path   string // empty: in memory
	store  storage.Store
	engine *engine.Engine
	id     string
	page   int
	last   *engine.Instance
}

func (p *performance) open() {
	switch {
	case p.path != "":
		if p.store != nil {
			p.store.Close()
		}
		store, err := bolt.Open(p.path, bolt.Options{})
		p.must(err)
		p.store = store
	case p.store == nil:
		p.store = memory.New()
	}
	if p.now.IsZero() {
		p.now = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	}
	p.engine = engine.Open(p.store, engine.Options{Now: func() time.Time { return p.now }})
}

func (p *performance) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *performance) update(fn func(tx *engine.Tx) error) {
	p.t.Helper()
	p.must(p.engine.Update(context.Background(), fn))
}

func (p *performance) deploy(xml []byte) {
	p.t.Logf("%s", xml)
	p.update(func(tx *engine.Tx) error {
		found, problems, err := tx.Deploy([]engine.Source{{File: "random.bpmn", XML: xml}}, "")
		if len(found) == 0 {
			p.t.Fatalf("%v", problems)
		}
		return err
	})
}

func (p *performance) start(vars map[string]engine.Value, body *block) {
	p.reading.start(body)
	p.update(func(tx *engine.Tx) error {
		i, err := tx.Start(engine.Start{Process: "random", Variables: vars})
		p.id = i.ID
		return err
	})
	p.follow()
}

func (p *performance) over() bool { return p.last.State != engine.Active }

// step does one thing of those that can be done.
func (p *performance) step() {
	if rapid.IntRange(0, 3).Draw(p.t, "reopen") == 0 {
		p.open()
	}
	var doable []string
	for _, one := range present(p.standing) {
		if one.then != nil {
			doable = append(doable, one.id)
		}
	}
	p.timers = present(p.timers)
	slices.SortStableFunc(p.timers, func(a, b *thing) int { return a.due.Compare(b.due) })
	if len(p.timers) > 0 && (len(p.timers) == 1 || p.timers[0].due.Before(p.timers[1].due)) {
		doable = append(doable, "time")
	}
	if len(doable) == 0 {
		p.t.Fatalf("nothing can be done:\n%s", p.state())
	}
	switch what := rapid.SampledFrom(doable).Draw(p.t, "do"); what {
	case "time":
		next := p.timers[0]
		p.timers = p.timers[1:]
		p.now = next.due
		next.then()
		fired, err := p.engine.FireDue(context.Background(), 0)
		p.must(err)
		if fired != 1 {
			p.t.Fatalf("%d timers fired at %s, want %s alone", fired, p.now, next.id)
		}
	default:
		take(&p.standing, what).then()
		p.update(func(tx *engine.Tx) error {
			i, err := tx.Instance(p.id)
			if err != nil {
				return err
			}
			for _, j := range i.Jobs {
				if j.Element == what {
					return tx.CompleteJob(engine.OuterID(i.ID, j.ID), "", nil)
				}
			}
			for _, t := range i.Tokens {
				if t.Element == what && t.Task != nil {
					return tx.Complete(engine.OuterID(i.ID, t.ID), nil, "")
				}
			}
			return fmt.Errorf("%s does not wait", what)
		})
	}
	p.follow()
}

// follow checks what the engine did since it was looked at last.
func (p *performance) follow() {
	p.t.Helper()
	var lines []engine.Line
	p.must(p.engine.View(context.Background(), func(tx *engine.Tx) (err error) {
		if p.last, err = tx.Instance(p.id); err != nil {
			return err
		}
		lines, p.page, err = tx.History(p.id, p.page, 0)
		return err
	}))
	for n, l := range lines {
		if l.Kind != engine.LineCompleted {
			continue
		}
		one := take(&p.may, l.Element)
		if one == nil {
			p.t.Fatalf("%s was completed (line %d of %v), but only %v may be:\n%s", l.Element, n, elements(lines), ids(p.may, false), p.state())
		}
		one.then()
	}
	if left := ids(p.may, false); len(left) > 0 {
		p.t.Fatalf("the engine rests, but %v has still to come:\n%s", left, p.state())
	}
	standing, timers := []string{}, []string{}
	for _, t := range p.last.Tokens {
		if t.Leaf() {
			standing = append(standing, t.Element)
		}
		for _, w := range t.Waits {
			timers = append(timers, w.Element+"@"+w.Due.Format(time.RFC3339))
		}
	}
	slices.Sort(standing)
	slices.Sort(timers)
	if want := ids(p.standing, false); !slices.Equal(standing, want) {
		p.t.Fatalf("tokens stand at %v, want %v:\n%s", standing, want, p.state())
	}
	if want := ids(p.timers, true); !slices.Equal(timers, want) {
		p.t.Fatalf("timers are %v, want %v:\n%s", timers, want, p.state())
	}
	if p.done != (p.last.State == engine.Completed) || len(p.last.Incidents) > 0 {
		p.t.Fatalf("the instance is %s with incidents %v; done: %t:\n%s", p.last.State, p.last.Incidents, p.done, p.state())
	}
	if p.done && len(p.last.Tokens)+len(p.last.Jobs) > 0 {
		p.t.Fatalf("over, with tokens or jobs left:\n%s", p.state())
	}
}

func elements(lines []engine.Line) []string {
	var out []string
	for _, l := range lines {
		if l.Kind == engine.LineCompleted {
			out = append(out, l.Element)
		}
	}
	return out
}

func (p *performance) state() string {
	return describe(p.last) + "\nvars " + fmt.Sprint(slices.Sorted(maps.Keys(p.last.Variables)))
}
