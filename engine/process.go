package engine

import (
	"fmt"
	"maps"
	"slices"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/storage"
)

// processBehavior is the process as the outermost scope: it is over when nothing is left inside (BPMN 2.0.2, 13.2).
type processBehavior struct{ still }

func (processBehavior) ended(x *execution) error { return x.tx.finish(x.i, Completed) }

// Start says how an instance begins.
type Start struct {
	Process    string // its newest version is started
	Definition string // or this one
	Variables  map[string]Value
	Key        string // business key
	Element    string // the start event; the plain ones where empty

	parent *Link
	depth  int
}

// maxKey bounds what becomes part of a key of the store: business keys and names of messages and signals, in bytes.
const maxKey = 256

// Start begins an instance, under an id of this transaction.
func (tx *Tx) Start(s Start) (*Instance, error) { return tx.StartAs(tx.NewID(), s) }

// StartAs begins an instance under the id given, which nothing may have had before.
func (tx *Tx) StartAs(id string, s Start) (*Instance, error) {
	if s.Definition == "" {
		l, err := tx.latest(s.Process)
		if err != nil {
			return nil, err
		}
		if l == nil {
			return nil, fmt.Errorf("process %s: %w", s.Process, ErrNotFound)
		}
		s.Definition = l.Definition
	}
	prog, err := tx.program(s.Definition)
	if err != nil {
		return nil, err
	}
	starts := prog.root.starts
	if s.Element != "" {
		n := prog.nodes[s.Element]
		if n == nil || n.scope != prog.root {
			return nil, refuse("start_unknown", s.Element, "process %q has no start event %q", prog.process.ID, s.Element)
		}
		starts = append([]*node{n}, fellows(n)...)
	}
	if len(s.Key) > maxKey {
		return nil, refuse("key_too_long", "", "the business key has %d bytes, more than %d", len(s.Key), maxKey)
	}
	if len(starts) == 0 {
		return nil, refuse("start_has_trigger", prog.process.ID, "every start event of %q waits for something: it can't be started by hand", prog.process.ID)
	}
	for name, v := range s.Variables {
		if err := tx.fits(name, v); err != nil {
			return nil, err
		}
	}
	i := &Instance{
		ID: id, Definition: s.Definition, Process: prog.process.ID, Key: s.Key, Parent: s.parent,
		State: Active, Started: tx.now, prog: prog, dirty: true, Depth: s.depth,
	}
	tx.keep(i)
	i.Next++
	root := &Token{ID: i.Next, Element: prog.root.ID, State: Waiting, Since: tx.now, node: prog.root}
	i.Tokens = append(i.Tokens, root)
	x := tx.at(i, root)
	tx.log(i, LineStarted, root)
	i.Variables = maps.Clone(s.Variables)
	if err := x.stick(x.armInside()); err != nil {
		return nil, err
	}
	for at, n := range starts {
		t := x.spawn(n, root)
		if at == 0 && s.Element != "" && n.Kind != bpmn.StartEvent {
			t.Phase = happened(n)
		}
	}
	return i, nil
}

// fellows are the other events behind a parallel event-based gateway that starts instances: the first to happen starts one, and
// the rest are awaited there (BPMN 2.0.2, 10.6.6).
func fellows(n *node) []*node {
	var all []*node
	for _, f := range n.Incoming {
		if f.Source == nil || !f.Source.Instantiate || !f.Source.ParallelStart {
			continue
		}
		for _, other := range f.Source.Outgoing {
			if to := n.prog.nodes[other.TargetRef]; to != nil && to != n {
				all = append(all, to)
			}
		}
	}
	return all
}

// armInside arms the start events of the scope's event sub-processes that are not armed yet.
func (x *execution) armInside() error {
	for _, sub := range x.n.events {
		for _, start := range sub.starts {
			if x.armed(start) {
				continue
			}
			if err := x.arm(start); err != nil {
				x.disarm(start)
				x.t.Phase = Arm
				return err
			}
		}
	}
	return nil
}

// armed tells whether the token waits for an event.
func (x *execution) armed(event *node) bool {
	return slices.ContainsFunc(x.t.Waits, func(w *Wait) bool { return w.Element == event.ID && w.Beside == "" })
}

// finish ends an instance and tells the one that called it.
func (tx *Tx) finish(i *Instance, s State) error {
	if i.State != Active {
		return nil
	}
	for _, t := range i.Tokens {
		t.gone = true
	}
	i.State, i.Tokens, i.Done, i.dirty = s, nil, nil, true
	var beside []*Job
	for _, j := range i.Jobs {
		if j.Token == 0 {
			beside = append(beside, j)
		}
	}
	i.Jobs = beside
	i.Incidents = withoutTokens(i.Incidents)
	if i.Ended = at(tx.now); i.Turn == 0 { // a turn is forgotten with its parent
		i.Expires = tx.expires(i)
	}
	tx.Log(i, Line{Kind: LineEnded, Data: mustJSON(s)})
	if d := tx.engine.opts.Domain; d != nil && i.Outcome == "" {
		if err := d.Ending(tx, i, i.lines[i.told:]); err != nil {
			return err
		}
	}
	if i.Parent == nil || s != Completed || i.Turn > 0 {
		return nil
	}
	parent, err := tx.Instance(i.Parent.Instance)
	if err != nil {
		return err
	}
	t := parent.token(i.Parent.Token)
	if t == nil || t.Called != i.ID {
		return nil
	}
	x := tx.at(parent, t)
	return x.stick(x.n.behavior.ended(x))
}

func withoutTokens(all []*Incident) []*Incident {
	var kept []*Incident
	for _, n := range all {
		if n.Token == 0 {
			kept = append(kept, n)
		}
	}
	return kept
}

func mustJSON(v any) Value {
	data, _ := storage.Marshal(v)
	return data
}

// Finish ends an instance with an outcome: its tokens are cancelled, and it counts as completed.
func (tx *Tx) Finish(id, outcome string) error {
	i, err := tx.active(id)
	if err != nil {
		return err
	}
	if i.Turn > 0 {
		return refuse("instance_called", "", "instance %s is a turn of %s: finish that one", id, i.Parent.Instance)
	}
	if err := tx.at(i, i.Tokens[0]).cancelInside(nil); err != nil {
		return err
	}
	i.Outcome = outcome
	return tx.finish(i, Completed)
}

// Cancel ends an instance, and those that it called.
func (tx *Tx) Cancel(id string) error {
	i, err := tx.active(id)
	if err != nil {
		return err
	}
	if i.Parent != nil {
		return refuse("instance_called", "", "instance %s was called by %s: cancel that one, or move its token", id, i.Parent.Instance)
	}
	return tx.cancelInstance(i)
}

func (tx *Tx) cancelInstance(i *Instance) error {
	if i.State != Active {
		return nil
	}
	if err := tx.at(i, i.Tokens[0]).cancelInside(nil); err != nil {
		return err
	}
	return tx.finish(i, Cancelled)
}

// active gives an instance that is not over.
func (tx *Tx) active(id string) (*Instance, error) {
	i, err := tx.Instance(id)
	if err != nil {
		return nil, err
	}
	if i.State != Active {
		return nil, refuse("instance_over", "", "instance %s is %s", id, i.State)
	}
	return i, nil
}

// SetOutcome marks an instance with an outcome while it goes on.
func (tx *Tx) SetOutcome(id, outcome string) error {
	i, err := tx.Instance(id)
	if err != nil {
		return err
	}
	i.Outcome, i.dirty = outcome, true
	return nil
}

// Set writes variables of an instance; null makes one empty. Timers and conditions that read them follow.
func (tx *Tx) Set(id string, vars map[string]Value) error {
	i, err := tx.Instance(id)
	if err != nil {
		return err
	}
	if i.State != Active {
		for name, v := range vars {
			i.put(name, v)
		}
		return nil
	}
	return tx.at(i, i.Tokens[0]).set(vars)
}

// armStarts makes a process wait for what its start events wait for.
func (tx *Tx) armStarts(l *latest, prog *program) error {
	i := &Instance{Definition: l.Definition, Process: l.id, prog: prog}
	root := &Token{Element: prog.root.ID, node: prog.root}
	x := tx.at(i, root)
	var err error
	for _, n := range prog.root.inside {
		switch {
		case n.Kind == bpmn.StartEvent:
			err = x.arm(n)
		case n.Instantiate && n.Kind == bpmn.ReceiveTask:
			err = x.armReceive(n)
		case n.Instantiate:
			err = x.armBehind(n)
		}
		if err != nil {
			return err
		}
	}
	l.Starts = root.Waits
	return nil
}
