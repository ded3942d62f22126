package bpmn

import (
	"strings"

	"github.com/beevik/etree"
)

const definitionSuffix = "EventDefinition"

// eventNode reads what events have (10.5).
func (b *builder) eventNode(e *etree.Element, n *Node) {
	n.ParallelMultiple = b.boolean(e, "parallelMultiple", false)
	switch n.Kind {
	case BoundaryEvent:
		n.AttachedRef = b.need(e, "attachedToRef", wantHost)
		n.Interrupting = b.boolean(e, "cancelActivity", true)
	case StartEvent:
		n.Interrupting = b.boolean(e, "isInterrupting", true)
	}
	n.Events = b.events(e)
}

// events are the definitions of an event, written in it or referred to.
func (b *builder) events(e *etree.Element) []*Event {
	var events []*Event
	children(e, func(c *etree.Element) {
		switch {
		case c.Tag == "eventDefinitionRef":
			if target := b.byID[b.refText(e, c, wantDefinition)]; target != nil && isEventDefinition(target.Tag) {
				b.checkShared(e, target)
				events = append(events, b.event(target))
			}
		case isEventDefinition(c.Tag):
			events = append(events, b.event(c))
		}
	})
	return events
}

// checkShared: a definition inside a throwing event is that event's own (10.5.1).
func (b *builder) checkShared(e, definition *etree.Element) {
	owner := definition.Parent()
	if owner.Tag == string(EndEvent) || owner.Tag == string(IntermediateThrowEvent) {
		b.stray(Errorf("event_definition_shared", b.holder(e), "%s refers to a definition inside the throwing %s; move the definition into <definitions>",
			title(e.Tag, b.holder(e)), title(owner.Tag, b.holder(owner))))
	}
}

// event builds one event definition (10.5.5).
func (b *builder) event(e *etree.Element) *Event {
	x := &Event{
		Element:    b.element(e),
		Trigger:    Trigger(strings.TrimSuffix(e.Tag, definitionSuffix)),
		Extensions: b.extensions(e),
	}
	switch x.Trigger {
	case MessageTrigger:
		x.Ref = b.ref(e, "messageRef", wantMessage)
		x.Operation = b.ref(e, "operationRef", wantOperation)
		if o := child(e, "operationRef"); o != nil {
			x.Operation = b.refText(e, o, wantOperation)
		}
	case SignalTrigger:
		x.Ref = b.ref(e, "signalRef", wantSignal)
	case ErrorTrigger:
		x.Ref = b.ref(e, "errorRef", wantError)
	case EscalationTrigger:
		x.Ref = b.ref(e, "escalationRef", wantEscalation)
	case CompensationTrigger:
		x.Ref = b.ref(e, "activityRef", wantActivity)
		x.WaitFor = b.boolean(e, "waitForCompletion", true)
	case TimerTrigger:
		x.Timer = b.timer(e)
	case ConditionalTrigger:
		x.Condition = b.expression(child(e, "condition"))
		x.informal = x.Condition != nil && !formal(child(e, "condition"))
	case LinkTrigger:
		b.linkEnds(e, x)
	}
	return x
}

// formal tells whether an expression is written as a formal one (8.4.7).
func formal(e *etree.Element) bool {
	for i := range e.Attr {
		if e.Attr[i].Space == instanceSpace && e.Attr[i].Key == "type" {
			return strings.HasSuffix(strings.TrimSpace(e.Attr[i].Value), "tFormalExpression")
		}
	}
	return false
}

func (b *builder) linkEnds(e *etree.Element, x *Event) {
	x.Link = x.Name
	children(e, func(c *etree.Element) {
		switch c.Tag {
		case "target":
			x.targets = append(x.targets, b.refText(e, c, wantLink))
		case "source":
			x.sources = append(x.sources, b.refText(e, c, wantLink))
		}
	})
}

// timer reads the one of three that a timer has; of several the first, and Check says so.
func (b *builder) timer(e *etree.Element) *Timer {
	var timers []*Timer
	children(e, func(c *etree.Element) {
		switch kind := TimerKind(c.Tag); kind {
		case TimeDate, TimeDuration, TimeCycle:
			timers = append(timers, &Timer{kind, *b.expression(c)})
		}
	})
	switch {
	case len(timers) == 0:
		return nil
	case len(timers) > 1:
		holder, title := b.around(e)
		b.stray(Errorf("timer_twice", holder, "%s has %d times (%s and %s); keep one of timeDate, timeDuration and timeCycle",
			title, len(timers), timers[0].Kind, timers[1].Kind))
	}
	return timers[0]
}
