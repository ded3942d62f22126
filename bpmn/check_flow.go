package bpmn

// checkFlow checks one sequence flow (8.4.13). Ends that do not exist are found among the references.
func (c *checker) checkFlow(f *Flow) {
	if f.Source == nil || f.Target == nil {
		return
	}
	switch {
	case f.Source.Process != f.Target.Process:
		c.error("flow_crosses_pool", f.Element, "%s leads from %s into another process, to %s; use a message flow", f, f.Source, f.Target)
	case f.Source.Parent != f.Target.Parent:
		c.error("flow_crosses_subprocess", f.Element, "%s leads from %s across the border of a sub-process to %s; lead it to the sub-process itself, or out of a boundary event",
			f, f.Source, f.Target)
	}
	c.checkFlowEnds(f)
	c.checkCondition(f)
}

// checkFlowEnds: what may not be a source or target (10.3.5, 10.5.2–10.5.4).
func (c *checker) checkFlowEnds(f *Flow) {
	switch {
	case f.Target.Kind == StartEvent:
		c.error("start_incoming", f.Target.Element, "%s leads into %s; a start event has no incoming flow", f, f.Target)
	case f.Target.Kind == BoundaryEvent:
		c.error("boundary_incoming", f.Target.Element, "%s leads into %s; a boundary event is triggered by what happens, not by a flow", f, f.Target)
	case f.Target.EventSubProcess():
		c.error("event_subprocess_flow", f.Target.Element, "%s leads into %s, an event sub-process, which only its start event starts", f, f.Target)
	}
	switch {
	case f.Source.Kind == EndEvent:
		c.error("end_outgoing", f.Source.Element, "%s leaves %s; nothing follows an end event", f, f.Source)
	case f.Source.EventSubProcess():
		c.error("event_subprocess_flow", f.Source.Element, "%s leaves %s, an event sub-process, which nothing follows", f, f.Source)
	}
}

// checkCondition: where a condition may stand (10.3, 10.6.6).
func (c *checker) checkCondition(f *Flow) {
	from := f.Source
	switch {
	case f.Condition == nil:
	case f.Condition.Text == "" && len(f.Extensions.Foreign) == 0:
		c.error("condition_empty", f.Element, "the condition of %s is empty; write it or delete it", f)
	case from.Kind == EventBasedGateway:
		c.error("condition_after_event_gateway", f.Element, "%s leaves %s and has a condition; there the event that happens first decides", f, from)
	case from.IsActivity() && len(from.Outgoing) == 1:
		c.error("condition_alone", f.Element, "%s is the only flow out of %s and has a condition: where it doesn't hold nothing follows; delete it or draw the other flow", f, from)
	case from.Kind == ParallelGateway:
		c.warn("condition_unused", f.Element, "%s leaves %s; its condition means nothing, every flow out of a parallel gateway is taken", f, from)
	case from.IsEvent():
		c.warn("condition_on_event", f.Element, "%s leaves %s and has a condition; draw an exclusive gateway for the choice", f, from)
	}
}

// checkDefault: a default flow is one of the node's own (10.3, 10.6.2).
func (c *checker) checkDefault(n *Node) {
	f := c.d.flows[n.DefaultRef]
	switch {
	case n.DefaultRef == "" || f == nil:
	case f.Source != n:
		c.error("default_elsewhere", n.Element, "the default flow of %s, %s, does not leave it; name one of its outgoing flows", n, f)
	case n.Kind == ParallelGateway, n.Kind == EventBasedGateway, n.IsEvent():
		c.warn("default_unused", n.Element, "%s has a default flow, which means nothing there", n)
	case f.Condition != nil:
		c.warn("default_condition", f.Element, "%s is the default flow of %s; its condition means nothing", f, n)
	}
}

// checkListings compares the incoming and outgoing children of nodes with the flows, which alone count (8.4.9).
func (c *checker) checkListings() {
	var first *Node
	count := 0
	for _, p := range c.d.Processes {
		p.Walk(func(n *Node) {
			c.checkListed(n, n.incoming, func(f *Flow) bool { return f.Target == n }, "incoming")
			c.checkListed(n, n.outgoing, func(f *Flow) bool { return f.Source == n }, "outgoing")
			if len(n.incoming) < len(n.Incoming) || len(n.outgoing) < len(n.Outgoing) {
				if count++; first == nil {
					first = n
				}
			}
		})
	}
	if first != nil {
		c.warn("flow_unlisted", first.Element, "nodes that do not list all of their flows in <incoming> and <outgoing>: %d, the first %s; the flows count all the same", count, first)
	}
}

func (c *checker) checkListed(n *Node, ids []string, touches func(*Flow) bool, as string) {
	for _, id := range ids {
		if f := c.d.flows[id]; f != nil && f.Source != nil && f.Target != nil && !touches(f) {
			c.error("flow_listed_wrongly", n.Element, "%s lists %s as %s, but that flow leads from %s to %s; delete the entry or correct the flow", n, f, as, f.Source, f.Target)
		}
	}
}
