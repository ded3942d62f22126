package bpmn

import (
	"strings"

	"github.com/beevik/etree"
)

// survey walks the whole tree once: it notes every id and finds ids used twice and elements that stand where BPMN has none.
// What is in an extension has no meaning for BPMN.
func (b *builder) survey(e, parent *etree.Element, extension bool) {
	if !extension && parent != nil {
		b.checkStanding(e, parent)
	}
	b.noteID(e, extension)
	extension = extension || e.Space == modelSpace && e.Tag == "extensionElements" || e.Space != modelSpace && e.Space != diagramSpace
	for _, token := range e.Child {
		if c, ok := token.(*etree.Element); ok {
			b.survey(c, e, extension)
		}
	}
}

// noteID finds ids that are taken. One taken twice outside of the model (the drawing, extensions) confuses nobody.
func (b *builder) noteID(e *etree.Element, extension bool) {
	id := id(e)
	if id == "" || extension || e.Space != modelSpace && e.Space != diagramSpace {
		return
	}
	model := e.Space == modelSpace
	holder := b.holder(e)
	first, taken := b.def.named[id]
	switch {
	case taken:
		says, mend := Warningf, ""
		if model && isModel(first.kind) {
			says, mend = Errorf, "; give each its own"
		}
		b.problems.add(says("id_twice", holder, "the id %q of %s is taken by the %s in line %d%s", clip(id), article(words(e.Tag)), words(first.kind), first.Line, mend))
	case !isName(id):
		b.problems.add(Warningf("id_wrong", holder, "the id %q is no XML name: it begins with a letter or _ and holds letters, digits, - _ . only", clip(id)))
	}
	if !taken || model && !isModel(first.kind) {
		b.def.named[id] = named{holder, e.Tag}
	}
	if model && b.byID[id] == nil {
		b.byID[id] = e
	}
}

// isModel tells the names of BPMN's model from those of its drawing.
func isModel(kind string) bool { return !strings.HasPrefix(kind, "BPMN") }

// isName tells whether the id is an NCName (the schema's type ID).
func isName(id string) bool {
	for i, r := range id {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0xC0 && r != 0xD7 && r != 0xF7
		if !letter && (i == 0 || !(r >= '0' && r <= '9' || r == '-' || r == '.' || r == 0xB7)) {
			return false
		}
	}
	return true
}

// checkStanding finds elements that stand where nothing would read them: a misspelt or misplaced task must not vanish silently.
func (b *builder) checkStanding(e, parent *etree.Element) {
	switch {
	case e.Space == diagramSpace, e.Space != modelSpace && parent.Space != modelSpace:
	case e.Space != modelSpace && (isFlowNode(e.Tag) || e.Tag == "sequenceFlow" || e.Tag == "process"):
		b.stray(Errorf("element_namespace", b.holder(e), "%s is in the namespace %q and would not be read; BPMN's is %q",
			title(e.Tag, b.holder(e)), clip(e.Space), modelSpace))
	case e.Space != modelSpace:
		b.stray(Warningf("element_foreign", b.holder(e), "<%s> is no element of BPMN and is not read; such elements stand inside <extensionElements>", clip(e.Tag)))
	case !standard[e.Tag]:
		b.stray(Errorf("element_unknown", b.holder(e), "<%s> is no element of BPMN 2.0; correct its name", clip(e.Tag)))
	case choreographic[e.Tag] && (parent.Tag == "process" || scopeNames[parent.Tag]):
		b.stray(Errorf("choreography_in_process", b.holder(e), "%s stands in a %s; choreography activities stand in choreographies only (10.3)",
			title(e.Tag, b.holder(e)), words(parent.Tag)))
	case (isFlowNode(e.Tag) || e.Tag == "sequenceFlow" || e.Tag == "laneSet") && !holdsFlow(parent.Tag):
		b.stray(Errorf("element_misplaced", b.holder(e), "%s stands in <%s>; it must stand in a process or sub-process",
			title(e.Tag, b.holder(e)), clip(parent.Tag)))
	case e.Tag == "process" && parent.Tag != "definitions":
		b.stray(Errorf("element_misplaced", b.holder(e), "%s stands in <%s>; it must stand directly in <definitions>", title(e.Tag, b.holder(e)), clip(parent.Tag)))
	}
}

func holdsFlow(kind string) bool {
	switch kind {
	case "process", "choreography", "subChoreography", "globalChoreographyTask":
		return true
	}
	return scopeNames[kind]
}

var choreographic = map[string]bool{"choreographyTask": true, "callChoreography": true, "subChoreography": true}

// scopeNames are the elements that hold a flow of their own inside another.
var scopeNames = map[string]bool{"subProcess": true, "transaction": true, "adHocSubProcess": true}

// standard holds the names of all elements of BPMN 2.0.2.
var standard = set(`
	activationCondition adHocSubProcess artifact assignment association auditing
	baseElement baseElementWithMixedContent boundaryEvent businessRuleTask
	callActivity callChoreography callConversation callableElement cancelEventDefinition catchEvent category categoryValue
	categoryValueRef choreography choreographyActivity choreographyRef choreographyTask collaboration compensateEventDefinition
	completionCondition complexBehaviorDefinition complexGateway condition conditionExpression conditionalEventDefinition
	conversation conversationAssociation conversationLink conversationNode correlationKey correlationKeyRef
	correlationProperty correlationPropertyBinding correlationPropertyRef correlationPropertyRetrievalExpression correlationSubscription
	dataInput dataInputAssociation dataInputRefs dataObject dataObjectReference dataOutput dataOutputAssociation
	dataOutputRefs dataPath dataState dataStore dataStoreReference definition definitionalCollaborationRef definitions documentation
	endEvent endPoint endPointRef error errorEventDefinition errorRef escalation escalationEventDefinition event
	eventBasedGateway eventDefinition eventDefinitionRef exclusiveGateway expression extension extensionElements
	flowElement flowNode flowNodeRef formalExpression from
	gateway globalBusinessRuleTask globalChoreographyTask globalConversation globalManualTask globalScriptTask globalTask
	globalUserTask group humanPerformer
	implicitThrowEvent import inMessageRef inclusiveGateway incoming incomingConversationLinks innerConversationNodeRef
	innerParticipantRef inputDataItem inputSet inputSetRefs inputSetWithOptional inputSetWithWhileExecuting interface interfaceRef
	intermediateCatchEvent intermediateThrowEvent ioBinding ioSpecification itemDefinition
	lane laneSet childLaneSet linkEventDefinition loopCardinality loopCharacteristics loopCondition loopDataInputRef loopDataOutputRef
	manualTask message messageEventDefinition messageFlow messageFlowAssociation messageFlowRef messagePath monitoring
	multiInstanceLoopCharacteristics
	operation operationRef optionalInputRefs optionalOutputRefs outMessageRef outerConversationNodeRef outerParticipantRef outgoing
	outgoingConversationLinks outputDataItem outputSet outputSetRefs outputSetWithOptional outputSetWithWhileExecuting
	parallelGateway participant participantAssociation participantMultiplicity participantRef partitionElement partnerEntity
	partnerEntityRef partnerRole partnerRoleRef performer potentialOwner process property
	receiveTask relationship rendering resource resourceAssignmentExpression resourceParameter resourceParameterBinding
	resourceRef resourceRole rootElement
	script scriptTask sendTask sequenceFlow serviceTask signal signalEventDefinition source sourceRef standardLoopCharacteristics
	startEvent subChoreography subConversation subProcess supportedInterfaceRef supportedInterfaceRefs supports
	target targetRef task terminateEventDefinition text textAnnotation throwEvent timeCycle timeDate timeDuration
	timerEventDefinition to transaction transformation
	userTask value whileExecutingInputRefs whileExecutingOutputRefs eventDefinitions`)

func set(names string) map[string]bool {
	s := map[string]bool{}
	for _, name := range strings.Fields(names) {
		s[name] = true
	}
	return s
}
