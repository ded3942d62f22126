package engine

// Signal tells a name to everyone who waits for it, in the order in which they began to, and to start events. With nobody
// waiting nothing happens (BPMN 2.0.2, 10.5.5). Of more than a page of them the rest hears it in further deeds, due at once.
func (tx *Tx) Signal(name string, vars map[string]Value) error {
	if name == "" {
		return nil
	}
	b, err := tx.broadcast(name)
	if err != nil {
		return err
	}
	s := sending{Variables: vars, Request: tx.request}
	if len(b.Signals) == 0 {
		if more, err := tx.begin(name, &s, signalPage); !more || err != nil {
			return err
		}
	}
	if b, err = tx.broadcast(name); err != nil { // what was told may have thrown the same
		return err
	}
	b.Signals = append(b.Signals, s)
	return tx.putBroadcast(b)
}
