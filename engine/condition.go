package engine

import (
	"github.com/voronka/voronka/storage"
)

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

// notice tests conditions when variables have been set, before a token moves on: what it leads to could hide that they held.
func (tx *Tx) notice(i *Instance) error {
	i.untested = false
	for i.State == Active {
		if happened, err := tx.test(i); !happened || err != nil {
			return err
		}
	}
	return nil
}

// Environment says how things stand outside of all instances. A conditional start event of a process reads nothing else, because
// there is no instance yet (BPMN 2.0.2, table 10.84: its condition must not refer to the data of the process), and starts one, with
// what was said as its variables, when its condition has come to hold: it must fail to hold before it starts another.
func (tx *Tx) Environment(vars map[string]Value) ([]*Instance, error) {
	var processes []string
	for hit, err := range tx.Scan(storage.Range{Index: indexCondition, Keys: true}) {
		if err != nil {
			return nil, err
		}
		if n := len(processes); n == 0 || processes[n-1] != hit.Ref.ID {
			processes = append(processes, hit.Ref.ID)
		}
	}
	var started []*Instance
	for _, process := range processes {
		l, err := tx.latest(process)
		if err != nil {
			return nil, err
		}
		held, changed, err := tx.compare(l, vars)
		if err != nil {
			return nil, err
		}
		if changed {
			if err := tx.putLatest(l); err != nil {
				return nil, err
			}
		}
		for _, w := range held {
			i, err := tx.startBy(starter{l, w}, vars, "")
			if err != nil {
				return nil, err
			}
			if i.ID != "" {
				started = append(started, i)
			}
		}
	}
	return started, nil
}

// compare notes which start conditions of a process hold, gives those that did not before, and tells whether any has changed.
func (tx *Tx) compare(l *latest, vars map[string]Value) (fresh []*Wait, changed bool, err error) {
	prog, err := tx.program(l.Definition)
	if err != nil {
		return nil, false, err
	}
	for _, w := range l.Starts {
		n := prog.nodes[w.Element]
		if w.Kind != WaitCondition || n.triggers[w.Event].condition == nil {
			continue
		}
		was := w.Held
		if w.Held, err = tx.before(prog, n, vars).holds(n.triggers[w.Event].condition); err != nil {
			return nil, false, refusal(err, n)
		}
		changed = changed || w.Held != was
		if w.Held && !was && !w.Got {
			fresh = append(fresh, w)
		}
	}
	return fresh, changed, nil
}
