package card

import (
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
)

// writing is what is about to be written to a card.
type writing struct {
	changed func(key string) bool         // it gets another value
	given   func(key string) bool         // somebody says which
	value   func(key string) engine.Value // as it will be; nil: empty
	set     func(key string, v engine.Value)
}

// agree keeps with each agreement that is given when that was and to which version of the text, and nothing with one that is taken back.
// What somebody says of that themselves stands.
func (h *hand) agree(w writing) {
	now, _ := expression.Encode(h.tx.Now())
	for _, f := range h.said.Fields {
		if f.Consent == nil || !w.changed(f.Key) {
			continue
		}
		yes := string(w.value(f.Key)) == "true"
		keep := func(key string, v engine.Value) {
			switch {
			case key == "" || w.given(key):
			case yes:
				w.set(key, v)
			case w.value(key) != nil:
				w.set(key, nil)
			}
		}
		keep(f.Consent.At, now)
		var version engine.Value
		if f.Consent.InForce != "" {
			version = encoded(f.Consent.InForce)
		}
		keep(f.Consent.Version, version)
	}
}
