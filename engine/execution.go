package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/voronka/voronka/engine/expression"
)

// execution is one token at its element, with the verbs that a behavior may use.
type execution struct {
	tx *Tx
	i  *Instance
	t  *Token
	n  *node
}

// step is a token that moves.
type step struct {
	i *Instance
	t *Token
}

// trouble is why a token can't go on: it becomes an incident.
type trouble struct{ code, message string }

func (t *trouble) Error() string { return t.message }

func troublef(code, format string, args ...any) error {
	return &trouble{code, fmt.Sprintf(format, args...)}
}

func (tx *Tx) at(i *Instance, t *Token) *execution { return &execution{tx, i, t, t.node} }

// run moves tokens until every one of them waits, in the order in which they came to move. A token that throws a message or signal
// lets all others go first, so that who waits for it on a parallel way hears it, in whatever order the ways were drawn.
func (tx *Tx) run() error {
	for {
		for len(tx.queue)+len(tx.late) > 0 {
			if len(tx.queue) == 0 {
				tx.queue, tx.late = tx.late[:1:1], tx.late[1:]
			} else if s := tx.queue[0]; s.t.node.late && len(tx.queue) > 1 {
				tx.queue, tx.late = tx.queue[1:], append(tx.late, s)
				continue
			}
			s := tx.queue[0]
			if s.i.untested {
				if err := tx.notice(s.i); err != nil {
					return err
				}
				continue
			}
			tx.queue = tx.queue[1:]
			if s.t.gone || s.t.State != Moving {
				continue
			}
			if err := tx.move(s); err != nil {
				return err
			}
		}
		moved, err := tx.rest()
		if err != nil {
			return err
		}
		if !moved && len(tx.queue) == 0 {
			return nil
		}
	}
}

// move lets one token enter its element.
func (tx *Tx) move(s step) error {
	x := tx.at(s.i, s.t)
	tx.steps++
	if limit := tx.engine.opts.Limits.Steps; tx.steps > limit {
		tx.runaways++
		tx.steps = limit - limit>>tx.runaways // the others may go on, but for less and less
		return x.stick(troublef("step_limit", "more than %d steps in one go: the process runs in a circle with nothing to wait for", limit))
	}
	return x.stick(x.proceed())
}

// proceed goes on where the token is in its work.
func (x *execution) proceed() error {
	switch x.t.Phase {
	case End:
		return x.n.behavior.ended(x)
	case Leave:
		return x.leave()
	case Turn:
		if x.t.Loop != nil {
			return x.nextTurn()
		}
		return x.turned()
	case Pass:
		return x.pass()
	case Arm:
		x.t.State, x.t.Phase = Waiting, Begin
		if err := x.armInside(); err != nil {
			return err
		}
		return x.tx.drained(x.i, x.t)
	}
	return x.enter()
}

// stick turns trouble into an incident on the token. Any other error ends the deed.
func (x *execution) stick(err error) error {
	if err == nil {
		return nil
	}
	var t *trouble
	if !errors.As(err, &t) {
		return err
	}
	if x.t.gone {
		return nil
	}
	x.t.State = Stuck
	x.tx.raise(x.i, &Incident{Token: x.t.ID, Element: x.t.Element, Code: t.code, Message: t.message, Variables: x.tx.seen(x.i, x.t)})
	return nil
}

// rest is called when nothing moves: timers and conditions look at what was changed, joins at what has come. It tells whether
// something moves again.
func (tx *Tx) rest() (bool, error) {
	for n := 0; n < len(tx.open); n++ {
		i := tx.open[n]
		if !i.dirty || i.State != Active {
			continue
		}
		if len(i.prog.process.Keys) > 0 && (i.conversed || len(i.changed) > 0) {
			i.conversed = false
			if err := tx.rekey(i); err != nil {
				return false, err
			}
		}
		if names := i.listens; len(names) > 0 {
			i.listens = nil
			moved, err := tx.collect(i, names)
			if moved {
				i.listens = names // there may be more
			}
			if moved || err != nil {
				return moved, err
			}
		}
		if len(i.changed) > 0 {
			changed := i.changed
			i.changed = nil
			if err := tx.retime(i, changed); err != nil {
				return false, err
			}
			i.conditions = true
		}
		if i.conditions {
			i.conditions, i.untested = false, false
			moved, err := tx.test(i)
			if moved || err != nil {
				i.conditions = true
				return moved, err
			}
		}
		for _, g := range i.prog.joins {
			for _, scope := range i.scopes(g.scope) {
				moved, err := g.behavior.(settler).settle(tx, i, g, scope)
				if moved || err != nil {
					return moved, err
				}
			}
		}
	}
	return false, nil
}

// scopes are the tokens that are scopes of the given node.
func (i *Instance) scopes(n *node) []*Token {
	var all []*Token
	for _, t := range i.Tokens {
		if t.node == n && t.Loop == nil && len(t.kids) > 0 {
			all = append(all, t)
		}
	}
	return all
}

// spawn makes a token at a node inside a scope; it enters when its turn comes.
func (x *execution) spawn(n *node, scope *Token) *Token {
	x.i.Next++
	t := &Token{ID: x.i.Next, In: scope.ID, Element: n.ID, State: Moving, Since: x.tx.now, node: n, in: scope}
	scope.kids = append(scope.kids, t)
	x.i.Tokens = append(x.i.Tokens, t)
	x.i.dirty = true
	x.tx.queue = append(x.tx.queue, step{x.i, t})
	if limit := x.tx.engine.opts.Limits.Tokens; len(x.i.Tokens) > limit {
		_ = x.tx.at(x.i, t).stick(troublef("token_limit", "more than %d tokens in one instance", limit))
	}
	return t
}

// remove takes a token out of the tree, with nothing said of it.
func (x *execution) remove() {
	t := x.t
	t.gone = true
	t.in.kids = without(t.in.kids, t)
	x.i.Tokens = without(x.i.Tokens, t)
	x.i.dirty = true
	x.i.Jobs = slices.DeleteFunc(x.i.Jobs, func(j *Job) bool { return j.Token == t.ID })
	x.i.Incidents = slices.DeleteFunc(x.i.Incidents, func(n *Incident) bool { return n.Token == t.ID })
	if t.node.isScope() {
		x.i.Done = slices.DeleteFunc(x.i.Done, func(d *Done) bool { return d.In == t.ID })
	}
}

func without[T comparable](all []T, one T) []T {
	if at := slices.Index(all, one); at >= 0 {
		return slices.Delete(all, at, at+1)
	}
	return all
}

// wait leaves the token where it is.
func (x *execution) wait() {
	x.t.State = Waiting
	x.i.dirty = true
	x.tx.log(x.i, LineEntered, x.t)
}

// take ends the token and sends one along each of the flows, then looks whether the scope is at its end.
func (x *execution) take(flows ...*flow) error {
	x.tx.log(x.i, LineCompleted, x.t)
	for _, f := range flows {
		for range max(1, x.n.CompletionQuantity) {
			t := x.spawn(f.target, x.t.in)
			t.Via, t.Flow = f.ID, x.t.Flow
		}
	}
	return x.end()
}

// end ends the token where it stands; the scope ends with its last one.
func (x *execution) end() error {
	scope := x.t.in
	x.remove()
	return x.tx.drained(x.i, scope)
}

// drained ends a scope in which no token is left.
func (tx *Tx) drained(i *Instance, scope *Token) error {
	if scope.gone || i.State != Active {
		return nil
	}
	x := tx.at(i, scope)
	if scope.State == Stuck { // it ends when its incident is resolved
		if len(scope.kids) == 0 && scope.Phase == Begin {
			scope.Phase = End
		}
		return nil
	}
	if a, ok := scope.node.behavior.(adHoc); ok && len(scope.kids) > 0 && scope.Loop == nil {
		return x.stick(a.advanced(x))
	}
	if len(scope.kids) > 0 {
		return nil
	}
	return x.stick(scope.node.behavior.ended(x))
}

// flows chooses where a token goes that leaves an activity or event: every flow without a condition and every one whose condition
// holds; the default where no condition does (BPMN 2.0.2, 13.3.1).
func (x *execution) flows() ([]*flow, error) {
	var chosen []*flow
	asked, held := false, false
	for _, f := range x.n.flows {
		switch {
		case f == x.n.fallback:
		case f.condition == nil:
			chosen = append(chosen, f)
		default:
			asked = true
			ok, err := x.holds(f.condition)
			if err != nil {
				return nil, err
			}
			if ok {
				held = true
				chosen = append(chosen, f)
			}
		}
	}
	if x.n.fallback != nil && !held {
		chosen = append(chosen, x.n.fallback)
	}
	if len(chosen) == 0 && asked {
		return nil, troublef("no_flow_taken", "no condition behind %q holds, and no flow is the default", x.n.ID)
	}
	return chosen, nil
}

// cancel ends a token and all inside it because something interrupted them.
func (x *execution) cancel() error {
	for len(x.t.kids) > 0 {
		if err := x.tx.at(x.i, x.t.kids[len(x.t.kids)-1]).cancel(); err != nil {
			return err
		}
	}
	if err := x.cancelTurns(); err != nil {
		return err
	}
	if c, ok := x.n.behavior.(canceller); ok {
		if err := c.cancel(x); err != nil {
			return err
		}
	}
	if !x.t.done {
		x.tx.log(x.i, LineCancelled, x.t)
	}
	x.remove()
	return nil
}

// left notes that a throwing event was left normally, before what it throws ends it.
func (x *execution) left() {
	x.t.done = true
	x.tx.log(x.i, LineCompleted, x.t)
}

// cancelInside ends all that stands in a scope, but for one token.
func (x *execution) cancelInside(but *Token) error {
	if err := x.cancelTurns(); err != nil {
		return err
	}
	for _, kid := range slices.Backward(slices.Clone(x.t.kids)) {
		if kid == but {
			continue
		}
		if err := x.tx.at(x.i, kid).cancel(); err != nil {
			return err
		}
	}
	return nil
}

// view is what expressions see, used again and again in one deed.
type view struct {
	expression.Env
	x *execution
}

// env is what expressions see from the token; it is the caller's.
func (x *execution) env() *expression.Env {
	v := &view{x: x}
	v.Lookup = func(name string) any { return v.x.lookup(name) }
	v.from(x)
	return &v.Env
}

func (v *view) from(x *execution) {
	v.x, v.Now = x, x.tx.now
	if d := x.tx.engine.opts.Domain; d != nil {
		v.Context, v.Zone = d.Context(x.tx, x.i, x.t)
	}
}

// look lends the deed's view to one evaluation from the token. One that comes inside of it is lent another.
func (x *execution) look() *view {
	v := x.tx.view
	x.tx.view = nil
	if v == nil {
		v = &view{}
		v.Lookup = func(name string) any { return v.x.lookup(name) }
	}
	v.from(x)
	return v
}

func (x *execution) evaluate(p *expression.Program) (any, error) {
	env := x.look()
	v, err := p.Run(&env.Env)
	x.tx.view = env
	return v, evaluationTrouble(err)
}

// holds tells whether a condition is true; an empty one is not.
func (x *execution) holds(p *expression.Program) (bool, error) {
	env := x.look()
	ok, err := p.Bool(&env.Env)
	x.tx.view = env
	return ok, evaluationTrouble(err)
}

func (x *execution) fill(t *expression.Text) (any, error) {
	if t == nil {
		return nil, nil
	}
	if text, ok := t.Constant(); ok {
		return text, nil
	}
	env := x.look()
	v, err := t.Run(&env.Env)
	x.tx.view = env
	return v, evaluationTrouble(err)
}

func (x *execution) fillString(t *expression.Text) (string, error) {
	if t == nil {
		return "", nil
	}
	if text, ok := t.Constant(); ok {
		return text, nil
	}
	env := x.look()
	v, err := t.String(&env.Env)
	x.tx.view = env
	return v, evaluationTrouble(err)
}

func evaluationTrouble(err error) error {
	if err == nil {
		return nil
	}
	var e *expression.Error
	if errors.As(err, &e) {
		if e.Limit {
			return &trouble{"expression_limit", e.Error()}
		}
		return &trouble{"expression_failed", e.Error()}
	}
	return err
}
