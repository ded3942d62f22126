package engine

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rs/zerolog"

	"github.com/voronka/voronka/storage"
)

// raise adds an incident.
func (tx *Tx) raise(i *Instance, n *Incident) {
	i.Next++
	n.ID, n.At = i.Next, tx.now
	n.Variables = bounded(n.Variables)
	n.Request = cmp.Or(n.Request, tx.request)
	i.Incidents = append(i.Incidents, n)
	i.dirty = true
	tx.Log(i, Line{Kind: LineIncident, Element: n.Element, Token: n.Token, Data: mustJSON(n)})
	tx.Notify(TopicIncident, i.outer(n.ID))
	tx.then(func() { tx.engine.raised(i.ID, n) })
}

func (e *Engine) raised(instance string, n *Incident) {
	e.opts.Watch.Raised(n.Code)
	line := e.line(zerolog.WarnLevel, n.Request, instance).Str(FieldIncident, OuterID(instance, n.ID)).Str(FieldElement, n.Element).
		Str(FieldCode, n.Code)
	if n.Job != 0 {
		line = line.Str(FieldJob, OuterID(instance, n.Job))
	}
	line.Msg("incident")
}

// TopicIncident is notified with the id of each new incident.
const TopicIncident = "incident"

// bounded leaves out values too long to be kept twice.
func bounded(vars map[string]Value) map[string]Value {
	const most = 16 << 10
	kept := maps.Clone(vars)
	maps.DeleteFunc(kept, func(_ string, v Value) bool { return len(v) > most })
	return kept
}

// Raise stops nothing, but puts an incident of the domain's on an instance, at an element and a token of it (0: none).
func (tx *Tx) Raise(id string, token int, element, code, message string) error {
	i, err := tx.Instance(id)
	if err != nil {
		return err
	}
	tx.raise(i, &Incident{Token: token, Element: element, Code: code, Message: message, Variables: tx.seen(i, i.token(token))})
	return nil
}

// Resolve retries what an incident stopped, with variables corrected first.
func (tx *Tx) Resolve(incident string, vars map[string]Value) error {
	i, n, err := tx.Incident(incident)
	if err != nil {
		return err
	}
	i.Incidents = without(i.Incidents, n)
	i.dirty = true
	tx.Log(i, Line{Kind: LineResolved, Element: n.Element, Token: n.Token, Data: mustJSON(n)})
	t := i.token(n.Token)
	scope := t
	if scope == nil && len(i.Tokens) > 0 {
		scope = i.Tokens[0]
	}
	if scope != nil {
		if err := tx.at(i, scope).set(vars); err != nil {
			return err
		}
	} else {
		for name, v := range vars {
			i.put(name, v)
		}
	}
	if n.Code == "timer_refused" {
		for _, t := range i.Tokens {
			for _, w := range t.Waits {
				if w.Element == n.Element && w.Due != nil {
					w.Due = at(tx.now)
				}
			}
		}
		return nil
	}
	if at := slices.IndexFunc(i.Jobs, func(j *Job) bool { return j.ID == n.Job }); n.Job != 0 && at >= 0 {
		j := i.Jobs[at]
		for name, v := range vars {
			if _, has := j.Inputs[name]; has {
				j.Inputs[name] = v
			}
		}
		j.State, j.Due, j.Retries, j.Failed, j.fresh = JobDue, tx.now, 1, 0, true
		return nil
	}
	if t == nil || t.State != Stuck {
		return nil
	}
	if len(t.kids) > 0 && t.Phase != Arm { // a scope that goes on inside
		t.State = Waiting
		return tx.drained(i, t)
	}
	t.State = Moving
	tx.queue = append(tx.queue, step{i, t})
	return nil
}

// Incident gives an incident and its instance by its id.
func (tx *Tx) Incident(id string) (*Instance, *Incident, error) {
	instance, number, ok := InnerID(id)
	if ok {
		i, err := tx.Instance(instance)
		if err != nil {
			return nil, nil, err
		}
		for _, n := range i.Incidents {
			if n.ID == number {
				return i, n, nil
			}
		}
	}
	return nil, nil, refuse("incident_not_open", "", "no open incident %q", id)
}

// Incidents are the instances with open incidents, the longest stuck first, at most so many, from behind a cursor.
func (tx *Tx) Incidents(after string, limit int) ([]*Instance, string, error) {
	var ids []string
	next := ""
	for hit, err := range tx.Scan(storage.Range{Index: indexIncident, After: after, Limit: limit, Keys: true}) {
		if err != nil {
			return nil, "", err
		}
		if !slices.Contains(ids, hit.Ref.ID) {
			ids = append(ids, hit.Ref.ID)
		}
		next = hit.Cursor
	}
	all := make([]*Instance, len(ids))
	for n, id := range ids {
		i, err := tx.Instance(id)
		if err != nil {
			return nil, "", err
		}
		all[n] = i
	}
	return all, next, nil
}
