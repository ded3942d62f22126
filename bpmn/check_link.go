package bpmn

import "slices"

// checkLinks: link events are one flow in two pieces, at one level of one process (10.5.5).
func (c *checker) checkLinks(s *Scope) {
	throws, catches := linkEvents(s, IntermediateThrowEvent), linkEvents(s, IntermediateCatchEvent)
	byName, reached := map[string]linkEvent{}, map[*Node]bool{}
	for _, throw := range throws {
		reached[throw.LinkTo] = true
	}
	for _, catch := range catches {
		if other, taken := byName[catch.Link]; taken && catch.Link != "" {
			c.error("link_target_twice", catch.node.Element, "%s and %s both catch the link %q; give each its own name", other.node, catch.node, clip(catch.Link))
		}
		byName[catch.Link] = catch
		if len(catch.node.Incoming) > 0 {
			c.error("link_flow", catch.node.Element, "%s catches a link and has an incoming flow; the throwing link event leads to it", catch.node)
		}
		if !reached[catch.node] {
			c.error("link_source_missing", catch.node.Element, "no link event at the same level leads to %s (link %q); draw the throwing one, or delete this", catch.node, clip(catch.Link))
		}
	}
	for _, throw := range throws {
		c.checkThrownLink(throw)
	}
}

func (c *checker) checkThrownLink(throw linkEvent) {
	n := throw.node
	if len(n.Outgoing) > 0 {
		c.error("link_flow", n.Element, "%s throws a link and has an outgoing flow; the catching link event goes on", n)
	}
	if throw.LinkTo == nil {
		c.error("link_target_missing", n.Element, "%s has no catching link event at the same level (link %q); draw one of that name", n, clip(throw.Link))
		return
	}
	for _, catch := range throw.LinkTo.Events {
		if catch.Trigger == LinkTrigger && len(throw.targets) > 0 && throw.ID != "" && !slices.Contains(catch.sources, throw.ID) {
			c.error("link_mismatch", n.Element, "%s names %s as its target, which does not name it as a source; add <source>%s</source> there",
				n, throw.LinkTo, clip(throw.ID))
		}
	}
	if len(throw.targets) > 1 {
		c.error("link_mismatch", n.Element, "%s has %d targets; a link leads to one", n, len(throw.targets))
	}
}

type linkEvent struct {
	*Event
	node *Node
}

func linkEvents(s *Scope, kind Kind) []linkEvent {
	var links []linkEvent
	for _, n := range s.of(kind) {
		for _, e := range n.Events {
			if e.Trigger == LinkTrigger {
				links = append(links, linkEvent{e, n})
			}
		}
	}
	return links
}
