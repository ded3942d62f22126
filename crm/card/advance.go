package card

import (
	"encoding/json"
	"slices"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// Advance says how a card goes on.
type Advance struct {
	Stage   string                     `json:"stage,omitempty"` // or another open task; may be left out where the card stands in one stage
	To      string                     `json:"to,omitempty"`    // a flow, by id or name, or the stage to come to
	Fields  map[string]json.RawMessage `json:"fields,omitempty"`
	Version uint64                     `json:"version,omitempty"`
}

// LineAdvanced says that somebody completed a stage or task; Data is a Step.
const LineAdvanced = "advanced"

// Step is one completing of a task. To is where the card is to come in the end, by way of other stages.
type Step struct {
	Flow   string `json:"flow,omitempty"`
	To     string `json:"to,omitempty"`
	Itself bool   `json:"itself,omitempty"` // nobody did it: all was there
	Person bool   `json:"person,omitempty"`
}

// Advance completes the stage that a card stands in, or another task of it, having written the fields. Where To is a stage further on,
// it completes those between too, as far as there is only one way and the funnel allows it. What is missing is a *Refusal.
func (c *Cards) Advance(tx *engine.Tx, actor access.Actor, id string, a Advance) error {
	h, err := c.take(tx, actor, id, a.Version)
	if err != nil {
		return err
	}
	if err := h.open(); err != nil {
		return err
	}
	task, token, err := h.chosen(a.Stage, a.To)
	if err != nil {
		return err
	}
	way, err := h.way(task, a.To)
	if err != nil {
		return err
	}
	faulty, err := h.write(a.Fields)
	if err != nil {
		return err
	}
	given := h.given(task)
	for key := range a.Fields {
		given[key] = true
	}
	missing := faulty
	for _, m := range h.lacking(task, token, way, given) {
		if !slices.ContainsFunc(faulty, func(f Missing) bool { return f.Key == m.Key }) {
			missing = append(missing, m)
		}
	}
	if len(missing) > 0 {
		return refused(missing)
	}
	h.card.ready = token
	step := Step{Flow: way[0].Flow, Person: !actor.System}
	if len(way) > 1 {
		step.To = a.To
	}
	return h.complete(task, token, way[0], step)
}

// complete does one step.
func (h *hand) complete(task *funnel.Task, token *engine.Token, m *funnel.Move, step Step) error {
	h.log(LineAdvanced, task.ID, step)
	flow := ""
	if m.Choice {
		flow = m.Flow
	}
	return h.tx.Complete(engine.OuterID(h.i.ID, token.ID), nil, flow)
}

// chosen finds the open task that is meant, among those of the card.
func (h *hand) chosen(stage, to string) (*funnel.Task, *engine.Token, error) {
	if stage == "" {
		stage = h.guess(to)
	}
	if stage == "" && len(h.card.Stands) == 1 {
		stage = h.card.Stands[0].Stage
	}
	if stage == "" {
		return nil, nil, no("", "", h.say(sayWhichStage, quoted(h.names(h.standing()), h.actor.Language)))
	}
	task := h.said.Task(stage)
	if s := h.said.Stage(stage); s != nil {
		task = &s.Task
	}
	if task == nil {
		return nil, nil, no(stage, stage, h.say(sayNoStage, stage))
	}
	for _, t := range h.i.Tokens {
		if t.Element == stage && t.Task != nil {
			return task, t, nil
		}
	}
	return nil, nil, h.notOpen(task)
}

// notOpen says why a task can't be completed although it was named.
func (h *hand) notOpen(task *funnel.Task) error {
	stand := h.card.Stand(task.ID)
	switch s := h.said.Stage(task.ID); {
	case stand == nil:
		return no(task.ID, task.Name, h.say(sayNotThere, task.Name))
	case s != nil && s.Sub && stand.Held == "":
		var left []string
		for _, track := range s.Tracks {
			if !slices.Contains(stand.Done, track.ID) {
				left = append(left, track.ID)
			}
		}
		return no(task.ID, task.Name, h.say(sayTracks, task.Name, quoted(h.names(left), h.actor.Language)))
	}
	return no(stand.Held, h.name(stand.Held), h.say(sayHeld, h.name(stand.Held)))
}

// guess finds the one stage that the card stands in from which a flow or stage can be come to.
func (h *hand) guess(to string) string {
	var found []string
	for _, id := range h.standing() {
		if s := h.said.Stage(id); to != "" && s != nil && (s.Flow(to) != nil || h.leads(s, to)) {
			found = append(found, id)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}

func (h *hand) leads(from *funnel.Stage, to string) bool {
	target := h.said.Stage(to)
	if target == nil {
		return false
	}
	_, stop := h.said.Way(from, target)
	return stop == nil
}

// way finds the moves that somebody means who wants a task completed.
func (h *hand) way(task *funnel.Task, to string) ([]*funnel.Move, error) {
	if to == "" {
		switch len(task.Moves) {
		case 0:
			return []*funnel.Move{{}}, nil // the process ends here
		case 1:
			return task.Moves, nil
		}
		return nil, h.choose(task)
	}
	if m := task.Flow(to); m != nil {
		return []*funnel.Move{m}, nil
	}
	target, from := h.said.Stage(to), h.said.Stage(task.ID)
	switch {
	case target != nil && from != nil:
		way, stop := h.said.Way(from, target)
		if stop != nil {
			return nil, no(target.ID, target.Name, h.stopped(from, target, stop))
		}
		return way, nil
	case task.Leading(to) != nil:
		return []*funnel.Move{task.Leading(to)}, nil
	}
	return nil, no(to, h.name(to), h.say(sayNoFlow, task.Name, h.name(to)))
}

// choose asks which way to go.
func (h *hand) choose(task *funnel.Task) error {
	var names []string
	for _, m := range task.Moves {
		name := m.Name
		if name == "" {
			name = h.name(m.Target)
		}
		names = append(names, name)
	}
	return no("to", task.Name, h.say(sayChoose, quoted(names, h.actor.Language)))
}

// stopped says why there is no way from one stage to another.
func (h *hand) stopped(from, to *funnel.Stage, stop *funnel.Stop) string {
	switch stop.Why {
	case funnel.OnlyOne:
		return h.say(sayOneByOne, to.Name, stop.Name)
	case funnel.PastChoice:
		return h.say(sayPastChoice, stop.Name)
	case funnel.PastHold:
		return h.say(sayPastHold, stop.Name)
	}
	return h.say(sayNoArrow, from.Name, to.Name)
}

// lacking is everything missing on a way: who may act, and what each task on it asks for.
func (h *hand) lacking(task *funnel.Task, token *engine.Token, way []*funnel.Move, given map[string]bool) []Missing {
	var all []Missing
	add := func(more ...Missing) {
		for _, m := range more {
			if !slices.ContainsFunc(all, m.is) {
				all = append(all, m)
			}
		}
	}
	for n, m := range way {
		var open *engine.Task
		if token != nil {
			open = token.Task
		}
		if !may(h.actor, task, open) {
			add(byRole(h.said, sayRole, task, task.Roles, h.actor.Language))
		}
		at := *h.scope
		at.t, at.flow = token, h.drawn(task.ID, m)
		add((&gate{scope: &at, said: h.said, language: h.actor.Language, given: given}).missing(task)...)
		next := h.said.Stage(m.Target)
		if n < len(way)-1 {
			next = h.said.Stage(m.Stages[0])
		}
		if next == nil {
			break // what is asked on entry is looked at where the card comes to rest
		}
		if !h.actor.System {
			add((&gate{scope: &at, said: h.said, language: h.actor.Language, given: given, entering: true}).missing(&next.Task)...)
		}
		task, token = &next.Task, nil
	}
	return all
}

// drawn is a move as the diagram itself names it.
func (h *hand) drawn(task string, m *funnel.Move) *funnel.Move {
	if t := h.f.Task(task); t != nil {
		if own := t.Flow(m.Flow); own != nil {
			return own
		}
	}
	return m
}

// given are the fields asked anew that were written since the card came to the stage of a task.
func (s *scope) given(task *funnel.Task) map[string]bool {
	all := map[string]bool{}
	stage := task.Stage()
	if stage == nil || !slices.ContainsFunc(task.Asks, func(a *funnel.Ask) bool { return a.Fresh }) {
		return all
	}
	if stand := s.record().Stand(stage.ID); stand != nil {
		for _, key := range stand.Fresh {
			all[key] = true
		}
	}
	return all
}

// standing are the ids of the stages that the card stands in.
func (h *hand) standing() []string {
	all := make([]string, len(h.card.Stands))
	for n := range h.card.Stands {
		all[n] = h.card.Stands[n].Stage
	}
	return all
}

func (h *hand) names(ids []string) []string {
	all := make([]string, len(ids))
	for n, id := range ids {
		all[n] = h.name(id)
	}
	return all
}

// name is what people call an element.
func (h *hand) name(element string) string { return h.said.NameOf(element) }
