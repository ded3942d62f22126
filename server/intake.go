package server

import (
	"encoding/json"
	"net/url"
	"slices"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// showIntake gives the form by which strangers ask for something: that of a funnel's plain start event.
func showIntake(c *call) (*answer, error) {
	c.allowSites()
	var f *funnel.Funnel
	err := c.view(func(tx *engine.Tx) (err error) {
		f, err = c.intake(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"funnel": f.ID, "name": f.Name, "documentation": f.Documentation, "fields": asked(f)})
}

// intake is the funnel of the path, where strangers may bring requests to it: one of leads, or one of deals where there is none of
// leads.
func (c *call) intake(tx *engine.Tx) (*funnel.Funnel, error) {
	process := c.path("funnel")
	d, err := tx.Latest(process)
	if err != nil {
		return nil, err
	}
	f, err := c.funnel(tx, d.ID)
	switch {
	case err != nil:
		return nil, err
	case f == nil || f.Kind == funnel.Track || len(asked(f)) == 0:
		return nil, errNotFound
	case f.Kind == funnel.Lead:
		return f, nil
	}
	all, err := tx.Definitions("")
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		other, err := c.funnel(tx, d.ID)
		if err != nil {
			return nil, err
		}
		if other != nil && other.Kind == funnel.Lead {
			return nil, errNotFound
		}
	}
	return f, nil
}

// asked are the fields of the form that a stranger fills in: none that only some may see or write, and none that names somebody of ours,
// for the answer would tell whether there is such a one.
func asked(f *funnel.Funnel) []*funnel.Ask {
	return slices.DeleteFunc(slices.Clone(f.Intake), func(a *funnel.Ask) bool {
		return a.Readonly || a.Fixed || a.Computed || len(a.See) > 0 || len(a.Edit) > 0 || slices.Contains(ours, a.Type)
	})
}

var ours = []funnel.Type{funnel.User, funnel.Contact, funnel.Company}

// takeIn makes a card of what a stranger filled in, and tells nothing of it. Open to everyone, from pages of any site, now and then.
func takeIn(c *call) (*answer, error) {
	c.allowSites()
	fields, err := c.filledIn()
	if err != nil {
		return nil, err
	}
	if wait, ok := c.s.intake.Allow(access.Network(c.s.address(c.r)), c.s.engine.Now()); !ok {
		return nil, &slow{"tries", wait}
	}
	language := c.language()
	c.actor = access.System("intake")
	c.actor.Language = language
	return c.update(func(tx *engine.Tx) (string, error) {
		f, err := c.intake(tx)
		if err != nil {
			return "", err
		}
		for key := range fields {
			if !slices.ContainsFunc(asked(f), func(a *funnel.Ask) bool { return a.Key == key }) {
				return "", badField(key, "unknown")
			}
		}
		return c.s.cards.Create(tx, c.actor, card.Draft{Funnel: f.ID, Fields: fields})
	}, func(*engine.Tx, string) (*answer, error) { return created("", map[string]bool{"accepted": true}) })
}

// filledIn reads the fields of a form: as JSON, or as a browser sends a plain form.
func (c *call) filledIn() (map[string]json.RawMessage, error) {
	if media, _ := c.media(); media != mediaForm {
		var in struct {
			Fields map[string]json.RawMessage `json:"fields"`
		}
		return in.Fields, c.json(&in)
	}
	body, err := c.read(c.s.limits.Body)
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, &malformed{err.Error()}
	}
	fields := map[string]json.RawMessage{}
	for key, all := range values {
		var v any = all
		if len(all) == 1 {
			v = all[0]
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		fields[key] = raw
	}
	return fields, nil
}

// allowSites lets pages of any site use the intake: it acts for nobody who is signed in.
func (c *call) allowSites() {
	h := c.w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Content-Type, Idempotency-Key, Accept-Language")
	h.Set("Access-Control-Max-Age", "86400")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}
