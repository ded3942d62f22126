// Package funnel reads a BPMN process as a sales funnel: its stages in order, what each asks before it is left, who may act there,
// why a client may be lost there, and where each way out leads. It is the only place that knows the funnel.* keys of a diagram.
//
// A Funnel is made once of a diagram and never changes, so it is shared by everything that runs.
package funnel

import (
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/calendar"
	"github.com/voronka/voronka/engine/expression"
)

// Kind is what the cards of a funnel are.
type Kind string

// The kinds. A track belongs to a card of another funnel and has no board.
const (
	Lead  Kind = "lead"
	Deal  Kind = "deal"
	Track Kind = "track"
)

// Back says how far people may move a card back where no flow is drawn, always with a written reason.
type Back string

// The ways back.
const (
	BackDrawn Back = "drawn" // not at all
	BackGroup Back = "group" // within the group of the stage
	BackAny   Back = "any"
)

// Outcome is how a card ended.
type Outcome string

// The outcomes.
const (
	Won       Outcome = "won"
	Lost      Outcome = "lost"
	Converted Outcome = "converted"
	Junk      Outcome = "junk"
)

// Choice is a code and what people read for it.
type Choice struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Role is a lane. Its code is what rights are given to, its name a label.
type Role = Choice

// Reason is why a client may be lost.
type Reason = Choice

// Conversion is a message by which a card of another funnel goes on with this one, and what it is given on top of the fields.
type Conversion struct {
	Message string  `json:"message"`
	Inputs  []Input `json:"-"`
}

// Input is a named text, with holes.
type Input struct {
	Name string
	Text *expression.Text
}

// Other is the code of the reason that needs a comment.
const Other = "other"

// Funnel is a process as sales see it.
type Funnel struct {
	ID            string                 `json:"process"`
	Name          string                 `json:"name"`
	Documentation string                 `json:"documentation,omitempty"`
	Kind          Kind                   `json:"kind"`
	Audience      []string               `json:"audience,omitempty"` // b2c, b2b
	Currency      string                 `json:"currency"`
	Timezone      string                 `json:"timezone"`
	Language      string                 `json:"language"`
	Calendar      string                 `json:"calendar,omitempty"` // name of an uploaded calendar, or opening hours
	Goods         []string               `json:"goods,omitempty"`    // kinds of goods that its deals sell
	Sales         []Choice               `json:"sales_channels,omitempty"`
	Communication []Choice               `json:"communication_channels,omitempty"`
	Back          Back                   `json:"back"`
	Skip          bool                   `json:"skip,omitempty"`
	Roles         []Role                 `json:"roles,omitempty"`
	Stages        []*Stage               `json:"stages"`
	Tasks         []*Task                `json:"tasks,omitempty"` // of people, that are no stage and in none
	Fields        []*Field               `json:"fields,omitempty"`
	Reasons       []Reason               `json:"reasons,omitempty"`  // for losing a client at any stage
	Intake        []*Ask                 `json:"intake,omitempty"`   // the form of the plain start event
	Messages      []string               `json:"messages,omitempty"` // that start a card
	Ends          map[string]Outcome     `json:"ends,omitempty"`     // outcomes by end event
	Converts      map[string]*Conversion `json:"converts,omitempty"` // by end event with outcome converted

	Zone   *time.Location      `json:"-"`
	Hours  *calendar.Calendar  `json:"-"` // nil where Calendar is the name of one
	Amount *expression.Program `json:"-"` // nil: the field "amount", where there is one
	Title  *expression.Program `json:"-"`

	names    *expression.Names
	computed []*Field
	says     []*Field // what a card is
	file     string   // that it came in, while an upload is checked
	fields   map[string]*Field
	tasks    map[string]*Task
	stages   map[string]*Stage
	stands   map[string]stand
	called   map[string]string  // what people call the elements
	works    map[string]bool    // the elements where a person or a machine works
	inputs   map[input][]*Field // what robots are given of fields that are not for everyone to see
}

// Stage gives the stage with that id, or nil.
func (f *Funnel) Stage(id string) *Stage { return f.stages[id] }

// Task gives the task of a person with that id, a stage's own included, or nil.
func (f *Funnel) Task(id string) *Task { return f.tasks[id] }

// NameOf is what people call an element of the drawing; its id where it has no name.
func (f *Funnel) NameOf(element string) string {
	if name := f.called[element]; name != "" {
		return name
	}
	return element
}

// Called are the names of the elements of the drawing, by id.
func (f *Funnel) Called() map[string]string {
	all := map[string]string{}
	for element, name := range f.called {
		if name != "" {
			all[element] = name
		}
	}
	return all
}

// Works tells whether a person or a machine works at an element, so that passing it says something to people.
func (f *Funnel) Works(element string) bool { return f.works[element] }

// Field gives the field with that key, or nil.
func (f *Funnel) Field(key string) *Field { return f.fields[key] }

// Computed are the fields computed of others that are kept as variables, each behind those that it is computed of. The others change by
// themselves, with the clock or the card, and are worked out when they are looked at.
func (f *Funnel) Computed() []*Field { return f.computed }

// Of tells the kind that a process says it is of, and whether it is a funnel at all.
func Of(p *bpmn.Process) (Kind, bool) {
	kind, ok := p.Extensions.Property("funnel.kind")
	return Kind(kind), ok
}
