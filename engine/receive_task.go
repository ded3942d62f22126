package engine

// receiveTask waits for its message (BPMN 2.0.2, 13.3.3). One that names no message waits to be triggered.
type receiveTask struct{ still }

func (receiveTask) enter(x *execution) error {
	if err := x.armReceive(x.n); err != nil {
		return err
	}
	x.wait()
	return nil
}

func (receiveTask) resume(x *execution, _ cause) error {
	x.disarm(x.n)
	return x.finish()
}

// armReceive waits for the message of a receive task, on its own behalf or on that of a gateway before it.
func (x *execution) armReceive(task *node) error {
	name, err := x.fillString(task.message)
	if err != nil {
		return err
	}
	w := &Wait{Element: task.ID, Kind: WaitMessage, Name: name, Since: x.tx.now}
	if err := x.correlate(w, task.key, task.keys); err != nil {
		return err
	}
	x.add(w)
	return nil
}
