package drivingschool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/robot"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

// office is the school on a day of a test: the clock stands, and goes on where the test says so.
type office struct {
	*testing.T
	School
}

// place gives an empty store.
var place = func(*testing.T) storage.Store { return memory.New() }

// opened opens the school at a local time: "2026-03-14 10:05".
func opened(t *testing.T, at string) *office {
	t.Helper()
	store := place(t)
	t.Cleanup(func() { store.Close() })
	o := &office{T: t}
	o.Cards, o.Clock = card.New(card.Options{}), NewClock(local(at))
	o.Engine = engine.Open(store, engine.Options{Domain: o.Cards, Now: o.Clock.Now})
	o.Worker = &engine.Worker{Engine: o.Engine, Name: "test", Handlers: robot.Handlers(o.Cards)}
	o.must(o.Engine.Update(t.Context(), func(tx *engine.Tx) error { return Open(tx, Hash) }))
	return o
}

func local(at string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", at, Zone)
	if err != nil {
		panic(err)
	}
	return t
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// at lets time go by until a local time.
func (o *office) at(at string) {
	o.Helper()
	o.must(o.Live(o.Context(), local(at)))
}

// do is one deed, and what the robots do at once because of it.
func (o *office) do(fn func(tx *engine.Tx) error) error {
	o.Helper()
	if err := o.Engine.Update(o.Context(), fn); err != nil {
		return err
	}
	o.must(o.Live(o.Context(), o.Clock.Now()))
	return nil
}

func (o *office) view(fn func(tx *engine.Tx) error) {
	o.Helper()
	o.must(o.Engine.View(context.Background(), fn))
}

func (o *office) create(who, funnel string, f fields) (id string) {
	o.Helper()
	o.must(o.do(func(tx *engine.Tx) (err error) {
		id, err = o.Cards.Create(tx, Actor(who), card.Draft{Funnel: funnel, Fields: f.raw()})
		return err
	}))
	return id
}

func (o *office) write(who, id string, f fields) error {
	o.Helper()
	return o.do(func(tx *engine.Tx) error { return o.Cards.Write(tx, Actor(who), id, f.raw(), 0) })
}

func (o *office) advance(who, id string, f fields) error {
	o.Helper()
	return o.do(func(tx *engine.Tx) error { return o.Cards.Advance(tx, Actor(who), id, card.Advance{Fields: f.raw()}) })
}

// complete ends a task that is no stage.
func (o *office) complete(who, id, task string, f fields) error {
	o.Helper()
	return o.do(func(tx *engine.Tx) error {
		return o.Cards.Advance(tx, Actor(who), id, card.Advance{Stage: task, Fields: f.raw()})
	})
}

func (o *office) keep(who, id string, keys ...string) {
	o.Helper()
	o.must(o.do(func(tx *engine.Tx) error {
		for _, key := range keys {
			if _, err := o.Cards.Keep(tx, Actor(who), id, key, key+".txt", []byte(key)); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (o *office) reject(who, id, reason, comment string) error {
	o.Helper()
	return o.do(func(tx *engine.Tx) error {
		return o.Cards.Reject(tx, Actor(who), id, card.Reject{Reason: reason, Comment: comment})
	})
}

func (o *office) contact(name, phone string) (id string) {
	o.Helper()
	o.must(o.do(func(tx *engine.Tx) error {
		c, err := contact.Create(tx, Actor("receptionist"), contact.Contact{Name: name, Phones: []string{phone}})
		if err == nil {
			id = c.ID
		}
		return err
	}))
	return id
}

func (o *office) card(id string) (c *card.Card) {
	o.Helper()
	o.view(func(tx *engine.Tx) (err error) {
		c, err = o.Cards.Load(tx, id)
		return err
	})
	return c
}

// field is a field as the head of sales sees it: JSON.
func (o *office) field(id, key string) (v string) {
	o.Helper()
	o.view(func(tx *engine.Tx) error {
		p, err := o.Cards.Page(tx, Actor("head_of_sales"), id)
		if err == nil {
			v = strings.Trim(string(p.Fields[key]), `"`)
		}
		return err
	})
	return v
}

// has checks fields: has(id, "sla", "red", "attempts", "5").
func (o *office) has(id string, want ...string) {
	o.Helper()
	for pair := range slices.Chunk(want, 2) {
		if got := o.field(id, pair[0]); got != pair[1] {
			o.Errorf("%s: %s is %s, want %s", o.Clock.Now().In(Zone).Format("Mon 02.01 15:04"), pair[0], got, pair[1])
		}
	}
}

// stands checks where a card is: "make_contact", or how it ended: "junk no_answer".
func (o *office) stands(id, want string) {
	o.Helper()
	c := o.card(id)
	got := strings.TrimSpace(string(c.Outcome) + " " + c.Reason)
	if c.Open() {
		var all []string
		for _, s := range c.Stands {
			where := s.Stage
			if s.Held != "" {
				where += "(" + s.Held + ")"
			}
			all = append(all, where)
		}
		got = strings.Join(all, "+")
	}
	if got != want {
		o.Fatalf("%s: stands at %q, want %q", o.Clock.Now().In(Zone).Format("Mon 02.01 15:04"), got, want)
	}
}

// refuses checks all that a deed was refused for: "field:parent rule:adult".
func (o *office) refuses(err error, want string) {
	o.Helper()
	if got := kinds(err); got != want {
		o.Errorf("refused with %q, want %q (%v)", got, want, err)
	}
}

func kinds(err error) string {
	var r *card.Refusal
	if !errors.As(err, &r) {
		return fmt.Sprint(err)
	}
	var all []string
	for _, m := range r.Missing {
		all = append(all, string(m.Kind)+":"+m.Key)
	}
	return strings.Join(all, " ")
}

// told lists when robots of an element spoke, or would have, with what they were to say: "Sat 14.03 10:05 set".
func (o *office) told(id, element, topic string) (all []string) {
	o.Helper()
	o.view(func(tx *engine.Tx) error {
		events, _, err := o.Cards.History(tx, access.System("test"), id, 0, 0)
		for _, e := range events {
			if e.Kind == card.LineRobot && e.Element == element && strings.Contains(string(e.Data), `"topic":"`+topic+`"`) {
				all = append(all, e.At.In(Zone).Format("Mon 02.01 15:04")+" "+string(e.Data))
			}
		}
		return err
	})
	return all
}

// tells checks that a robot spoke at a moment, with words that hold the text.
func (o *office) tells(id, element, topic, at, text string) {
	o.Helper()
	all := o.told(id, element, topic)
	if !slices.ContainsFunc(all, func(line string) bool { return strings.HasPrefix(line, at) && strings.Contains(line, text) }) {
		o.Errorf("no %s at %s said %q; there is %q", topic, at, text, all)
	}
}
