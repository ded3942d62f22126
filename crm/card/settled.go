package card

import (
	"slices"
	"strings"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// Settled looks at what happened to a card when nothing moves any more: it closes the card where an outcome was reached, works out
// where it stands and writes the record, and then lets go on what goes on by itself.
func (c *Cards) Settled(tx *engine.Tx, i *engine.Instance, happened []engine.Line) error {
	f, err := c.Funnel(tx, i.Definition, "")
	if f == nil || err != nil || f.Kind == funnel.Track {
		return err
	}
	card, err := find(tx, i.ID)
	if err != nil {
		return err
	}
	fresh := card == nil
	if fresh {
		card = &Card{ID: i.ID, Funnel: i.Process, Created: i.Started}
	}
	s := &settling{scope: &scope{Cards: c, tx: tx, f: f, i: i, card: card}, happened: happened, steps: steps(happened)}
	if err := s.end(); err != nil {
		return err
	}
	if i.State == engine.Active {
		if err := s.compute(); err != nil {
			return err
		}
	}
	s.remember()
	s.describe()
	old := card.Stands
	s.stand()
	s.log(old)
	if err := s.tellParent(fresh); err != nil {
		return err
	}
	if err := save(tx, card); err != nil {
		return err
	}
	if i.State != engine.Active {
		return nil
	}
	if going, err := s.goOn(); going || err != nil {
		return err
	}
	if err := s.entering(); err != nil {
		return err
	}
	return s.byItself()
}

// settling is a card that has come to rest, with what happened to it.
type settling struct {
	*scope
	happened []engine.Line
	steps    []Step // of each line; the zero Step where it tells of none
}

// end closes the card where an end event with an outcome was reached: what else is on its way there is cancelled.
func (s *settling) end() error {
	outcome := s.reached()
	if outcome == "" {
		return nil
	}
	if s.i.State == engine.Active {
		if err := s.tx.Set(s.i.ID, map[string]engine.Value{"outcome": encoded(string(outcome))}); err != nil {
			return err
		}
		return s.tx.Finish(s.i.ID, string(outcome))
	}
	return nil
}

// reached is the outcome of the end event that was reached, if one was.
func (s *settling) reached() funnel.Outcome {
	for _, l := range s.happened {
		if outcome, ends := s.f.Ends[l.Element]; ends && l.Kind == engine.LineCompleted {
			return outcome
		}
	}
	return ""
}

// Ending sets the outcome of a card that ends by itself, before the one that it is a child of goes on.
func (c *Cards) Ending(tx *engine.Tx, i *engine.Instance, happened []engine.Line) error {
	f, err := c.Funnel(tx, i.Definition, "")
	if f == nil || err != nil {
		return err
	}
	s := &settling{scope: &scope{Cards: c, tx: tx, f: f, i: i}, happened: happened}
	outcome := s.reached()
	if outcome == "" {
		return nil
	}
	if err := tx.Set(i.ID, map[string]engine.Value{"outcome": encoded(string(outcome))}); err != nil {
		return err
	}
	return tx.SetOutcome(i.ID, string(outcome))
}

// remember takes from what happened the things that tokens can't tell any more.
func (s *settling) remember() {
	for _, l := range s.happened {
		switch l.Kind {
		case engine.LineCompleted, engine.LineCancelled:
			if s.f.Stage(l.Element) != nil {
				s.card.leave(l.Element)
			}
			if task := s.f.Task(l.Element); task != nil && l.Kind == engine.LineCompleted {
				s.done(task)
			}
		case LineConverted:
			var to Converted
			if storage.Unmarshal(l.Data, &to) == nil && to.To != "" {
				s.card.To = to.To
			}
		}
		s.worked(l.Who)
	}
}

// worked notes that a person did something on the card.
func (s *settling) worked(who string) {
	if who == "" || slices.Contains(s.card.Worked, who) {
		return
	}
	if _, err := access.Lookup(s.tx, who); err == nil { // else it is the product itself
		s.card.Worked = append(s.card.Worked, who)
	}
}

// done notes that a track was done.
func (s *settling) done(task *funnel.Task) {
	stage := task.Stage()
	if stage == nil || stage.ID == task.ID {
		return
	}
	if stand := s.card.Stand(stage.ID); stand != nil && !slices.Contains(stand.Done, task.ID) {
		stand.Done = append(stand.Done, task.ID)
	}
}

// describe works out what boards and lists show of the fields.
func (s *settling) describe() {
	c := s.card
	c.Definition, c.Kind, c.Currency, c.Funnel = s.i.Definition, s.f.Kind, s.f.Currency, s.i.Process
	c.Owner, c.Stuck = text(s.i, "owner"), len(s.i.Incidents)
	for name, to := range map[string]*string{"contact": &c.Contact, "company": &c.Company} {
		if f := s.f.Field(name); f != nil && (f.Type == funnel.Contact || f.Type == funnel.Company) && !f.Multiple {
			*to = text(s.i, name)
		}
	}
	c.About = nil
	for _, f := range s.f.About() {
		c.About = append(c.About, text(s.i, f.Key))
	}
	c.Title = ""
	if s.f.Title != nil {
		if v, err := s.f.Title.Run(s.env(s.f.Title.Source())); err == nil {
			c.Title = strings.TrimSpace(expression.Format(v, s.f.Zone))
		}
	}
	c.Amount = 0
	if s.f.Amount != nil {
		if v, err := s.f.Amount.Run(s.env(s.f.Amount.Source())); err == nil && v != nil {
			c.Amount = v.(expression.Money)
		}
	} else if f := s.f.Field("amount"); f != nil && f.Type == funnel.MoneyType {
		c.Amount, _ = s.value("amount").(expression.Money)
	}
	c.Phones = nil
	for _, f := range s.f.Fields {
		if f.Type == funnel.Phone && !f.Multiple && len(f.See) == 0 { // a search tells who has it
			if phone := text(s.i, f.Key); phone != "" && !slices.Contains(c.Phones, phone) {
				c.Phones = append(c.Phones, phone)
			}
		}
	}
	if s.i.State != engine.Active {
		c.Closed, c.Outcome = s.i.Ended, funnel.Outcome(s.i.Outcome)
		if c.Outcome == funnel.Lost || c.Outcome == funnel.Junk {
			c.Reason, c.Comment = text(s.i, "rejection"), text(s.i, "rejection_comment")
		}
	} else { // it may have been reopened
		c.Closed, c.Outcome, c.Reason, c.Comment = nil, "", "", ""
	}
}

// goOn makes the next step of a move by way of several stages. What holds the card on the way undoes the whole move.
func (s *settling) goOn() (bool, error) {
	at := slices.IndexFunc(s.steps, func(one Step) bool { return one.To != "" })
	if at < 0 {
		return false, nil
	}
	line, going := s.happened[at], s.steps[at]
	target := s.f.Stage(going.To)
	if target == nil || s.card.Stand(going.To) != nil {
		return false, nil
	}
	for n := range s.card.Stands {
		stand := &s.card.Stands[n]
		from := s.f.Stage(stand.Stage)
		way, stop := s.f.Way(from, target)
		if stop != nil || !stand.Task || stand.Since.Before(s.tx.Now()) {
			continue
		}
		h := &hand{scope: s.scope, actor: access.Actor{ID: line.Who}, said: s.f}
		going.Flow = way[0].Flow
		return true, h.complete(&from.Task, h.token(stand.Token), way[0], going)
	}
	held := target.ID
	if len(s.card.Stands) > 0 && s.card.Stands[0].Held != "" {
		held = s.card.Stands[0].Held
	}
	return true, no(target.ID, target.Name, sayPastHold.in(s.language(line.Who), s.f.NameOf(held)))
}

// steps are those that lines tell of.
func steps(happened []engine.Line) []Step {
	all := make([]Step, len(happened))
	for n, l := range happened {
		if l.Kind == LineAdvanced {
			_ = storage.Unmarshal(l.Data, &all[n])
		}
	}
	return all
}

// language is what a person reads; the funnel's own where that isn't known.
func (s *scope) language(person string) string {
	if u, err := access.Lookup(s.tx, person); err == nil {
		return u.Actor().Language
	}
	return s.f.Language
}

// entering checks what stages ask for on entry. A person's move that comes to rest where something is missing is undone; where
// nobody moved the card it stands there with an incident.
func (s *settling) entering() error {
	person := ""
	for n, l := range s.happened {
		if l.Kind == LineBack || l.Kind == LineOverride || s.steps[n].Person {
			person = l.Who
		}
	}
	for n := range s.card.Stands {
		stand := &s.card.Stands[n]
		stage := s.f.Stage(stand.Stage)
		entered := func(l engine.Line) bool { return l.Kind == engine.LineEntered && l.Element == stage.ID }
		asks := slices.ContainsFunc(stage.Asks, func(a *funnel.Ask) bool { return a.OnEnter })
		if !asks || !stand.Task || !slices.ContainsFunc(s.happened, entered) {
			continue
		}
		language := s.f.Language
		if person != "" {
			language = s.language(person)
		}
		missing := (&gate{scope: s.scope, said: s.f, language: language, entering: true}).missing(&stage.Task)
		if len(missing) == 0 {
			continue
		}
		if person != "" {
			return refused(missing)
		}
		if err := s.tx.Raise(s.i.ID, stand.Token, stage.ID, "gate_unmet", refused(missing).Error()); err != nil {
			return err
		}
	}
	return nil
}

// byItself completes the tasks that complete by themselves and have all that they ask for.
func (s *settling) byItself() error {
	var ready []*engine.Token
	for _, t := range s.i.Tokens {
		task := s.f.Task(t.Element)
		if t.Task == nil || task == nil || !task.Auto || len(task.Moves) > 1 {
			continue
		}
		at := *s.scope
		at.t = t
		if len((&gate{scope: &at, said: s.f, given: at.given(task)}).missing(task)) == 0 {
			ready = append(ready, t)
		}
	}
	for _, t := range ready {
		raw, _ := storage.Marshal(Step{Itself: true})
		s.tx.Log(s.i, engine.Line{Kind: LineAdvanced, Element: t.Element, Data: raw})
		if err := s.tx.Complete(engine.OuterID(s.i.ID, t.ID), nil, ""); err != nil {
			return err
		}
	}
	return nil
}

// tellParent counts a child on its parent's card when it begins and when it ends.
func (s *settling) tellParent(fresh bool) error {
	if s.i.Parent == nil {
		return nil
	}
	root, err := s.Root(s.tx, s.i.Parent.Instance)
	if err != nil {
		return err
	}
	s.card.Parent = root
	closing := s.i.State != engine.Active && slices.ContainsFunc(s.happened, func(l engine.Line) bool { return l.Kind == engine.LineEnded })
	if !fresh && !closing {
		return nil
	}
	parent, err := find(s.tx, root)
	if parent == nil || err != nil {
		return err
	}
	if fresh {
		parent.Children++
		s.card.Contact, s.card.Company = parent.Contact, parent.Company
	}
	if closing {
		parent.Finished++
	}
	return save(s.tx, parent)
}
