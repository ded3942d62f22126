package funnel

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/calendar"
	"github.com/voronka/voronka/engine/expression"
)

// compiler makes a funnel of a process and collects everything that is wrong with it.
type compiler struct {
	*Funnel
	process   *bpmn.Process
	labels    *reader
	forms     map[string][]occurrence // by element
	numbering *expression.Names       // what document numbers may read
	problems  []bpmn.Problem
}

// Compile makes a Funnel of a process that has a funnel.kind, with everything that is wrong with it as a funnel; BPMN's own rules
// are bpmn.Check's, and the expressions of conditions, timers and robots the engine's. Names are as in the diagram where labels says
// nothing else; d is only asked whether every label belongs to something, and may be nil. Of a plain process the Funnel is nil.
// With an error among the problems the Funnel is only good for looking at.
func Compile(d *bpmn.Definitions, p *bpmn.Process, labels Labels) (*Funnel, []bpmn.Problem) {
	if _, ok := Of(p); !ok {
		return nil, strays(p)
	}
	c := &compiler{
		Funnel: &Funnel{
			ID: p.ID, Ends: map[string]Outcome{}, Converts: map[string]*Conversion{}, fields: map[string]*Field{},
			tasks: map[string]*Task{}, stages: map[string]*Stage{}, stands: map[string]stand{}, called: map[string]string{}, works: map[string]bool{},
		},
		process: p, labels: &reader{all: labels}, forms: map[string][]occurrence{},
		numbering: &expression.Names{Functions: append(functions(), seq)},
	}
	c.names = &expression.Names{Functions: functions()}
	c.head()
	c.lanes()
	c.nodes(&p.Scope)
	c.dictionary(c.occurrences())
	c.name()
	c.people()
	c.expressions()
	c.sight()
	c.robots()
	c.ends()
	c.order()
	c.ways()
	c.standing()
	c.drawn(d)
	c.leftovers(d)
	bpmn.Sort(c.problems)
	return c.Funnel, c.problems
}

// strays warns of a plain process that speaks of funnels.
func strays(p *bpmn.Process) []bpmn.Problem {
	for _, x := range p.Extensions.Properties {
		if strings.HasPrefix(x.Name, "funnel.") {
			return []bpmn.Problem{bpmn.Warningf("kind_missing", at(p.Element, x.Place),
				"%q means nothing without funnel.kind: write lead, deal or track there to make %q a funnel", x.Name, p.ID)}
		}
	}
	return nil
}

func (c *compiler) fail(code string, at bpmn.Element, format string, args ...any) {
	c.problems = append(c.problems, bpmn.Errorf(code, at, format, args...))
}

func (c *compiler) warn(code string, at bpmn.Element, format string, args ...any) {
	c.problems = append(c.problems, bpmn.Warningf(code, at, format, args...))
}

// head reads what the process says about the funnel as a whole.
func (c *compiler) head() {
	p, e := c.process, c.process.Element
	prop := func(name string) bpmn.Property { return property(p.Extensions.Properties, "funnel."+name) }
	c.unknown(e, &p.Extensions, processKeys)
	c.Name = c.label(p.Name, p.ID)
	if c.Name == "" {
		c.fail("funnel_unnamed", e, "the process has no name: it is the name of the funnel")
	}
	c.Documentation = c.label(p.Documentation, p.ID, "documentation")
	c.Kind = Kind(c.word(e, prop("kind"), "", string(Lead), string(Deal), string(Track)))
	for _, who := range list(prop("audience").Value) {
		if who != "b2c" && who != "b2b" {
			c.fail("word_unknown", at(e, prop("audience").Place), "funnel.audience must be b2c, b2b or both, not %q", who)
			continue
		}
		c.Audience = append(c.Audience, who)
	}
	c.Currency = c.currency(e, prop("currency"))
	c.Timezone, c.Zone = c.zone(e, prop("timezone"))
	c.Language = c.word(e, prop("language"), "ru", "ru", "en")
	c.Calendar = strings.TrimSpace(prop("calendar").Value)
	c.calendar(at(e, prop("calendar").Place))
	c.Goods = list(prop("goods").Value)
	c.Sales = c.channels(e, prop("channels.sales"))
	c.Communication = c.channels(e, prop("channels.communication"))
	c.Back = Back(c.word(e, prop("back"), string(BackDrawn), string(BackDrawn), string(BackGroup), string(BackAny)))
	c.Skip = c.flag(e, prop("skip"))
}

func (c *compiler) currency(e bpmn.Element, p bpmn.Property) string {
	code := strings.TrimSpace(p.Value)
	if code == "" {
		return "RUB"
	}
	if len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		c.fail("currency_unknown", at(e, p.Place), "funnel.currency must be three letters like RUB, not %q", code)
		return "RUB"
	}
	return code
}

func (c *compiler) zone(e bpmn.Element, p bpmn.Property) (string, *time.Location) {
	name := strings.TrimSpace(p.Value)
	if name == "" {
		return "UTC", time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		c.fail("timezone_unknown", at(e, p.Place), "there is no time zone %q: write one like Europe/Moscow", name)
		return "UTC", time.UTC
	}
	return name, zone
}

func (c *compiler) channels(e bpmn.Element, p bpmn.Property) []Choice {
	all := c.choices(e, p)
	for i := range all {
		all[i].Name = c.label(all[i].Name, strings.TrimPrefix(p.Name, "funnel."), all[i].Code)
	}
	return all
}

// lanes are roles. Lanes that hold lanes are only a bracket around them.
func (c *compiler) lanes() {
	for _, l := range c.process.Lanes {
		c.unknown(l.Element, &l.Extensions, laneKeys)
		if slices.ContainsFunc(c.process.Lanes, func(o *bpmn.Lane) bool { return o.Parent == l }) {
			continue
		}
		code := roleOf(l)
		if !slices.ContainsFunc(c.Roles, func(r Role) bool { return r.Code == code }) {
			name := c.label(l.Name, l.ID)
			if name == "" {
				name = code
			}
			c.Roles = append(c.Roles, Role{code, name})
		}
	}
}

func roleOf(l *bpmn.Lane) string {
	if role, ok := l.Extensions.Property("funnel.role"); ok && strings.TrimSpace(role) != "" {
		return strings.TrimSpace(role)
	}
	return l.ID
}

// occurrences are all form fields of the file, in its order.
func (c *compiler) occurrences() []occurrence {
	var all []occurrence
	read := func(e bpmn.Element, x *bpmn.Extensions) {
		for i := range x.Fields {
			o := occurrence{&x.Fields[i], e}
			if slices.ContainsFunc(c.forms[e.ID], func(other occurrence) bool { return other.ID == o.ID }) {
				c.fail("field_duplicate", o.here(), "field %q is asked twice at %q", o.ID, e.ID)
				continue
			}
			c.forms[e.ID] = append(c.forms[e.ID], o)
			all = append(all, o)
		}
	}
	each(&c.process.Scope, func(n *bpmn.Node) {
		read(n.Element, &n.Extensions)
		c.called[n.ID] = c.label(n.Name, n.ID)
		c.works[n.ID] = isRobot(n) || n.Kind == bpmn.UserTask || n.Kind == bpmn.CallActivity || n.Inside != nil
	})
	return all
}

// drawn names the rest of the drawing: lanes, flows and the pool.
func (c *compiler) drawn(d *bpmn.Definitions) {
	c.called[c.ID] = c.Name
	for _, l := range c.process.Lanes {
		c.called[l.ID] = c.label(l.Name, l.ID)
	}
	c.process.WalkFlows(func(f *bpmn.Flow) { c.called[f.ID] = c.label(f.Name, f.ID) })
	if d == nil {
		return
	}
	for _, drawing := range d.Collaborations {
		for _, pool := range drawing.Participants {
			if pool.Process == c.process {
				c.called[pool.ID] = c.label(pool.Name, pool.ID)
			}
		}
	}
}

// each visits the nodes of a scope and of those inside it, outer before inner.
func each(s *bpmn.Scope, visit func(n *bpmn.Node)) {
	for _, n := range s.Nodes {
		visit(n)
		if n.Inside != nil {
			each(n.Inside, visit)
		}
	}
}

// source compiles an expression; nil where there is none or it does not hold water.
func (c *compiler) source(names *expression.Names, text string, want expression.Type, e bpmn.Element) *expression.Program {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	p, err := names.Compile(text, want)
	if err != nil {
		c.broken(e, text, err)
		return nil
	}
	return p
}

// text compiles a text with holes; nil where there is none or it does not hold water.
func (c *compiler) text(names *expression.Names, text string, e bpmn.Element) *expression.Text {
	if text == "" {
		return nil
	}
	t, err := names.Text(text)
	if err != nil {
		c.broken(e, text, err)
		return nil
	}
	return t
}

func (c *compiler) broken(e bpmn.Element, text string, err error) {
	c.fail("expression_invalid", e, "%s: in %q", err, short(text))
}

func short(text string) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return string(r)
}

// label is what people read: the translation where there is one, else what the diagram says. parts make the translation's key.
func (c *compiler) label(otherwise string, parts ...string) string {
	return c.labels.read(strings.Join(parts, "."), otherwise)
}

// calendar reads the working hours, where they are written and not named. Without any, all time is working time.
func (c *compiler) calendar(e bpmn.Element) {
	text := c.Calendar
	if text == "" {
		text = "24/7"
	}
	hours, err := calendar.Parse(text, c.Zone)
	if err != nil && !calendarName.MatchString(text) {
		c.fail("calendar_invalid", e, "funnel.calendar: %s", strings.TrimPrefix(err.Error(), "calendar: "))
	}
	c.Hours = hours
}

var calendarName = regexp.MustCompile(`^\pL[\pL\d_-]*$`)
