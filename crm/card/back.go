package card

import (
	"strings"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// Back says how a card goes against the flow: back where the funnel allows it, or anywhere by whoever may override.
type Back struct {
	Stage   string `json:"stage,omitempty"` // from where; may be left out where the card stands in one
	To      string `json:"to"`              // a stage; of an override any element
	Why     string `json:"why"`
	Version uint64 `json:"version,omitempty"`
}

// The lines of moves against the flow; Data is a Detour.
const (
	LineBack     = "back"
	LineOverride = "override" // red in the history
)

// Detour is a move against the flow.
type Detour struct {
	From string `json:"from"`
	To   string `json:"to"`
	Why  string `json:"why"`
}

// Back moves a card back to an earlier stage where no flow is drawn, as far as the funnel allows it (funnel.back), with a written
// reason, by whoever may act where it stands.
func (c *Cards) Back(tx *engine.Tx, actor access.Actor, id string, b Back) error {
	h, stand, from, err := c.standing(tx, actor, id, b.Stage, b.Version)
	if err != nil {
		return err
	}
	to := h.said.Stage(b.To)
	if to == nil {
		return no(b.To, b.To, h.say(sayNoStage, b.To))
	}
	var missing []Missing
	if !h.said.MayBack(from, to) {
		missing = append(missing, Missing{Kind: MissingMove, Key: to.ID, Label: to.Name, Message: h.say(sayNoBack, from.Name, to.Name)})
	}
	var open *engine.Task
	if t := h.token(stand.Token); t != nil {
		open = t.Task
	}
	if !may(actor, &from.Task, open) {
		missing = append(missing, byRole(h.said, sayRole, &from.Task, from.Roles, actor.Language))
	}
	if strings.TrimSpace(b.Why) == "" {
		missing = append(missing, Missing{Kind: MissingField, Key: "why", Label: "", Message: h.say(sayWhyBack)})
	}
	if len(missing) > 0 {
		return refused(missing)
	}
	return h.move(LineBack, stand, from, b)
}

// Override moves a card to any element, against the drawing, with a written reason that stands red in the history.
func (c *Cards) Override(tx *engine.Tx, actor access.Actor, id string, b Back) error {
	h, stand, from, err := c.standing(tx, actor, id, b.Stage, b.Version)
	if err != nil {
		return err
	}
	missing := h.overriding(b.Why)
	if len(missing) > 0 {
		return refused(missing)
	}
	return h.move(LineOverride, stand, from, b)
}

func (h *hand) move(kind string, stand *Stand, from *funnel.Stage, b Back) error {
	h.log(kind, from.ID, Detour{from.ID, b.To, b.Why})
	return h.tx.Move(h.i.ID, stand.Token, b.To, h.actor.ID, b.Why)
}

// Reopen takes up a closed card again, at the stage that it left last or at another, with a written reason, by whoever may override.
func (c *Cards) Reopen(tx *engine.Tx, actor access.Actor, id string, b Back) error {
	h, err := c.take(tx, actor, id, b.Version)
	if err != nil {
		return err
	}
	if h.card.Open() {
		return no(h.i.ID, h.card.Title, h.say(sayNotClosed))
	}
	to := h.said.Stage(b.To)
	if b.To == "" && len(h.card.Left) > 0 {
		to = h.said.Stage(h.card.Left[len(h.card.Left)-1])
	}
	if to == nil {
		return no(b.To, b.To, h.say(sayNoStage, b.To))
	}
	if missing := h.overriding(b.Why); len(missing) > 0 {
		return refused(missing)
	}
	cleared := map[string]engine.Value{}
	for _, name := range []string{"rejection", "rejection_comment", "outcome"} {
		if h.i.Variable(name) != nil {
			cleared[name] = engine.Value("null")
		}
	}
	if err := tx.Set(id, cleared); err != nil {
		return err
	}
	return tx.Reopen(id, to.ID, actor.ID, b.Why)
}

// overriding tells what is missing to go against the drawing: the right, and a written reason.
func (h *hand) overriding(why string) []Missing {
	var missing []Missing
	if !h.actor.May(access.Override) {
		holders := access.Holders(access.Override)
		names := who(h.said, holders, h.actor.Language)
		missing = append(missing, Missing{Kind: MissingRole, Key: holders[0], Label: names, Message: h.say(sayOverride, names), Roles: holders})
	}
	if strings.TrimSpace(why) == "" {
		missing = append(missing, Missing{Kind: MissingField, Key: "why", Label: "", Message: h.say(sayWhyOverride)})
	}
	return missing
}
