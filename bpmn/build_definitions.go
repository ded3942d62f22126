package bpmn

import (
	"math"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// definitions builds what stands directly in the root element (8.2.1).
func (b *builder) definitions() {
	d, root := b.def, b.root
	d.Element = b.element(root)
	d.TargetNamespace = strings.TrimSpace(attr(root, "targetNamespace"))
	d.Exporter = strings.TrimSpace(attr(root, "exporter") + " " + attr(root, "exporterVersion"))
	d.Extensions = b.extensions(root)
	children(root, func(e *etree.Element) {
		if e.Tag == "itemDefinition" {
			b.item(e)
		}
	})
	children(root, b.rootElement)
	b.drawing()
}

func (b *builder) rootElement(e *etree.Element) {
	d := b.def
	switch e.Tag {
	case "process":
		p := b.process(e)
		d.Processes = append(d.Processes, p)
		if d.processes[p.ID] == nil {
			d.processes[p.ID] = p
		}
	case "collaboration", "choreography", "globalConversation":
		b.collaboration(e)
	case "message":
		m := &Message{b.element(e), b.extensions(e)}
		d.Messages = append(d.Messages, m)
		b.keep(m.ID, m)
		b.ref(e, "itemRef", wantItem)
	case "correlationProperty":
		x := b.correlationProperty(e)
		d.Properties = append(d.Properties, x)
		b.keep(x.ID, x)
	case "signal":
		s := &Signal{b.element(e)}
		d.Signals = append(d.Signals, s)
		b.keep(s.ID, s)
	case "error":
		x := &Error{b.element(e), attr(e, "errorCode")}
		d.Errors = append(d.Errors, x)
		b.keep(x.ID, x)
	case "escalation":
		x := &Escalation{b.element(e), attr(e, "escalationCode")}
		d.Escalations = append(d.Escalations, x)
		b.keep(x.ID, x)
	case "dataStore":
		d.DataStores = append(d.DataStores, b.dataOf(e))
	case "import":
		b.imports(e)
	}
}

// keep notes a root element for the references to it; of an id used twice the first counts.
func (b *builder) keep(id string, x any) {
	if id != "" && b.roots[id] == nil {
		b.roots[id] = x
	}
}

// imports: other files are never opened. One of this file's own namespace makes its ids ambiguous (8.2.2).
func (b *builder) imports(e *etree.Element) {
	namespace, from := attr(e, "namespace"), clip(attr(e, "location"))
	if namespace == b.def.TargetNamespace && attr(e, "importType") == modelSpace {
		b.stray(Errorf("import_own_namespace", b.holder(e), "the file imports %q, which has its own target namespace: which element an id means can't be told; "+
			"give the other file a namespace of its own", from))
		return
	}
	b.stray(Warningf("import_unread", b.holder(e), "the import of %q is not read; upload that file itself", from))
}

func (b *builder) collaboration(e *etree.Element) {
	if ref := child(e, "choreographyRef"); ref != nil && e.Tag != "collaboration" {
		b.stray(Errorf("choreography_reference", b.holder(e), "%s refers to the choreography %q; only a collaboration may (9.1)", title(e.Tag, b.holder(e)), clip(text(ref))))
	}
	c := &Collaboration{Element: b.element(e)}
	children(e, func(e *etree.Element) {
		switch e.Tag {
		case "participant":
			c.Participants = append(c.Participants, b.participant(e))
		case "messageFlow":
			f := &MessageFlow{Element: b.element(e)}
			f.SourceRef, f.TargetRef = b.need(e, "sourceRef", wantPeer), b.need(e, "targetRef", wantPeer)
			b.ref(e, "messageRef", wantMessage)
			c.MessageFlows = append(c.MessageFlows, f)
		case "correlationKey":
			b.collaborationKey(c, e)
		case "conversation", "subConversation", "callConversation":
			children(e, func(e *etree.Element) {
				if e.Tag == "correlationKey" {
					b.collaborationKey(c, e)
				}
			})
		}
	})
	b.def.Collaborations = append(b.def.Collaborations, c)
}

func (b *builder) participant(e *etree.Element) *Participant {
	p := &Participant{Element: b.element(e), ProcessRef: b.ref(e, "processRef", wantProcess), Maximum: 1}
	if b.def.participants[p.ID] == nil {
		b.def.participants[p.ID] = p
	}
	if m := child(e, "participantMultiplicity"); m != nil {
		p.Minimum = b.whole(m, "minimum", 0)
		p.Maximum = b.whole(m, "maximum", max(1, p.Minimum))
	}
	return p
}

// process builds a process (10.2).
func (b *builder) process(e *etree.Element) *Process {
	p := &Process{Element: b.element(e), Executable: b.boolean(e, "isExecutable", false), Extensions: b.extensions(e)}
	_, p.Declared = lookup(e, "isExecutable")
	children(e, func(c *etree.Element) {
		if c.Tag == "correlationSubscription" {
			p.subscriptions = append(p.subscriptions, b.subscription(c))
		}
	})
	b.scope(e, &p.Scope, p, nil)
	return p
}

// scope builds what a process or a sub-process holds.
func (b *builder) scope(e *etree.Element, s *Scope, p *Process, parent *Node) {
	children(e, func(e *etree.Element) {
		switch e.Tag {
		case "sequenceFlow":
			s.Flows = append(s.Flows, b.flow(e))
		case "laneSet":
			b.lanes(e, p, nil)
		case "association":
			s.Associations = append(s.Associations, &Association{b.element(e), b.ref(e, "sourceRef", wantAnything), b.ref(e, "targetRef", wantAnything)})
		case "dataObject", "dataObjectReference", "dataStoreReference":
			s.Data = append(s.Data, b.dataOf(e))
		case "property", "ioSpecification":
			if parent == nil { // a sub-process's own are the node's
				s.Data = append(s.Data, b.ownData(e)...)
			}
		default:
			if isFlowNode(e.Tag) {
				s.Nodes = append(s.Nodes, b.node(e, p, parent))
			}
		}
	})
}

// flow builds a sequence flow (8.4.13).
func (b *builder) flow(e *etree.Element) *Flow {
	f := &Flow{Element: b.namedElement(e), Condition: b.expression(child(e, "conditionExpression")), Extensions: b.extensions(e)}
	f.SourceRef, f.TargetRef = b.need(e, "sourceRef", wantSource), b.need(e, "targetRef", wantTarget)
	if b.def.flows[f.ID] == nil {
		b.def.flows[f.ID] = f
	}
	return f
}

// lanes builds a lane set with the lanes inside its lanes (10.8).
func (b *builder) lanes(e *etree.Element, p *Process, parent *Lane) {
	children(e, func(e *etree.Element) {
		if e.Tag != "lane" {
			return
		}
		lane := &Lane{Element: b.element(e), Parent: parent, Extensions: b.extensions(e)}
		p.Lanes = append(p.Lanes, lane)
		children(e, func(c *etree.Element) {
			switch c.Tag {
			case "flowNodeRef":
				lane.Nodes = append(lane.Nodes, b.refText(e, c, wantLaneNode))
			case "childLaneSet":
				b.lanes(c, p, lane)
			}
		})
	})
}

// drawing notes where the shapes of flow nodes stand (12.2).
func (b *builder) drawing() {
	for _, diagram := range b.root.ChildElements() {
		if diagram.Space != diagramSpace {
			continue
		}
		for _, plane := range diagram.ChildElements() {
			for _, shape := range plane.ChildElements() {
				if shape.Space == diagramSpace && shape.Tag == "BPMNShape" {
					b.shape(shape)
				}
			}
		}
	}
}

func (b *builder) shape(e *etree.Element) {
	n := b.def.nodes[b.ref(e, "bpmnElement", wantDrawn)]
	if n == nil || n.Drawn {
		return
	}
	for _, bounds := range e.ChildElements() {
		if bounds.Space == boundsSpace && bounds.Tag == "Bounds" {
			n.X, n.Y, n.Drawn = coordinate(attr(bounds, "x")), coordinate(attr(bounds, "y")), true
		}
	}
}

func coordinate(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}
