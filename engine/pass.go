package engine

// passTask is an undefined or manual task: the engine lets it pass at once (BPMN 2.0.2, 13.3.3).
type passTask struct{ still }

func (passTask) enter(x *execution) error { return x.finish() }

// passEvent is a start or boundary event: it has happened already when a token comes to it.
type passEvent struct{ still }

func (passEvent) enter(x *execution) error { return x.pass() }
