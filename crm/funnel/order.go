package funnel

import (
	"cmp"
	"slices"

	"github.com/voronka/voronka/bpmn"
)

// order puts the stages in the order of the sale: by the longest way from the start. Back edges of a depth-first walk in file order
// are left out, the flows of boundary events come after their host; ties go by x, y and file.
func (c *compiler) order() {
	rank := ranks(c.process.Nodes)
	file := map[*Stage]int{}
	for i, s := range c.Stages {
		file[s] = i
	}
	slices.SortFunc(c.Stages, func(a, b *Stage) int {
		return cmp.Or(
			cmp.Compare(rank[a.node], rank[b.node]), cmp.Compare(a.node.X, b.node.X), cmp.Compare(a.node.Y, b.node.Y),
			cmp.Compare(file[a], file[b]),
		)
	})
	for i, s := range c.Stages {
		s.Order = i
	}
}

// ranks counts for each node of a scope how many nodes the longest way to it has.
func ranks(nodes []*bpmn.Node) map[*bpmn.Node]int {
	const open, done = 1, 2
	state := map[*bpmn.Node]int{}
	forward := map[*bpmn.Node][]*bpmn.Node{}
	var sorted []*bpmn.Node // in reverse
	var walk func(n *bpmn.Node)
	walk = func(n *bpmn.Node) {
		state[n] = open
		for _, to := range next(n) {
			if state[to] == open {
				continue // a way back
			}
			forward[n] = append(forward[n], to)
			if state[to] == 0 {
				walk(to)
			}
		}
		state[n] = done
		sorted = append(sorted, n)
	}
	for _, n := range nodes {
		if n.Kind == bpmn.StartEvent && state[n] == 0 {
			walk(n)
		}
	}
	for _, n := range nodes {
		if n.Kind != bpmn.BoundaryEvent && len(n.Incoming) == 0 && state[n] == 0 {
			walk(n)
		}
	}
	for _, n := range nodes {
		if state[n] == 0 {
			walk(n)
		}
	}
	rank := map[*bpmn.Node]int{}
	for _, n := range slices.Backward(sorted) {
		for _, to := range forward[n] {
			rank[to] = max(rank[to], rank[n]+1)
		}
	}
	return rank
}

// next are the nodes to which a token can go on from n in its scope: along its flows, then out of its boundary events, or over a link.
func next(n *bpmn.Node) []*bpmn.Node {
	var all []*bpmn.Node
	for _, f := range n.Outgoing {
		if f.Target != nil {
			all = append(all, f.Target)
		}
	}
	all = append(all, n.Boundaries...)
	if n.Kind == bpmn.IntermediateThrowEvent && triggered(n, bpmn.LinkTrigger) {
		for _, to := range siblings(n) {
			if to.Kind == bpmn.IntermediateCatchEvent && triggered(to, bpmn.LinkTrigger) && to.Events[0].Link == n.Events[0].Link {
				all = append(all, to)
			}
		}
	}
	return all
}

func triggered(n *bpmn.Node, t bpmn.Trigger) bool {
	return slices.ContainsFunc(n.Events, func(e *bpmn.Event) bool { return e.Trigger == t })
}

// siblings are the nodes of the scope that a node stands in.
func siblings(n *bpmn.Node) []*bpmn.Node {
	if n.Parent != nil {
		return n.Parent.Inside.Nodes
	}
	return n.Process.Nodes
}
