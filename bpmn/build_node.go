package bpmn

import (
	"strings"

	"github.com/beevik/etree"
)

// node builds a flow node and all that is inside it.
func (b *builder) node(e *etree.Element, p *Process, parent *Node) *Node {
	n := &Node{
		Element: b.namedElement(e), Kind: Kind(e.Tag), Process: p, Parent: parent,
		Extensions: b.extensions(e), DefaultRef: b.ref(e, "default", wantDefault),
		StartQuantity: 1, CompletionQuantity: 1,
	}
	if b.def.nodes[n.ID] == nil {
		b.def.nodes[n.ID] = n
	}
	children(e, func(c *etree.Element) {
		switch c.Tag {
		case "incoming":
			n.incoming = append(n.incoming, b.refText(e, c, wantIncoming))
		case "outgoing":
			n.outgoing = append(n.outgoing, b.refText(e, c, wantOutgoing))
		case "dataInputAssociation":
			n.Inputs = append(n.Inputs, b.dataAssociation(c))
		case "dataOutputAssociation":
			n.Outputs = append(n.Outputs, b.dataAssociation(c))
		case "ioSpecification", "property", "dataInput", "dataOutput":
			n.Data = append(n.Data, b.ownData(c)...)
		}
	})
	switch {
	case n.IsActivity():
		b.activity(e, n)
	case n.IsGateway():
		b.gateway(e, n)
	default:
		b.eventNode(e, n)
	}
	return n
}

// activity reads what tasks, call activities and sub-processes have (10.3).
func (b *builder) activity(e *etree.Element, n *Node) {
	n.ForCompensation = b.boolean(e, "isForCompensation", false)
	n.StartQuantity = b.whole(e, "startQuantity", 1)
	n.CompletionQuantity = b.whole(e, "completionQuantity", 1)
	n.Loop = b.loop(e)
	b.performers(e, n)
	switch n.Kind {
	case SubProcess, Transaction, AdHocSubProcess:
		b.subProcess(e, n)
	case CallActivity:
		b.call(e, n)
	default:
		b.task(e, n)
	}
}

func (b *builder) task(e *etree.Element, n *Node) {
	n.Implementation = attr(e, "implementation")
	n.Operation = b.ref(e, "operationRef", wantOperation)
	n.MessageRef = b.ref(e, "messageRef", wantMessage)
	n.Instantiate = b.boolean(e, "instantiate", false)
	n.ScriptFormat = attr(e, "scriptFormat")
	if s := child(e, "script"); s != nil {
		n.Script = text(s)
	}
	if s := vendorChild(e, zeebeSpace, "script"); s != nil && n.Script == "" {
		n.Script = attr(s, "expression")
		n.Extensions.Work.ResultVariable = attr(s, "resultVariable")
	}
}

// call reads the called element: a process's id, which may be that of another file's process.
func (b *builder) call(e *etree.Element, n *Node) {
	called, foreign := b.local(e, attr(e, "calledElement"))
	if foreign != "" {
		b.stray(Errorf("reference_foreign", n.Element, "%s calls %q of another file (%s); write its id without the prefix", n, clip(called), clip(foreign)))
	}
	if z := vendorChild(e, zeebeSpace, "calledElement"); z != nil && called == "" {
		called = attr(z, "processId")
	}
	n.CalledElement = called
}

func (b *builder) subProcess(e *etree.Element, n *Node) {
	n.TriggeredByEvent = b.boolean(e, "triggeredByEvent", false)
	n.TransactionMethod = attr(e, "method")
	n.Sequential = b.oneOf(e, "ordering", "Parallel", "Parallel", "Sequential") == "Sequential"
	n.KeepRemaining = !b.boolean(e, "cancelRemainingInstances", true)
	n.Completion = b.expression(child(e, "completionCondition"))
	n.Inside = &Scope{}
	b.scope(e, n.Inside, n.Process, n)
}

// gateway reads what gateways have (10.6).
func (b *builder) gateway(e *etree.Element, n *Node) {
	n.Direction = b.oneOf(e, "gatewayDirection", "", "Unspecified", "Converging", "Diverging", "Mixed")
	n.Instantiate = b.boolean(e, "instantiate", false)
	n.ParallelStart = b.oneOf(e, "eventGatewayType", "Exclusive", "Exclusive", "Parallel") == "Parallel"
	n.Activation = b.expression(child(e, "activationCondition"))
}

// performers reads BPMN's own way to say who does a task (10.3.2, 10.3.4): humanPerformer is the assignee, potentialOwner the
// candidates, as "user(kermit), group(sales)" or just "sales". A vendor's attribute goes before it.
func (b *builder) performers(e *etree.Element, n *Node) {
	x := &n.Extensions
	children(e, func(c *etree.Element) {
		who := ""
		if assignment := child(c, "resourceAssignmentExpression"); assignment != nil {
			if formal := child(assignment, "formalExpression"); formal != nil {
				who = text(formal)
			}
		}
		switch {
		case who == "":
		case c.Tag == "humanPerformer" && x.Assignee == "":
			x.Assignee = who
		case c.Tag == "potentialOwner" && x.CandidateUsers == "" && x.CandidateGroups == "":
			x.CandidateUsers, x.CandidateGroups = candidates(who)
		}
	})
}

func candidates(list string) (users, groups string) {
	var u, g []string
	for _, who := range strings.Split(list, ",") {
		who = strings.TrimSpace(who)
		if name, ok := strings.CutPrefix(who, "user("); ok {
			u = append(u, strings.TrimSuffix(name, ")"))
			continue
		}
		if name, ok := strings.CutPrefix(who, "group("); ok {
			who = strings.TrimSuffix(name, ")")
		}
		g = append(g, who)
	}
	return strings.Join(u, ","), strings.Join(g, ",")
}
