package engine

// inclusiveGateway splits along every flow whose condition holds, and joins when no token can come any more by a flow that has
// none, but for those that could as well come by a flow that has one (BPMN 2.0.2, 13.4.3).
type inclusiveGateway struct{ still }

func (inclusiveGateway) enter(x *execution) error {
	if len(x.n.Incoming) > 1 {
		x.t.State = Waiting // settle says when
		x.i.dirty = true
		return nil
	}
	return splitInclusive(x)
}

func splitInclusive(x *execution) error {
	flows, err := x.flows()
	if err != nil {
		return err
	}
	return x.take(flows...)
}

func (inclusiveGateway) settle(tx *Tx, i *Instance, g *node, scope *Token) (bool, error) {
	arrived := arrivals(g, scope)
	if len(arrived) == 0 || awaited(g, scope, arrived) {
		return false, nil
	}
	return true, join(tx, i, arrived, splitInclusive)
}

// arrivals are the tokens that wait at a join, the first by each incoming flow.
func arrivals(g *node, scope *Token) []*Token {
	var all []*Token
	seen := map[string]bool{}
	for _, t := range scope.kids {
		if t.node == g && t.State == Waiting && !seen[t.Via] {
			seen[t.Via] = true
			all = append(all, t)
		}
	}
	return all
}

// awaited tells whether a token of the scope can still come by an empty flow and by none that has a token.
func awaited(g *node, scope *Token, arrived []*Token) bool {
	for _, t := range scope.kids {
		if t.node == g {
			continue
		}
		byEmpty, byFull := false, false
		for _, f := range g.Incoming {
			if !g.reach[f.ID][t.node] {
				continue
			}
			full := false
			for _, a := range arrived {
				full = full || a.Via == f.ID
			}
			byFull = byFull || full
			byEmpty = byEmpty || !full
		}
		if byEmpty && !byFull {
			return true
		}
	}
	return false
}

// join makes one token of those that arrived and lets it go on.
func join(tx *Tx, i *Instance, arrived []*Token, on func(*execution) error) error {
	for _, t := range arrived[1:] {
		tx.at(i, t).remove()
	}
	x := tx.at(i, arrived[0])
	return x.stick(on(x))
}
