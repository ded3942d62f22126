package engine

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// job writes a job of the token's element.
func (x *execution) job(topic *expression.Text, inputs map[string]Value, r retries) (*Job, error) {
	name, err := x.fillString(topic)
	if err != nil {
		return nil, err
	}
	return x.addJob(name, inputs, r.tries), nil
}

func (x *execution) addJob(topic string, inputs map[string]Value, tries int) *Job {
	x.i.Next++
	j := &Job{
		ID: x.i.Next, Element: x.n.ID, Topic: topic, State: JobDue, Due: x.tx.now, Created: x.tx.now,
		Retries: tries, Inputs: inputs, Request: x.tx.request, fresh: true,
	}
	x.i.Jobs = append(x.i.Jobs, j)
	x.i.dirty = true
	return j
}

// Job gives a job and its instance by its id.
func (tx *Tx) Job(id string) (*Instance, *Job, error) {
	instance, n, ok := InnerID(id)
	if !ok {
		return nil, nil, refuse("job_not_open", "", "no open job %q", id)
	}
	i, err := tx.Instance(instance)
	if err != nil {
		return nil, nil, err
	}
	for _, j := range i.Jobs {
		if j.ID == n {
			return i, j, nil
		}
	}
	return nil, nil, refuse("job_not_open", "", "no open job %q", id)
}

// Claimable are the ids of the jobs of a topic that may be claimed now, at most so many, and when the next one may be, if none can.
func (tx *Tx) Claimable(topic string, limit int) ([]string, *time.Time, error) {
	var ids []string
	width := len(storage.Time(tx.now))
	start := len(storage.Key(topic, ""))
	for hit, err := range tx.Scan(storage.Range{Index: indexJob, Limit: limit, Keys: true}.Prefix(topic)) {
		if err != nil {
			return nil, nil, err
		}
		due, err := dueOf(hit.Key[start : start+width])
		if err != nil {
			return nil, nil, err
		}
		if due.After(tx.now) {
			return ids, &due, nil
		}
		ids = append(ids, hit.Key[start+width+2:])
	}
	return ids, nil, nil
}

// Claim leases a job to a worker, if it is still free: nobody else is given it before the lease ends.
func (tx *Tx) Claim(id, worker string, lease time.Duration) (*Job, *Instance, error) {
	i, j, err := tx.Job(id)
	if err != nil {
		return nil, nil, err
	}
	if j.State == JobStuck || j.Due.After(tx.now) {
		return nil, nil, refuse("job_taken", j.Element, "job %s is not free", id)
	}
	if j.State == JobLeased { // its lease has ended with nothing said: that was an attempt
		tx.lost(i, j)
		j.Failed++
		j.Retries--
		if j.Retries <= 0 {
			tx.stall(i, j, "worker_lost", "the worker did not say within its lease how the job ended")
			return nil, nil, refuse("job_taken", j.Element, "job %s is stuck", id)
		}
	}
	if lease <= 0 {
		lease = tx.engine.opts.Limits.Lease
	}
	j.lease(worker, tx.now.Add(lease))
	i.dirty = true
	return j, i, nil
}

func (j *Job) lease(worker string, until time.Time) {
	j.State, j.Worker, j.Due = JobLeased, worker, until
	j.Attempts++
}

// leased is the value of the index entry of a leased job; nil of others.
func (j *Job) leased() []byte {
	if j.State != JobLeased {
		return nil
	}
	return []byte{1}
}

// lost tells of an attempt whose end nobody said.
func (tx *Tx) lost(i *Instance, j *Job) {
	job := Claimed{ID: i.outer(j.ID), Instance: i.ID, Element: j.Element, Topic: j.Topic, Attempt: j.Attempts, Request: j.Request}
	tx.then(func() { tx.engine.attempted(job, JobLost, 0) })
}

// holder checks that a worker may say how a job ended; without a name it may.
func holder(j *Job, worker string) error {
	if worker != "" && j.Worker != worker {
		return refuse("job_taken", j.Element, "the job is held by %q now", j.Worker)
	}
	if j.State == JobStuck {
		return refuse("job_stuck", j.Element, "the job is stuck: resolve its incident first")
	}
	return nil
}

// CompleteJob ends a job with what it gave, and its token goes on.
func (tx *Tx) CompleteJob(id, worker string, vars map[string]Value) error {
	i, j, err := tx.Job(id)
	if err != nil {
		return err
	}
	if err := holder(j, worker); err != nil {
		return err
	}
	t := i.token(j.Token)
	i.Jobs = without(i.Jobs, j)
	i.dirty = true
	tx.Log(i, Line{Kind: LineJobDone, Element: j.Element, Token: j.Token, Data: mustJSON(j.Topic)})
	if t == nil {
		if i.State == Active {
			return tx.at(i, i.Tokens[0]).set(vars)
		}
		for name, v := range vars {
			i.put(name, v)
		}
		return nil
	}
	x := tx.at(i, t)
	if t.node.result != "" && len(vars) > 0 && vars[t.node.result] == nil {
		vars = map[string]Value{t.node.result: mustJSON(vars)}
	}
	if err := x.result(vars); err != nil {
		return err
	}
	return x.stick(x.finish())
}

// LineJobDone says that a job was done; Data is its topic.
const LineJobDone = "job_done"

// FailJob says that an attempt failed. The job is tried again later; its last attempt spent, it is stuck with an incident.
// retries, where it is not negative, is how many attempts are left.
func (tx *Tx) FailJob(id, worker, message string, retries int) error {
	i, j, err := tx.Job(id)
	if err != nil {
		return err
	}
	if err := holder(j, worker); err != nil {
		return err
	}
	j.Failed++
	j.Retries--
	if retries >= 0 {
		j.Retries = retries
	}
	j.Error, j.Worker = message, ""
	i.dirty = true
	tx.Log(i, Line{Kind: LineFailed, Element: j.Element, Token: j.Token, Data: mustJSON(message)})
	if j.Retries > 0 {
		j.State, j.Due = JobDue, tx.retryOf(i, j).after(tx.now, j.Failed)
		return nil
	}
	tx.stall(i, j, "job_failed", message)
	return nil
}

func (tx *Tx) retryOf(i *Instance, j *Job) retries {
	if n := i.prog.nodes[j.Element]; n != nil && n.work != nil && j.Beside == "" {
		return n.work.retry
	}
	return retries{}
}

// stall stops a job with an incident.
func (tx *Tx) stall(i *Instance, j *Job, code, message string) {
	j.State, j.Worker, j.Retries = JobStuck, "", 0
	vars := tx.seen(i, i.token(j.Token))
	for name, v := range j.Inputs {
		vars[name] = v
	}
	tx.raise(i, &Incident{Job: j.ID, Token: j.Token, Element: j.Element, Code: code, Message: message, Request: j.Request, Variables: vars})
}

// ThrowJob ends a job by throwing a BPMN error from its activity. Nobody catches it: an incident. A job beside its token throws
// from the element it belongs to, while a token stands there.
func (tx *Tx) ThrowJob(id, worker, code, message string, vars map[string]Value) error {
	i, j, err := tx.Job(id)
	if err != nil {
		return err
	}
	if err := holder(j, worker); err != nil {
		return err
	}
	t := i.token(j.Token)
	if t == nil {
		if at := slices.IndexFunc(i.Tokens, func(t *Token) bool { return t.Element == j.Element }); at >= 0 {
			t = i.Tokens[at]
		}
	}
	if t == nil {
		tx.stall(i, j, "uncaught_error", strings.TrimSuffix("error "+code+" is caught by nobody: "+message, ": "))
		return nil
	}
	x := tx.at(i, t)
	err = x.throwError(bpmnError{code, message, vars})
	var stuck *trouble
	if errors.As(err, &stuck) {
		tx.stall(i, j, stuck.code, stuck.message)
		return nil
	}
	if err == nil {
		i.Jobs = without(i.Jobs, j)
		i.dirty = true
	}
	return err
}
