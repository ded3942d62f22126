package engine

// parallelGateway waits for a token by each incoming flow, takes one of each, and sends one along every outgoing flow (BPMN 2.0.2,
// 13.4.1). Surplus tokens stay.
type parallelGateway struct{ still }

func (parallelGateway) enter(x *execution) error {
	if len(x.n.Incoming) > 1 {
		first := map[string]*Token{}
		for _, t := range x.t.in.kids {
			if t.node == x.n && first[t.Via] == nil {
				first[t.Via] = t
			}
		}
		for _, f := range x.n.Incoming {
			if first[f.ID] == nil {
				x.t.State = Waiting
				return nil
			}
		}
		for _, f := range x.n.Incoming {
			if t := first[f.ID]; t != x.t {
				x.tx.at(x.i, t).remove()
			}
		}
	}
	return x.take(x.n.flows...)
}
