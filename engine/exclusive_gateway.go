package engine

import "slices"

// exclusiveGateway takes the first flow whose condition holds, in file order, else the default (BPMN 2.0.2, 13.4.2). A manual one
// takes the flow that the person chose.
type exclusiveGateway struct{ still }

func (exclusiveGateway) enter(x *execution) error {
	if x.n.manual {
		if at := slices.IndexFunc(x.n.flows, func(f *flow) bool { return f.ID == x.t.Flow }); at >= 0 {
			x.t.Flow = ""
			return x.take(x.n.flows[at])
		}
		if x.n.fallback == nil {
			return troublef("no_flow_taken", "nobody chose a flow behind %q, and none is the default", x.n.ID)
		}
	}
	for _, f := range x.n.flows {
		if f == x.n.fallback {
			continue
		}
		ok := f.condition == nil && !x.n.manual
		if f.condition != nil {
			var err error
			if ok, err = x.holds(f.condition); err != nil {
				return err
			}
		}
		if ok {
			return x.take(f)
		}
	}
	if x.n.fallback != nil {
		return x.take(x.n.fallback)
	}
	if len(x.n.flows) == 0 {
		return x.take()
	}
	return troublef("no_flow_taken", "no condition behind %q holds, and no flow is the default", x.n.ID)
}
