package engine

import "slices"

// Move takes a token to another element by hand: what stands at the token is cancelled, and a token enters the element. Scopes
// between are entered, and left when they are empty.
func (tx *Tx) Move(id string, token int, element, who, why string) error {
	x, err := tx.execution(id, token)
	if err != nil {
		return err
	}
	target := x.i.prog.nodes[element]
	if target == nil || target.scope == nil || target.EventSubProcess() {
		return refuse("element_unknown", element, "process %q has no element %q to move to", x.i.Process, element)
	}
	if x.t.In == 0 {
		return refuse("token_unknown", "", "token %d is the process itself", token)
	}
	for x.t.Turn > 0 { // all turns of a multi-instance activity go together
		x = tx.at(x.i, x.t.in)
	}
	tx.Log(x.i, Line{Kind: LineMoved, Element: x.t.Element, Token: token, Who: who, Data: mustJSON(map[string]string{"to": element, "why": why})})
	host, err := x.place(target, x.t.in)
	if err != nil {
		return err
	}
	for from := x; ; {
		up := from.t.in
		if err := from.cancel(); err != nil {
			return err
		}
		if up == host || len(up.kids) > 0 {
			return nil
		}
		from = tx.at(x.i, up)
	}
}

// place puts a token at an element, inside the innermost scope around a token that it can stand in: scopes between are entered,
// without their beginnings. It gives the scope from which they were entered.
func (x *execution) place(target *node, in *Token) (*Token, error) {
	host := in
	var path []*node // scopes to enter, the outermost last
	for s := target.scope; ; s = s.scope {
		if at := ancestor(in, s); at != nil {
			host = at
			break
		}
		path = append(path, s)
	}
	scope := host
	for _, s := range slices.Backward(path) {
		inner := x.tx.at(x.i, x.spawn(s, scope))
		inner.t.State = Waiting
		x.tx.log(x.i, LineEntered, inner.t)
		for _, b := range s.bounds {
			if err := inner.arm(b); err != nil {
				return host, inner.stick(err)
			}
		}
		if err := inner.stick(inner.armInside()); err != nil {
			return host, err
		}
		scope = inner.t
	}
	x.spawn(target, scope).Via = target.free(scope)
	return host, nil
}

// Reopen takes up an instance again that is over: a token enters the element, and nothing else is as it was. An instance that was
// called can't be: its caller has gone on.
func (tx *Tx) Reopen(id, element, who, why string) error {
	i, err := tx.Instance(id)
	if err != nil {
		return err
	}
	switch {
	case i.State == Active:
		return refuse("instance_active", "", "instance %s is not over", id)
	case i.Parent != nil:
		return refuse("instance_called", "", "instance %s was called by %s, which has gone on", id, i.Parent.Instance)
	}
	target := i.prog.nodes[element]
	if target == nil || target.scope == nil || target.EventSubProcess() {
		return refuse("element_unknown", element, "process %q has no element %q to begin at", i.Process, element)
	}
	i.State, i.Outcome, i.Ended, i.Expires, i.dirty = Active, "", nil, nil, true
	i.Next++
	root := &Token{ID: i.Next, Element: i.prog.root.ID, State: Waiting, Since: tx.now, node: i.prog.root}
	i.Tokens = []*Token{root}
	tx.Log(i, Line{Kind: LineReopened, Element: element, Who: who, Data: mustJSON(why)})
	x := tx.at(i, root)
	if err := x.stick(x.armInside()); err != nil {
		return err
	}
	_, err = x.place(target, root)
	return err
}

// ancestor is the token around, or t itself, that is a scope of the node.
func ancestor(t *Token, s *node) *Token {
	for ; t != nil; t = t.in {
		if t.node == s && t.Loop == nil {
			return t
		}
	}
	return nil
}

// free is a flow into a join by which nothing has come yet: a token put there by hand counts as one that came by it.
func (n *node) free(scope *Token) string {
	for _, f := range n.Incoming {
		if !slices.ContainsFunc(scope.kids, func(t *Token) bool { return t.node == n && t.Via == f.ID }) {
			return f.ID
		}
	}
	return ""
}
