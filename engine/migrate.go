package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/storage"
)

// Migration says how instances go from one version of a process to another.
type Migration struct {
	From, To string            // definitions
	Elements map[string]string // where an element of the old version has another id in the new one
}

// Migrated is what became, or would become, of one instance.
type Migrated struct {
	Instance string   `json:"instance"`
	Moves    []string `json:"moves"` // where its tokens stand in the new version
	Stops    []string `json:"stops"` // why it can't go; empty: it can
	Done     bool     `json:"done"`  // it has gone
}

// Migrate looks whether an instance can go to another version, and, where dry is not set and it can, lets it go: tokens stay where
// they stand, timers and subscriptions that the new version has too stay as they are, the others are dropped, new ones are armed.
func (tx *Tx) Migrate(id string, m Migration, dry bool) (*Migrated, error) {
	i, err := tx.Instance(id)
	if err != nil {
		return nil, err
	}
	report := &Migrated{Instance: id, Moves: []string{}, Stops: []string{}}
	stop := func(format string, args ...any) { report.Stops = append(report.Stops, fmt.Sprintf(format, args...)) }
	if i.State != Active {
		stop("it is %s", i.State)
		return report, nil
	}
	if i.Definition != m.From {
		stop("it is of %s, not of %s", i.Definition, m.From)
		return report, nil
	}
	to, err := tx.program(m.To)
	if err != nil {
		return nil, err
	}
	targets := map[*Token]*node{}
	if i.Turn > 0 {
		stop("it is a turn of %s", i.Parent.Instance)
		return report, nil
	}
	for _, t := range i.Tokens {
		if t.Loop != nil && t.Loop.Apart {
			stop("the turns of %q are instances of their own", t.Element)
			continue
		}
		n := to.nodes[m.element(t.Element)]
		if t.In == 0 {
			n = to.root
		}
		switch {
		case n == nil:
			stop("a token stands at %q, which the new version has not", t.Element)
		case n.Kind != t.node.Kind:
			stop("%q is a %s, and in the new version a %s", t.Element, t.node.Kind, n.Kind)
		case t.in != nil && n != targets[t.in] && n.scope != targets[t.in]:
			stop("%q stands in another sub-process in the new version", t.Element)
		case (n.loop == nil) != (t.node.loop == nil):
			stop("%q is a multi-instance activity in one version only", t.Element)
		case !m.comes(t, n):
			stop("a token came to %q by %q, which the new version has not", t.Element, t.Via)
		default:
			if targets[t] = n; t.Leaf() {
				report.Moves = append(report.Moves, n.ID)
			}
		}
	}
	if len(report.Stops) > 0 || dry {
		return report, nil
	}
	tx.Log(i, Line{Kind: LineMigrated, Data: mustJSON(m)})
	i.Definition, i.Process, i.prog = m.To, to.process.ID, to
	i.Done = m.undoable(i.Done, to)
	was := map[*Token]*node{}
	for _, t := range i.Tokens {
		was[t] = t.node
		t.Element, t.node, t.Via = targets[t].ID, targets[t], m.element(t.Via)
	}
	for _, j := range i.Jobs {
		j.Element = m.element(j.Element)
	}
	for _, n := range i.Incidents {
		n.Element = m.element(n.Element)
	}
	for _, t := range slices.Clone(i.Tokens) {
		x := tx.at(i, t)
		if err := x.stick(x.rearm(m, was[t])); err != nil {
			return nil, err
		}
	}
	i.conditions, i.dirty = true, true
	report.Done = true
	return report, nil
}

func (m Migration) element(id string) string {
	if to, ok := m.Elements[id]; ok {
		return to
	}
	return id
}

// comes tells whether the new version has the way by which a token came, where that counts: at joins, and in event sub-processes.
func (m Migration) comes(t *Token, n *node) bool {
	via := m.element(t.Via)
	switch {
	case n.EventSubProcess():
		return slices.ContainsFunc(n.starts, func(s *node) bool { return s.ID == via })
	case via != "" && len(n.Incoming) > 1 && !n.isActivity():
		return slices.ContainsFunc(n.Incoming, func(f *bpmn.Flow) bool { return f.ID == via })
	}
	return true
}

// undoable keeps of what was completed that which the new version can undo.
func (m Migration) undoable(all []*Done, to *program) []*Done {
	var kept []*Done
	for _, d := range all {
		d.Element = m.element(d.Element)
		d.Inside = m.undoable(d.Inside, to)
		if n := to.nodes[d.Element]; n != nil && (n.handler != nil || len(d.Inside) > 0) {
			kept = append(kept, d)
		}
	}
	return kept
}

// rearm makes the waits of a token those of its element in the new version. What the old version had and is waited for no more has
// happened for good.
func (x *execution) rearm(m Migration, was *node) error {
	over := map[string]bool{}
	for _, b := range was.bounds {
		over[m.element(b.ID)] = true
	}
	for _, sub := range was.events {
		for _, start := range sub.starts {
			over[m.element(start.ID)] = true
		}
	}
	for _, l := range was.beside {
		over[l.key] = true
	}
	for _, w := range x.t.Waits {
		w.Element = m.element(w.Element)
	}
	x.i.conversed = true
	x.t.Waits = slices.DeleteFunc(x.t.Waits, func(w *Wait) bool {
		t := x.i.trigger(w)
		drop := w.Element != x.n.ID && (t == nil || kindOf(t) != w.Kind) || w.Beside != "" && t == nil
		if drop {
			delete(over, w.Element)
		}
		return drop
	})
	if x.n.isActivity() && x.t.Turn == 0 && x.t.State != Stuck {
		for _, b := range x.n.bounds {
			if !x.armed(b) && !over[b.ID] {
				if err := x.arm(b); err != nil {
					return err
				}
			}
		}
	}
	if x.n.isScope() && x.t.Loop == nil && !x.t.interrupted() {
		for _, sub := range x.n.events {
			for _, start := range sub.starts {
				if !x.armed(start) && !over[start.ID] {
					if err := x.arm(start); err != nil {
						return err
					}
				}
			}
		}
	}
	if x.t.Task == nil {
		return nil
	}
	assignee := x.t.Task.Assignee
	if err := x.describe(); err != nil {
		return err
	}
	if assignee != "" {
		x.t.Task.Assignee = assignee
	}
	for _, l := range x.n.beside {
		if l.timer != nil && !over[l.key] {
			if err := x.armOne(x.n, 0, l.timer, l.key); err != nil {
				return err
			}
		}
	}
	return nil
}

// Running are the root instances of a definition that are not over, at most so many, from behind a cursor.
func (tx *Tx) Running(definition, after string, limit int) (ids []string, next string, err error) {
	r := storage.Range{Index: indexRunning, After: after, Limit: limit, Keys: true}.Prefix(definition)
	for hit, err := range tx.Scan(r) {
		if err != nil {
			return nil, "", err
		}
		ids, next = append(ids, hit.Ref.ID), hit.Cursor
	}
	return ids, next, nil
}

// MigrateAll migrates every running instance of a definition, each in a transaction of its own, or only reports what would become
// of them. One that can't go holds up no other.
func (e *Engine) MigrateAll(ctx context.Context, m Migration, dry bool, each func(*Migrated)) error {
	for after := ""; ; {
		var ids []string
		if err := e.View(ctx, func(tx *Tx) (err error) {
			ids, after, err = tx.Running(m.From, after, 256)
			return err
		}); err != nil {
			return err
		}
		for _, id := range ids {
			var one *Migrated
			run := e.Update
			if dry {
				run = e.View
			}
			if err := run(ctx, func(tx *Tx) (err error) {
				one, err = tx.Migrate(id, m, dry)
				return err
			}); err != nil {
				return fmt.Errorf("migrate %s: %w", id, err)
			}
			each(one)
		}
		if after == "" {
			return nil
		}
	}
}
