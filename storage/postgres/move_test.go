package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/funneltest"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// ring is a funnel whose cards can go on for ever.
var ring = funneltest.Draw("funnel.kind=deal\nfunnel.title=name\nfunnel.amount=price", funneltest.Node("startEvent", "start", ""),
	funneltest.Stage("a", funneltest.Form(funneltest.Field("name:string Name|required"), funneltest.Field("price:money Price|required|min=1"),
		funneltest.Field("born:date Born"), funneltest.Field("parent_name:string|prop:requiredWhen=age(born) < 18"))),
	funneltest.Stage("b", funneltest.Form(funneltest.Field("name:string"), funneltest.Field("price:money|rule.much=price > 10|prop:rule.much.text=Too little"))),
	funneltest.Node("exclusiveGateway", "x", ""), funneltest.End("won", "won"), funneltest.Flows("start > a, a > b, b > x, x > won if price > 1000000, x > a"))

var ann = access.Actor{ID: "ann", Name: "Ann", Roles: []string{"sales"}, Language: "ru"}

// desk moves cards.
type desk struct {
	*engine.Engine
	*card.Cards
}

func newDesk(b *testing.B, s storage.Store) *desk {
	d := &desk{Cards: card.New(card.Options{})}
	d.Engine = engine.Open(s, engine.Options{Domain: d.Cards})
	return d
}

func (d *desk) deploy(b *testing.B) {
	if err := d.Update(bg, func(tx *engine.Tx) error {
		_, problems, err := tx.Deploy([]engine.Source{{File: "deal.bpmn", XML: []byte(ring)}}, "ann")
		if bpmn.Severe(problems) {
			b.Fatal(problems)
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
}

// fill makes crowd cards, and gives so many of them, from all over.
func (d *desk) fill(b *testing.B, callers int) (cards []string) {
	const crowd, batch = 2048, 64
	fields := map[string]json.RawMessage{"name": []byte(`"Ivan"`), "price": []byte(`"100"`), "born": []byte(`"1990-01-01"`)}
	for range crowd / batch {
		some := make([]string, batch)
		if err := d.Update(bg, func(tx *engine.Tx) (err error) {
			for n := range some {
				if some[n], err = d.Create(tx, ann, card.Draft{Funnel: "deal", Fields: fields}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		cards = append(cards, some...)
	}
	for n := range callers {
		cards[n] = cards[n*crowd/callers]
	}
	return cards[:callers]
}

func (d *desk) move(id string) error {
	return d.Update(bg, func(tx *engine.Tx) error { return d.Advance(tx, ann, id, card.Advance{}) })
}

// tape is a store that notes what a deed reads and writes.
type tape struct {
	storage.Store
	reads  []storage.Ref
	writes []*storage.Record
	trips  int // reads that were asked for one after the other

	expected []storage.Ref
}

func (t *tape) Update(ctx context.Context, fn func(storage.Tx) error) error {
	return t.Store.Update(ctx, func(tx storage.Tx) error {
		t.reads, t.writes, t.trips = nil, nil, 0
		return fn(taped{tx, t})
	})
}

type taped struct {
	storage.Tx
	*tape
}

func (t taped) Get(refs ...storage.Ref) ([]*storage.Record, error) {
	fresh := slices.DeleteFunc(slices.Clone(refs), func(r storage.Ref) bool { return slices.Contains(t.reads, r) })
	if len(fresh) > 0 {
		t.reads = append(t.reads, fresh...)
		for _, r := range t.expected {
			if !slices.Contains(t.reads, r) {
				t.reads = append(t.reads, r)
			}
		}
		t.expected = nil
		t.trips++
	}
	return t.Tx.Get(refs...)
}

func (t taped) Expect(refs ...storage.Ref) {
	t.expected = refs
	t.Tx.(storage.Expecter).Expect(refs...)
}

func (t taped) Put(records ...*storage.Record) error {
	for _, r := range records {
		one := *r
		t.writes = append(t.writes, &one)
	}
	return t.Tx.Put(records...)
}

// plan is what a card's moves send to the server, made before it is sent: the statements of each move in two round trips.
type plan [][2][]call

// plans are for so many cards like the one whose moves, there and back, were taped: the same records and entries, with the same bytes.
func plans(t [2]*tape, taped string, cards []string, rounds int) []plan {
	all := make([]plan, len(cards))
	for n, id := range cards {
		own := func(s string) string { return strings.ReplaceAll(s, taped, id) }
		before := map[storage.Ref][]storage.Entry{}
		for _, w := range t[1].writes { // where the card stands before its first move
			before[storage.Ref{Kind: w.Kind, ID: own(w.ID)}] = entriesOf(w, t[0].writes, own, 0)
		}
		for round := range rounds {
			look := []call{{statement: begin}}
			for _, ref := range t[round%2].reads {
				look = append(look, call{statement: get, args: [][]byte{[]byte(ref.Kind), []byte(own(ref.ID))}})
			}
			var o overlay
			for _, w := range t[round%2].writes {
				ref := storage.Ref{Kind: w.Kind, ID: own(w.ID)}
				if w.Version == 0 { // a page of history
					ref.ID = fmt.Sprintf("%s%08d", ref.ID[:len(ref.ID)-8], 10+round)
				}
				after := storage.Sorted(entriesOf(w, t[1-round%2].writes, own, round+1))
				now := &stored{version: w.Version + uint64(round) + 1, data: []byte(own(string(w.Data))), entries: storage.AppendEntries(nil, after)}
				o.put(ref, change{now: now, had: w.Version > 0}, storage.Sorted(before[ref]), after)
				before[ref] = after
			}
			write := append([]call{{statement: did, args: [][]byte{number(7), number(uint64(n*rounds + round + 1))}}}, o.calls()...)
			all[n] = append(all[n], [2][]call{look, append(write, call{statement: commit})})
		}
	}
	return all
}

// entriesOf are those of a record that is written: what the other move does not write moves on with the rounds.
func entriesOf(w *storage.Record, others []*storage.Record, own func(string) string, round int) (entries []storage.Entry) {
	for _, e := range w.Index {
		stays := slices.ContainsFunc(others, func(o *storage.Record) bool {
			return o.Kind == w.Kind && slices.ContainsFunc(o.Index, func(other storage.Entry) bool { return other.Index == e.Index && other.Key == e.Key })
		})
		e.Key = own(e.Key)
		if !stays {
			e.Key += fmt.Sprintf("%08d", round)
		}
		entries = append(entries, e)
	}
	return entries
}

// play sends a move, again where it is refused.
func (p plan) play(s *Store, round int) (err error) {
	for range most {
		c, err := s.pool.Acquire(bg)
		if err != nil {
			return err
		}
		if err = send(bg, c.Conn().PgConn(), p[round][0]); err == nil {
			err = send(bg, c.Conn().PgConn(), p[round][1])
		}
		if err != nil {
			_ = send(bg, c.Conn().PgConn(), []call{{statement: end}})
		}
		c.Release()
		if code(err) != "40001" {
			return err
		}
	}
	return err
}

// A card's move through the gate against the same statements with the same bytes, sent bare in the same run. The two take turns, so that
// what else the machine does is done to both. Two replicas are two stores in this process.
func BenchmarkMove(b *testing.B) {
	for _, c := range []struct{ callers, replicas int }{{1, 1}, {16, 1}, {64, 1}, {64, 2}, {256, 1}} {
		b.Run(fmt.Sprintf("callers=%d/replicas=%d", c.callers, c.replicas), func(b *testing.B) {
			at, bareAt := fresh(b), fresh(b)
			var desks []*desk
			var stores []*Store
			for range c.replicas {
				stores = append(stores, open(b, at))
				desks = append(desks, newDesk(b, stores[len(stores)-1]))
			}
			desks[0].deploy(b)
			cards := desks[0].fill(b, c.callers)
			bare := open(b, bareAt)
			t := [2]*tape{{Store: bare}, {Store: bare}}
			model := newDesk(b, bare)
			model.deploy(b)
			likes := model.fill(b, c.callers)
			there, back := newDesk(b, t[0]), newDesk(b, t[1])
			for _, d := range []*desk{there, back, there, back} { // the second round is like all that follow
				if err := d.move(likes[0]); err != nil {
					b.Fatal(err)
				}
			}
			b.Logf("a move reads %v in %d round trips, and writes %d", t[0].reads, t[0].trips, len(t[0].writes))
			for _, id := range likes[1:] {
				for range 4 {
					if err := model.move(id); err != nil {
						b.Fatal(err)
					}
				}
			}
			const slices = 10
			rounds := max(2*slices, 6000/c.callers/slices*slices)
			plans := plans(t, likes[0], likes, rounds)
			var took [2]time.Duration
			was := stores[0].runs.Load()
			b.ResetTimer()
			for n := range slices {
				from, to := rounds*n/slices, rounds*(n+1)/slices
				took[0] += side(b, c.callers, func(caller int) error {
					for range to - from {
						if err := desks[caller%c.replicas].move(cards[caller]); err != nil {
							return err
						}
					}
					return nil
				})
				took[1] += side(b, c.callers, func(caller int) error {
					for round := from; round < to; round++ {
						if err := plans[caller].play(bare, round); err != nil {
							return err
						}
					}
					return nil
				})
			}
			moves := float64(rounds * c.callers)
			b.ReportMetric(moves/took[0].Seconds(), "moves/s")
			b.ReportMetric(moves/took[1].Seconds(), "bare/s")
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "of-bare")
			b.ReportMetric(float64(stores[0].runs.Load()-was)*float64(c.replicas)/moves, "runs/move")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// side lets callers work side by side.
func side(b *testing.B, callers int, do func(caller int) error) time.Duration {
	var all sync.WaitGroup
	began := time.Now()
	for n := range callers {
		all.Go(func() {
			if err := do(n); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	return time.Since(began)
}
