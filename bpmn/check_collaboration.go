package bpmn

// checkCollaboration checks pools and message flows (9.3, 9.4). They don't run, but they say what is meant.
func (c *checker) checkCollaboration(x *Collaboration) {
	for _, p := range x.Participants {
		if p.Minimum < 0 || p.Maximum < 1 || p.Maximum < p.Minimum {
			c.error("multiplicity_wrong", p.Element, "%s has the multiplicity %d to %d; the minimum is 0 or more, the maximum 1 or more and not below it",
				title("participant", p.Element), p.Minimum, p.Maximum)
		}
	}
	for _, f := range x.MessageFlows {
		c.checkMessageFlow(f)
	}
}

func (c *checker) checkMessageFlow(f *MessageFlow) {
	flow := title("messageFlow", f.Element)
	from, to := c.d.nodes[f.SourceRef], c.d.nodes[f.TargetRef]
	if f.SourceRef != "" && f.SourceRef == f.TargetRef || c.pool(f.SourceRef) != nil && c.pool(f.SourceRef) == c.pool(f.TargetRef) {
		c.error("message_flow_one_pool", f.Element, "%s stays in one pool; within a pool draw a sequence flow", flow)
	}
	if from != nil {
		switch {
		case from.Kind == StartEvent, from.Kind == IntermediateCatchEvent, from.Kind == BoundaryEvent:
			c.error("message_flow_direction", from.Element, "%s starts at %s, which catches; it must start at what sends", flow, from)
		case from.IsEvent() && !from.Triggered(MessageTrigger):
			c.error("message_flow_no_message", from.Element, "%s starts at %s, which sends no message; give it a message event definition", flow, from)
		}
	}
	if to != nil {
		switch {
		case to.Kind == EndEvent, to.Kind == IntermediateThrowEvent:
			c.error("message_flow_direction", to.Element, "%s leads to %s, which throws; it must lead to what receives", flow, to)
		case to.IsEvent() && !to.Triggered(MessageTrigger):
			c.error("message_flow_no_message", to.Element, "%s leads to %s, which waits for no message; give it a message event definition", flow, to)
		}
	}
}

// pool is the process in the pool that the id stands for or in; nil where that can't be told.
func (c *checker) pool(id string) *Process {
	if n := c.d.nodes[id]; n != nil {
		return n.Process
	}
	if p := c.d.participants[id]; p != nil {
		return p.Process
	}
	return nil
}
