package bpmn

// checkGateway checks one gateway (10.6).
func (c *checker) checkGateway(n *Node) {
	in, out := len(n.Incoming), len(n.Outgoing)
	if in < 2 && out < 2 && n.Kind != EventBasedGateway {
		c.error("gateway_pointless", n.Element, "%s has neither several incoming nor several outgoing flows: it decides and joins nothing; delete it or draw the missing flow", n)
	}
	switch {
	case n.Direction == "Diverging" && in > 1, n.Direction == "Converging" && out > 1, n.Direction == "Mixed" && (in < 2 || out < 2):
		c.error("gateway_direction", n.Element, "%s has gatewayDirection %q, but %d incoming and %d outgoing flows; correct the direction or delete it", n, n.Direction, in, out)
	}
	if n.Kind == EventBasedGateway {
		c.checkEventGateway(n)
	}
}

// checkEventGateway checks the events that race behind an event-based gateway (10.6.6).
func (c *checker) checkEventGateway(n *Node) {
	if len(n.Outgoing) < 2 {
		c.error("event_gateway_single", n.Element, "%s has %d outgoing flows; it needs two events to choose from", n, len(n.Outgoing))
	}
	if n.Instantiate && len(n.Incoming) > 0 {
		c.error("instantiate_incoming", n.Element, "%s starts the process (instantiate), so nothing may lead into it", n)
	}
	if n.ParallelStart && !n.Instantiate {
		c.error("event_gateway_parallel", n.Element, "%s is parallel but does not start the process; only one that does (instantiate=\"true\") waits for all its events", n)
	}
	messages, receivers := 0, 0
	for _, f := range n.Outgoing {
		if f.Target == nil {
			continue
		}
		c.checkRacer(n, f.Target)
		if f.Target.Kind == ReceiveTask {
			receivers++
		}
		if f.Target.Triggered(MessageTrigger) {
			messages++
		}
	}
	if messages > 0 && receivers > 0 {
		c.error("event_gateway_mixed", n.Element, "behind %s stand message events and receive tasks; use one of the two", n)
	}
}

func (c *checker) checkRacer(gateway, n *Node) {
	allowed := n.Kind == ReceiveTask || n.Kind == IntermediateCatchEvent && !n.Triggered(LinkTrigger)
	switch {
	case !allowed:
		c.error("event_gateway_target", n.Element, "%s follows %s; only message, timer, conditional and signal catch events and receive tasks may", n, gateway)
	case len(n.Incoming) > 1:
		c.error("event_gateway_target_shared", n.Element, "%s follows %s and has other incoming flows too; join them after it", n, gateway)
	case len(n.Boundaries) > 0:
		c.error("event_gateway_boundary", n.Element, "%s follows %s and has boundary events; draw those events behind the gateway", n, gateway)
	}
}
