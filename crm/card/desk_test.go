package card

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/storagetest"
)

// desk is an engine with cards, a clock that stands still, and people.
type desk struct {
	testing.TB
	*Cards
	engine *engine.Engine
	now    time.Time
}

var (
	ann  = access.Actor{ID: "ann", Name: "Ann", Roles: []string{"sales"}, Language: "en"}
	bob  = access.Actor{ID: "bob", Name: "Bob", Roles: []string{"accountant"}, Language: "en"}
	boss = access.Actor{ID: "boss", Name: "Boss", Roles: []string{"head_of_sales"}, Language: "en"}
	oleg = access.Actor{ID: "oleg", Name: "Олег", Roles: []string{"sales"}, Language: "ru"}
)

// wrap is what lies between the cards and their store.
var wrap = func(s storage.Store) storage.Store { return s }

// A deed that is run twice, or whose records somebody else wrote in the meantime, is the same deed.
func TestDeedsMayRunTwice(t *testing.T) {
	plain := wrap
	defer func() { wrap = plain }()
	for name, between := range map[string]func(storage.Store) storage.Store{"twice": storagetest.Twice, "conflict": storagetest.Conflict} {
		wrap = between
		t.Run(name, func(t *testing.T) {
			for name, test := range map[string]func(*testing.T){
				"advance": TestAdvance, "skip": TestSkip, "auto": TestAuto, "fresh": TestFreshFieldsAreAskedAnew, "tracks": TestTracks, "parallel": TestParallelStages,
				"create": TestCreate, "reject": TestReject, "back": TestBackAndOverride, "convert": TestConvert, "children": TestChildren, "documents": TestDocuments,
				"files": TestFiles, "board": TestBoard, "list": TestListAndSearch, "stays": TestStays, "stays of a skip": TestStaysOfASkip,
			} {
				t.Run(name, test)
			}
		})
	}
}

func open(t testing.TB, diagrams ...string) *desk {
	t.Helper()
	return over(t, wrap(memory.New()), diagrams...)
}

func over(t testing.TB, store storage.Store, diagrams ...string) *desk {
	t.Helper()
	d := &desk{TB: t, Cards: New(Options{FileSize: 1 << 10}), now: time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)}
	ids := 0
	d.engine = engine.Open(store, engine.Options{
		Domain: d.Cards, Now: func() time.Time { return d.now },
		NewID: func() string { ids++; return fmt.Sprintf("id-%04d", ids) },
	})
	t.Cleanup(func() {
		if _, test := t.(*testing.T); test { // whatever a test did, nothing is wrong with what it left
			for _, flaw := range d.inspect() {
				t.Error(flaw)
			}
		}
		_ = store.Close()
	})
	d.must(d.update(func(tx *engine.Tx) error {
		for _, a := range []access.Actor{ann, bob, boss, oleg} {
			if _, err := access.Create(tx, access.System("test"), access.User{ID: a.ID, Name: a.Name, Roles: a.Roles, Language: a.Language}, ""); err != nil {
				return err
			}
		}
		return nil
	}))
	var files []engine.Source
	for n, xml := range diagrams {
		files = append(files, engine.Source{File: fmt.Sprintf("%d.bpmn", n), XML: []byte(xml)})
	}
	if len(files) > 0 {
		d.deploy(files...)
	}
	return d
}

func (d *desk) deploy(files ...engine.Source) {
	d.Helper()
	var problems []bpmn.Problem
	d.must(d.update(func(tx *engine.Tx) error {
		var err error
		_, problems, err = tx.Deploy(files, "admin")
		return err
	}))
	if bpmn.Severe(problems) {
		d.Fatal(problems)
	}
}

func (d *desk) update(fn func(tx *engine.Tx) error) error {
	return d.engine.Update(context.Background(), fn)
}

func (d *desk) view(fn func(tx *engine.Tx) error) {
	d.Helper()
	d.must(d.engine.View(context.Background(), fn))
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// fields reads "name=Ann; age=17": values are JSON, or texts where they are none.
func fields(text string) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for part := range strings.SplitSeq(text, ";") {
		if key, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			raw := json.RawMessage(value)
			if !json.Valid(raw) {
				raw, _ = json.Marshal(value)
			}
			all[key] = raw
		}
	}
	return all
}

func (d *desk) create(who access.Actor, process, values string) string {
	d.Helper()
	id := ""
	d.must(d.update(func(tx *engine.Tx) error {
		var err error
		id, err = d.Create(tx, who, Draft{Funnel: process, Fields: fields(values)})
		return err
	}))
	return id
}

func (d *desk) write(who access.Actor, id, values string) error {
	return d.update(func(tx *engine.Tx) error { return d.Write(tx, who, id, fields(values), 0) })
}

func (d *desk) advance(who access.Actor, id, to, values string) error {
	return d.update(func(tx *engine.Tx) error {
		return d.Advance(tx, who, id, Advance{To: to, Fields: fields(values)})
	})
}

func (d *desk) reject(who access.Actor, id, reason, comment string) error {
	return d.update(func(tx *engine.Tx) error { return d.Reject(tx, who, id, Reject{Reason: reason, Comment: comment}) })
}

func (d *desk) card(id string) *Card {
	d.Helper()
	var card *Card
	d.view(func(tx *engine.Tx) (err error) {
		card, err = d.Load(tx, id)
		return err
	})
	return card
}

func (d *desk) page(who access.Actor, id string) *Page {
	d.Helper()
	var p *Page
	d.view(func(tx *engine.Tx) (err error) {
		p, err = d.Page(tx, who, id)
		return err
	})
	return p
}

// job ends the open job of an element.
func (d *desk) job(id, element string, end func(tx *engine.Tx, job string) error) error {
	d.Helper()
	return d.update(func(tx *engine.Tx) error {
		i, err := tx.Instance(id)
		if err != nil {
			return err
		}
		for _, j := range i.Jobs {
			if j.Element == element {
				return end(tx, engine.OuterID(id, j.ID))
			}
		}
		return fmt.Errorf("no job at %s", element)
	})
}

func (d *desk) done(id, element, values string) error {
	d.Helper()
	vars := map[string]engine.Value{}
	for key, v := range fields(values) {
		vars[key] = v
	}
	return d.job(id, element, func(tx *engine.Tx, job string) error { return tx.CompleteJob(job, "", vars) })
}

// at says where a card stands: "sign", "theory+drive", "won", with what holds it: "pay(mail)".
func (d *desk) at(id string) string {
	d.Helper()
	card := d.card(id)
	if !card.Open() {
		return string(card.Outcome)
	}
	var all []string
	for _, s := range card.Stands {
		where := s.Stage
		if s.Held != "" {
			where += "(" + s.Held + ")"
		}
		all = append(all, where)
	}
	return strings.Join(all, "+")
}

func (d *desk) stands(id, want string) {
	d.Helper()
	if got := d.at(id); got != want {
		d.Errorf("stands at %q, want %q", got, want)
	}
}

// kinds lists what is missing: "field:name role:sales".
func kinds(err error) string {
	var r *Refusal
	if !errors.As(err, &r) {
		return fmt.Sprint(err)
	}
	var all []string
	for _, m := range r.Missing {
		all = append(all, string(m.Kind)+":"+m.Key)
	}
	return strings.Join(all, " ")
}

func (d *desk) refuses(err error, want string) {
	d.Helper()
	if got := kinds(err); got != want {
		d.Errorf("refused with %q, want %q (%v)", got, want, err)
	}
}

func (d *desk) lines(id string) []string {
	d.Helper()
	var all []string
	d.view(func(tx *engine.Tx) error {
		events, _, err := d.History(tx, boss, id, 0, 0)
		for _, e := range events {
			line := e.Kind
			if e.Element != "" {
				line += " " + e.Element
			}
			if e.Who != "" {
				line += " by " + e.Who
			}
			all = append(all, line)
		}
		return err
	})
	return all
}

func (d *desk) tells(id string, want ...string) {
	d.Helper()
	lines := d.lines(id)
	for _, w := range want {
		if !slices.Contains(lines, w) {
			d.Errorf("the history has no %q: %s", w, strings.Join(lines, ", "))
		}
	}
}

func (d *desk) value(id, key string) string {
	d.Helper()
	var v string
	d.view(func(tx *engine.Tx) error {
		i, err := tx.Instance(id)
		if err == nil {
			v = string(i.Variable(key))
		}
		return err
	})
	return v
}
