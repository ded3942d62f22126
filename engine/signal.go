package engine

// Signal tells a name to everyone who waits for it, in the order in which they began to, and to start events. With nobody
// waiting nothing happens (BPMN 2.0.2, 10.5.5).
func (tx *Tx) Signal(name string, vars map[string]Value) error {
	if name == "" {
		return nil
	}
	caught, starts, err := tx.subscribers(indexSignal, name)
	if err != nil {
		return err
	}
	for _, s := range caught {
		if s.t.gone || s.i.State != Active || !s.armed() {
			continue
		}
		if err := tx.at(s.i, s.t).happen(s.w, vars); err != nil {
			return err
		}
	}
	for _, s := range starts {
		if _, err := tx.startBy(s, vars, ""); err != nil {
			return err
		}
	}
	return nil
}

// armed tells whether the token still waits: another catcher of the same signal may have ended it.
func (s subscriber) armed() bool {
	_, w := s.i.find(s.w.ID)
	return w == s.w && !w.Got
}
