package card

import (
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// Event is one thing that happened to a card, with what people call the element.
type Event struct {
	engine.Line
	Name string `json:"name,omitempty"`
}

// History gives what happened to a card, in order: what the engine tells of the work of people and robots and what people did, from the
// page behind the given one, at most the given number of pages (0: all), and the last page read. A page is what one deed did.
func (c *Cards) History(tx *engine.Tx, actor access.Actor, id string, after, pages int) ([]Event, int, error) {
	h, err := c.take(tx, actor, id, 0)
	if err != nil {
		return nil, 0, err
	}
	lines, last, err := tx.History(id, after, pages)
	if err != nil {
		return nil, 0, err
	}
	all, s := []Event{}, &sight{Cards: c, tx: tx, reader: actor, funnels: []*funnel.Funnel{h.f}}
	for n, l := range lines {
		if !h.tells(l) || l.Kind == engine.LineMoved && n > 0 && against(lines[n-1]) {
			continue
		}
		l, seen := s.line(l)
		if !seen {
			continue
		}
		e := Event{Line: l}
		if l.Element != "" {
			e.Name = h.said.NameOf(l.Element)
		}
		all = append(all, e)
	}
	return all, last, nil
}

// tells tells whether a line says something to people: gateways and events that only pass a token on do not.
func (h *hand) tells(l engine.Line) bool {
	switch l.Kind {
	case engine.LineEntered, engine.LineCompleted, engine.LineCancelled:
		_, ends := h.f.Ends[l.Element]
		return ends || h.f.Works(l.Element)
	}
	return true
}

// against tells of a line that a person moved the card against the flow: the engine's own line behind it says the same.
func against(l engine.Line) bool { return l.Kind == LineBack || l.Kind == LineOverride }
