package engine

import (
	"time"

	"github.com/voronka/voronka/engine/expression"
)

// userTask waits for a person (BPMN 2.0.2, 13.3.3).
type userTask struct{ still }

func (userTask) enter(x *execution) error {
	if err := x.describe(); err != nil {
		return err
	}
	opened, err := x.listening("create")
	if err != nil {
		x.t.Task = nil
		return err
	}
	for _, l := range x.n.beside {
		if l.timer != nil {
			if err := x.armOne(x.n, 0, l.timer, l.key); err != nil {
				x.t.Task = nil
				return err
			}
		}
	}
	x.listen(opened)
	x.wait()
	return nil
}

// describe fills in what the task says of itself.
func (x *execution) describe() error {
	w := x.n.task
	task := &Task{}
	name, err := x.fillString(w.name)
	if err != nil {
		return err
	}
	if name != x.n.Name {
		task.Name = name
	}
	if task.Assignee, err = x.fillString(w.assignee); err != nil {
		return err
	}
	groups, err := x.fill(w.groups)
	if err != nil {
		return err
	}
	users, err := x.fill(w.users)
	if err != nil {
		return err
	}
	task.Groups, task.Users = stringsOf(groups), stringsOf(users)
	if task.Due, err = x.moment(w.due, x.t.Since); err != nil {
		return err
	}
	x.t.Task = task
	return nil
}

// moment is the time that a text says, counted from a beginning where it is a duration; nil where it is empty.
func (x *execution) moment(t *expression.Text, from time.Time) (*time.Time, error) {
	if t == nil {
		return nil, nil
	}
	v, err := x.fill(t)
	if err != nil {
		return nil, err
	}
	at, _, err := x.timeOf(v, from)
	return at, err
}

// Complete ends an open user task. vars are set on the instance first; flow chooses, by id or name, the way behind a manual gateway.
func (tx *Tx) Complete(task string, vars map[string]Value, flow string) error {
	i, t, err := tx.Task(task)
	if err != nil {
		return err
	}
	x := tx.at(i, t)
	if err := x.result(vars); err != nil {
		return err
	}
	if t.Flow, err = x.choose(flow); err != nil {
		return err
	}
	if d := tx.engine.opts.Domain; d != nil {
		if err := d.Completing(tx, i, t); err != nil {
			return err
		}
	}
	i.dirty = true
	return x.stick(x.finish())
}

// Task gives the instance and token of an open user task by its id.
func (tx *Tx) Task(id string) (*Instance, *Token, error) {
	instance, n, ok := InnerID(id)
	if !ok {
		return nil, nil, refuse("task_not_open", "", "no open task %q", id)
	}
	i, err := tx.Instance(instance)
	if err != nil {
		return nil, nil, err
	}
	t := i.token(n)
	if t == nil || t.Task == nil {
		return nil, nil, refuse("task_not_open", "", "no open task %q", id)
	}
	return i, t, nil
}

// choose finds the flow that a person meant, where a manual gateway follows.
func (x *execution) choose(flow string) (string, error) {
	g := x.n.gateway()
	if g == nil {
		if flow == "" {
			return "", nil
		}
		return "", refuse("flow_unknown", x.n.ID, "no choice follows %q, so flow %q can't be chosen", x.n.ID, flow)
	}
	if flow == "" {
		return "", refuse("flow_needed", x.n.ID, "behind %q a person chooses: name one of its flows", x.n.ID)
	}
	for _, f := range g.flows {
		if f.ID == flow {
			return f.ID, nil
		}
	}
	for _, f := range g.flows {
		if f.Name == flow {
			return f.ID, nil
		}
	}
	return "", refuse("flow_unknown", x.n.ID, "no flow %q leaves %q", flow, g.ID)
}

// gateway is the manual gateway behind a user task, if there is one.
func (n *node) gateway() *node {
	for _, f := range n.flows {
		if f.target != nil && f.target.manual {
			return f.target
		}
	}
	return nil
}
