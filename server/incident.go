package server

import (
	"encoding/json"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// incident is an open incident as lists show it.
type incident struct {
	ID        string                     `json:"id"`
	Instance  string                     `json:"instance"` // the card's id, where it is one
	Process   string                     `json:"process"`
	Element   string                     `json:"element"`
	Job       string                     `json:"job,omitempty"`
	Code      string                     `json:"code"`
	Message   string                     `json:"message"`
	At        time.Time                  `json:"at"`
	Variables map[string]json.RawMessage `json:"variables"` // as the failing attempt saw them
}

func incidentsOf(i *engine.Instance) []incident {
	all := []incident{}
	for _, n := range i.Incidents {
		one := incident{
			ID: engine.OuterID(i.ID, n.ID), Instance: i.ID, Process: i.Process, Element: n.Element, Code: n.Code, Message: n.Message,
			At: n.At.UTC(), Variables: n.Variables,
		}
		if n.Job != 0 {
			one.Job = engine.OuterID(i.ID, n.Job)
		}
		if one.Variables == nil {
			one.Variables = map[string]json.RawMessage{}
		}
		all = append(all, one)
	}
	return all
}

// listIncidents gives what is stuck, the longest first. Needs the right oversee.
func listIncidents(c *call) (*answer, error) {
	if err := c.need(access.Oversee); err != nil {
		return nil, err
	}
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	all, cursor := []incident{}, ""
	err = c.view(func(tx *engine.Tx) error {
		instances, after, err := tx.Incidents(p.after, p.limit)
		if err != nil {
			return err
		}
		if len(instances) == p.limit {
			cursor = after
		}
		for _, i := range instances {
			all = append(all, incidentsOf(i)...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"incidents": all, "next": next(cursor)})
}

// resolveIncident retries what an incident stopped, with variables corrected first. Needs the right oversee.
func resolveIncident(c *call) (*answer, error) {
	var in struct {
		Vars map[string]json.RawMessage `json:"vars"`
	}
	if err := c.need(access.Oversee); err != nil {
		return nil, err
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	id := c.path("id")
	return c.update(func(tx *engine.Tx) (string, error) { return id, tx.Resolve(id, in.Vars) }, done)
}

// done is the answer to a deed that has nothing to show.
func done(*engine.Tx, string) (*answer, error) { return nil, nil }
