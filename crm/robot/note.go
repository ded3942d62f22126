package robot

import (
	"time"

	"github.com/voronka/voronka/engine"
)

// Noted are the robots whose channel is not connected yet, with the input that each can't do without. They write on the card what
// they would have sent or made, and never that it was.
var Noted = map[string]string{
	"email": "to", "sms": "to", "message": "to", "notify": "to", "task": "text", "propose": "text", "offer": "sku",
	"document": "document", "webhook": "url",
}

// NotConnected is why a noted robot has not done it.
const NotConnected = "not_connected"

func note(need string) func(*run) (engine.Outcome, error) {
	return func(r *run) (engine.Outcome, error) {
		return r.deed(func(tx *engine.Tx, id string) error {
			if r.text(need) == "" {
				return r.tell(tx, id, "empty:"+need)
			}
			if r.text("when") == "working" { // not at night
				open, err := r.cards.OpenAt(tx, id)
				if err != nil {
					return err
				}
				if open.After(tx.Now().Add(time.Second)) {
					return &engine.Later{At: open}
				}
			}
			return r.tell(tx, id, NotConnected)
		})
	}
}
