package card

import (
	"encoding/json"
	"maps"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
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
	all := []Event{}
	for _, l := range lines {
		if !h.tells(l) {
			continue
		}
		e := Event{Line: h.seen(l)}
		if l.Element != "" {
			e.Name = h.said.NameOf(l.Element)
		}
		all = append(all, e)
	}
	return all, last, nil
}

// seen is a line without the fields that the reader may not see.
func (h *hand) seen(l engine.Line) engine.Line {
	if l.Kind != LineChanged && l.Kind != LineCreated {
		return l
	}
	var fields map[string]json.RawMessage
	if storage.Unmarshal(l.Data, &fields) != nil {
		return l
	}
	maps.DeleteFunc(fields, func(key string, _ json.RawMessage) bool {
		f := h.f.Field(key)
		return f != nil && !h.sees(f)
	})
	l.Data, _ = storage.Marshal(fields)
	return l
}

// tells tells whether a line says something to people: gateways and events that only pass a token on do not.
func (h *hand) tells(l engine.Line) bool {
	switch l.Kind {
	case engine.LineEntered, engine.LineCompleted, engine.LineCancelled:
		_, ends := h.f.Ends[l.Element]
		return ends || h.f.Works(l.Element)
	case engine.LineMoved: // told by the line of who moved it
		return false
	}
	return true
}
