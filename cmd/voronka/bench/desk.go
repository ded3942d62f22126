package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// desk is the product over a store, with a funnel whose cards go round for ever.
type desk struct {
	store  storage.Store
	engine *engine.Engine
	cards  *card.Cards
	tapes  []*tape // of the moves of one round
}

const (
	ringFunnel = "bench_ring"
	stages     = 8 // of it
)

// seller is who moves the cards: a person, before whom the gate stands.
var seller = access.Actor{ID: "bench", Name: "Bench", Roles: []string{"sales"}, Language: "ru"}

func newDesk(s storage.Store, now func() time.Time) *desk {
	d := &desk{store: s, cards: card.New(card.Options{})}
	d.engine = engine.Open(s, engine.Options{Domain: d.cards, Now: now})
	return d
}

// openDesk opens the product over an empty store.
func openDesk(ctx context.Context, s storage.Store) (*desk, error) {
	d := newDesk(s, nil)
	if err := d.engine.Update(ctx, func(tx *engine.Tx) error {
		_, err := access.Create(tx, access.System("bench"), access.User{ID: seller.ID, Name: seller.Name, Roles: seller.Roles, Language: seller.Language, Active: true}, "")
		return err
	}); err != nil {
		return nil, err
	}
	return d, deploy(ctx, d.engine, "ring")
}

// played is a card, and how often a tape was played about it.
type played struct {
	id    string
	round int
}

// make makes the n-th card.
func (d *desk) make(ctx context.Context, n int) (id string, err error) {
	err = d.engine.Update(ctx, func(tx *engine.Tx) (err error) {
		id, err = d.cards.Create(tx, seller, draft(n))
		return err
	})
	return id, err
}

// draft is the n-th card. They begin at all stages, and are as many clients.
func draft(n int) card.Draft {
	return card.Draft{Funnel: ringFunnel, Fields: map[string]json.RawMessage{
		"name": strconv.AppendQuote(nil, name(n)), "price": fmt.Appendf(nil, `"%d"`, 20_000+n%100*500), "born": fmt.Appendf(nil, `"%d-01-01"`, 1960+n%40),
		"begins": strconv.AppendInt(nil, int64(n%stages), 10),
	}}
}

// name is what the n-th client is called: one of 40 first names, and one of 8,000 last names.
func name(n int) string {
	first := []string{
		"Ivan", "Anna", "Oleg", "Maria", "Pavel", "Olga", "Denis", "Elena", "Igor", "Irina", "Anton", "Daria", "Roman", "Nina", "Timur", "Polina", "Kirill", "Vera", "Artem", "Zoya",
		"Egor", "Alina", "Fedor", "Yana", "Maxim", "Lidia", "Stepan", "Galina", "Boris", "Inna", "Gleb", "Marina", "Ilya", "Tamara", "Vadim", "Sofia", "Lev", "Raisa", "Yuri", "Klara",
	}
	parts := []string{"ba", "ve", "gor", "da", "zhi", "ka", "lu", "mo", "ne", "po", "ra", "sa", "ti", "u", "fo", "kha", "che", "shu", "be", "zo"}
	last := n * 7919 // so that neighbours differ
	surname := parts[last%20] + parts[last/20%20] + parts[last/400%20] + "nov"
	return first[n/8000%40] + " " + string(surname[0]-'a'+'A') + surname[1:]
}

// create makes cards by 64 clients side by side.
func (d *desk) create(ctx context.Context, many int) ([]*played, error) {
	all := make([]*played, many)
	return all, spread(ctx, many, func(ctx context.Context, n int) error {
		id, err := d.make(ctx, n)
		all[n] = &played{id: id}
		return err
	})
}

func (d *desk) move(ctx context.Context, id string) error {
	return d.engine.Update(ctx, func(tx *engine.Tx) error { return d.cards.Advance(tx, seller, id, card.Advance{}) })
}

// count moves a card and takes a number from a counter, as a contract gets one.
func (d *desk) count(ctx context.Context, id string) error {
	return d.engine.Update(ctx, func(tx *engine.Tx) error {
		if err := d.cards.Advance(tx, seller, id, card.Advance{}); err != nil {
			return err
		}
		found, err := tx.Get(storage.Ref{Kind: "counter", ID: "bench"})
		if err != nil {
			return err
		}
		c := found[0]
		if c == nil {
			c = &storage.Record{Kind: "counter", ID: "bench", Data: []byte("0")}
		}
		last, err := strconv.Atoi(string(c.Data))
		if err != nil {
			return err
		}
		c.Data = strconv.AppendInt(nil, int64(last)+1, 10)
		return tx.Put(c)
	})
}

// bare tapes the moves of one round, and lays out the records of as many other cards for the tapes to be played about.
func (d *desk) bare(ctx context.Context, many int) ([]*played, error) {
	id, err := d.make(ctx, 0)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	tapes, err := record(d.store, func(s storage.Store) error {
		other := newDesk(s, func() time.Time { return now })
		for range 2 * stages { // in the first round it reads the diagram, and the card gets what it keeps for good
			now = now.Add(time.Second)
			if err := other.move(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for n, t := range tapes { // what each is about: the card, the time, the page of its history
		at := now.Add(time.Duration(n+1-len(tapes)) * time.Second)
		t.about(id, storage.Time(at), t.added(id))
	}
	d.tapes = tapes[stages:]
	all := make([]*played, many)
	return all, spread(ctx, many, func(ctx context.Context, n int) error {
		all[n] = &played{id: uuid.Must(uuid.NewV7()).String()}
		return d.store.Update(ctx, func(tx storage.Tx) error { return d.tapes[0].lay(tx, all[n].id, storage.Time(time.Now()), page(0)) })
	})
}

// again does what a move does to the store, about another card.
func (d *desk) again(ctx context.Context, c *played) error {
	t := d.tapes[c.round%len(d.tapes)]
	c.round++
	now, page := storage.Time(time.Now()), page(c.round)
	return d.store.Update(ctx, func(tx storage.Tx) error { return t.play(tx, c.id, now, page) })
}

// page is how the id of a page of history goes on behind the card's.
func page(n int) string { return fmt.Sprintf("/%08d", n) }
