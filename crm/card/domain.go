package card

import (
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
)

var _ engine.Domain = (*Cards)(nil)

// Names are what the expressions of a funnel may read.
func (c *Cards) Names(p *bpmn.Process) *expression.Names {
	f, _ := funnel.Compile(nil, p, nil)
	if f == nil {
		return nil
	}
	return f.Names()
}

// Beside tells whether a robot's token goes on at once.
func (c *Cards) Beside(n *bpmn.Node) bool { return funnel.Beside(n) }

// scope is a token's card as expressions see it; nil where its process is no funnel.
func (c *Cards) scope(tx *engine.Tx, i *engine.Instance, t *engine.Token) *scope {
	f, err := c.Funnel(tx, i.Definition, "")
	if f == nil || err != nil {
		return nil
	}
	return &scope{Cards: c, tx: tx, f: f, i: i, t: t}
}

// Lookup gives what a card knows of itself. What a track does not know its card is asked.
func (c *Cards) Lookup(tx *engine.Tx, i *engine.Instance, t *engine.Token, name string) (any, bool) {
	s := c.scope(tx, i, t)
	if s == nil {
		return nil, false
	}
	if v := s.known(name); v != nil || s.f.Kind != funnel.Track || i.Parent == nil {
		return v, true
	}
	up, err := tx.Instance(i.Parent.Instance)
	if err != nil {
		return nil, false
	}
	if above := c.scope(tx, up, nil); above != nil {
		return above.value(name), true
	}
	return nil, false
}

// Context is what functions ask, and the zone that the funnel's clocks are in.
func (c *Cards) Context(tx *engine.Tx, i *engine.Instance, t *engine.Token) (any, *time.Location) {
	s := c.scope(tx, i, t)
	if s == nil {
		return nil, nil
	}
	return s, s.f.Zone
}

// Completing is the gate: no task is completed, by whomever, before all that it asks for is there.
func (c *Cards) Completing(tx *engine.Tx, i *engine.Instance, t *engine.Token) error {
	s := c.scope(tx, i, t)
	if s == nil {
		return nil
	}
	task := s.f.Task(t.Element)
	if card := inMind(tx)[i.ID]; task == nil || card != nil && card.ready == t {
		return nil
	}
	if t.Flow != "" {
		s.flow = task.Flow(t.Flow)
	}
	return refused((&gate{scope: s, said: s.f, language: s.f.Language, given: s.given(task)}).missing(task))
}
