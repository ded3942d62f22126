package card

import (
	"slices"
	"time"

	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// few is how many missing things a card's record names.
const few = 5

// stand derives from the tokens where the card stands, and what is missing there.
func (s *settling) stand() {
	old := s.card.Stands
	s.card.Stands, s.card.Beside = nil, nil
	for _, t := range s.i.Tokens {
		if !t.Leaf() {
			continue
		}
		stage := s.f.Standing(t.Element, s.card.Left)
		if stage == nil {
			if !slices.Contains(s.card.Beside, t.Element) {
				s.card.Beside = append(s.card.Beside, t.Element)
			}
			continue
		}
		stand := s.card.Stand(stage.ID)
		if stand == nil {
			s.card.Stands = append(s.card.Stands, Stand{Stage: stage.ID})
			stand = &s.card.Stands[len(s.card.Stands)-1]
		}
		stand.add(stage, t)
	}
	slices.SortFunc(s.card.Stands, func(a, b Stand) int { return s.f.Stage(a.Stage).Order - s.f.Stage(b.Stage).Order })
	for n := range s.card.Stands {
		stand := &s.card.Stands[n]
		if at := slices.IndexFunc(old, func(o Stand) bool { return o.Stage == stand.Stage }); at >= 0 {
			stand.keep(&old[at])
		}
		s.lacks(stand)
	}
}

// add lets one token speak for where the card stands. The stage's own token says most.
func (s *Stand) add(stage *funnel.Stage, t *engine.Token) {
	main := within(t, stage.ID)
	switch {
	case main != nil:
		s.Token, s.Since, s.Held = main.ID, main.Since, ""
		s.Task = main.Task != nil
	case s.Token == 0:
		s.Token, s.Since, s.Held = t.ID, t.Since, t.Element
	}
	if t.Task == nil {
		return
	}
	if t.Element != stage.ID {
		s.Open = append(s.Open, Open{t.Element, t.ID, t.Task.Due})
	}
	s.Due = sooner(s.Due, t.Task.Due)
}

// within is the token at the element, or the one of the scope around t that is.
func within(t *engine.Token, element string) *engine.Token {
	for ; t != nil; t = t.Scope() {
		if t.Element == element {
			return t
		}
	}
	return nil
}

func sooner(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

// keep carries on what a stand knew that is the same visit to the stage: a card held on its way stands there since it came.
func (s *Stand) keep(old *Stand) {
	if s.Held != "" {
		s.Since = old.Since
	}
	if s.Since.Equal(old.Since) {
		s.Done, s.Fresh = old.Done, old.Fresh
	}
}

// lacks works out what the stage still asks for; of a sub-process, what its open tracks do.
func (s *settling) lacks(stand *Stand) {
	stage := s.f.Stage(stand.Stage)
	open := map[*funnel.Task]*engine.Token{}
	tasks := []*funnel.Task{}
	for _, t := range s.i.Tokens {
		if task := s.f.Task(t.Element); t.Task != nil && task != nil && task.Stage() == stage && open[task] == nil {
			open[task] = t
			tasks = append(tasks, task)
		}
	}
	given := map[string]bool{}
	for _, key := range stand.Fresh {
		given[key] = true
	}
	for _, task := range tasks {
		at := *s.scope
		at.t = open[task]
		g := &gate{scope: &at, said: s.f, language: s.f.Language, given: given}
		missing := g.missing(task)
		if stage.Sub {
			stand.Tracks = append(stand.Tracks, g.track(task, missing))
		}
		for _, m := range missing {
			lack := Lack{Task: task.ID, Key: m.Key}
			if m.Kind == MissingRule {
				lack.Text = m.Message
			}
			if slices.ContainsFunc(stand.Missing, func(l Lack) bool { return l.Key == lack.Key && l.Text == lack.Text }) {
				continue
			}
			stand.Lacks++
			if len(stand.Missing) < few {
				stand.Missing = append(stand.Missing, lack)
			}
		}
	}
}

// track is how far a task inside a stage is.
func (g *gate) track(task *funnel.Task, missing []Missing) Track {
	if m := task.Measure; m != nil {
		if need := number(g.value(m.Plan)); need > 0 {
			return Track{task.ID, min(number(g.value(m.Done)), need), need}
		}
	}
	t := Track{Task: task.ID}
	for _, a := range task.Asks {
		if g.visible(a) && g.required(a) {
			t.Need++
			if !slices.ContainsFunc(missing, func(m Missing) bool { return m.Key == a.Key }) {
				t.Have++
			}
		}
	}
	return t
}

// number is a value as a number; 0 where it is none.
func number(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case float64:
		return v
	}
	return 0
}
