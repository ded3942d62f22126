package card

import (
	"slices"
	"strings"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
)

// gate is what stands between a task and what follows it: fields, documents and rules, all looked at at once. It stands on the
// completing, whoever does it.
type gate struct {
	*scope
	said     *funnel.Funnel // the funnel in the language of the sentences
	language string
	entering bool            // only what is checked on coming to rest in the stage
	given    map[string]bool // fields that were written just now, or since the stage was entered
}

// missing tells what a task asks for that is not there, once each.
func (g *gate) missing(task *funnel.Task) []Missing {
	var all []Missing
	empty := map[string]bool{}
	for _, a := range task.Asks {
		if a.OnEnter != g.entering || !g.visible(a) {
			continue
		}
		if m := g.lacks(a); len(m) > 0 {
			all = append(all, m...)
			empty[a.Key] = true
			continue
		}
		for _, r := range a.Rules {
			all = append(all, g.breaks(r, a.Label, empty)...)
		}
	}
	if !g.entering {
		for _, r := range task.Rules {
			all = append(all, g.breaks(r, "", empty)...)
		}
		if s := task.Stage(); task.Last && s != nil {
			for _, r := range s.Rules {
				all = append(all, g.breaks(r, "", empty)...)
			}
		}
	}
	return all
}

// visible tells whether a field is asked at all: a hidden one is never required.
func (g *gate) visible(a *funnel.Ask) bool {
	if a.VisibleWhen == nil {
		return true
	}
	seen, err := a.VisibleWhen.Bool(g.env(a.VisibleWhen.Source()))
	return seen && err == nil
}

// required tells whether a field must be there now. An empty condition asks nothing.
func (g *gate) required(a *funnel.Ask) bool {
	if a.Required || a.RequiredWhen == nil {
		return a.Required
	}
	needed, err := a.RequiredWhen.Bool(g.env(a.RequiredWhen.Source()))
	return needed && err == nil
}

// lacks tells what keeps a field from being as it is asked for.
func (g *gate) lacks(a *funnel.Ask) []Missing {
	v := g.value(a.Key)
	say := func(s sentence, args ...any) []Missing {
		return []Missing{{Kind: MissingField, Key: a.Key, Label: a.Label, Message: s.in(g.language, args...)}}
	}
	switch {
	case a.Document != nil && g.required(a):
		return g.undone(a, v)
	case a.Document != nil:
		return nil
	case v == nil && g.required(a):
		return say(sayEmpty, a.Label)
	case v == nil:
		return nil
	case a.Fresh && !g.given[a.Key] && g.required(a):
		return say(sayAnew, a.Label)
	}
	if fault := a.Bounds.Check(a.Field, v); fault != nil && len(a.See) > 0 { // who reads it may not see the value
		return say(sayWrong, a.Label)
	} else if fault != nil {
		return []Missing{{Kind: MissingField, Key: a.Key, Label: a.Label, Message: sayFault(a.Label, fault, g.language)}}
	}
	return nil
}

// undone are the verbs of a document that have not been done.
func (g *gate) undone(a *funnel.Ask, v any) []Missing {
	paper, _ := v.(map[string]any)
	var all []Missing
	for _, verb := range a.Verbs {
		if paper[donePart[verb]] == true {
			continue
		}
		say := map[funnel.Verb]sentence{funnel.Create: sayNotCreated, funnel.Send: sayNotSent, funnel.Keep: sayNotKept}[verb]
		all = append(all, Missing{Kind: MissingDocument, Key: a.Key, Label: a.Label, Message: say.in(g.language, a.Label)})
	}
	return all
}

// breaks tells what is wrong by a rule. One that reads an empty field does not hold, and says which; where that field is asked for
// itself nothing is said twice.
func (g *gate) breaks(r *funnel.Rule, label string, asked map[string]bool) []Missing {
	if r.Check == nil {
		return nil
	}
	env := g.env(r.Source)
	v, err := r.Check.Run(env)
	if v == true {
		return nil
	}
	message := sayRule.in(g.language, r.Code)
	if r.Text != nil {
		if text, err := r.Text.Run(env); err == nil {
			message = expression.Format(text, g.f.Zone)
		}
	}
	if err != nil {
		message = sayBroken.in(g.language, r.Code, err)
	} else if v == nil {
		empty := r.Check.Empty(env)
		if slices.ContainsFunc(empty, func(name string) bool { return asked[name] }) {
			return nil
		}
		message = sayBecause.in(g.language, strings.TrimRight(message, "."), strings.Join(g.labels(empty), ", "))
	}
	if label == "" { // nothing else names it for people
		label = strings.TrimRight(message, ".")
	}
	return []Missing{{Kind: MissingRule, Key: r.Code, Label: label, Message: message}}
}

// labels are the names that people have for fields.
func (g *gate) labels(keys []string) []string {
	all := make([]string, len(keys))
	for n, key := range keys {
		all[n] = key
		if f := g.said.Field(key); f != nil {
			all[n] = f.Label
		}
	}
	return all
}

// may tells whether an actor may act on a task: a role or person that it names, or whom it is assigned to.
func may(actor access.Actor, task *funnel.Task, open *engine.Task) bool {
	roles, users, assignee := task.Roles, task.Users, ""
	if open != nil {
		roles, users, assignee = slices.Concat(roles, open.Groups), slices.Concat(users, open.Users), open.Assignee
	}
	if len(roles) == 0 && len(users) == 0 && assignee == "" {
		return true
	}
	return actor.HasAny(roles) || slices.Contains(users, actor.ID) || assignee != "" && assignee == actor.ID
}

// mayReject tells whether an actor may give a client up at a task.
func mayReject(actor access.Actor, task *funnel.Task, open *engine.Task) bool {
	if len(task.Rejects) > 0 {
		return actor.HasAny(task.Rejects)
	}
	return may(actor, task, open)
}

// who names the roles in a sentence.
func who(f *funnel.Funnel, roles []string, language string) string {
	var names []string
	for _, code := range roles {
		name := code
		for _, r := range f.Roles {
			if r.Code == code {
				name = r.Name
			}
		}
		names = append(names, small(name))
	}
	if len(names) == 0 {
		return sayNobody.in(language)
	}
	return strings.Join(names, sayOr.in(language))
}

// byRole says that somebody else does this.
func byRole(f *funnel.Funnel, say sentence, task *funnel.Task, roles []string, language string) Missing {
	key := ""
	if len(roles) > 0 {
		key = roles[0]
	}
	names := who(f, roles, language)
	return Missing{Kind: MissingRole, Key: key, Label: names, Message: say.in(language, task.Name, names), Roles: roles}
}
