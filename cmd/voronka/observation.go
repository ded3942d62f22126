package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine"
)

// observation is what play writes: the engine at rest.
type observation struct {
	OK        bool             `json:"ok"`
	Error     *refusal         `json:"error"`
	Problems  []bpmn.Problem   `json:"problems"`
	Now       time.Time        `json:"now"`
	Instances []seenInstance   `json:"instances"`
	Starts    []engine.Awaited `json:"starts"`
}

type refusal struct {
	Code    string `json:"code"`
	Element string `json:"element"`
	Message string `json:"message"`
}

type seenInstance struct {
	ID            string                  `json:"id"`
	Process       string                  `json:"process"`
	Version       int                     `json:"version"`
	Parent        string                  `json:"parent"`
	State         engine.State            `json:"state"`
	Outcome       string                  `json:"outcome"`
	Variables     map[string]engine.Value `json:"variables"`
	Tokens        []seenToken             `json:"tokens"`
	Tasks         []seenTask              `json:"tasks"`
	Jobs          []seenJob               `json:"jobs"`
	Timers        []seenTimer             `json:"timers"`
	Subscriptions []seenSubscription      `json:"subscriptions"`
	Incidents     []seenIncident          `json:"incidents"`
	Completed     []string                `json:"completed"`
}

type seenToken struct {
	Element string `json:"element"`
}

type seenTask struct {
	ID       string   `json:"id"`
	Element  string   `json:"element"`
	Name     string   `json:"name"`
	Lane     string   `json:"lane"`
	Assignee string   `json:"assignee"`
	Groups   []string `json:"groups"`
}

type seenJob struct {
	ID      string                  `json:"id"`
	Element string                  `json:"element"`
	Type    string                  `json:"type"`
	Retries int                     `json:"retries"`
	Inputs  map[string]engine.Value `json:"inputs"`
}

type seenTimer struct {
	Element string    `json:"element"`
	Due     time.Time `json:"due"`
}

type seenSubscription struct {
	Kind    engine.WaitKind `json:"kind"`
	Name    string          `json:"name"`
	Key     string          `json:"key"`
	Element string          `json:"element"`
}

type seenIncident struct {
	ID      string `json:"id"`
	Element string `json:"element"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// observe looks at everything.
func (p *player) observe(ctx context.Context) (*observation, error) {
	o := &observation{}
	err := p.engine.View(ctx, func(tx *engine.Tx) error {
		*o = observation{OK: true, Problems: []bpmn.Problem{}, Now: p.clock, Instances: []seenInstance{}}
		var ids []*engine.Instance
		if err := p.each(tx, func(i *engine.Instance) { ids = append(ids, i) }); err != nil {
			return err
		}
		for _, i := range ids {
			seen, err := look(tx, i)
			if err != nil {
				return err
			}
			o.Instances = append(o.Instances, *seen)
		}
		var err error
		o.Starts, err = tx.Starts()
		return err
	})
	return o, err
}

func look(tx *engine.Tx, i *engine.Instance) (*seenInstance, error) {
	d, err := tx.Definition(i.Definition)
	if err != nil {
		return nil, err
	}
	s := &seenInstance{
		ID: i.ID, Process: i.Process, Version: d.Version, State: i.State, Outcome: i.Outcome, Variables: i.Variables,
		Tokens: []seenToken{}, Tasks: []seenTask{}, Jobs: []seenJob{}, Timers: []seenTimer{}, Subscriptions: []seenSubscription{},
		Incidents: []seenIncident{}, Completed: []string{},
	}
	if i.Parent != nil {
		s.Parent = i.Parent.Instance
	}
	if s.Variables == nil {
		s.Variables = map[string]engine.Value{}
	}
	for _, t := range i.Tokens {
		if t.Leaf() {
			s.Tokens = append(s.Tokens, seenToken{t.Element})
		}
		if t.Task != nil {
			groups := append([]string{}, t.Task.Groups...)
			s.Tasks = append(s.Tasks, seenTask{engine.OuterID(i.ID, t.ID), t.Element, t.Label(), t.Lane(), t.Task.Assignee, groups})
		}
		for _, w := range t.Waits {
			switch {
			case w.Got:
			case w.Kind == engine.WaitTimer:
				if w.Due != nil {
					s.Timers = append(s.Timers, seenTimer{w.Element, *w.Due})
				}
			default:
				s.Subscriptions = append(s.Subscriptions, seenSubscription{w.Kind, w.Name, w.Key, w.Element})
			}
		}
	}
	for _, j := range i.Jobs {
		if j.State == engine.JobStuck {
			continue
		}
		inputs := j.Inputs
		if inputs == nil {
			inputs = map[string]engine.Value{}
		}
		s.Jobs = append(s.Jobs, seenJob{engine.OuterID(i.ID, j.ID), j.Element, j.Topic, j.Retries, inputs})
	}
	for _, n := range i.Incidents {
		s.Incidents = append(s.Incidents, seenIncident{engine.OuterID(i.ID, n.ID), n.Element, n.Code, n.Message})
	}
	lines, _, err := tx.History(i.ID, 0, 0)
	for _, l := range lines {
		if l.Kind == engine.LineCompleted {
			s.Completed = append(s.Completed, l.Element)
		}
	}
	return s, err
}

// refused turns an error into the answer.
func (o *observation) refused(err error) {
	o.OK = false
	o.Error = &refusal{Code: "refused", Message: err.Error()}
	var r *engine.Refused
	switch {
	case errors.As(err, &r):
		o.Error.Code, o.Error.Element = r.Code, r.Element
	case errors.Is(err, engine.ErrNotFound):
		o.Error.Code = "not_found"
	case bpmn.Severe(o.Problems):
		o.Error.Code = "problems"
	}
}

func (o *observation) print(w *bufio.Writer) error {
	if o.Problems == nil {
		o.Problems = []bpmn.Problem{}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		return err
	}
	return w.Flush()
}
