package card

import (
	"slices"
	"strings"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
)

// NextKind is what the next line of a card is about.
type NextKind string

// The kinds, in order of precedence.
const (
	NextStuck   NextKind = "stuck"
	NextOverdue NextKind = "overdue"
	NextNear    NextKind = "near"
	NextMissing NextKind = "missing"
	NextWaits   NextKind = "waits"
	NextReady   NextKind = "ready"
)

// Next is the one line that says what to do next with a card, or what it waits for.
type Next struct {
	Kind NextKind   `json:"kind"`
	Text string     `json:"text"`
	Due  *time.Time `json:"due,omitempty"`
}

// near is the share of a deadline after which it is said to come near.
const near = 0.75

// next is the next line of a card in one of the stages that it stands in, for a reader; nil for a closed card.
func next(card *Card, s *Stand, f *funnel.Funnel, reader access.Actor, now time.Time) *Next {
	if !card.Open() || s == nil {
		return nil
	}
	stage := f.Stage(s.Stage)
	if stage == nil {
		return nil
	}
	say := func(kind NextKind, t sentence, args ...any) *Next {
		return &Next{kind, t.in(reader.Language, args...), s.Due}
	}
	late := func(kind NextKind, alone, with sentence) *Next {
		if s.Lacks == 0 {
			return say(kind, alone)
		}
		return say(kind, with, s.lacking(f, reader.Language, "")) // what is missing comes first: it is what to do
	}
	switch {
	case card.Stuck > 0:
		return say(NextStuck, sayStuck)
	case s.Due != nil && !now.Before(*s.Due):
		return late(NextOverdue, sayOverdue, sayLacksOverdue)
	case s.Due != nil && s.used(now) >= near:
		return late(NextNear, sayNear, sayLacksNear)
	case s.Lacks > 0:
		return &Next{NextMissing, s.lacking(f, reader.Language, ""), s.Due}
	case s.Held != "":
		return say(NextWaits, sayStep, f.NameOf(s.Held))
	case s.Task && !may(reader, &stage.Task, nil) && len(stage.Roles) > 0:
		return say(NextWaits, sayWaits, who(f, stage.Roles, reader.Language))
	case len(stage.Moves) == 1 && len(stage.Moves[0].Stages) == 1:
		return say(NextReady, sayReady, f.NameOf(stage.Moves[0].Stages[0]))
	}
	return say(NextReady, sayDone)
}

// used is the share of the time until the deadline that is gone.
func (s *Stand) used(now time.Time) float64 {
	whole := s.Due.Sub(s.Since)
	if whole <= 0 {
		return 1
	}
	return float64(now.Sub(s.Since)) / float64(whole)
}

// lacking says what a stage still asks for, or one of its tracks; empty: nothing. Things are named, conditions say their sentence.
func (s *Stand) lacking(f *funnel.Funnel, language, track string) string {
	var names, todo, parts []string
	for _, l := range s.Missing {
		task := f.Task(l.Task)
		switch field := f.Field(l.Key); {
		case track != "" && l.Task != track:
		case track == "" && l.Text != "" && task != nil && task.Measure != nil && task.Measure.Rule == l.Key:
			todo = append(todo, small(task.Name)) // how much is left the card shows beside its name
		case l.Text != "":
			parts = append(parts, strings.TrimRight(l.said(f, language), "."))
		case field != nil:
			names = append(names, small(field.Label))
		default:
			names = append(names, l.Key)
		}
	}
	if len(todo) > 0 {
		parts = append([]string{sayTodo.in(language, strings.Join(todo, ", "))}, parts...)
	}
	if len(names) > 0 {
		parts = append([]string{sayLacks.in(language, strings.Join(names, ", "))}, parts...)
	}
	text := strings.Join(parts, ". ")
	if more := s.Lacks - len(s.Missing); more > 0 && track == "" {
		return sayMore.in(language, text, more)
	}
	return text
}

// said is the sentence of a rule, in the reader's language where it always says the same.
func (l Lack) said(f *funnel.Funnel, language string) string {
	task := f.Task(l.Task)
	if task == nil || language == f.Language {
		return l.Text
	}
	rules := slices.Clone(task.Rules)
	if s := task.Stage(); s != nil {
		rules = append(rules, s.Rules...)
	}
	for _, a := range task.Asks {
		rules = append(rules, a.Rules...)
	}
	for _, r := range rules {
		if r.Code != l.Key || r.Text == nil {
			continue
		}
		if text, always := r.Text.Constant(); always {
			return text
		}
	}
	return l.Text
}
