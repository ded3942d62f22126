package engine

import "github.com/voronka/voronka/bpmn"

// behavior is what an element does. It is given a few verbs (execution), never the engine.
type behavior interface {
	// enter is called when a token arrives and its boundary events are armed.
	enter(x *execution) error
	// resume is called when something happened that the token waited for on behalf of the element itself.
	resume(x *execution, c cause) error
	// ended is called when the last token inside has ended, of a scope, or when the called instance has.
	ended(x *execution) error
}

// settler is a behavior that is asked when nothing moves any more, in file order: inclusive and complex joins.
type settler interface {
	// settle tells whether it moved something.
	settle(tx *Tx, i *Instance, n *node, scope *Token) (bool, error)
}

// canceller is a behavior with something of its own to end when its token is cancelled.
type canceller interface {
	cancel(x *execution) error
}

// cause is why a token is resumed.
type cause struct {
	wait      *Wait
	variables map[string]Value
}

// still is the part of a behavior that has nothing to say.
type still struct{}

func (still) enter(*execution) error         { return nil }
func (still) resume(*execution, cause) error { return nil }
func (still) ended(*execution) error         { return nil }

// isActivity tells whether boundary events, loops and mappings apply.
func (n *node) isActivity() bool {
	switch n.Kind {
	case bpmn.Task, bpmn.UserTask, bpmn.ManualTask, bpmn.ServiceTask, bpmn.SendTask, bpmn.ReceiveTask, bpmn.ScriptTask,
		bpmn.BusinessRuleTask, bpmn.CallActivity, bpmn.SubProcess, bpmn.Transaction, bpmn.AdHocSubProcess:
		return true
	}
	return false
}
