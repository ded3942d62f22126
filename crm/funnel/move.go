package funnel

import (
	"cmp"
	"slices"

	"github.com/voronka/voronka/bpmn"
)

// Move is one way out of a task: the flow behind it, or each flow of the manual gateway behind it.
type Move struct {
	Flow   string   `json:"flow"`
	Name   string   `json:"name,omitempty"`   // of the flow: the button
	Target string   `json:"target,omitempty"` // the node where the flow ends
	Stages []string `json:"stages,omitempty"` // where the card can come to next, in their order
	Ends   []string `json:"ends,omitempty"`   // end events that it can come to
	Choice bool     `json:"choice,omitempty"` // a person chooses among several

	only *Stage // where the flows alone lead, whatever the conditions say
	free bool   // nothing need hold the card on the way there
	held *bpmn.Node
}

// ways finds the ways out of every task, and the stages that follow on each.
func (c *compiler) ways() {
	for _, t := range c.tasks {
		n := t.node
		if s := c.stages[n.ID]; s != nil && len(n.Outgoing) > 1 {
			c.fail("accidental_fork", n.Element, "%d flows leave stage %q, so a card would go all ways at once: put an exclusive gateway "+
				"behind it to choose, or a parallel one where that is meant", len(n.Outgoing), n.ID)
		}
		for _, f := range out(n) {
			m := c.move(f)
			m.Choice = f.Source != n
			t.Moves = append(t.Moves, m)
		}
		if t.stage != nil && t.stage.node != n {
			t.Last = c.last(n)
		}
	}
}

// out are the flows that a person can choose behind a task.
func out(n *bpmn.Node) []*bpmn.Flow {
	if len(n.Outgoing) == 1 {
		if g := n.Outgoing[0].Target; g != nil && isManual(g) {
			return g.Outgoing
		}
	}
	return n.Outgoing
}

// isManual tells whether a person chooses at a gateway: an exclusive one behind a user task, whose flows bear no conditions.
func isManual(g *bpmn.Node) bool {
	return g.Kind == bpmn.ExclusiveGateway && len(g.Outgoing) > 1 &&
		!slices.ContainsFunc(g.Outgoing, func(f *bpmn.Flow) bool { return f.Condition != nil }) &&
		slices.ContainsFunc(g.Incoming, func(f *bpmn.Flow) bool { return f.Source != nil && f.Source.Kind == bpmn.UserTask })
}

func (c *compiler) move(f *bpmn.Flow) *Move {
	m := &Move{Flow: f.ID, Name: c.label(f.Name, f.ID)}
	if f.Target == nil {
		return m
	}
	m.Target = f.Target.ID
	all := c.reach(f.Target, next)
	for _, s := range all.stages {
		m.Stages = append(m.Stages, s.ID)
	}
	for _, n := range all.ends {
		m.Ends = append(m.Ends, n.ID)
	}
	drawn := c.reach(f.Target, flowing)
	if len(drawn.stages) == 1 && len(drawn.ends) == 0 {
		m.only = drawn.stages[0]
	}
	open := c.reach(f.Target, func(n *bpmn.Node) []*bpmn.Node {
		if holds(n) {
			if m.held == nil {
				m.held = n
			}
			return nil
		}
		return flowing(n)
	})
	m.free = m.only != nil && slices.Contains(open.stages, m.only)
	return m
}

// flowing is where a token goes on when nothing interrupts it.
func flowing(n *bpmn.Node) []*bpmn.Node {
	return slices.DeleteFunc(next(n), func(to *bpmn.Node) bool { return to.Kind == bpmn.BoundaryEvent })
}

// reached is what a walk came to: the first stages on each way, in their order, and the ends.
type reached struct {
	stages []*Stage
	ends   []*bpmn.Node
}

// reach walks on from a node until it comes to stages.
func (c *compiler) reach(from *bpmn.Node, next func(*bpmn.Node) []*bpmn.Node) reached {
	var found reached
	seen := map[*bpmn.Node]bool{}
	var walk func(n *bpmn.Node)
	walk = func(n *bpmn.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if s := c.stages[n.ID]; s != nil {
			found.stages = append(found.stages, s)
			return
		}
		if n.Kind == bpmn.EndEvent {
			found.ends = append(found.ends, n)
		}
		for _, to := range next(n) {
			walk(to)
		}
	}
	walk(from)
	slices.SortFunc(found.stages, func(a, b *Stage) int { return cmp.Compare(a.Order, b.Order) })
	return found
}

// holds tells whether a token stops at a node until something happens.
func holds(n *bpmn.Node) bool {
	switch n.Kind {
	case bpmn.UserTask, bpmn.ReceiveTask, bpmn.CallActivity, bpmn.SubProcess, bpmn.Transaction, bpmn.AdHocSubProcess, bpmn.EventBasedGateway:
		return true
	case bpmn.IntermediateCatchEvent:
		return !triggered(n, bpmn.LinkTrigger)
	case bpmn.ParallelGateway, bpmn.InclusiveGateway, bpmn.ComplexGateway:
		return len(n.Incoming) > 1
	case bpmn.ServiceTask, bpmn.SendTask, bpmn.BusinessRuleTask:
		throws := n.Message != nil && n.Extensions.Work.Topic == ""
		return !Beside(n) && !throws
	}
	return false
}

// last tells whether nothing that waits can follow a task inside its stage.
func (c *compiler) last(n *bpmn.Node) bool {
	seen := map[*bpmn.Node]bool{n: true}
	todo := flowing(n)
	for len(todo) > 0 {
		to := todo[0]
		todo = todo[1:]
		if seen[to] {
			continue
		}
		seen[to] = true
		join := to.Kind == bpmn.ParallelGateway || to.Kind == bpmn.InclusiveGateway || to.Kind == bpmn.ComplexGateway
		if holds(to) && !join {
			return false
		}
		todo = append(todo, flowing(to)...)
	}
	return true
}

// Why says what stands between two stages.
type Why string

// What can stand between two stages.
const (
	NotDrawn   Why = "not_drawn"   // no flow leads there
	OnlyOne    Why = "only_one"    // it does, but past other stages, and funnel.skip is off
	PastChoice Why = "past_choice" // somebody or something must choose on the way
	PastHold   Why = "past_hold"   // a person, a robot or an event holds the card on the way
)

// Stop is where and why a way ends too early.
type Stop struct {
	Why  Why
	Node string // the id of what stops
	Name string
}

// Way gives the moves that bring a card forward from one stage to another: one where a flow leads there, several where funnel.skip
// allows to pass the stages between, as far as there is only one way. A nil Stop means that there is a way.
func (f *Funnel) Way(from, to *Stage) ([]*Move, *Stop) {
	if m := from.Leading(to.ID); m != nil {
		return []*Move{m}, nil
	}
	if to.Order < from.Order {
		return nil, &Stop{Why: NotDrawn, Node: to.ID, Name: to.Name}
	}
	var way []*Move
	seen := map[*Stage]bool{}
	for s := from; !seen[s]; {
		seen[s] = true
		if m := s.Leading(to.ID); m != nil && len(s.Moves) == 1 {
			if !f.Skip {
				return nil, &Stop{Why: OnlyOne, Node: s.ID, Name: s.Name}
			}
			return append(way, m), nil
		}
		switch {
		case len(s.Moves) > 1:
			return nil, &Stop{Why: PastChoice, Node: s.ID, Name: s.Name}
		case len(s.Moves) == 0 || len(s.Moves[0].Stages) == 0:
			return nil, &Stop{Why: NotDrawn, Node: to.ID, Name: to.Name}
		case s.Moves[0].only == nil:
			return nil, &Stop{Why: PastChoice, Node: s.ID, Name: s.Name}
		case !s.Moves[0].free:
			held := s.Moves[0].held
			return nil, &Stop{Why: PastHold, Node: held.ID, Name: cmp.Or(held.Name, held.ID)}
		}
		if s != from && s.Sub {
			return nil, &Stop{Why: PastHold, Node: s.ID, Name: s.Name}
		}
		way = append(way, s.Moves[0])
		s = s.Moves[0].only
	}
	return nil, &Stop{Why: NotDrawn, Node: to.ID, Name: to.Name}
}

// Leading gives the move that leads to a node, or can bring the card to a stage; the one that goes there most directly.
func (t *Task) Leading(to string) *Move {
	var best *Move
	for _, m := range t.Moves {
		switch {
		case m.Target == to:
			return m
		case slices.Contains(m.Stages, to) && (best == nil || m.free && !best.free):
			best = m
		}
	}
	return best
}

// Flow gives the move along the flow of that id or name, or nil.
func (t *Task) Flow(name string) *Move {
	for _, m := range t.Moves {
		if m.Flow == name {
			return m
		}
	}
	for _, m := range t.Moves {
		if m.Name != "" && m.Name == name {
			return m
		}
	}
	return nil
}

// MayBack tells whether people may move a card back from one stage to another where no flow is drawn.
func (f *Funnel) MayBack(from, to *Stage) bool {
	switch f.Back {
	case BackAny:
		return to.Order < from.Order
	case BackGroup:
		return to.Order < from.Order && to.Group == from.Group
	}
	return false
}
