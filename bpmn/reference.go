package bpmn

import (
	"strings"

	"github.com/beevik/etree"
)

// named is an element that has an id, with its BPMN name.
type named struct {
	Element
	kind string
}

// want is what a reference must lead to.
type want struct {
	code     string // of the problem when there is no such element
	severity Severity
	says     string                 // "leads to": between the element and the id in a sentence
	noun     string                 // what must be there: "a flow node"
	allows   func(kind string) bool // tells whether an element of that BPMN name may be there
}

func only(kind string) func(string) bool { return func(k string) bool { return k == kind } }

func isFlowNode(kind string) bool { return nodeKinds[Kind(kind)] != 0 }
func isActivity(kind string) bool { return nodeKinds[Kind(kind)] == activityKind }
func isEvent(kind string) bool    { return nodeKinds[Kind(kind)] == eventKind }
func isEventDefinition(kind string) bool {
	return strings.HasSuffix(kind, definitionSuffix) && standard[kind]
}

func isItemAware(kind string) bool {
	switch kind {
	case "dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "dataInput", "dataOutput", "property":
		return true
	}
	return false
}

// isPeer tells whether a message flow may end there (an InteractionNode, 9.4).
func isPeer(kind string) bool {
	return kind == "participant" || isActivity(kind) || isEvent(kind) || strings.HasSuffix(strings.ToLower(kind), "conversation")
}

var (
	wantSource     = &want{"flow_source_missing", SeverityError, "starts at", "a flow node", isFlowNode}
	wantTarget     = &want{"flow_target_missing", SeverityError, "leads to", "a flow node", isFlowNode}
	wantDefault    = &want{"default_missing", SeverityError, "has the default flow", "a sequence flow", only("sequenceFlow")}
	wantIncoming   = &want{"reference_missing", SeverityWarning, "lists as incoming", "a sequence flow", only("sequenceFlow")}
	wantOutgoing   = &want{"reference_missing", SeverityWarning, "lists as outgoing", "a sequence flow", only("sequenceFlow")}
	wantHost       = &want{"host_missing", SeverityError, "is attached to", "an activity", isActivity}
	wantMessage    = &want{"message_missing", SeverityError, "names the message", "a message", only("message")}
	wantSignal     = &want{"signal_missing", SeverityError, "names the signal", "a signal", only("signal")}
	wantError      = &want{"error_missing", SeverityWarning, "names the error", "an error", only("error")}
	wantEscalation = &want{"escalation_missing", SeverityError, "names the escalation", "an escalation", only("escalation")}
	wantActivity   = &want{"activity_missing", SeverityError, "compensates", "an activity", isActivity}
	wantDefinition = &want{"event_definition_missing", SeverityError, "refers to the event definition", "an event definition", isEventDefinition}
	wantOperation  = &want{"reference_missing", SeverityWarning, "names the operation", "an operation", only("operation")}
	wantProcess    = &want{"process_missing", SeverityError, "shows the process", "a process", only("process")}
	wantLaneNode   = &want{"lane_node_missing", SeverityWarning, "holds", "a flow node", isFlowNode}
	wantDataObject = &want{"data_missing", SeverityError, "stands for", "a data object", only("dataObject")}
	wantDataStore  = &want{"data_missing", SeverityError, "stands for", "a data store", only("dataStore")}
	wantData       = &want{"data_missing", SeverityError, "reads or writes", "data", isItemAware}
	wantItem       = &want{"reference_missing", SeverityWarning, "has the type", "an item definition", only("itemDefinition")}
	wantLink       = &want{"link_missing", SeverityError, "is linked with", "a link event definition", only("linkEventDefinition")}
	wantPeer       = &want{"message_flow_end_missing", SeverityError, "ends at", "a pool, an activity or an event", isPeer}
	wantKey        = &want{"correlation_missing", SeverityError, "subscribes to", "a correlation key", only("correlationKey")}
	wantProperty   = &want{"correlation_missing", SeverityError, "is made of", "a correlation property", only("correlationProperty")}
	wantAnything   = &want{"association_end_missing", SeverityWarning, "ends at", "an element", func(string) bool { return true }}
	wantDrawn      = &want{"shape_missing", SeverityWarning, "draws", "an element", func(string) bool { return true }}
)

// need reads a reference that e can't do without.
func (b *builder) need(e *etree.Element, name string, w *want) string {
	if strings.TrimSpace(attr(e, name)) == "" {
		b.stray(Errorf(w.code, b.holder(e), "%s has no %s; name %s there", title(e.Tag, b.holder(e)), name, w.noun))
		return ""
	}
	return b.ref(e, name, w)
}

// ref reads a reference in an attribute of e; its local id is empty where none is written or it leads out of this file.
func (b *builder) ref(e *etree.Element, name string, w *want) string {
	value, written := lookup(e, name)
	if !written {
		return ""
	}
	return b.refTo(e, e, value, w)
}

// refText reads a reference that is the text of a child of e.
func (b *builder) refText(e, c *etree.Element, w *want) string { return b.refTo(e, c, text(c), w) }

func (b *builder) refTo(e, at *etree.Element, value string, w *want) string {
	to, space := b.local(at, value)
	found, ok := b.def.named[to]
	switch {
	case space != "":
		if w != wantItem { // types may well be defined elsewhere
			b.broken(e, w, "reference_foreign", "%s %s %q of another file (%s), which is not read; put it into this file and write its id without the prefix",
				w.says, clip(to), clip(space))
		}
		return ""
	case !ok:
		b.broken(e, w, w.code, "%s %s %q, which does not exist; name %s of this file", w.says, clip(to), w.noun)
	case !w.allows(found.kind):
		b.broken(e, w, "reference_wrong", "%s %s %q, which is %s; %s must be there", w.says, clip(to), article(words(found.kind)), w.noun)
	}
	return to
}

// broken keeps a reference that leads nowhere, out of the file or to something else.
func (b *builder) broken(e *etree.Element, w *want, code, format string, args ...any) {
	holder, name := b.around(e)
	p := Errorf(code, holder, format, append([]any{name}, args...)...)
	p.Severity = w.severity
	b.stray(p)
}
