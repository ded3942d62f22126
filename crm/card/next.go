package card

import (
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
	switch {
	case card.Stuck > 0:
		return say(NextStuck, sayStuck)
	case s.Due != nil && !now.Before(*s.Due):
		return say(NextOverdue, sayOverdue)
	case s.Due != nil && s.used(now) >= near:
		return say(NextNear, sayNear)
	case s.Lacks > 0:
		return say(NextMissing, sayLacks, lackNames(s, f, reader.Language))
	case s.Held != "":
		return say(NextWaits, sayWaits, f.NameOf(s.Held))
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

// lackNames names what is missing.
func lackNames(s *Stand, f *funnel.Funnel, language string) string {
	names := make([]string, len(s.Missing))
	for n, key := range s.Missing {
		names[n] = key
		if field := f.Field(key); field != nil {
			names[n] = field.Label
		}
	}
	text := strings.Join(names, ", ")
	if more := s.Lacks - len(names); more > 0 {
		return sayMore.in(language, text, more)
	}
	return text
}
