package engine

// subProcess is a scope inside its process: it is done when nothing is left inside (BPMN 2.0.2, 13.3.4). An event sub-process is
// one too, started by its start event instead of a flow.
type subProcess struct{ still }

func (subProcess) enter(x *execution) error { return x.enterScope() }

// enterScope arms the event sub-processes of a scope and sends a token to each of its beginnings.
func (x *execution) enterScope() error {
	x.wait()
	x.declare(x.n.inner)
	if err := x.armInside(); err != nil {
		x.t.Phase = Begin
		return err
	}
	starts := x.n.starts
	if x.n.EventSubProcess() {
		starts = []*node{x.i.prog.nodes[x.t.Via]}
	}
	if len(starts) == 0 {
		return x.n.behavior.ended(x)
	}
	for _, n := range starts {
		x.spawn(n, x.t)
	}
	return nil
}

func (subProcess) ended(x *execution) error {
	if x.n.EventSubProcess() {
		if x.t.Undo != nil {
			return x.undone()
		}
		x.tx.log(x.i, LineCompleted, x.t)
		return x.end()
	}
	return x.finish()
}
