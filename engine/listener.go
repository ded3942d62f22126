package engine

// listen starts the work beside a task: it runs on its own, the task never waits for it.
func (x *execution) listen(event string) error {
	for n, l := range x.n.beside {
		if l.event != event {
			continue
		}
		if err := x.runBeside(n); err != nil {
			return err
		}
	}
	return nil
}

func (x *execution) runBeside(n int) error {
	l := x.n.beside[n]
	inputs, err := x.mapped(l.inputs)
	if err != nil {
		return err
	}
	j := x.addJob(l.topic, inputs, defaultTries)
	j.Beside = n + 1
	return nil
}

// besideTimer runs a listener whose timer has fired.
func (x *execution) besideTimer(w *Wait) error {
	n := w.Beside - 1
	if n >= len(x.n.beside) {
		return nil
	}
	if err := x.runBeside(n); err != nil {
		return err
	}
	return x.tick(w, x.n.beside[n].timer)
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
	return x.stick(x.listen("assignment"))
}
