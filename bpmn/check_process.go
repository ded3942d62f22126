package bpmn

// checkProcess checks a process and everything in it (10.2).
func (c *checker) checkProcess(p *Process) {
	if p.ID == "" {
		c.error("process_id_missing", p.Element, "%s has no id; it is started and called by its id", title("process", p.Element))
	}
	if len(p.Nodes) == 0 {
		c.warn("process_empty", p.Element, "%s holds no flow node: there is nothing to run", title("process", p.Element))
	}
	c.checkLanes(p)
	c.checkKeys(p)
	p.Scopes(func(owner *Node, s *Scope) { c.checkScope(p, owner, s) })
}

// checkScope checks what stands at one level of a process: its nodes, its flows and how they hang together.
func (c *checker) checkScope(p *Process, owner *Node, s *Scope) {
	for _, n := range s.Nodes {
		c.checkNode(n)
	}
	for _, f := range s.Flows {
		c.checkFlow(f)
	}
	c.checkLinks(s)
	c.checkHandlers(s)
	c.checkEnds(owner, s)
	c.checkReach(owner, s)
	c.checkData(s.Data)
}

func (c *checker) checkNode(n *Node) {
	c.checkDefault(n)
	c.checkData(n.Data)
	c.checkAssociations(n)
	switch {
	case n.IsActivity():
		c.checkActivity(n)
	case n.IsGateway():
		c.checkGateway(n)
	default:
		c.checkEvent(n)
	}
}

// checkEnds: a start event and an end event belong together at one level (10.5.2, 10.5.3). A start event without an end event
// ends where its flows do and stops nobody.
func (c *checker) checkEnds(owner *Node, s *Scope) {
	if owner != nil && owner.Kind == AdHocSubProcess {
		return // has neither
	}
	starts, ends := s.of(StartEvent), s.of(EndEvent)
	switch {
	case len(ends) > 0 && len(starts) == 0:
		c.error("end_without_start", ends[0].Element, "%s stands at a level without a start event; draw the start event too", ends[0])
	case len(starts) > 0 && len(ends) == 0 && len(starts[0].Outgoing) > 0:
		c.warn("start_without_end", starts[0].Element, "%s stands at a level without an end event; draw where it ends", starts[0])
	}
}

// checkLanes: a node stands in one lane of each depth, of its own process (10.8).
func (c *checker) checkLanes(p *Process) {
	in := map[string]*Lane{}
	for _, lane := range p.Lanes {
		for _, id := range lane.Nodes {
			n := c.d.nodes[id]
			if n == nil {
				continue
			}
			if n.Process != p {
				c.warn("lane_elsewhere", lane.Element, "%s holds %s, which is in another process", title("lane", lane.Element), n)
			}
			if other := in[id]; other != nil && !lane.inside(other) {
				c.warn("lane_twice", lane.Element, "%s stands in two lanes, %s and %s; the last one counts", n, title("lane", other.Element), title("lane", lane.Element))
			}
			in[id] = lane
		}
	}
}

func (l *Lane) inside(outer *Lane) bool {
	for ; l != nil; l = l.Parent {
		if l == outer {
			return true
		}
	}
	return false
}
