package engine

// complexGateway waits until its activation condition holds, takes the tokens that came, and is then closed until the rest has
// come or can come no more (BPMN 2.0.2, 13.4.5). The condition sees activationCount, and the number of tokens by each incoming
// flow under the flow's id; without a condition it joins like an inclusive gateway.
type complexGateway struct{ still }

func (complexGateway) enter(x *execution) error {
	if len(x.n.Incoming) > 1 {
		x.t.State = Waiting
		x.i.dirty = true
		return nil
	}
	return splitInclusive(x)
}

func (complexGateway) settle(tx *Tx, i *Instance, g *node, scope *Token) (bool, error) {
	arrived := arrivals(g, scope)
	if len(arrived) == 0 {
		return false, nil
	}
	x := tx.at(i, arrived[0])
	closed := fired(scope, g)
	if len(closed) > 0 { // it has fired: swallow what else comes, then open again
		if awaitedBesides(g, scope, arrived, closed) {
			return false, nil
		}
		for _, t := range arrived {
			tx.at(i, t).remove()
		}
		delete(scope.Fired, g.ID)
		return true, tx.drained(i, scope)
	}
	if g.activation == nil {
		if awaited(g, scope, arrived) {
			return false, nil
		}
		return true, join(tx, i, arrived, splitInclusive)
	}
	ok, err := x.activated(g, arrived)
	if err != nil || !ok {
		return false, x.stick(err)
	}
	if scope.Fired == nil {
		scope.Fired = map[string][]string{}
	}
	for _, t := range arrived {
		scope.Fired[g.ID] = append(scope.Fired[g.ID], t.Via)
	}
	if len(arrived) == len(g.Incoming) {
		delete(scope.Fired, g.ID)
	}
	return true, join(tx, i, arrived, splitInclusive)
}

// fired are the flows whose tokens an activation has taken while others were still to come.
func fired(scope *Token, g *node) []string { return scope.Fired[g.ID] }

// awaitedBesides is awaited, with the flows that have had their token counted as full.
func awaitedBesides(g *node, scope *Token, arrived []*Token, closed []string) bool {
	all := append([]*Token(nil), arrived...)
	for _, via := range closed {
		all = append(all, &Token{Via: via})
	}
	return awaited(g, scope, all)
}

func (x *execution) activated(g *node, arrived []*Token) (bool, error) {
	env := x.env()
	outer := env.Lookup
	env.Lookup = func(name string) any {
		if name == "activationCount" {
			return len(arrived)
		}
		for _, f := range g.Incoming {
			if f.ID == name {
				n := 0
				for _, t := range x.t.in.kids {
					if t.node == g && t.Via == name {
						n++
					}
				}
				return n
			}
		}
		return outer(name)
	}
	ok, err := g.activation.Bool(env)
	return ok, evaluationTrouble(err)
}
