package engine

import "github.com/voronka/voronka/bpmn"

// escalate throws an escalation at the token: the nearest catcher takes it; one that nobody catches is gone (BPMN 2.0.2, 10.5.7).
func (x *execution) escalate(e *bpmn.Event) error {
	code := escalationCode(e)
	c, err := x.catches(bpmn.EscalationTrigger, func(e *bpmn.Event) (bool, bool) {
		if e.Escalation == nil {
			return false, e.Ref == ""
		}
		return escalationCode(e) == code, false
	})
	if err != nil || c == nil {
		return err
	}
	if c.event.Interrupting && x.n.Kind == bpmn.EndEvent {
		x.left()
	}
	return c.caught(x, c.names(code, ""))
}

func escalationCode(e *bpmn.Event) string {
	if e.Escalation == nil {
		return e.Ref
	}
	if e.Escalation.Code != "" {
		return e.Escalation.Code
	}
	return e.Escalation.ID
}
