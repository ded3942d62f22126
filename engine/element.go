package engine

import (
	"slices"
	"strings"

	"github.com/voronka/voronka/bpmn"
)

// Element is one row of what this engine does of BPMN: a kind of flow node, of events with their trigger and where they stand, or a
// mark that a flow node bears. What a row does is proved by the scenarios that bpmn/README.md links to.
type Element struct {
	Kind    bpmn.Kind
	Trigger bpmn.Trigger // of events; empty: none
	Where   Position     // of events
	Mark    string       // "standard loop": what nodes of several kinds may bear; empty: the row is of a kind
	Clause  string       // of BPMN 2.0.2
	Does    string       // in a few words, where the name does not say it
	Refused string       // the code with which it is refused; empty: it is run

	behavior func(c *compiler, n *node) behavior
	bears    func(n *bpmn.Node) bool
}

// Position is where an event stands.
type Position string

// The positions of events. An intermediate or end event has none.
const (
	OfProcess         Position = "process"
	OfSubProcess      Position = "sub-process"
	OfEventSubProcess Position = "event sub-process, interrupting"
	BesideScope       Position = "event sub-process, not interrupting"
	OnActivity        Position = "boundary, interrupting"
	BesideActivity    Position = "boundary, not interrupting"
)

// An event with several definitions has one of these triggers, and those of its definitions.
const (
	None             bpmn.Trigger = ""
	Multiple         bpmn.Trigger = "multiple"
	ParallelMultiple bpmn.Trigger = "parallel multiple"
)

// Elements is the table of all rows, in a reader's order: activities, gateways, events, marks.
func Elements() []Element { return slices.Clone(elements) }

// Has tells whether a node is one of the row.
func (e *Element) Has(n *bpmn.Node) bool {
	if e.bears != nil {
		return e.bears(n)
	}
	return n.Kind == e.Kind && e.Where == positionOf(n) && e.Trigger == triggerOf(n)
}

func positionOf(n *bpmn.Node) Position {
	switch {
	case n.Kind == bpmn.BoundaryEvent && n.Interrupting:
		return OnActivity
	case n.Kind == bpmn.BoundaryEvent:
		return BesideActivity
	case n.Kind != bpmn.StartEvent:
		return ""
	case n.Parent == nil:
		return OfProcess
	case !n.Parent.EventSubProcess():
		return OfSubProcess
	case n.Interrupting:
		return OfEventSubProcess
	}
	return BesideScope
}

func triggerOf(n *bpmn.Node) bpmn.Trigger {
	switch {
	case len(n.Events) == 0:
		return None
	case len(n.Events) == 1:
		return n.Events[0].Trigger
	case n.ParallelMultiple:
		return ParallelMultiple
	}
	return Multiple
}

// behavior chooses what a node does, or says by name what is not done here.
func (c *compiler) behavior(n *node) behavior {
	triggers := []bpmn.Trigger{triggerOf(n.Node)}
	for _, e := range n.Events {
		triggers = append(triggers, e.Trigger)
	}
	for _, t := range triggers {
		at := slices.IndexFunc(elements, func(e Element) bool {
			return e.bears == nil && e.Kind == n.Kind && e.Where == positionOf(n.Node) && e.Trigger == t
		})
		if at < 0 {
			c.problem("element_unsupported", n.Element, "%s is no element that can be run here", n)
			return still{}
		}
		n.row = &elements[at]
	}
	for _, e := range elements {
		if e.Refused != "" && e.Has(n.Node) {
			c.problem(e.Refused, n.Element, "%s: %s", n, e.Does)
		}
	}
	return n.row.behavior(c, n)
}

// does is a behavior that needs no compiling.
func does(b behavior) func(*compiler, *node) behavior {
	return func(*compiler, *node) behavior { return b }
}

// throws is the behavior of a throwing event.
func throws(b behavior) func(*compiler, *node) behavior {
	return func(c *compiler, n *node) behavior {
		n.late = slices.ContainsFunc(n.Events, func(e *bpmn.Event) bool {
			return e.Trigger == bpmn.MessageTrigger || e.Trigger == bpmn.SignalTrigger
		})
		for _, e := range n.Events {
			if topic := e.Extensions.Work.Topic; topic != "" && e.Trigger == bpmn.MessageTrigger {
				n.work = &work{topic: c.textAt(topic, e.Element), retry: c.retries(n.Extensions.Work.Retry, n)}
			}
		}
		return b
	}
}

// events are the rows of one kind of event at one position.
func events(kind bpmn.Kind, where Position, clause string, b func(*compiler, *node) behavior, triggers ...bpmn.Trigger) []Element {
	var all []Element
	for _, t := range triggers {
		all = append(all, Element{Kind: kind, Trigger: t, Where: where, Clause: clause, behavior: b})
	}
	return all
}

// row is the row of an activity or gateway.
func row(kind bpmn.Kind, clause, text string, b func(*compiler, *node) behavior) Element {
	return Element{Kind: kind, Clause: clause, Does: text, behavior: b}
}

// mark is the row of what nodes may bear.
func mark(name, clause, text string, bears func(n *bpmn.Node) bool) Element {
	return Element{Mark: name, Clause: clause, Does: text, bears: bears}
}

var elements = slices.Concat([]Element{
	row(bpmn.Task, "13.3.3", "passes at once", does(passTask{})),
	row(bpmn.ManualTask, "13.3.3", "passes at once", does(passTask{})),
	row(bpmn.UserTask, "13.3.3", "waits for a person", does(userTask{})),
	row(bpmn.ServiceTask, "13.3.3", "writes a job and waits for its worker", (*compiler).jobTask),
	row(bpmn.SendTask, "13.3.3", "throws its message, or is a job", (*compiler).jobTask),
	row(bpmn.ReceiveTask, "13.3.3", "waits for its message; instantiating: starts the process", does(receiveTask{})),
	row(bpmn.ScriptTask, "13.3.3", "runs an expression; in another language it is a job", (*compiler).scriptTask),
	row(bpmn.BusinessRuleTask, "13.3.3", "is a job", (*compiler).jobTask),
	row(bpmn.CallActivity, "13.3.4", "starts an instance of another process and waits for its end", (*compiler).callActivity),
	row(bpmn.SubProcess, "13.3.4", "", does(subProcess{})),
	row(bpmn.Transaction, "13.3.4", "its cancel end event undoes what was done in it", does(transaction{})),
	row(bpmn.AdHocSubProcess, "13.3.5", "parallel or sequential", does(adHoc{})),

	row(bpmn.ExclusiveGateway, "13.4.2", "", does(exclusiveGateway{})),
	row(bpmn.ParallelGateway, "13.4.1", "", does(parallelGateway{})),
	row(bpmn.InclusiveGateway, "13.4.3", "joins by the rule of paths without a token", does(inclusiveGateway{})),
	row(bpmn.EventBasedGateway, "13.4.4", "instantiating and parallel ones too", does(eventGateway{})),
	row(bpmn.ComplexGateway, "13.4.5", "with an activation condition and a reset", does(complexGateway{})),
},
	events(bpmn.StartEvent, OfProcess, "13.5.1", does(passEvent{}),
		None, bpmn.MessageTrigger, bpmn.TimerTrigger, bpmn.ConditionalTrigger, bpmn.SignalTrigger, Multiple, ParallelMultiple),
	events(bpmn.StartEvent, OfSubProcess, "13.3.4", does(passEvent{}), None),
	events(bpmn.StartEvent, OfEventSubProcess, "13.5.4", does(passEvent{}),
		bpmn.MessageTrigger, bpmn.TimerTrigger, bpmn.ErrorTrigger, bpmn.EscalationTrigger, bpmn.CompensationTrigger, bpmn.ConditionalTrigger,
		bpmn.SignalTrigger, Multiple, ParallelMultiple),
	events(bpmn.StartEvent, BesideScope, "13.5.4", does(passEvent{}),
		bpmn.MessageTrigger, bpmn.TimerTrigger, bpmn.EscalationTrigger, bpmn.ConditionalTrigger, bpmn.SignalTrigger, Multiple, ParallelMultiple),
	events(bpmn.IntermediateCatchEvent, "", "13.5.2", does(catchEvent{}),
		bpmn.MessageTrigger, bpmn.TimerTrigger, bpmn.ConditionalTrigger, bpmn.LinkTrigger, bpmn.SignalTrigger, Multiple, ParallelMultiple),
	events(bpmn.IntermediateThrowEvent, "", "13.5.2", throws(throwEvent{}),
		None, bpmn.MessageTrigger, bpmn.EscalationTrigger, bpmn.CompensationTrigger, bpmn.LinkTrigger, bpmn.SignalTrigger, Multiple),
	events(bpmn.BoundaryEvent, OnActivity, "13.5.3", does(passEvent{}),
		bpmn.MessageTrigger, bpmn.TimerTrigger, bpmn.ErrorTrigger, bpmn.EscalationTrigger, bpmn.CancelTrigger, bpmn.CompensationTrigger,
		bpmn.ConditionalTrigger, bpmn.SignalTrigger, Multiple, ParallelMultiple),
	events(bpmn.BoundaryEvent, BesideActivity, "13.5.3", does(passEvent{}),
		bpmn.MessageTrigger, bpmn.TimerTrigger, bpmn.EscalationTrigger, bpmn.ConditionalTrigger, bpmn.SignalTrigger, Multiple, ParallelMultiple),
	events(bpmn.EndEvent, "", "13.5.6", throws(endEvent{}),
		None, bpmn.MessageTrigger, bpmn.EscalationTrigger, bpmn.ErrorTrigger, bpmn.CancelTrigger, bpmn.CompensationTrigger, bpmn.SignalTrigger,
		bpmn.TerminateTrigger, Multiple),
	marks,
)

// marks are what nodes of several kinds may bear.
var marks = []Element{
	mark("standard loop", "13.3.6", "loopCondition, testBefore, loopMaximum", func(n *bpmn.Node) bool { return n.Loop != nil && !n.Loop.MultiInstance }),
	mark("multi-instance, parallel", "13.3.7", "", multi(func(l *bpmn.Loop) bool { return !l.Sequential })),
	mark("multi-instance, sequential", "13.3.7", "", multi(func(l *bpmn.Loop) bool { return l.Sequential })),
	mark("loopCardinality", "10.3.8", "", multi(func(l *bpmn.Loop) bool { return l.Cardinality != nil })),
	mark("loopDataInputRef", "10.3.8", "a collection, by name or expression, and its item", multi(func(l *bpmn.Loop) bool { return l.Collection != "" })),
	mark("loopDataOutputRef", "10.3.8", "a collection of what the turns gave", multi(func(l *bpmn.Loop) bool { return l.OutputCollection != "" })),
	mark("completionCondition", "13.3.7", "", multi(func(l *bpmn.Loop) bool { return l.Completion != nil })),
	mark("behavior none", "10.3.8", "an event for each turn that is done", multi(func(l *bpmn.Loop) bool { return l.Behavior == "none" })),
	mark("behavior one", "10.3.8", "an event for the first turn that is done", multi(func(l *bpmn.Loop) bool { return l.Behavior == "one" })),
	mark("behavior complex", "10.3.8", "events by conditions", multi(func(l *bpmn.Loop) bool { return l.Behavior == "complex" })),
	mark("startQuantity", "10.3", "", func(n *bpmn.Node) bool { return n.StartQuantity > 1 }),
	mark("completionQuantity", "10.3", "", func(n *bpmn.Node) bool { return n.CompletionQuantity > 1 }),
	mark("isForCompensation", "13.5.5", "undoes the activity that it is associated with", func(n *bpmn.Node) bool { return n.ForCompensation }),
	mark("no start event", "13.5.1", "a scope begins at what nothing leads to", func(n *bpmn.Node) bool {
		return n.IsActivity() && len(n.Incoming) == 0 && !n.ForCompensation && !n.EventSubProcess() && !n.Instantiate
	}),
	mark("conditional flow", "13.3.1", "out of an activity or event", func(n *bpmn.Node) bool {
		return !n.IsGateway() && slices.ContainsFunc(n.Outgoing, func(f *bpmn.Flow) bool { return f.Condition != nil })
	}),
	mark("default flow", "13.3.1", "", func(n *bpmn.Node) bool { return n.Default != nil }),
	mark("instantiate", "13.3.3, 13.5.1", "a receive task or event-based gateway that starts the process", func(n *bpmn.Node) bool {
		return n.Instantiate || slices.ContainsFunc(n.Incoming, func(f *bpmn.Flow) bool { return f.Source != nil && f.Source.Instantiate })
	}),

	mark("data object of a sub-process", "10.4.1", "a variable of each run of it", func(n *bpmn.Node) bool {
		return n.Inside != nil && slices.ContainsFunc(n.Inside.Data, func(d *bpmn.Data) bool { return d.Kind == "dataObject" })
	}),
	mark("property", "10.4.1", "a variable of the activity", func(n *bpmn.Node) bool {
		return slices.ContainsFunc(n.Data, func(d *bpmn.Data) bool { return d.Kind == "property" && d.Name != placeholder })
	}),
	mark("dataInputAssociation", "10.4.2", "", func(n *bpmn.Node) bool { return n.IsActivity() && copies(n.Inputs) }),
	mark("dataOutputAssociation", "10.4.2", "", func(n *bpmn.Node) bool { return n.IsActivity() && copies(n.Outputs) }),
	mark("data association of a throwing event", "10.4.2", "goes with its message", func(n *bpmn.Node) bool { return n.IsEvent() && copies(n.Inputs) }),
	mark("data association of a catching event", "10.4.2", "takes what came with its message", func(n *bpmn.Node) bool { return n.IsEvent() && copies(n.Outputs) }),
	mark("transformation", "10.4.2", "", associated(func(a *bpmn.DataAssociation) bool { return a.Transformation != nil })),
	mark("assignment", "10.4.2", "of a variable or of a field in one", associated(func(a *bpmn.DataAssociation) bool { return len(a.Assignments) > 0 })),

	mark("calledElement by expression", "10.3.6", "", func(n *bpmn.Node) bool { return strings.Contains(n.CalledElement, "${") }),
	mark("camunda:in, camunda:out", "10.3.6", "which variables go into a call and come back", func(n *bpmn.Node) bool { return len(n.Extensions.In)+len(n.Extensions.Out) > 0 }),
	mark("camunda:calledElementVersion", "10.3.6", "calls that version", func(n *bpmn.Node) bool { return n.Extensions.CalledBinding == "version" }),
	mark("correlationKey of a conversation", "8.4.2", "what its first message bears, by correlationProperty; a turn has its own", keyed(func(k *bpmn.Correlation) bool { return k.Bindings == nil })),
	mark("correlationSubscription", "8.4.2", "what the data of the process say, as they change", keyed(func(k *bpmn.Correlation) bool { return k.Bindings != nil })),
	mark("property correlationKey", "8.4.2", "an expression; else the business key", func(n *bpmn.Node) bool {
		_, ok := n.Extensions.Property("correlationKey")
		return ok || slices.ContainsFunc(n.Events, func(e *bpmn.Event) bool { return e.Message != nil && e.Message.Extensions.CorrelationKey != "" })
	}),
	mark("camunda:inputParameter, outputParameter", "10.4.2", "", func(n *bpmn.Node) bool { return len(n.Extensions.Inputs)+len(n.Extensions.Outputs) > 0 }),
	mark("camunda:taskListener", "10.3.4", "work beside a user task", func(n *bpmn.Node) bool { return len(n.Extensions.Listeners) > 0 }),
	mark("camunda:failedJobRetryTimeCycle", "13.3.3", "", func(n *bpmn.Node) bool { return n.Extensions.Work.Retry != "" }),

	refused("transaction_method", "transaction method other than ##Compensate", "10.3.5", "only ##Compensate is run here", func(n *bpmn.Node) bool {
		return n.TransactionMethod != "" && !strings.EqualFold(strings.TrimPrefix(n.TransactionMethod, "##"), "compensate")
	}),
	refused("listener_unsupported", "camunda:executionListener", "", "execution listeners are code of another engine; draw a service task", func(n *bpmn.Node) bool {
		return len(n.Extensions.Execution) > 0
	}),
	refused("call_binding", "camunda:calledElementBinding other than latest and version", "", "calls of a deployment or of a version tag are not run here; name a version, or call the latest", func(n *bpmn.Node) bool {
		binding := n.Extensions.CalledBinding
		return binding != "" && binding != "latest" && binding != "version"
	}),
}

// refused is the row of what is not run on purpose.
func refused(code, name, clause, text string, bears func(n *bpmn.Node) bool) Element {
	return Element{Mark: name, Clause: clause, Does: text, Refused: code, bears: bears}
}

func multi(bears func(l *bpmn.Loop) bool) func(n *bpmn.Node) bool {
	return func(n *bpmn.Node) bool { return n.Loop != nil && n.Loop.MultiInstance && bears(n.Loop) }
}

// keyed tells of nodes that send or wait for a message which bears such a key.
func keyed(bears func(k *bpmn.Correlation) bool) func(n *bpmn.Node) bool {
	return func(n *bpmn.Node) bool {
		messages := []*bpmn.Message{n.Message}
		for _, e := range n.Events {
			messages = append(messages, e.Message)
		}
		return slices.ContainsFunc(n.Process.Keys, func(k *bpmn.Correlation) bool {
			return bears(k) && slices.ContainsFunc(messages, func(m *bpmn.Message) bool { return m != nil && k.Of(m) != nil })
		})
	}
}

func associated(bears func(a *bpmn.DataAssociation) bool) func(n *bpmn.Node) bool {
	return func(n *bpmn.Node) bool {
		return slices.ContainsFunc(n.Inputs, bears) || slices.ContainsFunc(n.Outputs, bears)
	}
}

// copies tells whether one of the associations is more than a picture.
func copies(all []*bpmn.DataAssociation) bool {
	return slices.ContainsFunc(all, func(a *bpmn.DataAssociation) bool {
		return a.Target != "" && a.Target != placeholder && (len(a.Sources) > 0 || a.Transformation != nil || len(a.Assignments) > 0)
	})
}
