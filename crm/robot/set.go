package robot

import "github.com/voronka/voronka/engine"

// set writes fields: each input is one.
func set(r *run) (engine.Outcome, error) {
	return r.deed(func(tx *engine.Tx, id string) error { return r.cards.Set(tx, r.actor(), id, r.job.Inputs) })
}
