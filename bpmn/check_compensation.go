package bpmn

// around tells whether the activity stands at the level of another node, or at one around that: what a compensation event sees (10.5.5).
func (n *Node) around(inner *Node) bool {
	if n.Process != inner.Process {
		return false
	}
	for inner.Parent != n.Parent {
		if inner = inner.Parent; inner == nil {
			return false
		}
	}
	return true
}

// checkHandlers: a compensation boundary event has one handler, an activity marked isForCompensation (10.7.1).
func (c *checker) checkHandlers(s *Scope) {
	handles := map[*Node]bool{}
	for _, n := range s.of(BoundaryEvent) {
		if !n.Triggered(CompensationTrigger) {
			continue
		}
		handles[n.handler] = true
		switch {
		case n.handler == nil:
			c.error("handler_missing", n.Element, "%s has no handler; draw an association to an activity marked isForCompensation", n)
		case n.handlers > 1:
			c.error("handler_twice", n.Element, "%s has %d handlers; keep one (a sub-process can do several things)", n, n.handlers)
		case !n.handler.ForCompensation:
			c.error("handler_unmarked", n.handler.Element, "%s is the handler of %s and is not marked for compensation; write isForCompensation=\"true\"", n.handler, n)
		}
	}
	for _, n := range s.Nodes {
		if n.ForCompensation && !handles[n] {
			c.warn("handler_unused", n.Element, "%s is marked for compensation, but no compensation boundary event leads to it: it never runs", n)
		}
	}
}
