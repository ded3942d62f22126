package bpmn

// checkReach finds nodes that no token ever reaches (10.2, 13.2). Without start events the nodes that nothing leads to start
// by themselves; with one they never do.
func (c *checker) checkReach(owner *Node, s *Scope) {
	if owner != nil && owner.Kind == AdHocSubProcess {
		return // people choose what runs
	}
	started, ended := len(s.of(StartEvent)) > 0, len(s.of(EndEvent)) > 0
	reached := map[*Node]bool{}
	for _, n := range s.Nodes {
		if begins(n) || len(n.Incoming) == 0 { // a node without incoming is said below, not what follows it
			reach(n, reached)
		}
		c.checkIncoming(n, started)
		c.checkOutgoing(n, ended)
	}
	for _, n := range s.Nodes {
		if !reached[n] && n.Kind != BoundaryEvent {
			c.warn("node_unreachable", n.Element, "%s is never reached from a start; draw the flow to it", n)
		}
	}
}

// begins tells whether the node gets a token without an incoming flow.
func begins(n *Node) bool {
	switch {
	case n.Kind == StartEvent, n.EventSubProcess(), n.ForCompensation, n.Instantiate:
		return true
	case n.Kind == BoundaryEvent:
		return n.AttachedTo == nil // else with its host
	case n.Kind == IntermediateCatchEvent:
		return n.Triggered(LinkTrigger) // whether a link leads there is checked with links
	}
	return false
}

// reach marks what follows n; a list of its own, since flows can be long.
func reach(n *Node, reached map[*Node]bool) {
	for next := []*Node{n}; len(next) > 0; {
		n, next = next[len(next)-1], next[:len(next)-1]
		if reached[n] {
			continue
		}
		reached[n] = true
		next = append(next, n.Boundaries...)
		for _, f := range n.Outgoing {
			if f.Target != nil {
				next = append(next, f.Target)
			}
		}
	}
}

// checkIncoming: with a start event everything else is led to (10.5.2); an intermediate event always is (10.5.4).
func (c *checker) checkIncoming(n *Node, started bool) {
	switch {
	case len(n.Incoming) > 0 || begins(n) || n.Kind == BoundaryEvent:
	case n.Kind == EndEvent:
		c.warn("end_unreached", n.Element, "no flow leads to %s", n)
	case started || n.IsEvent():
		c.error("incoming_missing", n.Element, "no flow leads to %s: it never runs; draw one, or delete it", n)
	}
}

// checkOutgoing: beside an end event everything else goes on (10.5.3), which stops nobody; intermediate and boundary events always do (10.5.4).
func (c *checker) checkOutgoing(n *Node, ended bool) {
	switch {
	case len(n.Outgoing) > 0, n.Kind == EndEvent, n.ForCompensation, n.EventSubProcess(), n.Triggered(LinkTrigger),
		n.Kind == BoundaryEvent && n.Triggered(CompensationTrigger):
	case n.Kind == StartEvent:
		c.warn("start_alone", n.Element, "nothing follows %s", n)
	case n.IsEvent():
		c.error("outgoing_missing", n.Element, "nothing follows %s; draw the flow to what follows, or to an end event", n)
	case ended: // it ends there all the same
		c.warn("end_not_drawn", n.Element, "nothing follows %s; draw the flow to what follows, or to an end event", n)
	}
}
