package engine

// adHoc is a sub-process whose activities have no order: all that have no incoming flow begin at once, or one after the other
// where ordering is Sequential, in file order. It is done when its completion condition holds after one of them, or when nothing
// is left (BPMN 2.0.2, 13.3.5).
type adHoc struct{ subProcess }

func (adHoc) enter(x *execution) error {
	x.wait()
	x.declare(x.n.inner)
	if err := x.armInside(); err != nil {
		x.t.Phase = Begin
		return err
	}
	starts := implicitStarts(x.n)
	if len(starts) == 0 {
		return x.finish()
	}
	if x.n.Sequential {
		starts = starts[:1]
	}
	for _, n := range starts {
		x.spawn(n, x.t)
	}
	x.t.Begun = len(starts)
	return nil
}

// advanced is called when something inside was done while more goes on.
func (adHoc) advanced(x *execution) error {
	if x.n.completion == nil || x.n.KeepRemaining {
		return nil
	}
	ok, err := x.holds(x.n.completion)
	if err != nil || !ok {
		return err
	}
	if err := x.cancelInside(nil); err != nil {
		return err
	}
	return x.finish()
}

func (adHoc) ended(x *execution) error {
	if x.n.completion != nil {
		ok, err := x.holds(x.n.completion)
		if err != nil {
			return err
		}
		if ok {
			return x.finish()
		}
	}
	starts := implicitStarts(x.n)
	if x.n.Sequential && x.t.Begun < len(starts) {
		x.t.Begun++
		x.spawn(starts[x.t.Begun-1], x.t)
		return nil
	}
	return x.finish()
}
