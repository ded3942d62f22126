package bpmn

import "strings"

// checkActivity checks one activity (10.3).
func (c *checker) checkActivity(n *Node) {
	if n.StartQuantity < 1 || n.CompletionQuantity < 1 {
		c.error("quantity_wrong", n.Element, "the startQuantity and completionQuantity of %s must be 1 or more", n)
	}
	if n.ForCompensation && len(n.Incoming)+len(n.Outgoing) > 0 {
		c.error("compensation_flow", n.Element, "%s compensates and has a sequence flow; an association from a compensation boundary event leads to it, nothing else", n)
	}
	if n.Kind == ReceiveTask && n.Instantiate && len(n.Incoming) > 0 {
		c.error("instantiate_incoming", n.Element, "%s starts the process (instantiate), so nothing may lead into it", n)
	}
	if n.Loop != nil {
		c.checkLoop(n, n.Loop)
	}
	if n.Inside != nil {
		c.checkSubProcess(n)
	}
}

// checkLoop: how often is known, by count or by collection (10.3.8).
func (c *checker) checkLoop(n *Node, l *Loop) {
	if !l.MultiInstance {
		if l.Condition == nil && l.Maximum <= 0 {
			c.unrunnable(n, "loop_endless", "%s loops with neither a loopCondition nor a loopMaximum; write one", n)
		}
		return
	}
	switch {
	case l.Cardinality != nil && l.collectionRef != "":
		c.error("loop_two_counts", n.Element, "%s has a loopCardinality and a loopDataInputRef; keep one", n)
	case l.Cardinality == nil && l.Collection == "":
		c.unrunnable(n, "loop_no_count", "%s does not say how often: write a loopCardinality or a loopDataInputRef", n)
	}
	switch {
	case l.Behavior == "none" && l.NoneEvent == nil:
		c.error("loop_event_missing", n.Element, "%s has behavior None and no event for it; write noneBehaviorEventRef", n)
	case l.Behavior == "one" && l.OneEvent == nil:
		c.error("loop_event_missing", n.Element, "%s has behavior One and no event for it; write oneBehaviorEventRef", n)
	case l.Behavior == "complex" && len(l.Complex) == 0:
		c.error("loop_event_missing", n.Element, "%s has behavior Complex and no complexBehaviorDefinition", n)
	}
}

// checkSubProcess checks event (10.3.5), ad-hoc (10.3.5) and plain sub-processes as activities.
func (c *checker) checkSubProcess(n *Node) {
	starts := n.Inside.of(StartEvent)
	if n.EventSubProcess() && len(starts) != 1 {
		c.error("event_subprocess_start", n.Element, "%s is an event sub-process and has %d start events; it has exactly one", n, len(starts))
	}
	if n.Kind == AdHocSubProcess {
		c.checkAdHoc(n)
	} else if len(n.Inside.Nodes) == 0 {
		c.warn("subprocess_empty", n.Element, "%s is empty", n)
	}
	if n.Loop == nil || !n.Loop.MultiInstance { // a multi-instance one has its collection there
		for _, d := range n.Data {
			if d.Kind == "dataInput" || d.Kind == "dataOutput" {
				c.error("data_in_subprocess", d.Element, "%s belongs to %s; a sub-process sees the data around it and has no inputs and outputs of its own (10.4.1)", title(d.Kind, d.Element), n)
			}
		}
	}
}

func (c *checker) checkAdHoc(n *Node) {
	activities := 0
	for _, inner := range n.Inside.Nodes {
		switch {
		case inner.IsActivity():
			activities++
		case inner.Kind == StartEvent || inner.Kind == EndEvent:
			c.error("ad_hoc_start_end", inner.Element, "%s stands in %s; an ad-hoc sub-process has no start and end events", inner, n)
		}
	}
	if activities == 0 {
		c.error("ad_hoc_empty", n.Element, "%s holds no activity", n)
	}
}

// checkCalls: a called process of this file can be started by a call (10.3.6). One that is not in this file may be deployed already.
func (c *checker) checkCalls() {
	for _, p := range c.d.Processes {
		p.Walk(func(n *Node) {
			if n.Kind == CallActivity {
				c.checkCall(n)
			}
		})
	}
}

func (c *checker) checkCall(n *Node) {
	if n.CalledElement == "" {
		c.unrunnable(n, "call_empty", "%s calls nothing; write the called process's id in calledElement", n)
		return
	}
	switch target, ok := c.d.named[n.CalledElement]; {
	case !ok:
	case target.kind == "process":
		if p := c.d.processes[n.CalledElement]; p != nil && !callable(p) {
			c.error("call_without_start", n.Element, "%s calls %s, whose start events all have triggers; a call needs one without", n, title("process", p.Element))
		}
	case !strings.HasPrefix(target.kind, "global"): // a process of another file may have that id
		c.warn("reference_wrong", n.Element, "%s calls %q, which is %s; a process must be there", n, clip(n.CalledElement), article(words(target.kind)))
	}
}

// callable: a process without start events starts at the nodes that nothing leads to.
func callable(p *Process) bool {
	starts := StartEvents(&p.Scope)
	for _, s := range starts {
		if len(s.Events) == 0 {
			return true
		}
	}
	return len(starts) == 0
}
