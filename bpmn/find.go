package bpmn

// family groups the kinds of flow nodes.
type family int

const (
	activityKind family = iota + 1
	gatewayKind
	eventKind
)

var nodeKinds = map[Kind]family{
	Task: activityKind, UserTask: activityKind, ManualTask: activityKind, ServiceTask: activityKind, SendTask: activityKind,
	ReceiveTask: activityKind, ScriptTask: activityKind, BusinessRuleTask: activityKind, CallActivity: activityKind,
	SubProcess: activityKind, Transaction: activityKind, AdHocSubProcess: activityKind,
	ExclusiveGateway: gatewayKind, ParallelGateway: gatewayKind, InclusiveGateway: gatewayKind, EventBasedGateway: gatewayKind, ComplexGateway: gatewayKind,
	StartEvent: eventKind, EndEvent: eventKind, IntermediateCatchEvent: eventKind, IntermediateThrowEvent: eventKind, BoundaryEvent: eventKind,
}

// IsActivity tells whether the node is a task, a call activity or a sub-process of any kind.
func (n *Node) IsActivity() bool { return nodeKinds[n.Kind] == activityKind }

// IsGateway tells whether the node is a gateway.
func (n *Node) IsGateway() bool { return nodeKinds[n.Kind] == gatewayKind }

// IsEvent tells whether the node is an event.
func (n *Node) IsEvent() bool { return nodeKinds[n.Kind] == eventKind }

// EventSubProcess tells whether the node is a sub-process that its start event triggers (10.3.5).
func (n *Node) EventSubProcess() bool { return n.Inside != nil && n.TriggeredByEvent }

// Handler is the activity that compensates for the one that this boundary event is attached to; nil where there is none (10.7.1).
func (n *Node) Handler() *Node { return n.handler }

// Triggered tells whether one of the event's definitions has that trigger.
func (n *Node) Triggered(by Trigger) bool {
	for _, e := range n.Events {
		if e.Trigger == by {
			return true
		}
	}
	return false
}

// String is how sentences name the node: user task "Call the client" (Task_1).
func (n *Node) String() string { return title(string(n.Kind), n.Element) }

// String is how sentences name the flow.
func (f *Flow) String() string { return title("sequenceFlow", f.Element) }

// Node is the flow node with that id, or nil.
func (d *Definitions) Node(id string) *Node { return d.nodes[id] }

// Process is the process with that id, or nil.
func (d *Definitions) Process(id string) *Process { return d.processes[id] }

// Find is the element with that id, whatever it is, and its BPMN name.
func (d *Definitions) Find(id string) (e Element, kind string, ok bool) {
	n, ok := d.named[id]
	return n.Element, n.kind, ok
}

// Walk visits every flow node of the scope and of the sub-processes in it, in file order, a sub-process before what is inside.
func (s *Scope) Walk(visit func(*Node)) {
	for _, n := range s.Nodes {
		visit(n)
		if n.Inside != nil {
			n.Inside.Walk(visit)
		}
	}
}

// Scopes visits the scope and every scope inside it; the node is the sub-process that it is inside of, nil for the first.
func (s *Scope) Scopes(visit func(*Node, *Scope)) {
	visit(nil, s)
	s.Walk(func(n *Node) {
		if n.Inside != nil {
			visit(n, n.Inside)
		}
	})
}

// WalkFlows visits every sequence flow of the scope and of the sub-processes in it.
func (s *Scope) WalkFlows(visit func(*Flow)) {
	s.Scopes(func(_ *Node, inner *Scope) {
		for _, f := range inner.Flows {
			visit(f)
		}
	})
}

// StartEvents are the start events directly in the scope, in file order.
func StartEvents(s *Scope) []*Node { return s.of(StartEvent) }

func (s *Scope) of(kind Kind) []*Node {
	var found []*Node
	for _, n := range s.Nodes {
		if n.Kind == kind {
			found = append(found, n)
		}
	}
	return found
}
