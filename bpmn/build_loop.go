package bpmn

import (
	"strings"

	"github.com/beevik/etree"
)

// loop reads standard loop or multi-instance characteristics (10.3.8); nil where the activity has none.
func (b *builder) loop(e *etree.Element) *Loop {
	var loops []*Loop
	children(e, func(c *etree.Element) {
		switch c.Tag {
		case "standardLoopCharacteristics":
			loops = append(loops, b.standardLoop(c))
		case "multiInstanceLoopCharacteristics":
			loops = append(loops, b.multiInstance(c))
		}
	})
	if len(loops) == 0 {
		return nil
	}
	if len(loops) > 1 {
		b.stray(Errorf("loop_twice", b.holder(e), "%s has two loop markers; keep one", title(e.Tag, b.holder(e))))
	}
	return loops[0]
}

func (b *builder) standardLoop(e *etree.Element) *Loop {
	return &Loop{
		Element:    b.element(e),
		Condition:  b.expression(child(e, "loopCondition")),
		TestBefore: b.boolean(e, "testBefore", false),
		Maximum:    b.whole(e, "loopMaximum", 0),
		Extensions: b.extensions(e),
	}
}

func (b *builder) multiInstance(e *etree.Element) *Loop {
	l := &Loop{
		Element:       b.element(e),
		MultiInstance: true,
		Sequential:    b.boolean(e, "isSequential", false),
		Cardinality:   b.expression(child(e, "loopCardinality")),
		Completion:    b.expression(child(e, "completionCondition")),
		Item:          itemName(child(e, "inputDataItem")),
		OutputItem:    itemName(child(e, "outputDataItem")),
		Behavior:      strings.ToLower(b.oneOf(e, "behavior", "All", "None", "One", "All", "Complex")),
		NoneEvent:     b.eventAt(e, "noneBehaviorEventRef"),
		OneEvent:      b.eventAt(e, "oneBehaviorEventRef"),
		Extensions:    b.extensions(e),
	}
	if c := child(e, "loopDataInputRef"); c != nil {
		l.collectionRef, _ = b.local(c, text(c))
	}
	if c := child(e, "loopDataOutputRef"); c != nil {
		l.outputRef, _ = b.local(c, text(c))
	}
	children(e, func(c *etree.Element) {
		if c.Tag == "complexBehaviorDefinition" {
			l.Complex = append(l.Complex, b.complexBehavior(c))
		}
	})
	b.vendorLoop(e, l)
	return l
}

// vendorLoop reads camunda's and zeebe's way to name the collection.
func (b *builder) vendorLoop(e *etree.Element, l *Loop) {
	for _, a := range e.Attr {
		switch {
		case !isCamunda(a.Space):
		case a.Key == "collection" && l.Collection == "":
			l.Collection, l.CollectionIsExpression = a.Value, strings.Contains(a.Value, "${") || strings.Contains(a.Value, "#{")
		case a.Key == "elementVariable" && l.Item == "":
			l.Item = a.Value
		}
	}
	if z := vendorChild(e, zeebeSpace, "loopCharacteristics"); z != nil && l.Collection == "" {
		l.Collection, l.CollectionIsExpression = attr(z, "inputCollection"), attr(z, "inputCollection") != ""
		l.OutputCollection = attr(z, "outputCollection")
		if item := attr(z, "inputElement"); item != "" {
			l.Item = item
		}
		if item := attr(z, "outputElement"); item != "" {
			l.OutputItem = item
		}
	}
}

func (b *builder) complexBehavior(e *etree.Element) ComplexBehavior {
	c := ComplexBehavior{Condition: b.expression(child(e, "condition"))}
	if thrown := child(e, "event"); thrown != nil {
		if events := b.events(thrown); len(events) > 0 {
			c.Event = events[0]
		}
	}
	return c
}

// eventAt is the event definition that an attribute refers to.
func (b *builder) eventAt(e *etree.Element, name string) *Event {
	target := b.byID[b.ref(e, name, wantDefinition)]
	if target == nil || !isEventDefinition(target.Tag) {
		return nil
	}
	return b.event(target)
}

func itemName(e *etree.Element) string {
	if e == nil {
		return ""
	}
	if name := attr(e, "name"); name != "" {
		return name
	}
	return id(e)
}
