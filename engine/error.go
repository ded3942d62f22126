package engine

import (
	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
)

// bpmnError is an error in the sense of BPMN: thrown at a place, caught by the nearest scope around it that knows its code.
type bpmnError struct {
	code, message string
	variables     map[string]Value
}

func errorOf(e *bpmn.Event) bpmnError {
	if e.Error == nil {
		return bpmnError{code: e.Ref}
	}
	code := e.Error.Code
	if code == "" {
		code = e.Error.ID
	}
	return bpmnError{code: code, message: e.Error.Name}
}

// catcher is where an error or escalation is caught: an event of a boundary or of an event sub-process, seen from its host.
type catcher struct {
	host  *execution // the token of the activity, or of the scope around the event sub-process
	event *node
	def   *bpmn.Event
}

// catches finds who catches something thrown at the token: from the innermost scope outwards, a catcher that names the code before
// one that takes any; and outwards over calls (BPMN 2.0.2, 10.5.7).
func (x *execution) catches(kind bpmn.Trigger, match func(e *bpmn.Event) (exact, any bool)) (*catcher, error) {
	i, t, from := x.i, x.t, (*Token)(nil)
	for {
		var any *catcher
		look := func(t *Token, event *node) *catcher {
			for n := range event.triggers {
				def := event.triggers[n].Event
				if def.Trigger != kind {
					continue
				}
				exact, loose := match(def)
				c := &catcher{x.tx.at(i, t), event, def}
				if exact {
					return c
				}
				if loose && any == nil {
					any = c
				}
			}
			return nil
		}
		if t.node.isScope() && t != x.t && t.Loop == nil {
			for _, sub := range t.node.events {
				if t.interrupted() || from != nil && from.node == sub {
					continue // an event sub-process does not catch what it threw, nor one whose scope was interrupted
				}
				for _, start := range sub.starts {
					if c := look(t, start); c != nil {
						return c, nil
					}
				}
			}
			if any != nil {
				return any, nil
			}
		}
		if t.Turn == 0 && t.Phase != Pass {
			for _, b := range t.node.bounds {
				if c := look(t, b); c != nil {
					return c, nil
				}
			}
			if any != nil {
				return any, nil
			}
		}
		if t.in != nil {
			from, t = t, t.in
			continue
		}
		if i.Parent == nil {
			return nil, nil
		}
		parent, err := x.tx.Instance(i.Parent.Instance)
		if err != nil {
			return nil, err
		}
		called := parent.token(i.Parent.Token)
		if called == nil || called.Called != i.ID && i.Turn == 0 {
			return nil, nil
		}
		i, t, from = parent, called, nil
	}
}

// throwError throws an error at the token. Nobody catches it: an incident there.
func (x *execution) throwError(e bpmnError) error {
	c, err := x.catches(bpmn.ErrorTrigger, matchError(e.code))
	if err != nil {
		return err
	}
	if c == nil {
		message := "error " + e.code + " is caught by nobody"
		if e.message != "" {
			message += ": " + e.message
		}
		return &trouble{"uncaught_error", message}
	}
	if x.n.Kind == bpmn.EndEvent {
		x.left()
	}
	return c.caught(x, e.variables, c.names(e.code, e.message))
}

func matchError(code string) func(e *bpmn.Event) (bool, bool) {
	return func(e *bpmn.Event) (bool, bool) {
		if e.Error == nil {
			return false, e.Ref == ""
		}
		want := e.Error.Code
		if want == "" {
			want = e.Error.ID
		}
		return want == code || e.Error.ID == code && e.Error.Code == "", false
	}
}

// names are the variables in which a catching event keeps the code and message.
func (c *catcher) names(code, message string) map[string]Value {
	vars := map[string]Value{}
	set := func(name, value string) {
		if name != "" {
			vars[name], _ = expression.Encode(value)
		}
	}
	set(c.def.Extensions.ErrorCodeVariable, code)
	set(c.def.Extensions.ErrorMessageVariable, message)
	set(c.def.Extensions.EscalationCodeVariable, code)
	return vars
}

// caught lets the catcher take over: what it interrupts is cancelled, the thrower with it.
func (c *catcher) caught(thrower *execution, variables ...map[string]Value) error {
	for _, vars := range variables {
		if err := c.host.set(vars); err != nil {
			return err
		}
	}
	w := &Wait{Element: c.event.ID}
	if c.event.Kind == bpmn.BoundaryEvent {
		return c.host.boundary(c.event, w)
	}
	return c.host.eventSubProcess(c.event, w)
}

// Throw throws a BPMN error at a token, as its activity would.
func (tx *Tx) Throw(id string, token int, code, message string, vars map[string]Value) error {
	x, err := tx.execution(id, token)
	if err != nil {
		return err
	}
	return x.stick(x.throwError(bpmnError{code, message, vars}))
}

// Catches tells whether an error thrown at the token would be caught.
func (tx *Tx) Catches(id string, token int, code string) (bool, error) {
	x, err := tx.execution(id, token)
	if err != nil {
		return false, err
	}
	c, err := x.catches(bpmn.ErrorTrigger, matchError(code))
	return c != nil, err
}

func (tx *Tx) execution(id string, token int) (*execution, error) {
	i, err := tx.active(id)
	if err != nil {
		return nil, err
	}
	t := i.token(token)
	if t == nil {
		return nil, refuse("token_unknown", "", "instance %s has no token %d", id, token)
	}
	return tx.at(i, t), nil
}
