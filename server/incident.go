package server

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// incident is an open incident as lists show it.
type incident struct {
	ID        string                     `json:"id"`
	Instance  string                     `json:"instance"`
	Card      string                     `json:"card,omitempty"` // that it keeps; with its title
	Title     string                     `json:"title,omitempty"`
	Process   string                     `json:"process"`
	Element   string                     `json:"element"`
	Job       string                     `json:"job,omitempty"`
	Code      string                     `json:"code"`
	Name      string                     `json:"name"`     // of the element, as people call it
	Sentence  string                     `json:"sentence"` // what happened, for people
	Message   string                     `json:"message"`  // what the engine or the robot said of it
	At        time.Time                  `json:"at"`
	Request   string                     `json:"request,omitempty"` // on whose behalf: the log tells of it
	Variables map[string]json.RawMessage `json:"variables"`         // as the failing attempt saw them
}

// incidentsOf are those of an instance, told by the card that it belongs to and by what people call its elements, without the variables
// that the actor may not see.
func (c *call) incidentsOf(tx *engine.Tx, i *engine.Instance) ([]incident, error) {
	all := []incident{}
	if len(i.Incidents) == 0 {
		return all, nil
	}
	root, err := c.s.cards.Root(tx, i.ID)
	if err != nil {
		return nil, err
	}
	title := ""
	if root != "" {
		one, err := c.s.cards.Load(tx, root)
		if err != nil {
			return nil, err
		}
		title = one.Title
	}
	for _, n := range i.Incidents {
		seen, err := c.s.cards.SeenValues(tx, c.actor, i, n.Element, n.Variables)
		if err != nil {
			return nil, err
		}
		name, err := c.nameOf(tx, i.Definition, n.Element)
		if err != nil {
			return nil, err
		}
		one := incident{
			ID: engine.OuterID(i.ID, n.ID), Instance: i.ID, Card: root, Title: title, Process: i.Process, Element: n.Element, Code: n.Code,
			Name: name, Sentence: c.stopped(n.Code, name), Message: n.Message, At: n.At.UTC(), Request: n.Request, Variables: seen,
		}
		if n.Job != 0 {
			one.Job = engine.OuterID(i.ID, n.Job)
		}
		if one.Variables == nil {
			one.Variables = map[string]json.RawMessage{}
		}
		all = append(all, one)
	}
	return all, nil
}

// nameOf is what people call an element of a version; its id where it has no name.
func (c *call) nameOf(tx *engine.Tx, definition, element string) (string, error) {
	f, err := c.funnel(tx, definition)
	if err != nil {
		return "", err
	}
	if f != nil {
		return f.NameOf(element), nil
	}
	p, err := tx.Model(definition)
	if err != nil {
		return "", err
	}
	name := element
	p.Walk(func(n *bpmn.Node) {
		if n.ID == element && n.Name != "" {
			name = n.Name
		}
	})
	return name, nil
}

// stopped says in the caller's language why something can't go on at an element.
func (c *call) stopped(code, name string) string {
	why, known := stops[code]
	if !known {
		why = stops[""]
	}
	return fmt.Sprintf(why.in(c.language()), name)
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
		all, cursor = all[:0], ""
		instances, after, err := tx.Incidents(p.after, p.limit)
		if err != nil {
			return err
		}
		if len(instances) == p.limit {
			cursor = after
		}
		for _, i := range instances {
			found, err := c.incidentsOf(tx, i)
			if err != nil {
				return err
			}
			all = append(all, found...)
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
