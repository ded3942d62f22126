package funnel

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/engine/schedule"
)

// Task is the work of a person: a stage's own, a track or task inside a stage, or one between the stages, such as an approval.
type Task struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Documentation string   `json:"documentation,omitempty"` // when it is done
	Asks          []*Ask   `json:"fields,omitempty"`        // in order of the form, documents among them
	Rules         []*Rule  `json:"rules,omitempty"`
	Reasons       []Reason `json:"reasons,omitempty"` // to lose the client here; those of the funnel come on top
	Roles         []string `json:"roles,omitempty"`   // who may act; with Users and Assignee empty too: everyone
	Users         []string `json:"users,omitempty"`
	Assignee      string   `json:"assignee,omitempty"` // as written: a text with holes
	Rejects       []string `json:"rejects,omitempty"`  // roles that may reject; none: whoever may act
	Due           string   `json:"due,omitempty"`      // the deadline as written
	Auto          bool     `json:"auto,omitempty"`     // completes by itself
	Robots        []Robot  `json:"robots,omitempty"`   // beside it
	Moves         []*Move  `json:"moves,omitempty"`    // the ways out
	Measure       *Measure `json:"measure,omitempty"`  // what it counts; nil: nothing
	Last          bool     `json:"-"`                  // inside a stage: nothing that waits can follow it there

	node  *bpmn.Node
	stage *Stage
}

// Stage is a column of the board: a user task, or a sub-process with tracks inside.
type Stage struct {
	Task
	Order       int     `json:"order"` // from 0
	Group       string  `json:"group,omitempty"`
	Milestone   string  `json:"milestone,omitempty"`
	Probability float64 `json:"probability,omitempty"` // of winning, in percent
	Color       string  `json:"color,omitempty"`
	RottenAfter string  `json:"rotten_after,omitempty"` // ISO duration
	Tracks      []*Task `json:"tracks,omitempty"`       // of a sub-process
	Sub         bool    `json:"sub,omitempty"`          // it is a sub-process: it completes when all inside it is done
}

// Stage is the stage that the task belongs to; nil for one between the stages.
func (t *Task) Stage() *Stage { return t.stage }

// Milestones are what reports count by.
var milestones = []string{"consultation", "contract", "sold", "won"}

// nodes finds the stages and the tasks of people, in file order.
func (c *compiler) nodes(s *bpmn.Scope) {
	for _, n := range s.Nodes {
		c.unknown(n.Element, &n.Extensions, keysOf(n))
		written := property(n.Extensions.Properties, "funnel.stage")
		switch {
		case n.Kind == bpmn.UserTask && n.Parent == nil && strings.TrimSpace(written.Value) != "false":
			c.flag(n.Element, written)
			c.addStage(n)
		case n.Kind == bpmn.UserTask:
			if c.flag(n.Element, written) && n.Parent != nil {
				c.fail("stage_nested", at(n.Element, written.Place), "%q stands inside %q and can't be a stage: make the sub-process one", n.ID, n.Parent.ID)
			}
			c.addTask(n)
		case n.Inside != nil:
			if c.flag(n.Element, written) {
				if n.Parent == nil && !n.TriggeredByEvent {
					c.addStage(n)
				} else {
					c.fail("stage_nested", at(n.Element, written.Place), "%q stands inside another sub-process, or waits for an event, and can't be a stage", n.ID)
				}
			}
		}
		if n.Inside != nil {
			c.nodes(n.Inside)
		}
	}
	if s == &c.process.Scope && len(c.Stages) == 0 {
		c.fail("no_stages", c.process.Element, "the funnel %q has no stage: a stage is a user task", c.ID)
	}
}

func (c *compiler) addStage(n *bpmn.Node) {
	s := &Stage{Sub: n.Inside != nil}
	s.Task = *c.task(n)
	s.stage = s
	if s.Name == "" {
		c.fail("stage_unnamed", n.Element, "stage %q has no name: name it by the action that finishes it", n.ID)
	}
	if n.Loop != nil {
		c.fail("stage_loop", n.Element, "stage %q is repeated: a card can stand in a column only once; put the loop inside a sub-process", n.ID)
	}
	prop := func(name string) bpmn.Property { return property(n.Extensions.Properties, "funnel.stage."+name) }
	s.Group = strings.TrimSpace(prop("group").Value)
	if s.Group != "" {
		s.Group = c.label(s.Group, n.ID, "group")
	}
	s.Milestone = c.word(n.Element, prop("milestone"), "", milestones...)
	if p := prop("probability"); p.Value != "" {
		v, err := strconv.ParseFloat(strings.TrimSpace(p.Value), 64)
		if err != nil || v < 0 || v > 100 {
			c.fail("probability_invalid", at(n.Element, p.Place), "funnel.stage.probability must be a percentage from 0 to 100, not %q", p.Value)
		}
		s.Probability = v
	}
	if p := prop("color"); p.Value != "" && !colored.MatchString(p.Value) {
		c.fail("color_invalid", at(n.Element, p.Place), "funnel.stage.color must be like #2f6fde or a word, not %q", p.Value)
	} else {
		s.Color = p.Value
	}
	if p := prop("rottenAfter"); p.Value != "" {
		if _, err := schedule.ParsePeriod(strings.TrimSpace(p.Value)); err != nil {
			c.fail("duration_invalid", at(n.Element, p.Place), "funnel.stage.rottenAfter: %q %s", p.Value, err)
		}
		s.RottenAfter = strings.TrimSpace(p.Value)
	}
	c.Stages = append(c.Stages, s)
	c.stages[n.ID] = s
	c.tasks[n.ID] = &s.Task
}

var colored = regexp.MustCompile(`^(#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|[a-z]+)$`)

// addTask adds a task that is no stage: a track of the stage around it, or one between the stages.
func (c *compiler) addTask(n *bpmn.Node) {
	t := c.task(n)
	c.tasks[n.ID] = t
	if s := c.around(n); s != nil {
		t.stage = s
		s.Tracks = append(s.Tracks, t)
		return
	}
	c.Tasks = append(c.Tasks, t)
}

// around is the stage that a node stands in, as drawn.
func (c *compiler) around(n *bpmn.Node) *Stage {
	for ; n != nil; n = n.Parent {
		if s := c.stages[n.ID]; s != nil {
			return s
		}
	}
	return nil
}

func (c *compiler) task(n *bpmn.Node) *Task {
	x := &n.Extensions
	t := &Task{
		ID: n.ID, Name: c.label(n.Name, n.ID), Documentation: c.label(n.Documentation, n.ID, "documentation"),
		Rejects: list(property(x.Properties, "funnel.reject").Value), Due: x.DueDate, node: n,
		Auto: c.flag(n.Element, property(x.Properties, "funnel.stage.auto")), Robots: beside(n),
	}
	if n.Inside != nil && t.Auto {
		c.warn("auto_needless", n.Element, "sub-process %q completes when all inside it is done: funnel.stage.auto belongs on its tasks", n.ID)
	}
	return t
}

// people finds who may act on each task: whom it names, else the lane.
func (c *compiler) people() {
	for _, t := range c.tasks {
		x := &t.node.Extensions
		t.Roles, t.Users, t.Assignee = literal(x.CandidateGroups), literal(x.CandidateUsers), x.Assignee
		if x.CandidateGroups == "" && x.CandidateUsers == "" && t.node.Lane != nil {
			t.Roles = []string{roleOf(t.node.Lane)}
		}
	}
	c.knownRoles()
}

// literal is a list of names as written, nil where it is only known at run time.
func literal(text string) []string {
	if strings.Contains(text, "${") || strings.Contains(text, "#{") {
		return nil
	}
	return list(text)
}

// knownRoles adds the roles that no lane is for.
func (c *compiler) knownRoles() {
	add := func(codes []string) {
		for _, code := range codes {
			if !slices.ContainsFunc(c.Roles, func(r Role) bool { return r.Code == code }) {
				c.Roles = append(c.Roles, Role{code, c.label(code, "role", code)})
			}
		}
	}
	each(&c.process.Scope, func(n *bpmn.Node) {
		if t := c.tasks[n.ID]; t != nil {
			add(t.Roles)
			add(t.Rejects)
		}
	})
}

// expressions compiles what the fields and tasks say, once all names are known.
func (c *compiler) expressions() {
	for _, f := range c.Fields {
		if f.Computed {
			f.Value = c.source(c.names, f.source, f.shape().Type, bpmn.Element{ID: f.defined, Place: f.Place})
		}
		if f.Document != nil && f.Document.number != "" {
			f.Document.Number = c.text(c.numbering, f.Document.number, bpmn.Element{ID: f.defined, Place: f.Place})
		}
	}
	c.cycles()
	amount, title := property(c.process.Extensions.Properties, "funnel.amount"), property(c.process.Extensions.Properties, "funnel.title")
	c.Amount = c.source(c.names, amount.Value, expression.MoneyType, at(c.process.Element, amount.Place))
	c.Title = c.source(c.names, title.Value, expression.Any, at(c.process.Element, title.Place))
	each(&c.process.Scope, func(n *bpmn.Node) {
		switch t := c.tasks[n.ID]; {
		case t != nil:
			t.Asks = c.asks(c.forms[n.ID])
			t.Rules = c.rules(n)
			t.Reasons = c.reasons(n)
			t.Measure = c.measure(t)
		case n.Kind == bpmn.StartEvent && n.Parent == nil && len(n.Events) == 0:
			c.Intake = append(c.Intake, c.asks(c.forms[n.ID])...)
			fallthrough
		case n.Kind == bpmn.StartEvent && n.Parent == nil:
			c.Reasons = append(c.Reasons, c.reasons(n)...)
		}
	})
	c.about()
}
