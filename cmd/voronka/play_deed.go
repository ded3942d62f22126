package main

import (
	"context"
	"fmt"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

func (p *player) do(ctx context.Context, w word) error {
	switch w.Do {
	case "observe":
		return nil
	case "restart":
		if err := p.store.Close(); err != nil {
			return err
		}
		return p.open(ctx)
	case "advance":
		return p.advance(ctx, w)
	case "fire":
		return p.fire(ctx)
	}
	err := p.engine.Update(ctx, func(tx *engine.Tx) error { return p.deed(tx, w) })
	if err == nil && p.robots {
		err = p.settle(ctx)
	}
	return err
}

// deed does a command that changes instances.
func (p *player) deed(tx *engine.Tx, w word) error {
	switch w.Do {
	case "start":
		_, err := tx.Start(engine.Start{Process: w.Process, Variables: w.Vars, Key: w.Key})
		return err
	case "complete":
		id, err := p.task(tx, w.Task)
		if err != nil {
			return err
		}
		return tx.Complete(id, w.Vars, w.Flow)
	case "trigger":
		_, err := tx.Trigger(w.Element, w.Vars)
		return err
	case "job":
		return p.job(tx, w)
	case "message":
		_, err := tx.Message(engine.Message{Name: w.Name, Key: w.Key, Variables: w.Vars, Element: w.Element})
		return err
	case "signal":
		return tx.Signal(w.Name, w.Vars)
	case "set", "cancel":
		id, err := p.instance(tx, w.Instance)
		if err != nil {
			return err
		}
		if w.Do == "set" {
			return tx.Set(id, w.Vars)
		}
		return tx.Cancel(id)
	case "resolve":
		return tx.Resolve(w.Incident, w.Vars)
	}
	return &engine.Refused{Code: "no_command", Message: fmt.Sprintf("%q is no command", w.Do)}
}

// task finds an open task by its id, its element's id, or its name.
func (p *player) task(tx *engine.Tx, name string) (string, error) {
	found := ""
	err := p.each(tx, func(i *engine.Instance) {
		for _, t := range i.Tokens {
			if t.Task != nil && found == "" && (engine.OuterID(i.ID, t.ID) == name || t.Element == name || t.Label() == name) {
				found = engine.OuterID(i.ID, t.ID)
			}
		}
	})
	if err == nil && found == "" {
		err = &engine.Refused{Code: "task_not_open", Element: name, Message: fmt.Sprintf("no open task %q", name)}
	}
	return found, err
}

// job ends an open job, found by its id, its element or its type.
func (p *player) job(tx *engine.Tx, w word) error {
	found := ""
	err := p.each(tx, func(i *engine.Instance) {
		for _, j := range i.Jobs {
			if found == "" && j.State != engine.JobStuck && (engine.OuterID(i.ID, j.ID) == w.Job || j.Element == w.Job || j.Topic == w.Job) {
				found = engine.OuterID(i.ID, j.ID)
			}
		}
	})
	switch {
	case err != nil:
		return err
	case found == "":
		return &engine.Refused{Code: "job_not_open", Element: w.Job, Message: fmt.Sprintf("no open job %q", w.Job)}
	}
	switch w.Result {
	case "complete", "":
		return tx.CompleteJob(found, "", w.Vars)
	case "fail":
		left := -1
		if w.Retries != nil {
			left = *w.Retries
		}
		return tx.FailJob(found, "", w.Message, left)
	case "error":
		return tx.ThrowJob(found, "", w.Code, w.Message, w.Vars)
	}
	return &engine.Refused{Code: "no_command", Message: fmt.Sprintf("%q is no result of a job: complete, fail or error", w.Result)}
}

// instance gives the id, or that of the only root instance where none is named.
func (p *player) instance(tx *engine.Tx, id string) (string, error) {
	if id != "" {
		return id, nil
	}
	var roots []string
	err := p.each(tx, func(i *engine.Instance) {
		if i.Parent == nil && i.State == engine.Active {
			roots = append(roots, i.ID)
		}
	})
	switch {
	case err != nil:
		return "", err
	case len(roots) != 1:
		return "", &engine.Refused{Code: "instance_unclear", Message: fmt.Sprintf("%d root instances run: say which", len(roots))}
	}
	return roots[0], nil
}

// each calls fn with every instance, in order of start.
func (p *player) each(tx *engine.Tx, fn func(*engine.Instance)) error {
	var ids []string
	for hit, err := range tx.Scan(storage.Range{Kind: "instance", Keys: true}) {
		if err != nil {
			return err
		}
		ids = append(ids, hit.Ref.ID)
	}
	for _, id := range ids {
		i, err := tx.Instance(id)
		if err != nil {
			return err
		}
		fn(i)
	}
	return nil
}
