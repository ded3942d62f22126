package engine

import "slices"

// What follows are deeds by hand, beside what is drawn: who did them and why stands in history.

// Move takes a token to another element by hand: what stands at the token is cancelled, and a token enters the element. Scopes
// between are entered, and left when they are empty.
func (tx *Tx) Move(id string, token int, element, who, why string) error {
	x, err := tx.execution(id, token)
	if err != nil {
		return err
	}
	target, err := x.i.target(element)
	if err != nil {
		return err
	}
	if x, err = x.whole(); err != nil {
		return err
	}
	if s := x.i.Tokens[0].node; !around(s, target) {
		return refuse("element_unknown", element, "instance %s is a turn of %q only: move its parent's token", x.i.ID, s.ID)
	}
	tx.Log(x.i, Line{Kind: LineMoved, Element: x.t.Element, Token: token, Who: who, Data: mustJSON(map[string]string{"to": element, "why": why})})
	host, err := x.place(target, x.t.in)
	if err != nil {
		return err
	}
	return x.drop(host)
}

// CancelToken cancels a token by hand, with all inside it, and the scopes that are empty then. The last token of an instance can't be
// cancelled: cancel the instance.
func (tx *Tx) CancelToken(id string, token int, who, why string) error {
	x, err := tx.execution(id, token)
	if err != nil {
		return err
	}
	if x, err = x.whole(); err != nil {
		return err
	}
	alone := true
	for t := x.t; t.in != nil; t = t.in {
		alone = alone && len(t.in.kids) == 1
	}
	if alone && x.i.Turn > 0 {
		return x.dropTurn(who, why)
	}
	if alone {
		return refuse("token_last", x.t.Element, "token %d is the last of instance %s: cancel that", token, id)
	}
	tx.Log(x.i, Line{Kind: LineDropped, Element: x.t.Element, Token: token, Who: who, Data: mustJSON(why)})
	return x.drop(nil)
}

// dropTurn cancels the turn that the instance is; with the last one its activity.
func (x *execution) dropTurn(who, why string) error {
	body, err := x.tx.around(x.i)
	if err != nil {
		return err
	}
	if body.t.Loop.Begun-body.t.Loop.Ended == 1 {
		return x.tx.CancelToken(body.i.ID, body.t.ID, who, why)
	}
	x.tx.Log(x.i, Line{Kind: LineDropped, Element: x.t.Element, Token: x.t.ID, Who: who, Data: mustJSON(why)})
	body.t.Loop.Ended++
	body.i.dirty = true
	return x.tx.cancelInstance(x.i)
}

// StartToken starts a token at an element by hand, beside those that are there. in is the token of the scope to start it in, or of one
// around that; 0: the scope of the element, where it runs once. Scopes between are entered.
func (tx *Tx) StartToken(id, element string, in int, who, why string) error {
	i, err := tx.active(id)
	if err != nil {
		return err
	}
	target, err := i.target(element)
	if err != nil {
		return err
	}
	host := i.token(in)
	if in == 0 {
		if host, err = i.scopeOf(target); err != nil {
			return err
		}
	}
	if host == nil || host.Loop != nil || !around(host.node, target) {
		return refuse("token_unknown", element, "instance %s has no token %d around %q", id, in, element)
	}
	tx.Log(i, Line{Kind: LinePlaced, Element: element, Who: who, Data: mustJSON(why)})
	_, err = tx.at(i, host).place(target, host)
	return err
}

// around tells whether a node is the scope of another, or one around that.
func around(s, n *node) bool {
	for n = n.scope; n != nil; n = n.scope {
		if n == s {
			return true
		}
	}
	return false
}

// scopeOf is the innermost scope around a node that a token stands for, if there is one of it and not several.
func (i *Instance) scopeOf(n *node) (*Token, error) {
	for s := n.scope; s != nil; s = s.scope {
		var found []*Token
		for _, t := range i.Tokens {
			if t.node == s && (t.Loop == nil || t.Loop.Apart && t.In != 0) {
				found = append(found, t)
			}
		}
		switch {
		case len(found) > 1 || len(found) == 1 && found[0].Loop != nil:
			return nil, refuse("scope_unclear", n.ID, "%q runs several times: say in which a token shall start at %q", s.ID, n.ID)
		case len(found) == 1:
			return found[0], nil
		}
	}
	return nil, nil
}

// target is an element at which a token can be put.
func (i *Instance) target(element string) (*node, error) {
	n := i.prog.nodes[element]
	if n == nil || n.scope == nil || n.EventSubProcess() {
		return nil, refuse("element_unknown", element, "process %q has no element %q for a token to stand at", i.Process, element)
	}
	return n, nil
}

// whole is the token, or what of it goes together: all turns of a multi-instance activity.
func (x *execution) whole() (*execution, error) {
	if x.t.In == 0 {
		return nil, refuse("token_unknown", "", "token %d is the process itself", x.t.ID)
	}
	for x.t.Turn > 0 {
		body, err := x.body()
		if err != nil {
			return nil, err
		}
		x = body
	}
	return x, nil
}

// drop cancels the token, and the scopes that are empty then, up to a host.
func (x *execution) drop(host *Token) error {
	for from := x; ; {
		up := from.t.in
		if err := from.cancel(); err != nil {
			return err
		}
		if up == host || len(up.kids) > 0 {
			if up.Loop != nil {
				up.Loop.Ended++ // a turn fewer to wait for
			}
			return nil
		}
		from = x.tx.at(x.i, up)
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
		if s.EventSubProcess() {
			inner.t.Via = s.starts[0].ID
		}
		inner.declare(s.inner)
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
	target, err := i.target(element)
	if err != nil {
		return err
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
