package bpmn

import "slices"

// position is where an event stands, with the triggers that may stand there (10.5.2–10.5.4, tables 10.84–10.93).
type position struct {
	noun     string
	triggers []Trigger
	none     bool // it may have no trigger
}

var (
	topStart      = position{"the start event of a process", []Trigger{MessageTrigger, TimerTrigger, ConditionalTrigger, SignalTrigger}, true}
	innerStart    = position{"the start event of a sub-process", nil, true}
	eventStart    = position{"the start event of an event sub-process", []Trigger{MessageTrigger, TimerTrigger, ErrorTrigger, EscalationTrigger, CompensationTrigger, ConditionalTrigger, SignalTrigger}, false}
	catching      = position{"an intermediate catch event", []Trigger{MessageTrigger, TimerTrigger, ConditionalTrigger, LinkTrigger, SignalTrigger}, false}
	throwing      = position{"an intermediate throw event", []Trigger{MessageTrigger, EscalationTrigger, CompensationTrigger, LinkTrigger, SignalTrigger}, true}
	atBoundary    = position{"a boundary event", []Trigger{MessageTrigger, TimerTrigger, ErrorTrigger, EscalationTrigger, CancelTrigger, CompensationTrigger, ConditionalTrigger, SignalTrigger}, false}
	ending        = position{"an end event", []Trigger{MessageTrigger, EscalationTrigger, ErrorTrigger, CancelTrigger, CompensationTrigger, SignalTrigger, TerminateTrigger}, true}
	interruptOnly = []Trigger{ErrorTrigger, CancelTrigger, CompensationTrigger} // these end what they hit: no non-interrupting one exists
)

func positionOf(n *Node) position {
	switch n.Kind {
	case StartEvent:
		switch {
		case n.Parent == nil:
			return topStart
		case n.Parent.EventSubProcess():
			return eventStart
		}
		return innerStart
	case IntermediateCatchEvent:
		return catching
	case IntermediateThrowEvent:
		return throwing
	case BoundaryEvent:
		return atBoundary
	}
	return ending
}

func (c *checker) checkEvent(n *Node) {
	at := positionOf(n)
	if len(n.Events) == 0 && !at.none {
		c.error("trigger_missing", n.Element, "%s has no trigger; %s has one of %s", n, at.noun, listedTriggers(at.triggers))
	}
	for _, e := range n.Events {
		c.checkTrigger(n, e, at)
		c.checkDefinition(n, e)
	}
	if n.Kind == BoundaryEvent {
		c.checkBoundary(n)
	}
}

func (c *checker) checkTrigger(n *Node, e *Event, at position) {
	interrupts := n.Kind != BoundaryEvent && n.Kind != StartEvent || n.Interrupting
	switch {
	case at.triggers == nil:
		c.error("trigger_wrong", n.Element, "%s has a trigger (%s); the flow that reaches the sub-process starts it, so its start event has none", n, words(string(e.Trigger)))
	case !slices.Contains(at.triggers, e.Trigger):
		c.error("trigger_wrong", n.Element, "%s has the trigger %s, which %s can't have; it can have %s", n, words(string(e.Trigger)), at.noun, listedTriggers(at.triggers))
	case !interrupts && slices.Contains(interruptOnly, e.Trigger):
		c.error("trigger_must_interrupt", n.Element, "%s has the trigger %s and is marked as not interrupting; delete the mark", n, words(string(e.Trigger)))
	case e.Trigger == CancelTrigger && !cancels(n):
		c.error("cancel_outside_transaction", n.Element, "%s cancels a transaction, but none is there; a cancel event ends or is attached to a transaction", n)
	}
}

// cancels: a cancel end event stands in a transaction, a cancel boundary event on one (10.5.6).
func cancels(n *Node) bool {
	if n.Kind == BoundaryEvent {
		return n.AttachedTo == nil || n.AttachedTo.Kind == Transaction
	}
	for up := n.Parent; up != nil; up = up.Parent {
		if up.Kind == Transaction {
			return true
		}
	}
	return false
}

// checkDefinition checks what an event definition must say (10.5.5).
func (c *checker) checkDefinition(n *Node, e *Event) {
	runs := n.Process.Declared && n.Process.Executable
	throws := n.Kind == EndEvent || n.Kind == IntermediateThrowEvent
	switch e.Trigger {
	case TimerTrigger:
		if e.Timer == nil || e.Timer.Text == "" {
			c.unrunnable(n, "timer_missing", "%s has no time; write one of timeDate, timeDuration and timeCycle", n)
		}
	case ConditionalTrigger:
		switch {
		case e.Condition == nil || e.Condition.Text == "":
			c.unrunnable(n, "condition_missing", "%s has no condition to wait for; write it in <condition>", n)
		case runs && e.informal:
			c.warn("condition_informal", n.Element, "the condition of %s is plain prose; write a formal expression, marked xsi:type=\"tFormalExpression\"", n)
		}
	case ErrorTrigger:
		if runs && throws && (e.Error == nil || e.Error.Code == "") {
			c.error("error_code_missing", n.Element, "%s throws an error without a code: who catches it can't be told; give it an errorRef to an error with an errorCode", n)
		}
	case CompensationTrigger:
		if throws && e.Activity != nil && !e.Activity.around(n) {
			c.error("activity_elsewhere", n.Element, "%s compensates %s, which it can't see: name an activity of its own level or of a level around it, like the sub-process that holds that one", n, e.Activity)
		}
	case EscalationTrigger:
		if runs && throws && (e.Escalation == nil || e.Escalation.Code == "") {
			c.error("escalation_code_missing", n.Element, "%s throws an escalation without a code: who catches it can't be told; give it an escalationRef to an escalation with an escalationCode", n)
		}
	}
}

// checkBoundary checks where a boundary event is attached (10.5.4).
func (c *checker) checkBoundary(n *Node) {
	host := n.AttachedTo
	switch {
	case host == nil:
	case host.Parent != n.Parent || host.Process != n.Process:
		c.error("host_elsewhere", n.Element, "%s is attached to %s, which stands at another level; move both to one", n, host)
	case host.EventSubProcess():
		c.error("host_event_subprocess", n.Element, "%s is attached to %s, an event sub-process, which has no boundary events", n, host)
	}
	if n.Triggered(CompensationTrigger) && len(n.Outgoing) > 0 {
		c.error("compensation_outgoing", n.Element, "%s has an outgoing flow; its handler hangs on it by an association", n)
	}
}

// checkOperations says once that message events name no operation: BPMN wants one in an executable process (10.5.5), nothing here does.
func (c *checker) checkOperations() {
	var first *Node
	count := 0
	for _, p := range c.d.Processes {
		if !p.Executable {
			continue
		}
		p.Walk(func(n *Node) {
			for _, e := range n.Events {
				if e.Trigger == MessageTrigger && e.Operation == "" {
					if count++; first == nil {
						first = n
					}
				}
			}
		})
	}
	if first != nil {
		c.warn("operation_missing", first.Element, "message events that name no operation: %d, the first %s; none is needed to run", count, first)
	}
}

func listedTriggers(all []Trigger) string {
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = words(string(t))
	}
	return listed(names)
}
