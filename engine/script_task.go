package engine

import (
	"strings"

	"github.com/voronka/voronka/bpmn"
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
		raw, err := x.encode(x.n.result, v)
		if err != nil {
			return err
		}
		if err := x.result(map[string]Value{x.n.result: raw}); err != nil {
			return err
		}
	}
	return x.finish()
}

// scriptTask compiles the script. One in a language that is not run here is a job for a worker that runs it: its topic is the
// language, its input script the text.
func (c *compiler) scriptTask(n *node) behavior {
	if n.Extensions.Work.Topic != "" {
		return c.jobTask(n)
	}
	switch strings.ToLower(n.ScriptFormat) {
	case "", "expr":
		if strings.TrimSpace(n.Script) != "" {
			n.script = c.source(n.Script, expression.Any, n.Element)
		}
		return scriptTask{}
	}
	c.problems = append(c.problems, bpmn.Warningf("script_language", n.Element,
		"script task %q is written in %q, which is not run here: it waits for a worker of that topic; write it in expr to run it here", n.ID, n.ScriptFormat))
	n.work = &work{retry: c.retries(n.Extensions.Work.Retry, n), script: n.Script}
	n.work.topic, _ = (&expression.Names{}).Text(n.ScriptFormat)
	return jobTask{}
}
