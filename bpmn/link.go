package bpmn

// link joins what refers to each other, now that everything is built.
func (b *builder) link() {
	for _, p := range b.def.Processes {
		p.Scopes(func(_ *Node, s *Scope) { b.linkScope(s) })
		p.Walk(b.linkNode)
		p.Scopes(func(_ *Node, s *Scope) { b.linkHandlers(s); b.linkLinks(s) })
		b.linkLanes(p)
	}
	for _, c := range b.def.Collaborations {
		for _, x := range c.Participants {
			if x.Process = b.def.processes[x.ProcessRef]; x.Process != nil && x.Process.Participant == nil {
				x.Process.Participant = x
			}
		}
	}
	b.linkKeys()
}

func (b *builder) linkScope(s *Scope) {
	for _, f := range s.Flows {
		f.Source, f.Target = b.def.nodes[f.SourceRef], b.def.nodes[f.TargetRef]
		if f.Source != nil {
			f.Source.Outgoing = append(f.Source.Outgoing, f)
		}
		if f.Target != nil {
			f.Target.Incoming = append(f.Target.Incoming, f)
		}
	}
	for _, d := range s.Data {
		d.Target = b.def.data[d.Ref]
	}
}

func (b *builder) linkNode(n *Node) {
	if f := b.def.flows[n.DefaultRef]; f != nil && f.Source == n {
		n.Default = f
	}
	if host := b.def.nodes[n.AttachedRef]; n.Kind == BoundaryEvent && host != nil && host.IsActivity() {
		n.AttachedTo = host
		host.Boundaries = append(host.Boundaries, n)
	}
	n.Message, _ = b.roots[n.MessageRef].(*Message)
	for _, d := range n.Data {
		d.Target = b.def.data[d.Ref]
	}
	for _, a := range n.Inputs {
		b.linkAssociation(a)
	}
	for _, a := range n.Outputs {
		b.linkAssociation(a)
	}
	for _, e := range n.Events {
		b.linkEvent(e)
	}
	b.linkLoop(n.Loop)
}

func (b *builder) linkEvent(e *Event) {
	if e == nil {
		return
	}
	switch e.Trigger {
	case MessageTrigger:
		e.Message, _ = b.roots[e.Ref].(*Message)
	case SignalTrigger:
		e.Signal, _ = b.roots[e.Ref].(*Signal)
	case ErrorTrigger:
		e.Error, _ = b.roots[e.Ref].(*Error)
		if e.Error == nil && e.Ref != "" { // many files name the code itself
			e.Error = &Error{Element{ID: e.Ref, Place: e.Place}, e.Ref}
		}
	case EscalationTrigger:
		e.Escalation, _ = b.roots[e.Ref].(*Escalation)
	case CompensationTrigger:
		if n := b.def.nodes[e.Ref]; n != nil && n.IsActivity() {
			e.Activity = n
		}
	}
}

func (b *builder) linkAssociation(a *DataAssociation) {
	for _, id := range a.sources {
		a.Sources = append(a.Sources, b.variable(id))
	}
	a.Target = b.variable(a.target)
}

// variable is the name of the data with that id; an id of no data is a name itself.
func (b *builder) variable(id string) string {
	if d := b.def.data[id]; d != nil {
		if d.Target == nil {
			d.Target = b.def.data[d.Ref]
		}
		return d.Variable()
	}
	return id
}

func (b *builder) linkLoop(l *Loop) {
	if l == nil {
		return
	}
	if l.collectionRef != "" {
		l.Collection, l.CollectionIsExpression = b.variable(l.collectionRef), false
	}
	if l.outputRef != "" {
		l.OutputCollection = b.variable(l.outputRef)
	}
	b.linkEvent(l.NoneEvent)
	b.linkEvent(l.OneEvent)
	for _, c := range l.Complex {
		b.linkEvent(c.Event)
	}
}

// linkHandlers: an association leads from a compensation boundary event to its handler (10.7.1); tools draw it either way round.
func (b *builder) linkHandlers(s *Scope) {
	for _, a := range s.Associations {
		from, to := b.def.nodes[a.SourceRef], b.def.nodes[a.TargetRef]
		if from == nil || to == nil {
			continue
		}
		if !catchesCompensation(from) {
			from, to = to, from
		}
		if catchesCompensation(from) && to.IsActivity() {
			from.handlers++
			if from.handler == nil {
				from.handler = to
			}
		}
	}
}

func catchesCompensation(n *Node) bool {
	return n.Kind == BoundaryEvent && n.Triggered(CompensationTrigger)
}

// linkLinks joins throwing link events with the catching one of their scope: the one that they name as target, or else the one
// of the same name (10.5.5).
func (b *builder) linkLinks(s *Scope) {
	byID, byName := map[string]*Node{}, map[string]*Node{}
	for _, n := range s.of(IntermediateCatchEvent) {
		for _, e := range n.Events {
			if e.Trigger == LinkTrigger {
				byID[e.ID] = n
				if e.Link != "" && byName[e.Link] == nil {
					byName[e.Link] = n
				}
			}
		}
	}
	for _, n := range s.of(IntermediateThrowEvent) {
		for _, e := range n.Events {
			switch {
			case e.Trigger != LinkTrigger:
			case len(e.targets) > 0:
				e.LinkTo = byID[e.targets[0]]
			default:
				e.LinkTo = byName[e.Link]
			}
		}
	}
}

// linkLanes: inner lanes come after the lane around them, so the last one to name a node is the innermost.
func (b *builder) linkLanes(p *Process) {
	for _, lane := range p.Lanes {
		for _, id := range lane.Nodes {
			if n := b.def.nodes[id]; n != nil && n.Process == p {
				n.Lane = lane
			}
		}
	}
	p.Walk(func(n *Node) {
		if n.Lane == nil && n.Parent != nil {
			n.Lane = n.Parent.Lane
		}
	})
}
