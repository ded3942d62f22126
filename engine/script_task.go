package engine

import (
	"strings"

	"github.com/voronka/voronka/engine/expression"
)

// scriptTask runs an expression and goes on (BPMN 2.0.2, 13.3.3).
type scriptTask struct{ still }

func (scriptTask) enter(x *execution) error {
	if x.n.script == nil {
		return x.finish()
	}
	v, err := x.evaluate(x.n.script)
	if err != nil {
		return err
	}
	if x.n.result != "" {
		raw, err := expression.Encode(v)
		if err != nil {
			return troublef("value_invalid", "%s: %s", x.n.result, err)
		}
		if err := x.result(map[string]Value{x.n.result: raw}); err != nil {
			return err
		}
	}
	return x.finish()
}

func (c *compiler) scriptTask(n *node) behavior {
	switch strings.ToLower(n.ScriptFormat) {
	case "", "expr":
		if strings.TrimSpace(n.Script) != "" {
			n.script = c.source(n.Script, expression.Any, n.Element)
		}
	default:
		if n.Extensions.Work.Topic != "" {
			return c.jobTask(n)
		}
		c.problem("script_language", n.Element, "script task %q is written in %q: only expr is run here", n.ID, n.ScriptFormat)
	}
	return scriptTask{}
}
