package engine

// complexGateway fires when its activation condition holds for the tokens that came, and then waits for the rest: when all others
// have come or can come no more it swallows them and is open again, with a token along each flow whose condition holds then
// (BPMN 2.0.2, 13.4.5). Conditions see waitingForStart, true when it fires and false when it is reset; the activation condition
// sees activationCount, and the number of tokens that came by a flow under the flow's id. Without an activation condition it joins
// as an inclusive gateway does.
type complexGateway struct{ still }

func (complexGateway) enter(x *execution) error {
	if len(x.n.Incoming) > 1 {
		x.t.State = Waiting // settle says when
		x.i.dirty = true
		return nil
	}
	return splitComplex(x, true)
}

func splitComplex(x *execution, start bool) error {
	if err := x.local("waitingForStart", start); err != nil {
		return err
	}
	return splitInclusive(x)
}

func (complexGateway) settle(tx *Tx, i *Instance, g *node, scope *Token) (bool, error) {
	arrived := arrivals(g, scope)
	if taken, fired := scope.Fired[g.ID]; fired {
		return tx.reset(i, g, scope, arrived, taken)
	}
	if len(arrived) == 0 {
		return false, nil
	}
	if g.activation == nil {
		if awaited(g, scope, arrived) {
			return false, nil
		}
		return true, join(tx, i, arrived, splitInclusive)
	}
	x := tx.at(i, arrived[0])
	if ok, err := x.activated(g, arrived); err != nil || !ok {
		return false, x.stick(err)
	}
	if scope.Fired == nil {
		scope.Fired = map[string][]string{}
	}
	for _, t := range arrived {
		scope.Fired[g.ID] = append(scope.Fired[g.ID], t.Via)
	}
	return true, join(tx, i, arrived, func(x *execution) error { return splitComplex(x, true) })
}

// reset opens a gateway again that has fired, as soon as nothing else can come by the flows that have had no token.
func (tx *Tx) reset(i *Instance, g *node, scope *Token, arrived []*Token, taken []string) (bool, error) {
	full := append([]*Token(nil), arrived...)
	for _, via := range taken {
		full = append(full, &Token{Via: via})
	}
	if awaited(g, scope, full) {
		return false, nil
	}
	delete(scope.Fired, g.ID)
	i.dirty = true
	x := tx.at(i, scope)
	rest, err := x.conditionals(g)
	if err != nil {
		return true, x.stick(err)
	}
	for _, f := range rest {
		x.spawn(f.target, scope).Via = f.ID
	}
	for _, t := range arrived {
		tx.at(i, t).remove()
	}
	return true, tx.drained(i, scope)
}

// conditionals are the flows out of a gateway whose condition holds on its reset.
func (x *execution) conditionals(g *node) ([]*flow, error) {
	env := x.env()
	outer := env.Lookup
	env.Lookup = func(name string) any {
		if name == "waitingForStart" {
			return false
		}
		return outer(name)
	}
	var chosen []*flow
	for _, f := range g.flows {
		if f.condition == nil {
			continue
		}
		ok, err := f.condition.Bool(env)
		if err != nil {
			return nil, evaluationTrouble(err)
		}
		if ok {
			chosen = append(chosen, f)
		}
	}
	return chosen, nil
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
