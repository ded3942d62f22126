package engine

import (
	"fmt"
	"slices"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// A multi-instance activity with more turns than Limits.Turns does not keep them in its instance's record, which each would read and
// write whole: every turn is an instance of its own, with its record, variables and history. The body in the parent counts them, and
// collects what they gave once, at the end. A turn stands in its instance inside a token that stands in for the body; what is not
// found there is looked for at the body: variables, counters, catchers of errors and escalations.
//
// They begin a page at a time, each page a deed of its own that is due at once, so that no deed grows with the number of turns. Turns that
// compensation may undo, or in which events follow variables that change outside of them, stay in the record of their instance, as do
// those of a process whose domain names its variables: Limits.Tokens bounds these.

// turnPage is how many turns begin in one deed, and how many items of a collection are one record.
const turnPage = 100

const kindItems = "items" // id: the body's outer id, and the page

// aparts finds the multi-instance activities whose turns can be instances of their own.
func (c *compiler) aparts() {
	for _, n := range c.order {
		n.apart = n.loop != nil && n.loop.MultiInstance && c.names.Open && n.separable()
	}
}

// separable tells whether nothing in a node needs what goes on outside of it, or the other way round.
func (n *node) separable() bool {
	if n.handler != nil || n.undoes || len(n.keys) > 0 {
		return false
	}
	follows := func(t *trigger) bool {
		return len(t.keys) > 0 || t.Trigger == bpmn.ConditionalTrigger || t.Trigger == bpmn.CompensationTrigger || t.timer != nil && len(t.timer.Names()) > 0
	}
	for i := range n.triggers {
		if follows(&n.triggers[i]) {
			return false
		}
	}
	for _, l := range n.beside {
		if l.timer != nil && follows(l.timer) {
			return false
		}
	}
	return !slices.ContainsFunc(n.inside, func(in *node) bool { return !in.separable() })
}

// turnID is the id of the instance that a turn is: in order of turns behind its parent.
func turnID(parent string, body, turn int) string {
	return fmt.Sprintf("%s.%d.%08d", parent, body, turn)
}

// beginApart begins a body whose turns are instances.
func (x *execution) beginApart(items []Value) error {
	x.t.Loop.Apart = true
	for page := 0; page*turnPage < len(items); page++ {
		data, err := storage.Marshal(items[page*turnPage : min((page+1)*turnPage, len(items))])
		if err != nil {
			return err
		}
		if err := x.tx.Put(&storage.Record{Kind: kindItems, ID: x.itemsID(page), Data: data}); err != nil {
			return err
		}
		x.t.Loop.Pages = page + 1
	}
	return x.moreTurns()
}

func (x *execution) itemsID(page int) string { return itemsID(x.i, x.t, page) }

func itemsID(i *Instance, t *Token, page int) string {
	return fmt.Sprintf("%s/%08d", i.outer(t.ID), page)
}

// moreTurns begins the next page of turns, or the next turn where they come one after the other; none where this deed has begun as
// many already.
func (x *execution) moreTurns() error {
	state := x.t.Loop
	page := state.Begun / turnPage
	var items []Value
	if page < state.Pages {
		found, err := x.tx.Get(storage.Ref{Kind: kindItems, ID: x.itemsID(page)})
		if err != nil {
			return err
		}
		if found[0] == nil {
			return fmt.Errorf("items of %s: %w", x.itemsID(page), ErrNotFound)
		}
		if err := storage.Unmarshal(found[0].Data, &items); err != nil {
			return err
		}
	}
	end := min(state.Total, (page+1)*turnPage)
	if x.n.Loop.Sequential {
		end = state.Begun + 1
	}
	for ; state.Begun < end && x.tx.turns < turnPage; x.tx.turns++ {
		x.turnApart(state.Begun+1, item(items, state.Begun%turnPage))
		state.Begun++
	}
	x.i.dirty = true
	return nil
}

// pending tells whether more turns of a body are to begin at once.
func (t *Token) pending() bool {
	l := t.Loop
	return l != nil && l.Apart && t.In != 0 && t.State == Waiting && l.Begun < l.Total && (!t.node.Loop.Sequential || l.Begun == l.Ended)
}

// turnApart begins a turn as an instance.
func (x *execution) turnApart(turn int, item Value) {
	i := &Instance{
		ID: turnID(x.i.ID, x.t.ID, turn), Definition: x.i.Definition, Process: x.i.Process, Key: x.i.Key, Parent: &Link{x.i.ID, x.t.ID},
		Turn: turn, Depth: x.i.Depth, State: Active, Started: x.tx.now, prog: x.i.prog, dirty: true, Next: 1,
	}
	body := &Token{ID: 1, Element: x.n.ID, State: Waiting, Since: x.tx.now, Turn: turn, Loop: &Loop{Apart: true}, node: x.n}
	i.Tokens = []*Token{body}
	x.tx.keep(i)
	x.tx.log(i, LineStarted, body)
	t := x.tx.at(i, body).spawn(x.n, body)
	t.Turn, t.Local = turn, x.n.loop.local(item)
}

// body is the token of the loop that a turn is of: in the parent, where the turn is an instance of its own.
func (x *execution) body() (*execution, error) {
	if x.t.in.in == nil && x.i.Turn > 0 {
		return x.tx.around(x.i)
	}
	return x.tx.at(x.i, x.t.in), nil
}

// around is the body that an instance is a turn of.
func (tx *Tx) around(i *Instance) (*execution, error) {
	parent, err := tx.Instance(i.Parent.Instance)
	if err != nil {
		return nil, err
	}
	t := parent.token(i.Parent.Token)
	if t == nil || t.Loop == nil {
		return nil, fmt.Errorf("turn %s: its activity is gone: %w", i.ID, ErrNotFound)
	}
	return tx.at(parent, t), nil
}

// outside is the body that the instance is a turn of, for who looks beyond it; nil where it is none. An error ends the deed later.
func (x *execution) outside() *execution {
	if x.i.Turn == 0 {
		return nil
	}
	body, err := x.tx.around(x.i)
	if err != nil {
		x.tx.broken = err
		return nil
	}
	return body
}

// endTurn ends the instance of a turn that is done.
func (x *execution) endTurn() error {
	x.i.Tokens[0].Loop.Ended = 1
	x.remove()
	return x.tx.finish(x.i, Completed)
}

// cancelTurns ends the turns of a body that are instances and not over.
func (x *execution) cancelTurns() error {
	if x.t.Loop == nil || !x.t.Loop.Apart || x.t.In == 0 {
		return nil
	}
	turns, err := x.runningTurns()
	if err != nil {
		return err
	}
	for _, id := range turns {
		i, err := x.tx.Instance(id)
		if err != nil {
			return err
		}
		if err := x.tx.cancelInstance(i); err != nil {
			return err
		}
	}
	x.t.Loop.Begun = x.t.Loop.Total // no more begin
	return x.dropItems()
}

// runningTurns are the ids of a body's turns that are not over, in order.
func (x *execution) runningTurns() ([]string, error) {
	var ids []string
	mine := map[string]bool{}
	for _, i := range x.tx.open {
		if i.Turn > 0 && i.Parent.Instance == x.i.ID && i.Parent.Token == x.t.ID {
			mine[i.ID] = true
			if i.State == Active {
				ids = append(ids, i.ID)
			}
		}
	}
	for hit, err := range x.tx.Scan(storage.Range{Index: indexTurn, Keys: true}.Prefix(x.i.outer(x.t.ID))) {
		if err != nil {
			return nil, err
		}
		if !mine[hit.Ref.ID] {
			ids = append(ids, hit.Ref.ID)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

func (x *execution) dropItems() error {
	var all []storage.Ref
	for page := range x.t.Loop.Pages {
		all = append(all, storage.Ref{Kind: kindItems, ID: x.itemsID(page)})
	}
	x.t.Loop.Pages = 0
	if len(all) == 0 {
		return nil
	}
	return x.tx.Delete(all...)
}

// gathered is what the turns gave, in order; empty for one that was not done.
func (x *execution) gathered() ([]Value, error) {
	state := x.t.Loop
	if state.Ended == 0 {
		return nil, nil
	}
	out := make([]Value, state.Total)
	for n := range out {
		out[n] = null
	}
	for from := 0; from < state.Total; from += 500 {
		refs := make([]storage.Ref, min(500, state.Total-from))
		for n := range refs {
			refs[n] = storage.Ref{Kind: kindInstance, ID: turnID(x.i.ID, x.t.ID, from+n+1)}
		}
		found, err := x.tx.Get(refs...)
		if err != nil {
			return nil, err
		}
		for n, r := range found {
			if r == nil {
				continue
			}
			var gave struct {
				Output Value `json:"output"`
			}
			if err := storage.Unmarshal(r.Data, &gave); err != nil {
				return nil, err
			}
			if gave.Output != nil {
				out[from+n] = gave.Output
			}
		}
	}
	for _, i := range x.tx.open { // what this deed did is not there yet
		if i.Turn > 0 && i.Parent.Instance == x.i.ID && i.Parent.Token == x.t.ID && i.Output != nil {
			out[i.Turn-1] = i.Output
		}
	}
	return out, nil
}

// output is what a turn gave.
func (x *execution) output() (Value, error) {
	l := x.n.loop
	v := x.lookup(l.OutputItem)
	if l.item != nil {
		var err error
		if v, err = x.evaluate(l.item); err != nil {
			return nil, err
		}
	}
	raw, err := expression.Encode(v)
	if err != nil {
		return nil, troublef("value_invalid", "output of %q: %s", x.n.ID, err)
	}
	return raw, nil
}

// forgetTurns deletes turns of an instance that is forgotten, with their history, and tells whether some are left.
func (tx *Tx) forgetTurns(i *Instance) (more bool, err error) {
	var ids []string
	for hit, err := range tx.Scan(storage.Range{Kind: kindInstance, From: i.ID + ".", To: i.ID + "/", Keys: true}) {
		if err != nil {
			return false, err
		}
		if ids = append(ids, hit.Ref.ID); len(ids) == turnPage {
			break
		}
	}
	for _, id := range ids {
		turn, err := tx.Instance(id)
		if err != nil {
			return false, err
		}
		if turn.Turn == 0 || turn.Parent.Instance != i.ID {
			continue // it only looks like one, or goes with its own parent
		}
		more = true
		if err := tx.forget(turn); err != nil {
			return false, err
		}
	}
	return more, nil
}
