package robot

import (
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// move advances a card, or gives its client up, through the same gate as a person.
func move(r *run) (engine.Outcome, error) {
	to, rejection := r.text("to"), r.text("rejection")
	return r.deed(func(tx *engine.Tx, id string) error {
		switch {
		case rejection != "":
			return r.cards.Reject(tx, r.actor(), id, card.Reject{Stage: r.text("stage"), Reason: rejection, Comment: r.text("comment")})
		case to != "":
			return r.cards.Advance(tx, r.actor(), id, card.Advance{Stage: r.text("stage"), To: to})
		}
		return r.tell(tx, id, "neither to nor rejection is filled in")
	})
}
