package server

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// whole is a card with everything that its page shows.
type whole struct {
	line
	Definition string                     `json:"definition"`
	Stands     []card.Stand               `json:"stages"`
	Beside     []string                   `json:"beside"` // elements where tokens stand that make no column
	Fields     map[string]json.RawMessage `json:"fields"`
	Documents  []card.Papers              `json:"documents"`
	Moves      []card.Move                `json:"moves"`
	Tasks      []card.Work                `json:"tasks"`
	Timers     []timer                    `json:"timers"`
	Jobs       []job                      `json:"jobs"`
	Incidents  []incident                 `json:"incidents"`
	Left       []string                   `json:"left"`   // stages, the last one last
	Worked     []string                   `json:"worked"` // who worked on it
	Comment    string                     `json:"comment,omitempty"`
	From       string                     `json:"from,omitempty"` // the card that was converted into this one
	To         string                     `json:"to,omitempty"`
}

// timer is a timer that a card waits for.
type timer struct {
	Element string    `json:"element"`
	Name    string    `json:"name"`
	Robot   string    `json:"robot,omitempty"` // that it sets going beside the element
	Due     time.Time `json:"due"`
}

// job is the work of a robot that is not over.
type job struct {
	ID       string          `json:"id"`
	Element  string          `json:"element"`
	Topic    string          `json:"topic"`
	State    engine.JobState `json:"state"`
	Due      time.Time       `json:"due"`
	Attempts int             `json:"attempts"`
	Error    string          `json:"error,omitempty"`
}

// wholeCard gives a card that the actor sees, whole.
func (c *call) wholeCard(tx *engine.Tx, id string) (*answer, error) {
	if _, err := c.card(tx, id); err != nil {
		return nil, err
	}
	p, err := c.s.cards.Page(tx, c.actor, id)
	if err != nil {
		return nil, err
	}
	i, err := tx.Instance(id)
	if err != nil {
		return nil, err
	}
	stuck, err := c.incidents(tx, i, p)
	if err != nil {
		return nil, err
	}
	w := whole{
		line: lineOf(p.Item), Definition: p.Card.Definition, Stands: orEmpty(p.Stands), Beside: orEmpty(p.Beside), Fields: p.Fields,
		Documents: p.Papers, Moves: p.Moves, Tasks: p.Tasks, Timers: timersOf(i, p.Funnel), Jobs: jobsOf(i), Incidents: stuck,
		Left: orEmpty(p.Left), Worked: orEmpty(p.Worked), Comment: p.Comment, From: p.From, To: p.To,
	}
	return &answer{status: 200, version: p.Version, body: w}, nil
}

func timersOf(i *engine.Instance, f *funnel.Funnel) []timer {
	all := []timer{}
	for _, t := range i.Tokens {
		for _, w := range t.Waits {
			if w.Kind == engine.WaitTimer && w.Due != nil {
				all = append(all, timer{w.Element, f.NameOf(w.Element), w.Beside, w.Due.UTC()})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b timer) int { return a.Due.Compare(b.Due) })
	return all
}

func jobsOf(i *engine.Instance) []job {
	all := []job{}
	for _, j := range i.Jobs {
		all = append(all, job{engine.OuterID(i.ID, j.ID), j.Element, j.Topic, j.State, j.Due.UTC(), j.Attempts, j.Error})
	}
	return all
}

// incidents are those of a card, without the variables of fields that the actor may not see.
func (c *call) incidents(tx *engine.Tx, i *engine.Instance, p *card.Page) ([]incident, error) {
	all, err := c.incidentsOf(tx, i)
	if err != nil || c.actor.May(access.Oversee) {
		return all, err
	}
	for n := range all {
		all[n].Variables = maps.Clone(all[n].Variables)
		maps.DeleteFunc(all[n].Variables, func(key string, _ json.RawMessage) bool { return p.Fields[key] == nil })
	}
	return all, nil
}

// showCard gives a card whole.
func showCard(c *call) (*answer, error) {
	var a *answer
	err := c.view(func(tx *engine.Tx) (err error) {
		a, err = c.wholeCard(tx, c.path("id"))
		return err
	})
	return a, err
}

// listCards gives cards of one funnel, state, owner, contact, parent, outcome or text.
func listCards(c *call) (*answer, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	q := c.r.URL.Query()
	f := card.Filter{
		Funnel: q.Get("funnel"), State: card.State(q.Get("state")), Owner: c.whose(q.Get("owner")), Contact: q.Get("contact"),
		Parent: q.Get("parent"), Outcome: funnel.Outcome(q.Get("outcome")), Text: q.Get("q"),
	}
	if !slices.Contains([]card.State{"", card.OpenCards, card.ClosedCards}, f.State) {
		return nil, badField("state", "unknown")
	}
	var lines []line
	var cursor string
	err = c.view(func(tx *engine.Tx) error {
		f.Seen = c.seen(tx)
		found, after, err := c.s.cards.List(tx, f, p.after, p.limit)
		if err != nil {
			return err
		}
		lines, err = c.lines(tx, found)
		cursor = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"cards": lines, "next": next(cursor)})
}

// lines are cards as lists show them.
func (c *call) lines(tx *engine.Tx, found []*card.Card) ([]line, error) {
	items, err := c.s.cards.Items(tx, found, c.actor)
	return linesOf(items), err
}

// createCard makes a lead or deal in the newest version of a funnel that the actor sees.
func createCard(c *call) (*answer, error) {
	var in struct {
		Funnel  string                     `json:"funnel"`
		Fields  map[string]json.RawMessage `json:"fields"`
		Contact json.RawMessage            `json:"contact"` // an id, or a contact to be found or made
		Company string                     `json:"company"`
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	if in.Funnel == "" {
		return nil, badField("funnel", "required")
	}
	whose, err := c.whoever(in.Contact)
	if err != nil {
		return nil, err
	}
	return c.update(func(tx *engine.Tx) (string, error) {
		d, err := tx.Latest(in.Funnel)
		if err != nil {
			return "", err
		}
		if f, err := c.funnel(tx, d.ID); err != nil || f != nil && !c.sees(f) {
			if err == nil {
				err = errHidden
			}
			return "", err
		}
		about, err := whose(tx)
		if err != nil {
			return "", err
		}
		return c.s.cards.Create(tx, c.actor, card.Draft{Funnel: in.Funnel, Fields: in.Fields, Contact: about, Company: in.Company})
	}, func(tx *engine.Tx, id string) (*answer, error) {
		a, err := c.wholeCard(tx, id)
		if err == nil {
			a.status, a.location = 201, apiPath+"/cards/"+id
		}
		return a, err
	})
}

// whoever reads a contact that is named by its id or described, and gives the deed that finds or makes it.
func (c *call) whoever(raw json.RawMessage) (func(tx *engine.Tx) (string, error), error) {
	var id string
	if len(raw) == 0 || json.Unmarshal(raw, &id) == nil {
		return func(tx *engine.Tx) (string, error) {
			if id == "" {
				return "", nil
			}
			one, err := contact.Lookup(tx, id)
			if err != nil {
				return "", badField("contact", "unknown")
			}
			return one.ID, nil
		}, nil
	}
	var described whoever
	if err := c.decode(raw, &described); err != nil {
		return nil, err
	}
	return func(tx *engine.Tx) (string, error) {
		one, _, err := contact.Ensure(tx, c.actor, described.contact())
		if err != nil {
			return "", err
		}
		return one.ID, nil
	}, nil
}

// change does a deed on the card of the path, which the actor sees, and answers with the card.
func (c *call) change(do func(tx *engine.Tx, id string) error) (*answer, error) {
	return c.update(func(tx *engine.Tx) (string, error) {
		one, err := c.card(tx, c.path("id"))
		if err != nil {
			return "", err
		}
		return one.ID, do(tx, one.ID)
	}, c.wholeCard)
}

// changeCard writes fields.
func changeCard(c *call) (*answer, error) {
	var in struct {
		Fields  map[string]json.RawMessage `json:"fields"`
		Version uint64                     `json:"version"`
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	version, err := c.version(in.Version)
	if err != nil {
		return nil, err
	}
	return c.change(func(tx *engine.Tx, id string) error { return c.s.cards.Write(tx, c.actor, id, in.Fields, version) })
}

// showHistory gives what happened to a card, deed by deed, the oldest first. limit counts deeds.
func showHistory(c *call) (*answer, error) {
	after, limit, err := c.pages()
	if err != nil {
		return nil, err
	}
	var events []card.Event
	cursor := ""
	err = c.view(func(tx *engine.Tx) error {
		one, err := c.card(tx, c.path("id"))
		if err != nil {
			return err
		}
		found, last, err := c.s.cards.History(tx, c.actor, one.ID, after, limit)
		if err != nil {
			return err
		}
		events, cursor = found, ""
		if last-after == limit {
			cursor = strconv.Itoa(last)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"history": events, "next": next(cursor)})
}
