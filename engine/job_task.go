package engine

import (
	"strconv"
	"strings"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/schedule"
)

// jobTask is a service, send or business rule task: a job is written and the token waits until a worker has done it
// (BPMN 2.0.2, 13.3.3). A send task that names a message and no work throws the message instead.
type jobTask struct{ still }

func (jobTask) enter(x *execution) error {
	w := x.n.work
	if w.throws {
		if err := x.throwMessage(&bpmn.Event{Message: x.n.Message, Trigger: bpmn.MessageTrigger}, x.n.message, x.n.key, x.n.keys); err != nil {
			return err
		}
		return x.finish()
	}
	if w.script != "" {
		if err := x.local("script", w.script); err != nil {
			return err
		}
	}
	given := x.given()
	if _, err := x.bears(x.n.keys, given); err != nil {
		return err
	}
	j, err := x.job(w.topic, given, w.retry)
	if err != nil {
		return err
	}
	if w.beside {
		return x.finish()
	}
	j.Token = x.t.ID
	x.wait()
	return nil
}

// jobTask compiles the work of a task.
func (c *compiler) jobTask(n *node) behavior {
	x := &n.Extensions.Work
	w := &work{beside: c.beside(n.Node), retry: c.retries(x.Retry, n)}
	n.work = w
	at := n.Element
	switch {
	case x.Topic != "":
		w.topic = c.textAt(x.Topic, at)
	case n.Kind == bpmn.SendTask && n.Message != nil:
		w.throws = true
	case x.Class != "" || x.Expression != "" || x.DelegateExpression != "":
		c.problem("work_unsupported", at, "%s %q names code of another engine: give it type=\"external\" and a topic", n.Kind, n.ID)
	case x.DecisionRef != "":
		c.problem("work_unsupported", at, "%s %q refers to a decision table (DMN), which is not run here: give it a topic", n.Kind, n.ID)
	default:
		c.problem("work_missing", at, "%s %q names no work: give it type=\"external\" and a topic", n.Kind, n.ID)
	}
	return jobTask{}
}

// retries is how often a job is tried and how long it waits between: R3/PT10M, or a list of waits PT1M,PT5M.
type retries struct {
	tries int
	waits []schedule.Period
}

// backoff where nothing is written: three tries, a minute and then five between.
const defaultTries = 3

func (c *compiler) retries(text string, n *node) retries {
	text = strings.TrimSpace(text)
	r := retries{tries: defaultTries}
	if text == "" {
		return r
	}
	if tries, err := strconv.Atoi(text); err == nil && tries > 0 {
		r.tries = tries
		return r
	}
	parts := strings.Split(text, ",")
	if rest, ok := strings.CutPrefix(text, "R"); ok {
		count, wait, _ := strings.Cut(rest, "/")
		tries, err := strconv.Atoi(count)
		if err != nil || tries < 1 || tries > 100 {
			c.problem("retry_invalid", n.Element, "retry cycle %q of %q: write R3/PT10M, with 1 to 100 tries", text, n.ID)
			return r
		}
		r.tries, parts = tries, []string{wait}
	} else {
		r.tries = len(parts) + 1
	}
	for _, p := range parts {
		period, err := schedule.ParsePeriod(strings.TrimSpace(p))
		if err != nil {
			c.problem("retry_invalid", n.Element, "retry cycle %q of %q: %s", text, n.ID, err)
			return r
		}
		r.waits = append(r.waits, period)
	}
	return r
}

// after is when a job is tried again after its nth failure.
func (r retries) after(now time.Time, failure int) time.Time {
	if len(r.waits) > 0 {
		return r.waits[min(max(failure, 1), len(r.waits))-1].After(now)
	}
	wait := time.Minute
	for range min(max(failure, 1), 8) - 1 {
		wait *= 5
	}
	return now.Add(min(wait, 24*time.Hour))
}
