// Package robot is the work that diagrams name by a topic and that the product does itself. A topic that is not here waits for a
// worker outside.
package robot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// Handlers are the robots by topic, over the cards.
func Handlers(cards *card.Cards) map[string]engine.Handler {
	all := map[string]engine.Handler{}
	for topic, do := range map[string]func(*run) (engine.Outcome, error){
		"set": set, "move": move, "assign": assign,
	} {
		all[topic] = over(cards, do)
	}
	for topic, need := range Noted {
		all[topic] = over(cards, note(need))
	}
	return all
}

// run is one job of a robot.
type run struct {
	cards *card.Cards
	job   engine.Claimed
}

func over(cards *card.Cards, do func(*run) (engine.Outcome, error)) engine.Handler {
	return func(_ context.Context, job engine.Claimed) (engine.Outcome, error) {
		return do(&run{cards, job})
	}
}

// actor is who does what a robot does.
func (r *run) actor() access.Actor { return access.System("robot:" + r.job.Topic) }

// text is an input as text; empty where it is.
func (r *run) text(name string) string {
	v := r.job.Inputs[name]
	var s string
	if json.Unmarshal(v, &s) == nil {
		return strings.TrimSpace(s)
	}
	if string(v) == "null" {
		return ""
	}
	return string(v)
}

// deed is what the robot does in the transaction that ends its job, on its card.
func (r *run) deed(fn func(tx *engine.Tx, id string) error) (engine.Outcome, error) {
	return engine.Outcome{Deed: func(tx *engine.Tx) error {
		id, err := r.cards.Root(tx, r.job.Instance)
		if err != nil {
			return err
		}
		if id == "" {
			return fmt.Errorf("the robot %s works on cards only", r.job.Topic)
		}
		return fn(tx, id)
	}}, nil
}

// tell writes on the card that the robot has run, or why it did not. Not to run for want of an input is no failure.
func (r *run) tell(tx *engine.Tx, id, because string) error {
	return r.cards.Tell(tx, r.actor(), id, r.job.Element, card.Told{Topic: r.job.Topic, Done: because == "", Because: because, Inputs: r.job.Inputs})
}
