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
	path := []*node{} // scopes to enter, the outermost last
	host := x.t.in
	for s := target.scope; ; s = s.scope {
		if at := ancestor(x.t.in, s); at != nil {
			host = at
			break
		}
		path = append(path, s)
	}
	scope := host
	for _, s := range slices.Backward(path) {
		inner := tx.at(x.i, x.spawn(s, scope))
		inner.t.State = Waiting
		tx.log(x.i, LineEntered, inner.t)
		for _, b := range s.bounds {
			if err := inner.arm(b); err != nil {
				return inner.stick(err)
			}
		}
		if err := inner.armInside(); err != nil {
			return inner.stick(err)
		}
		scope = inner.t
	}
	x.spawn(target, scope).Via = target.free(scope)
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
