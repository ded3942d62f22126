package funnel

import (
	"slices"

	"github.com/voronka/voronka/bpmn"
)

// stand is what the drawing alone says of where a token at a node stands.
type stand struct {
	stage  *Stage   // it stands there, whatever happened before
	behind []*Stage // else in the one of these that it left last
	beside bool     // in none: it came of an event that interrupts nothing
}

// Standing gives the stage in which a card with a token at the node stands; nil where the token makes no column. left are the stages
// that the card has left, the last one last.
func (f *Funnel) Standing(node string, left []string) *Stage {
	s, known := f.stands[node]
	switch {
	case !known || s.beside || len(f.Stages) == 0:
		return nil
	case s.stage != nil:
		return s.stage
	}
	for _, id := range slices.Backward(left) {
		if at := f.stages[id]; at != nil && slices.Contains(s.behind, at) {
			return at
		}
	}
	if len(s.behind) > 0 {
		return s.behind[0]
	}
	return f.Stages[0]
}

// standing works out for every node where a token there stands.
func (c *compiler) standing() {
	main := c.mainWay()
	behind := map[*bpmn.Node][]*Stage{}
	for _, s := range c.Stages {
		seen := map[*bpmn.Node]bool{s.node: true}
		todo := next(s.node)
		for len(todo) > 0 {
			n := todo[0]
			todo = todo[1:]
			if seen[n] || c.stages[n.ID] != nil {
				continue
			}
			seen[n] = true
			behind[n] = append(behind[n], s)
			todo = append(todo, next(n)...)
		}
	}
	each(&c.process.Scope, func(n *bpmn.Node) {
		if s := c.around(n); s != nil {
			c.stands[n.ID] = stand{stage: s}
			return
		}
		if n.Parent != nil {
			c.stands[n.ID] = c.stands[n.Parent.ID]
			return
		}
		c.stands[n.ID] = c.stand(n, main, behind[n])
	})
	c.stands[c.process.ID] = stand{beside: true}
	for _, s := range c.Stages {
		if !main[s.node] && len(main) > 0 {
			c.warn("stage_beside", s.node.Element, "stage %q comes only of an event that interrupts nothing, so cards stand there and in "+
				"another column at once: write funnel.stage=false to make it a plain task", s.ID)
		}
	}
}

func (c *compiler) stand(n *bpmn.Node, main map[*bpmn.Node]bool, behind []*Stage) stand {
	if n.TriggeredByEvent {
		for _, start := range n.Inside.Nodes {
			if start.Kind == bpmn.StartEvent && !start.Interrupting {
				return stand{beside: true}
			}
		}
		return stand{behind: c.Stages}
	}
	if !main[n] {
		return stand{beside: true}
	}
	if isRobot(n) {
		if follow := c.reach(n, next).stages; len(follow) == 1 {
			return stand{stage: follow[0]}
		}
	}
	return stand{behind: behind}
}

// mainWay are the nodes of the process that a token can come to without an event that interrupts nothing.
func (c *compiler) mainWay() map[*bpmn.Node]bool {
	main := map[*bpmn.Node]bool{}
	var todo []*bpmn.Node
	for _, n := range c.process.Nodes {
		if n.Kind == bpmn.StartEvent || n.Kind != bpmn.BoundaryEvent && len(n.Incoming) == 0 && !n.TriggeredByEvent && !n.ForCompensation {
			todo = append(todo, n)
		}
	}
	for len(todo) > 0 {
		n := todo[0]
		todo = todo[1:]
		if main[n] || n.Kind == bpmn.BoundaryEvent && !n.Interrupting {
			continue
		}
		main[n] = true
		todo = append(todo, next(n)...)
	}
	return main
}

// ends reads how cards end, and what starts them.
func (c *compiler) ends() {
	main := c.mainWay()
	each(&c.process.Scope, func(n *bpmn.Node) {
		switch n.Kind {
		case bpmn.EndEvent:
			c.end(n, main[n])
		case bpmn.StartEvent:
			if n.Parent != nil {
				return
			}
			for _, e := range n.Events {
				if e.Trigger == bpmn.MessageTrigger && e.Message != nil {
					c.Messages = append(c.Messages, e.Message.Name)
				}
			}
		}
	})
}

func (c *compiler) end(n *bpmn.Node, main bool) {
	p := property(n.Extensions.Properties, "funnel.outcome")
	outcome := Outcome(c.word(n.Element, p, "", string(Won), string(Lost), string(Converted), string(Junk)))
	if outcome == "" {
		if p.Value == "" && main && n.Parent == nil && c.Kind != Track {
			c.warn("outcome_missing", n.Element, "end event %q has no outcome: a card that ends there is neither won nor lost; add funnel.outcome", n.ID)
		}
		return
	}
	c.Ends[n.ID] = outcome
	message := ""
	for _, e := range n.Events {
		if e.Trigger == bpmn.MessageTrigger && e.Message != nil {
			message = e.Message.Name
		}
	}
	switch {
	case outcome == Converted && message == "":
		c.fail("conversion_without_message", n.Element, "end event %q converts the card but bears no message: the message chooses the funnel that goes on with it", n.ID)
	case outcome == Converted:
		made := &Conversion{Message: message}
		for _, in := range n.Extensions.Inputs {
			if in.Kind == "" || in.Kind == "text" {
				made.Inputs = append(made.Inputs, Input{in.Name, c.text(c.names, in.Value, at(n.Element, in.Place))})
			}
		}
		c.Converts[n.ID] = made
	}
}
