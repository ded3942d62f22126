package card

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voronka/voronka/crm/calendar"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// scope is one card as expressions see it from one of its tokens.
type scope struct {
	*Cards
	tx    *engine.Tx
	f     *funnel.Funnel
	i     *engine.Instance
	t     *engine.Token // nil: the card as a whole
	card  *Card         // read when it is asked for
	flow  *funnel.Move  // the way that a person chose
	seq   func(digits int) (string, error)
	clock *calendar.Calendar
}

// env is what one run of an expression sees. source is the expression, where the flow's id or name is compared with.
func (s *scope) env(source string) *expression.Env {
	return &expression.Env{
		Now: s.tx.Now(), Zone: s.f.Zone, Context: s,
		Lookup: func(name string) any {
			if name == "flow" && s.flow != nil {
				return flowName(s.flow, source)
			}
			return s.value(name)
		},
	}
}

// flowName is the flow as an expression names it: by its id where that stands there, else by its name.
func flowName(m *funnel.Move, source string) string {
	if m.Name == "" || strings.Contains(source, `"`+m.Flow+`"`) || strings.Contains(source, "'"+m.Flow+"'") {
		return m.Flow
	}
	return m.Name
}

// value is a name's value: a variable of the innermost scope that has it, else what the card knows of itself.
func (s *scope) value(name string) any {
	for t := s.t; t != nil; t = t.Scope() {
		if v, ok := t.Local[name]; ok {
			return s.decode(name, v)
		}
	}
	if v, ok := s.i.Variables[name]; ok {
		return s.decode(name, v)
	}
	return s.known(name)
}

func (s *scope) decode(name string, v expression.Value) any {
	got, err := expression.DecodeShape(s.f.Names().Known[name], v)
	if err != nil {
		return nil // it was written for another version of the diagram
	}
	return got
}

// known is what is no variable: a computed field, or what every card knows.
func (s *scope) known(name string) any {
	if f := s.f.Field(name); f != nil {
		if f.Value == nil {
			return nil
		}
		v, err := f.Value.Run(s.env(f.Value.Source()))
		if err != nil {
			return nil
		}
		return v
	}
	switch name {
	case "created_at":
		return s.i.Started
	case "entered":
		return s.Entered()
	case "due":
		if t := s.t; t != nil && t.Task != nil && t.Task.Due != nil {
			return *t.Task.Due
		}
	case "outcome":
		if s.i.Outcome != "" {
			return s.i.Outcome
		}
	case "stage":
		return s.stage()
	case "contact":
		return s.person(s.record().Contact)
	case "company":
		return s.person(s.record().Company)
	case "parent":
		return s.parent()
	case "documents":
		return s.papers()
	}
	return nil
}

// record is the card's record; an empty one before it is first written.
func (s *scope) record() *Card {
	if s.card == nil {
		if s.card, _ = find(s.tx, s.i.ID); s.card == nil {
			s.card = &Card{}
		}
	}
	return s.card
}

// stage is the id of the stage that the token stands in, of the first one where the card is asked as a whole.
func (s *scope) stage() any {
	for _, t := range s.tokens() {
		if stage := s.f.Standing(t.Element, s.record().Left); stage != nil {
			return stage.ID
		}
	}
	return nil
}

func (s *scope) tokens() []*engine.Token {
	if s.t != nil && s.t.In != 0 {
		return []*engine.Token{s.t}
	}
	return slices.DeleteFunc(slices.Clone(s.i.Tokens), func(t *engine.Token) bool { return !t.Leaf() })
}

func (s *scope) person(id string) any {
	one, err := contact.Lookup(s.tx, id)
	if id == "" || err != nil {
		return nil
	}
	person := map[string]any{"id": one.ID, "name": one.Name}
	if len(one.Phones) > 0 {
		person["phone"] = one.Phones[0]
	}
	if len(one.Emails) > 0 {
		person["email"] = one.Emails[0]
	}
	return person
}

// parent is the fields of the card that this one is a child of.
func (s *scope) parent() any {
	if s.i.Parent == nil {
		return nil
	}
	up, err := s.tx.Instance(s.i.Parent.Instance)
	if err != nil {
		return nil
	}
	f, err := s.Funnel(s.tx, up.Definition, "")
	if f == nil || err != nil {
		return nil
	}
	above := &scope{Cards: s.Cards, tx: s.tx, f: f, i: up}
	all := map[string]any{"id": up.ID}
	for name := range up.Variables {
		all[name] = above.value(name)
	}
	return all
}

// papers are the documents that have been made, sent or kept.
func (s *scope) papers() any {
	var all []any
	for _, f := range s.f.Fields {
		if f.Type != funnel.DocType {
			continue
		}
		if paper, ok := s.value(f.Key).(map[string]any); ok {
			all = append(all, map[string]any{"key": f.Key, "number": paper["number"], "date": paper["date"]})
		}
	}
	return all
}

// Calendar and Entered are calendar.Clock.
func (s *scope) Calendar() *calendar.Calendar {
	if s.clock == nil {
		s.clock = s.hours(s.tx, s.f)
	}
	return s.clock
}

// DayStart is when a date falls due: when the working time of that day, or of the next that has any, begins.
func (s *scope) DayStart(d expression.Date) time.Time {
	if hours := s.Calendar(); hours != nil {
		return hours.DayStart(d)
	}
	return d.In(s.f.Zone)
}

// Entered is when the token came where it stands; of the card as a whole, where it came last.
func (s *scope) Entered() time.Time {
	last := s.i.Started
	for _, t := range s.tokens() {
		if t.Since.After(last) {
			last = t.Since
		}
	}
	return last
}

// Tongue is the language and currency of the amounts that are put into words.
func (s *scope) Tongue() (language, currency string) { return s.f.Language, s.f.Currency }

// Sequence is only there while a document is numbered.
func (s *scope) Sequence(digits int) (string, error) {
	if s.seq == nil {
		return "", fmt.Errorf("seq() is only known in the numbers of documents")
	}
	return s.seq(digits)
}

// compute writes the fields that are computed of others, where they come out different.
func (s *scope) compute() error {
	changed := map[string]engine.Value{}
	for _, f := range s.f.Computed() {
		env := s.env(f.Value.Source())
		lookup := env.Lookup
		env.Lookup = func(name string) any {
			if v, ok := changed[name]; ok {
				return s.decode(name, v)
			}
			return lookup(name)
		}
		v, err := f.Value.Run(env)
		if err != nil {
			v = nil
		}
		raw, err := expression.Encode(v)
		if err != nil || string(raw) == string(s.i.Variables[f.Key]) || v == nil && s.i.Variable(f.Key) == nil {
			continue
		}
		changed[f.Key] = raw
	}
	if len(changed) == 0 {
		return nil
	}
	return s.tx.Set(s.i.ID, changed)
}

// text is a variable that holds a text, "" where it is empty or something else.
func text(i *engine.Instance, name string) string {
	var s string
	if v := i.Variable(name); v != nil && v[0] == '"' && storage.Unmarshal(v, &s) == nil {
		return s
	}
	return ""
}

// shown are the fields as the API sends them, without those that the reader may not see.
func (s *scope) shown(sees func(f *funnel.Field) bool) map[string]engine.Value {
	all := map[string]engine.Value{}
	for _, f := range s.f.Fields {
		if !sees(f) {
			continue
		}
		raw := s.i.Variable(f.Key)
		if f.Value != nil {
			v, err := expression.Encode(s.value(f.Key))
			if err != nil {
				continue
			}
			raw = v
		}
		if len(raw) > 0 && string(raw) != "null" {
			all[f.Key] = f.Show(raw, s.f.Currency)
		}
	}
	return all
}
