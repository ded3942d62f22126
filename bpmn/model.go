package bpmn

import "strings"

// Definitions is a parsed BPMN 2.0 file. References that lead nowhere are nil here; Check reports them.
type Definitions struct {
	Element
	TargetNamespace string
	Exporter        string // "Camunda Modeler 5.50.1": exporter and exporterVersion
	Encoding        string // the name of the encoding that the bytes were in
	Processes       []*Process
	Collaborations  []*Collaboration
	Messages        []*Message
	Properties      []*CorrelationProperty
	Signals         []*Signal
	Errors          []*Error
	Escalations     []*Escalation
	DataStores      []*Data
	Items           []*Item
	Extensions      Extensions

	named        map[string]named // every BPMN element that has an id
	nodes        map[string]*Node
	flows        map[string]*Flow
	data         map[string]*Data
	processes    map[string]*Process
	participants map[string]*Participant
	stray        flood // found while building, said by Check
}

// Place is where an element's start tag begins in the file as it was sent: line and column count from 1, columns in characters.
type Place struct{ Line, Column int }

// Element is what every element of a model has. A flow node or sequence flow written without an id gets one from its kind and
// number, like "startEvent-2"; others have none then.
type Element struct {
	ID            string
	Name          string
	Documentation string
	Place
}

// Process is an executable drawing, or a drawing of someone else's.
type Process struct {
	Element
	Executable bool // isExecutable; a process without the attribute can run too
	Declared   bool // isExecutable was written
	Scope
	Lanes       []*Lane // the lanes of all depths, those of sub-processes too, in file order
	Extensions  Extensions
	Participant *Participant   // the first pool that shows it
	Keys        []*Correlation // that hold for its messages

	subscriptions []*subscription
}

// Scope is what a process and a sub-process hold. Nodes and flows come in file order.
type Scope struct {
	Nodes        []*Node
	Flows        []*Flow
	Data         []*Data
	Associations []*Association // artifacts: needed for compensation
}

// Lane is a role in a pool.
type Lane struct {
	Element
	Nodes      []string // ids of its flow nodes, as written
	Parent     *Lane
	Extensions Extensions
}

// Kind is the BPMN element name of a flow node: "userTask".
type Kind string

// The flow nodes of BPMN 2.0.2.
const (
	Task             Kind = "task"
	UserTask         Kind = "userTask"
	ManualTask       Kind = "manualTask"
	ServiceTask      Kind = "serviceTask"
	SendTask         Kind = "sendTask"
	ReceiveTask      Kind = "receiveTask"
	ScriptTask       Kind = "scriptTask"
	BusinessRuleTask Kind = "businessRuleTask"
	CallActivity     Kind = "callActivity"
	SubProcess       Kind = "subProcess"
	Transaction      Kind = "transaction"
	AdHocSubProcess  Kind = "adHocSubProcess"

	ExclusiveGateway  Kind = "exclusiveGateway"
	ParallelGateway   Kind = "parallelGateway"
	InclusiveGateway  Kind = "inclusiveGateway"
	EventBasedGateway Kind = "eventBasedGateway"
	ComplexGateway    Kind = "complexGateway"

	StartEvent             Kind = "startEvent"
	EndEvent               Kind = "endEvent"
	IntermediateCatchEvent Kind = "intermediateCatchEvent"
	IntermediateThrowEvent Kind = "intermediateThrowEvent"
	BoundaryEvent          Kind = "boundaryEvent"
)

// Node is a flow node: one struct for all kinds, grouped by who uses what.
type Node struct {
	Element
	Kind       Kind
	Process    *Process
	Parent     *Node // the sub-process around it; nil at the top of the process
	Lane       *Lane // the innermost lane that names it, or the one of the nearest sub-process around it
	Incoming   []*Flow
	Outgoing   []*Flow // in file order of the flows
	Extensions Extensions
	X, Y       float64 // of its shape's bounds in the diagram; 0 where it has none
	Drawn      bool    // it has a shape

	// activities
	Default            *Flow // gateways too
	DefaultRef         string
	Loop               *Loop
	Boundaries         []*Node // the boundary events attached to it, in file order
	ForCompensation    bool
	StartQuantity      int // 1 where not written
	CompletionQuantity int
	Inputs, Outputs    []*DataAssociation // data associations of activities and events
	Data               []*Data            // their data inputs, data outputs and properties

	// sub-processes
	Inside            *Scope // sub-process, transaction, ad-hoc
	TriggeredByEvent  bool
	Sequential        bool        // ad-hoc: ordering="Sequential"
	Completion        *Expression // ad-hoc: completionCondition
	KeepRemaining     bool        // ad-hoc: cancelRemainingInstances="false"
	TransactionMethod string

	// tasks
	Message        *Message // send and receive tasks
	MessageRef     string
	Operation      string
	Implementation string
	Instantiate    bool // receive tasks and event-based gateways
	Script         string
	ScriptFormat   string
	CalledElement  string

	// gateways
	Direction     string      // gatewayDirection as written
	ParallelStart bool        // event-based: eventGatewayType="Parallel"
	Activation    *Expression // complex: activationCondition

	// events
	Events           []*Event
	ParallelMultiple bool
	AttachedTo       *Node // boundary events
	AttachedRef      string
	Interrupting     bool // boundary events (cancelActivity) and start events of event sub-processes (isInterrupting)

	handler            *Node    // of a compensation boundary event
	handlers           int      // how many it has
	incoming, outgoing []string // the flows that its children of those names list
}

// Flow is a sequence flow.
type Flow struct {
	Element
	Source, Target       *Node
	SourceRef, TargetRef string
	Condition            *Expression
	Extensions           Extensions
}

// Expression is an expression as written, and where.
type Expression struct {
	Text     string
	Language string // its own, or of a formal expression the file's; empty where neither is written
	Place
}

// Trigger is the kind of an event definition, by the BPMN element name without "EventDefinition".
type Trigger string

// The triggers of BPMN 2.0.2. An event with no definition is a none event.
const (
	MessageTrigger      Trigger = "message"
	TimerTrigger        Trigger = "timer"
	ErrorTrigger        Trigger = "error"
	EscalationTrigger   Trigger = "escalation"
	CancelTrigger       Trigger = "cancel"
	CompensationTrigger Trigger = "compensate"
	ConditionalTrigger  Trigger = "conditional"
	LinkTrigger         Trigger = "link"
	SignalTrigger       Trigger = "signal"
	TerminateTrigger    Trigger = "terminate"
)

// Event is one event definition of an event node. Refs are as written (a QName's local part); what they lead to stands beside them.
type Event struct {
	Element
	Trigger    Trigger
	Ref        string // messageRef, signalRef, errorRef, escalationRef, activityRef; eventDefinitionRef is already followed
	Message    *Message
	Signal     *Signal
	Error      *Error // where errorRef leads nowhere, one with errorRef as its code
	Escalation *Escalation
	Activity   *Node // compensation: activityRef
	WaitFor    bool  // compensation: waitForCompletion, true where not written
	Timer      *Timer
	Condition  *Expression
	Link       string // link: its name
	LinkTo     *Node  // throwing link: the catching event of the same scope, by target or else by name; nil where there is none
	Operation  string
	Extensions Extensions

	informal         bool     // the condition is not written as a formal expression
	targets, sources []string // of a link
}

// Timer is a timer's one of three.
type Timer struct {
	Kind TimerKind
	Expression
}

// TimerKind says how a timer's text is read.
type TimerKind string

// The timer kinds by BPMN element name.
const (
	TimeDate     TimerKind = "timeDate"
	TimeDuration TimerKind = "timeDuration"
	TimeCycle    TimerKind = "timeCycle"
)

// Loop is multi-instance or standard loop characteristics.
type Loop struct {
	Element
	MultiInstance          bool
	Sequential             bool        // multi-instance
	Cardinality            *Expression // loopCardinality
	Collection             string      // loopDataInputRef (the data's name where it is an id of the model), camunda:collection or zeebe inputCollection
	CollectionIsExpression bool        // camunda:collection with ${…}, or zeebe
	Item                   string      // inputDataItem's name, camunda:elementVariable, zeebe inputElement
	OutputCollection       string      // loopDataOutputRef, zeebe outputCollection
	OutputItem             string      // outputDataItem's name; zeebe outputElement's expression
	Completion             *Expression // completionCondition
	Behavior               string      // none, one, all, complex; "all" where not written
	NoneEvent, OneEvent    *Event
	Complex                []ComplexBehavior
	Condition              *Expression // standard loop: loopCondition
	TestBefore             bool
	Maximum                int // standard loop: loopMaximum, 0: none
	Extensions             Extensions

	collectionRef, outputRef string // ids of data or names of variables, as written
}

// ComplexBehavior is one complexBehaviorDefinition of a multi-instance activity.
type ComplexBehavior struct {
	Condition *Expression
	Event     *Event
}

// Message, Signal, Error and Escalation are what events refer to.
type Message struct {
	Element
	Extensions Extensions
}

type Signal struct{ Element }

type Error struct {
	Element
	Code string
}

type Escalation struct {
	Element
	Code string
}

// Data is a data object, a data store or a reference to one; properties, inputs and outputs of processes and activities too.
type Data struct {
	Element
	Kind         string // the BPMN element name
	IsCollection bool
	Item         *Item
	Target       *Data // of a reference
	Ref          string
	Extensions   Extensions
}

// Variable is the name under which the data is known to expressions: the name of the data object that it refers to, or its own,
// where that is a name and no phrase; else the id.
func (d *Data) Variable() string {
	of := d
	if d.Target != nil {
		of = d.Target
	}
	for _, name := range []string{of.Name, d.Name} {
		if name != "" && isName(name) && !strings.ContainsAny(name, "-.") {
			return name
		}
	}
	return of.ID
}

// Item is an itemDefinition: the type of data.
type Item struct {
	Element
	Structure  string // structureRef as written
	Collection bool
}

// DataAssociation copies data into or out of an activity or event.
type DataAssociation struct {
	Element
	Sources        []string // names of the data referred to
	Target         string
	Transformation *Expression
	Assignments    []Assignment

	kind    string   // the BPMN element name
	sources []string // ids
	target  string
}

// Assignment is one from–to pair of a data association.
type Assignment struct{ From, To Expression }

// Association is an artifact's line. From a compensation boundary event it leads to the handler.
type Association struct {
	Element
	SourceRef, TargetRef string
}

// Collaboration is the pools of a drawing.
type Collaboration struct {
	Element
	Participants []*Participant
	MessageFlows []*MessageFlow

	keys []*CorrelationKey // its own and those of its conversations
}

// Correlation is a key by which messages find an instance of a process (8.4.2).
type Correlation struct {
	*CorrelationKey
	Bindings []*Expression // of a correlationSubscription: what each property is by the data of the process; nil: it has none
}

// CorrelationKey is what messages of one conversation have in common.
type CorrelationKey struct {
	Element
	Properties []*CorrelationProperty

	refs []string
}

// CorrelationProperty is a part of a key: an expression over each of the messages that bear it.
type CorrelationProperty struct {
	Element
	Paths map[*Message]*Expression

	refs map[string]*Expression // by id of the message
}

// Of are the expressions of the key's properties over a message, in order; nil where it does not bear all of them.
func (k *CorrelationKey) Of(m *Message) []*Expression {
	var all []*Expression
	for _, p := range k.Properties {
		path := p.Paths[m]
		if path == nil {
			return nil
		}
		all = append(all, path)
	}
	return all
}

// Participant is a pool.
type Participant struct {
	Element
	ProcessRef string
	Process    *Process
	Minimum    int // participantMultiplicity: 0 where not written
	Maximum    int // 1 where not written
}

// MessageFlow runs between pools; it has no meaning for execution.
type MessageFlow struct {
	Element
	SourceRef, TargetRef string
}
