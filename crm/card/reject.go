package card

import (
	"slices"
	"strings"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
)

// Reject says why a client is given up.
type Reject struct {
	Stage   string `json:"stage,omitempty"` // may be left out where the card stands in one
	Reason  string `json:"reason"`
	Comment string `json:"comment,omitempty"`
	Version uint64 `json:"version,omitempty"`
}

// LineRejected says that a client was given up at a stage; Data is a Rejection.
const LineRejected = "rejected"

// Rejection is why a client was given up.
type Rejection struct {
	Reason  string `json:"reason"`
	Comment string `json:"comment,omitempty"`
}

// rejected is the BPMN error that a rejection throws.
const rejected = "rejected"

// Reject gives a client up with a reason of the stage that the card stands in: it throws the BPMN error "rejected" there, and where
// nothing on the drawing catches it the card is lost. What is missing is a *Refusal.
func (c *Cards) Reject(tx *engine.Tx, actor access.Actor, id string, r Reject) error {
	h, stand, stage, err := c.standing(tx, actor, id, r.Stage, r.Version)
	if err != nil {
		return err
	}
	token := h.token(stand.Token)
	if token == nil {
		return no(stage.ID, stage.Name, h.say(sayNotThere, stage.Name))
	}
	missing := h.reasonless(stage, r.Reason, r.Comment)
	if !mayReject(actor, &stage.Task, token.Task) {
		roles := stage.Rejects
		if len(roles) == 0 {
			roles = stage.Roles
		}
		missing = append(missing, byRole(h.said, sayRejectRole, &stage.Task, roles, actor.Language))
	}
	if len(missing) > 0 {
		return refused(missing)
	}
	h.log(LineRejected, stage.ID, Rejection{r.Reason, r.Comment})
	return h.reject(token, r.Reason, r.Comment)
}

// reject throws, or closes the card where nobody catches.
func (h *hand) reject(token *engine.Token, reason, comment string) error {
	vars := map[string]engine.Value{"rejection": encoded(reason), "rejection_comment": encoded(comment)}
	caught, err := h.tx.Catches(h.i.ID, token.ID, rejected)
	if err != nil {
		return err
	}
	if caught {
		return h.tx.Throw(h.i.ID, token.ID, rejected, comment, vars)
	}
	if err := h.tx.Set(h.i.ID, vars); err != nil {
		return err
	}
	return h.tx.Finish(h.i.ID, string(funnel.Lost))
}

func encoded(text string) engine.Value {
	if text == "" {
		return engine.Value("null")
	}
	raw, _ := expression.Encode(text)
	return raw
}

// reasonless tells what is wrong with a reason.
func (h *hand) reasonless(stage *funnel.Stage, reason, comment string) []Missing {
	refuse := func(key string, s sentence, args ...any) []Missing {
		return []Missing{{Kind: MissingField, Key: key, Label: key, Message: h.say(s, args...)}}
	}
	reasons := slices.Concat(stage.Reasons, h.said.Reasons)
	at := slices.IndexFunc(reasons, func(r funnel.Reason) bool { return r.Code == reason })
	switch {
	case reason == "" && len(reasons) > 0:
		return refuse("rejection", sayReason)
	case at < 0 && (reason != "" || len(reasons) > 0):
		return refuse("rejection", sayNoReason, stage.Name, reason)
	case reason == funnel.Other && strings.TrimSpace(comment) == "":
		return refuse("rejection_comment", sayComment, reasons[at].Name)
	}
	return nil
}

// standing takes an open card where it stands in a stage, or in the only one.
func (c *Cards) standing(tx *engine.Tx, actor access.Actor, id, stage string, version uint64) (*hand, *Stand, *funnel.Stage, error) {
	h, err := c.take(tx, actor, id, version)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := h.open(); err != nil {
		return nil, nil, nil, err
	}
	stand, in, err := h.stoodIn(stage)
	return h, stand, in, err
}

// stoodIn finds the stage that is meant, among those that the card stands in.
func (h *hand) stoodIn(stage string) (*Stand, *funnel.Stage, error) {
	if stage == "" && len(h.card.Stands) == 1 {
		stage = h.card.Stands[0].Stage
	}
	if stage == "" {
		return nil, nil, no("", "", h.say(sayWhichStage, quoted(h.names(h.standing()), h.actor.Language)))
	}
	stand, s := h.card.Stand(stage), h.said.Stage(stage)
	if stand == nil || s == nil {
		return nil, nil, no(stage, h.name(stage), h.say(sayNotThere, h.name(stage)))
	}
	return stand, s, nil
}

func (h *hand) token(id int) *engine.Token {
	for _, t := range h.i.Tokens {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// ThrowJob ends a job by throwing a BPMN error, as engine.Tx.ThrowJob does; a "rejected" passes the same look at its reason as a
// person's. vars bear it as rejection and rejection_comment.
func (c *Cards) ThrowJob(tx *engine.Tx, actor access.Actor, job, worker, code, message string, vars map[string]engine.Value) error {
	if code != rejected {
		return tx.ThrowJob(job, worker, code, message, vars)
	}
	i, j, err := tx.Job(job)
	if err != nil {
		return err
	}
	card, err := find(tx, i.ID)
	if err != nil || card == nil {
		return tx.ThrowJob(job, worker, code, message, vars)
	}
	h, err := c.take(tx, actor, i.ID, 0)
	if err != nil {
		return err
	}
	given := &engine.Instance{Variables: vars}
	reason, comment := text(given, "rejection"), text(given, "rejection_comment")
	if stage := h.f.Standing(j.Element, card.Left); stage != nil {
		if err := refused(h.reasonless(stage, reason, comment)); err != nil {
			return err
		}
		h.log(LineRejected, stage.ID, Rejection{reason, comment})
	}
	if j.Token == 0 {
		return tx.ThrowJob(job, worker, code, message, vars)
	}
	caught, err := tx.Catches(i.ID, j.Token, rejected)
	if err != nil {
		return err
	}
	if caught {
		return tx.ThrowJob(job, worker, code, message, vars)
	}
	if err := tx.Set(i.ID, vars); err != nil {
		return err
	}
	return tx.Finish(i.ID, string(funnel.Lost))
}
