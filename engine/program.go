package engine

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/engine/schedule"
)

// program is a process made ready to run: each node with its behavior and its expressions compiled. It never changes.
type program struct {
	definition  *Definition
	process     *bpmn.Process
	names       *expression.Names
	root        *node
	nodes       map[string]*node
	order       []*node          // in file order, outer before inner; the root first
	keep        *schedule.Period // how long finished instances are kept; nil: as the options say
	conditional bool             // some event waits for a condition
	joins       []*node          // nodes that are asked when nothing moves any more, in file order
}

// node is one flow node, or the process itself.
type node struct {
	*bpmn.Node
	row        *Element
	behavior   behavior
	prog       *program
	scope      *node   // the node around it; nil of the root
	inside     []*node // of a scope
	starts     []*node // of a scope: where its tokens begin
	events     []*node // of a scope: its event sub-processes
	flows      []*flow // outgoing
	fallback   *flow   // the default flow
	bounds     []*node // boundary events
	handler    *node   // of an activity or its compensation boundary: what undoes it
	undoes     bool    // it is a compensation handler
	triggers   []trigger
	loop       *loop
	work       *work
	task       *userWork
	inputs     []mapping
	outputs    []mapping
	fetches    []association // data in
	hands      []association // data out
	own        []string      // variables of its own: properties, data inputs and outputs
	inner      []string      // of a scope: its data objects
	script     *expression.Program
	result     string // variable of a script's or job's result
	called     *expression.Text
	message    *expression.Text // of a send or receive task
	key        *expression.Program
	keys       []correlation // of its message
	activation *expression.Program
	completion *expression.Program // ad-hoc
	beside     []listener
	links      []*node                   // of a link throw: where it goes on
	apart      bool                      // a multi-instance activity whose turns can be instances of their own
	late       bool                      // it throws what others may catch: those are let come to wait first
	manual     bool                      // an exclusive gateway where a person chooses
	reach      map[string]map[*node]bool // of an inclusive gateway: by incoming flow, the nodes of its scope from which a token can still come by it
}

type flow struct {
	*bpmn.Flow
	target    *node
	condition *expression.Program
}

// trigger is one event definition.
type trigger struct {
	*bpmn.Event
	name      *expression.Text // of a message or signal
	key       *expression.Program
	keys      []correlation // of a message, where it has no key of its own
	timer     *expression.Text
	condition *expression.Program
}

type loop struct {
	*bpmn.Loop
	cardinality, completion, condition *expression.Program
	collection, item                   *expression.Program
	gives                              string // the variable of a turn that becomes its output; empty: the output is computed, or a field
}

type work struct {
	topic  *expression.Text
	retry  retries
	beside bool
	throws bool   // a message, and no job
	script string // of a script task in a language that is not run here
}

type userWork struct {
	name, assignee, groups, users, due *expression.Text
}

type mapping struct {
	name    string
	text    *expression.Text
	program *expression.Program
	items   []mapping
	kind    string
}

type listener struct {
	key    string // its id, else its event, its topic, and which of those on the task
	event  string
	topic  string
	inputs []mapping
	timer  *trigger
}

// isScope tells whether tokens stand inside it.
func (n *node) isScope() bool { return n.Inside != nil }

func (e *Engine) names(p *bpmn.Process) *expression.Names {
	if e.opts.Domain != nil {
		if n := e.opts.Domain.Names(p); n != nil {
			return n
		}
	}
	return &expression.Names{Open: true}
}

func (e *Engine) beside(n *bpmn.Node) bool {
	return e.opts.Domain != nil && e.opts.Domain.Beside(n)
}

// compiler makes a program of a process and collects what is wrong with it.
type compiler struct {
	*program
	beside   func(*bpmn.Node) bool
	problems []bpmn.Problem
	path     map[*bpmn.Expression]*expression.Program // of correlation keys
}

// compile makes a program of p, with everything that this engine can't do of it and every expression that does not hold water.
func compile(p *bpmn.Process, names *expression.Names, beside func(*bpmn.Node) bool) (*program, []bpmn.Problem) {
	c := &compiler{program: &program{process: p, names: names, nodes: map[string]*node{}}, beside: beside, path: map[*bpmn.Expression]*expression.Program{}}
	c.root = &node{Node: &bpmn.Node{Element: p.Element, Kind: kindRoot, Process: p, Inside: &p.Scope}, behavior: processBehavior{}}
	c.nodes[p.ID] = c.root
	c.order = append(c.order, c.root)
	c.scope(c.root)
	for _, n := range c.order {
		c.connect(n)
	}
	for _, n := range c.order {
		c.node(n)
	}
	c.links()
	c.aparts()
	c.lifetime(p)
	c.reachability()
	return c.program, c.problems
}

const kindRoot bpmn.Kind = "process"

func (c *compiler) problem(code string, at bpmn.Element, format string, args ...any) {
	c.problems = append(c.problems, bpmn.Errorf(code, at, format, args...))
}

// scope makes the nodes of a scope and of those inside it.
func (c *compiler) scope(s *node) {
	for _, b := range s.Inside.Nodes {
		n := &node{Node: b, prog: c.program, scope: s}
		c.nodes[b.ID] = n
		c.order = append(c.order, n)
		s.inside = append(s.inside, n)
		if n.isScope() {
			c.scope(n)
		}
	}
}

// connect sets what leads from node to node.
func (c *compiler) connect(n *node) {
	for _, f := range n.Outgoing {
		if f.Target == nil {
			continue
		}
		made := &flow{Flow: f, target: c.nodes[f.Target.ID]}
		if f == n.Default {
			n.fallback = made
		} else if f.Condition != nil {
			made.condition = c.expression(f.Condition, expression.Bool, f.Element)
		}
		n.flows = append(n.flows, made)
	}
	for _, b := range n.Boundaries {
		bound := c.nodes[b.ID]
		if len(b.Events) > 0 && b.Events[0].Trigger == bpmn.CompensationTrigger {
			if h := b.Handler(); h != nil {
				n.handler = c.nodes[h.ID]
				bound.handler, n.handler.undoes = n.handler, true
			}
			continue
		}
		n.bounds = append(n.bounds, bound)
	}
	if !n.isScope() {
		return
	}
	for _, in := range n.inside {
		switch {
		case in.EventSubProcess():
			n.events = append(n.events, in)
			if h := compensates(in); h {
				n.handler = in
			}
		case in.Kind == bpmn.StartEvent && (len(in.Events) == 0 || n.EventSubProcess()):
			n.starts = append(n.starts, in)
		}
	}
	if len(n.starts) == 0 && !slices.ContainsFunc(n.inside, func(in *node) bool { return in.Kind == bpmn.StartEvent }) {
		n.starts = implicitStarts(n)
	}
}

// compensates tells whether an event sub-process undoes the sub-process around it.
func compensates(n *node) bool {
	for _, b := range n.Inside.Nodes {
		if b.Kind == bpmn.StartEvent && len(b.Events) > 0 && b.Events[0].Trigger == bpmn.CompensationTrigger {
			return true
		}
	}
	return false
}

// implicitStarts are the nodes with no incoming flow, where a scope has no start event (BPMN 2.0.2, 10.5.2).
func implicitStarts(s *node) []*node {
	var all []*node
	for _, in := range s.inside {
		link := len(in.Events) > 0 && in.Events[0].Trigger == bpmn.LinkTrigger
		if len(in.Incoming) == 0 && in.Kind != bpmn.BoundaryEvent && !in.EventSubProcess() && !in.ForCompensation &&
			!(link && in.Kind == bpmn.IntermediateCatchEvent) && !in.Instantiate {
			all = append(all, in)
		}
	}
	return all
}

// node gives a node its behavior and compiles its expressions.
func (c *compiler) node(n *node) {
	if n == c.root {
		return
	}
	n.behavior = c.behavior(n)
	for _, e := range n.Events {
		n.triggers = append(n.triggers, c.trigger(n, e))
	}
	x := &n.Extensions
	n.inputs, n.outputs = c.mappings(x.Inputs, n), c.mappings(x.Outputs, n)
	c.data(n)
	if n.Loop != nil {
		n.loop = c.loop(n)
	}
	if n.Kind == bpmn.UserTask {
		n.task = &userWork{c.text(n.Name, n), c.text(x.Assignee, n), c.text(x.CandidateGroups, n), c.text(x.CandidateUsers, n), c.text(x.DueDate, n)}
	}
	for _, l := range x.Listeners {
		n.beside = append(n.beside, c.listener(n, l))
	}
	n.result = x.Work.ResultVariable
	if n.Activation != nil {
		n.activation = c.expression(n.Activation, expression.Bool, n.Element)
	}
	if n.Completion != nil {
		n.completion = c.expression(n.Completion, expression.Bool, n.Element)
	}
	if n.Message != nil {
		n.message = c.text(n.Message.Name, n)
	}
	if key, ok := x.Property("correlationKey"); ok {
		n.key = c.source(key, expression.Any, n.Element)
	} else {
		n.keys = c.correlations(n.Message)
	}
	if n.Kind == bpmn.ExclusiveGateway && manual(n) {
		n.manual = true
	}
}

// manual tells whether a person chooses at an exclusive gateway: it stands behind a user task and its flows bear no conditions.
func manual(n *node) bool {
	if len(n.flows) < 2 || slices.ContainsFunc(n.flows, func(f *flow) bool { return f.condition != nil || f.Condition != nil }) {
		return false
	}
	return slices.ContainsFunc(n.Incoming, func(f *bpmn.Flow) bool { return f.Source != nil && f.Source.Kind == bpmn.UserTask })
}

func (c *compiler) trigger(n *node, e *bpmn.Event) trigger {
	t := trigger{Event: e}
	at := e.Element
	if at.ID == "" {
		at.ID = n.ID
	}
	switch e.Trigger {
	case bpmn.MessageTrigger:
		if e.Message != nil {
			t.name = c.text(e.Message.Name, n)
			if key := e.Message.Extensions.CorrelationKey; key != "" {
				t.key = c.source(key, expression.Any, at)
			}
		}
		if key, ok := n.Extensions.Property("correlationKey"); ok {
			t.key = c.source(key, expression.Any, at)
		}
		if t.key == nil {
			t.keys = c.correlations(e.Message)
		}
	case bpmn.SignalTrigger:
		if e.Signal != nil {
			t.name = c.text(e.Signal.Name, n)
		}
	case bpmn.TimerTrigger:
		t.timer = c.timer(e.Timer, at)
	case bpmn.ConditionalTrigger:
		c.conditional = true
		if e.Condition != nil {
			t.condition = c.expression(e.Condition, expression.Bool, at)
		}
	}
	return t
}

func (c *compiler) loop(n *node) *loop {
	l := &loop{Loop: n.Loop}
	at := n.Loop.Element
	at.ID = n.ID
	opt := func(e *bpmn.Expression, want expression.Type) *expression.Program {
		if e == nil {
			return nil
		}
		return c.expression(e, want, at)
	}
	l.cardinality = opt(n.Loop.Cardinality, expression.Any)
	l.completion = opt(n.Loop.Completion, expression.Bool)
	l.condition = opt(n.Loop.Condition, expression.Bool)
	if n.Loop.CollectionIsExpression || identifier.MatchString(n.Loop.Collection) {
		l.collection = c.source(n.Loop.Collection, expression.Any, at)
	}
	_, field := c.names.Known[n.Loop.OutputItem]
	switch {
	case n.Loop.OutputItem == "" || field:
	case n.Loop.Extensions.Zeebe:
		l.item = c.source(n.Loop.OutputItem, expression.Any, at)
	default:
		l.gives = n.Loop.OutputItem
	}
	if n.Loop.Maximum < 0 {
		c.problem("loop_maximum_invalid", at, "loopMaximum of %q is %d: it must be 1 or more", n.ID, n.Loop.Maximum)
	}
	if l.MultiInstance && n.Loop.Cardinality == nil && n.Loop.Collection == "" {
		c.problem("loop_without_count", at, "multi-instance activity %q says neither how many (loopCardinality) nor for what (loopDataInputRef)", n.ID)
	}
	return l
}

// identifier is a name that an expression can read. Data of a drawing may have any name.
var identifier = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

func (c *compiler) listener(n *node, l bpmn.Listener) listener {
	topic := l.Class
	at := bpmn.Element{ID: n.ID, Place: l.Place}
	if topic == "" {
		c.problem("listener_without_topic", at, "a listener of %q names no robot: give it class=\"email\" or the like", n.ID)
	}
	made := listener{key: c.listenerKey(n, l), event: l.Event, topic: topic, inputs: c.mappings(l.Fields, n)}
	switch l.Event {
	case "create", "complete", "assignment":
	case "timeout":
		if l.Timer == nil {
			c.problem("timer_missing", at, "a timeout listener of %q has no timer", n.ID)
			break
		}
		made.timer = &trigger{Event: &bpmn.Event{Element: at, Trigger: bpmn.TimerTrigger, Timer: l.Timer}, timer: c.timer(l.Timer, at)}
	default:
		c.problem("listener_event", at, "a listener of %q waits for %q: only create, complete, assignment and timeout are known", n.ID, l.Event)
	}
	return made
}

// listenerKey names a listener so that it is found again in another version of the drawing.
func (c *compiler) listenerKey(n *node, l bpmn.Listener) string {
	if l.ID != "" {
		return l.ID
	}
	same := 0
	for _, b := range n.beside {
		if b.event == l.Event && b.topic == l.Class {
			same++
		}
	}
	return fmt.Sprintf("%s/%s/%d", l.Event, l.Class, same)
}

// listener gives a task's listener by its key.
func (n *node) listener(key string) *listener {
	for at := range n.beside {
		if n.beside[at].key == key {
			return &n.beside[at]
		}
	}
	return nil
}

func (c *compiler) mappings(all []bpmn.Mapping, n *node) []mapping {
	var made []mapping
	for _, m := range all {
		at := bpmn.Element{ID: n.ID, Place: m.Place}
		one := mapping{name: m.Name, kind: m.Kind}
		switch m.Kind {
		case "script":
			if m.Format != "" && m.Format != "expr" {
				c.problem("script_language", at, "parameter %q of %q is a script in %q: only expr is run here", m.Name, n.ID, m.Format)
				continue
			}
			one.program = c.source(m.Value, expression.Any, at)
		case "list", "map":
			one.items = c.mappings(m.Items, n)
		default:
			if n.Extensions.Zeebe && strings.HasPrefix(m.Value, "=") {
				one.program = c.source(m.Value, expression.Any, at)
			} else {
				one.text = c.textAt(m.Value, at)
			}
		}
		made = append(made, one)
	}
	return made
}

// expression compiles an expression of the file. One that says it is in another language, and is none of ours, fails when a token comes
// to it; where names are declared it is refused.
func (c *compiler) expression(e *bpmn.Expression, want expression.Type, at bpmn.Element) *expression.Program {
	if e.Place != (bpmn.Place{}) {
		at.Place = e.Place
	}
	if e.Language == "" || e.Language == "expr" || !c.names.Open {
		return c.source(e.Text, want, at)
	}
	p, err := c.names.Compile(e.Text, want)
	if err == nil {
		return p
	}
	err = fmt.Errorf("%q is declared to be in the language %q, which is not run here; write it in expr: %w", short(e.Text), e.Language, err)
	c.problems = append(c.problems, bpmn.Warningf("expression_foreign", at, "%s: it will be an incident", err))
	return expression.Unread(e.Text, err)
}

func (c *compiler) source(text string, want expression.Type, at bpmn.Element) *expression.Program {
	p, err := c.names.Compile(text, want)
	if err != nil {
		c.problem(expressionCode(err), at, "%s: in %q", err, short(text))
		return nil
	}
	return p
}

// text compiles a literal with holes; an empty one is nil.
func (c *compiler) text(text string, n *node) *expression.Text { return c.textAt(text, n.Element) }

func (c *compiler) textAt(text string, at bpmn.Element) *expression.Text {
	if text == "" {
		return nil
	}
	t, err := c.names.Text(text)
	if err != nil {
		c.problem(expressionCode(err), at, "%s: in %q", err, short(text))
		return nil
	}
	return t
}

func expressionCode(err error) string {
	var e *expression.Error
	if errors.As(err, &e) && e.Limit {
		return "expression_limit"
	}
	return "expression_invalid"
}

func short(text string) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return string(r)
}

// links leads each link throw to the catch of its name in its scope (BPMN 2.0.2, 10.5.5).
func (c *compiler) links() {
	for _, n := range c.order {
		if n.Kind != bpmn.IntermediateThrowEvent || len(n.Events) == 0 || n.Events[0].LinkTo == nil {
			continue
		}
		if to := c.nodes[n.Events[0].LinkTo.ID]; to != nil {
			n.links = append(n.links, to)
		}
	}
}

// next are the nodes to which a token at n can go on in its scope: along flows, out of its boundary events, over links.
func (n *node) next(along func(f *flow, to *node)) {
	for _, f := range n.flows {
		along(f, f.target)
	}
	for _, b := range n.bounds {
		along(nil, b)
	}
	for _, l := range n.links {
		along(nil, l)
	}
}

// reachability finds for each flow into an inclusive gateway the nodes from which a token can come by it without passing the
// gateway: what the rule of BPMN 2.0.2, 13.4.3 asks at run time.
func (c *compiler) reachability() {
	if c.tangled() {
		return
	}
	for _, g := range c.order {
		if g.Kind != bpmn.InclusiveGateway && g.Kind != bpmn.ComplexGateway {
			continue
		}
		if len(g.Incoming) < 2 {
			continue
		}
		c.joins = append(c.joins, g)
		back := map[*node][]*node{}
		for _, n := range g.scope.inside {
			if n != g {
				n.next(func(_ *flow, to *node) { back[to] = append(back[to], n) })
			}
		}
		g.reach = map[string]map[*node]bool{}
		for _, f := range g.Incoming {
			if f.Source == nil {
				continue
			}
			seen := map[*node]bool{}
			todo := []*node{c.nodes[f.Source.ID]}
			for len(todo) > 0 {
				n := todo[len(todo)-1]
				todo = todo[:len(todo)-1]
				if n == g || seen[n] {
					continue
				}
				seen[n] = true
				todo = append(todo, back[n]...)
			}
			g.reach[f.ID] = seen
		}
	}
}

// maxTangle bounds what the joins of a process may ask of the memory: nodes of their scopes, for each flow that joins.
const maxTangle = 1_000_000

// tangled refuses a process whose inclusive and complex joins are too many for its size.
func (c *compiler) tangled() bool {
	total := 0
	for _, g := range c.order {
		if (g.Kind == bpmn.InclusiveGateway || g.Kind == bpmn.ComplexGateway) && len(g.Incoming) > 1 {
			total += len(g.Incoming) * len(g.scope.inside)
		}
		if total > maxTangle {
			c.problem("joins_too_many", g.Element, "process %q has more inclusive or complex joins than can be looked after: use parallel gateways, or sub-processes", c.process.ID)
			return true
		}
	}
	return false
}
