package engine

// beside is work about to be started beside a task.
type beside struct {
	*listener
	inputs map[string]Value
}

// listening prepares the work beside a task for an event of it.
func (x *execution) listening(event string) ([]beside, error) {
	var all []beside
	for n := range x.n.beside {
		l := &x.n.beside[n]
		if l.event != event {
			continue
		}
		inputs, err := x.mapped(l.inputs, asIs)
		if err != nil {
			return nil, err
		}
		all = append(all, beside{l, inputs})
	}
	return all, nil
}

// listen starts work beside a task: it runs on its own, the task never waits for it.
func (x *execution) listen(all []beside) {
	for _, b := range all {
		x.addJob(b.topic, b.inputs, defaultTries).Beside = b.key
	}
}

// besideTimer runs a listener whose timer has fired.
func (x *execution) besideTimer(w *Wait) error {
	l := x.n.listener(w.Beside)
	if l == nil {
		return nil
	}
	inputs, err := x.mapped(l.inputs, asIs)
	if err != nil {
		return err
	}
	x.listen([]beside{{l, inputs}})
	return x.tick(w, l.timer)
}

// Assign sets the person of an open task, and runs what listens to that.
func (tx *Tx) Assign(task, assignee string) error {
	i, t, err := tx.Task(task)
	if err != nil {
		return err
	}
	if t.Task.Assignee == assignee {
		return nil
	}
	t.Task.Assignee = assignee
	i.dirty = true
	x := tx.at(i, t)
	told, err := x.listening("assignment")
	x.listen(told)
	return x.stick(err)
}
