package card

import (
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// Answer says whether a card in hand can be put into a stage.
type Answer string

// The answers.
const (
	AnswerHere Answer = "here"
	AnswerFree Answer = "free" // at once
	AnswerAsks Answer = "asks" // something is missing that can be given on the way
	AnswerBack Answer = "back" // against the flow: asks why
	AnswerNo   Answer = "no"
)

// Move is the answer of one stage to a card in hand.
type Move struct {
	Stage   string    `json:"stage"`
	From    string    `json:"from,omitempty"` // the stage to leave for it
	Answer  Answer    `json:"answer"`
	Flow    string    `json:"flow,omitempty"`
	Name    string    `json:"name,omitempty"` // of the flow
	Missing []Missing `json:"missing,omitempty"`
	Reason  string    `json:"reason,omitempty"`
}

// Moves answers for every stage of the funnel at once whether a card can be put there, by whom it is in hand.
func (c *Cards) Moves(tx *engine.Tx, actor access.Actor, id string) ([]Move, error) {
	h, err := c.take(tx, actor, id, 0)
	if err != nil {
		return nil, err
	}
	return h.moves(), nil
}

func (h *hand) moves() []Move {
	all := make([]Move, 0, len(h.said.Stages))
	for _, to := range h.said.Stages {
		if h.card.Stand(to.ID) != nil {
			all = append(all, Move{Stage: to.ID, Answer: AnswerHere, Reason: h.say(sayHere)})
			continue
		}
		all = append(all, h.answer(to))
	}
	return all
}

// answer is the best that any of the stages that the card stands in has to offer.
func (h *hand) answer(to *funnel.Stage) Move {
	best := Move{Stage: to.ID, Answer: AnswerNo}
	if err := h.open(); err != nil {
		best.Reason = err.Error()
	}
	better := map[Answer]int{AnswerNo: 0, AnswerBack: 1, AnswerAsks: 2, AnswerFree: 3}
	for n := range h.card.Stands {
		stand := &h.card.Stands[n]
		from := h.said.Stage(stand.Stage)
		if from == nil {
			continue
		}
		m := h.answerFrom(stand, from, to)
		if better[m.Answer] > better[best.Answer] || best.Reason == "" && best.Answer == m.Answer {
			best = m
		}
	}
	return best
}

func (h *hand) answerFrom(stand *Stand, from, to *funnel.Stage) Move {
	m := Move{Stage: to.ID, From: from.ID, Answer: AnswerNo}
	way, stop := h.said.Way(from, to)
	switch {
	case stop != nil && h.said.MayBack(from, to):
		m.Answer, m.Reason = AnswerBack, h.say(sayAsksWhy)
		if !may(h.actor, &from.Task, h.openTask(stand)) {
			m.Answer, m.Missing = AnswerNo, []Missing{byRole(h.said, sayRole, &from.Task, from.Roles, h.actor.Language)}
			m.Reason = m.Missing[0].Message
		}
		return m
	case stop != nil:
		m.Reason = h.stopped(from, to, stop)
		return m
	case !stand.Task:
		m.Reason = h.notOpen(&from.Task).Error()
		return m
	}
	last := way[len(way)-1]
	m.Flow, m.Name = last.Flow, last.Name
	m.Missing = h.lacking(&from.Task, h.token(stand.Token), way, h.given(&from.Task))
	m.Answer = AnswerFree
	for _, one := range m.Missing {
		if one.Kind == MissingRole {
			m.Answer, m.Reason = AnswerNo, one.Message
			return m
		}
		m.Answer = AnswerAsks
	}
	return m
}

func (h *hand) openTask(stand *Stand) *engine.Task {
	if t := h.token(stand.Token); t != nil {
		return t.Task
	}
	return nil
}
