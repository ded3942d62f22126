package engine

// test lets the conditional events happen whose condition has come to hold, in file order of their elements; one that goes on
// happens again only after the condition has failed to hold in between (BPMN 2.0.2, 10.5.5). It tells whether one did.
func (tx *Tx) test(i *Instance) (bool, error) {
	for _, n := range i.prog.order {
		for _, t := range i.Tokens {
			for _, w := range t.Waits {
				if w.Kind != WaitCondition || w.Element != n.ID || w.Got {
					continue
				}
				trigger := i.trigger(w)
				if trigger == nil || trigger.condition == nil {
					continue
				}
				x := tx.at(i, t)
				held, err := x.holds(trigger.condition)
				if err != nil {
					return true, x.stick(err)
				}
				was := w.Held
				if held != was {
					w.Held, i.dirty = held, true
				}
				if held && !was {
					return true, x.happen(w, nil)
				}
			}
		}
	}
	return false, nil
}
