package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// crowd measures what it is like with so many cards: making them, starting over them, reading them, and moving them.
func (b *Bench) crowd(ctx context.Context, g *Ground, many int, f *Crowd) error {
	s, err := g.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { s.Close() }()
	d, err := openDesk(ctx, s)
	if err != nil {
		return err
	}
	ids, err := b.gather(ctx, d, many, f)
	if err != nil {
		return err
	}
	if g.Keeps {
		if d, err = b.start(ctx, g, d, f); err != nil {
			return err
		}
		s = d.store
	}
	for _, one := range []struct {
		into *Read
		read func(context.Context) error
	}{
		{&f.Board, d.lookAtBoard},
		{&f.Card, func(ctx context.Context) error { return d.lookAt(ctx, ids[rand.IntN(len(ids))].id) }},
		{&f.Search, func(ctx context.Context) error { return d.lookFor(ctx, name(rand.IntN(many))) }},
	} {
		p := &pace{}
		if err := run(ctx, 1, b.Sizes.Span, func(ctx context.Context, _ int) error { return one.read(ctx) }, p); err != nil {
			return err
		}
		b.passed(p.took)
		*one.into = readOf(p)
	}
	f.Moves, err = b.compare(ctx, d, ids)
	return err
}

// start closes the store and starts over it; and where the machine can forget what it keeps of it in memory, once more from the disk.
func (b *Bench) start(ctx context.Context, g *Ground, d *desk, f *Crowd) (*desk, error) {
	for _, one := range []struct {
		forget      func() error
		open, board *float64
	}{{func() error { return nil }, &f.Open, &f.FirstBoard}, {g.Forget, &f.ColdOpen, &f.ColdBoard}} {
		if one.forget == nil {
			continue
		}
		if err := errors.Join(d.store.Close(), one.forget()); err != nil {
			return nil, err
		}
		began := time.Now()
		s, err := g.Open(ctx)
		if err != nil {
			return nil, err
		}
		*one.open = milliseconds(time.Since(began))
		d, began = newDesk(s, nil), time.Now()
		if err := d.lookAtBoard(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		*one.board = milliseconds(time.Since(began))
	}
	return d, nil
}

func readOf(p *pace) Read {
	return Read{digits(p.perSecond()), milliseconds(p.each.at(0.5)), milliseconds(p.each.at(0.95)), milliseconds(p.each.at(0.99))}
}

// gather makes cards: some each in a deed of its own by 64 clients side by side, and the rest by many in a deed. It gives some of them.
func (b *Bench) gather(ctx context.Context, d *desk, many int, f *Crowd) ([]*played, error) {
	const together = 500
	singly := max(64, min(many/10, 5000))
	began := time.Now()
	ids, err := d.create(ctx, singly)
	if err != nil {
		return nil, err
	}
	f.Create = digits(float64(singly) / time.Since(began).Seconds())
	ids = some(ids, many)
	b.passed(time.Since(began))
	began = time.Now()
	for n := singly; n < many; n += together {
		end := min(n+together, many)
		var made []*played
		if err := d.engine.Update(ctx, func(tx *engine.Tx) error {
			made = make([]*played, 0, together)
			for n := n; n < end; n++ {
				id, err := d.cards.Create(tx, seller, draft(n))
				if err != nil {
					return err
				}
				made = append(made, &played{id: id})
			}
			return nil
		}); err != nil {
			return nil, err
		}
		ids = append(ids, some(made, many)...)
		b.passed(together * cardTime)
	}
	if many > singly {
		f.Import = digits(float64(many-singly) / time.Since(began).Seconds())
	}
	return ids, nil
}

// some picks of cards so many as make about a thousand of all.
func some(cards []*played, all int) []*played {
	rand.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
	return cards[:(len(cards)*1000+all-1)/max(all, 1000)]
}

// cardTime is about how long it takes to make a card.
const cardTime = 150 * time.Microsecond

// compare moves cards of a desk, by 64 clients, beside cards of a desk with few: the share that they move of the others' a second.
func (b *Bench) compare(ctx context.Context, d *desk, cards []*played) (ratio float64, err error) {
	err = b.in(func(ctx context.Context, s storage.Store) error {
		few, err := openDesk(ctx, s)
		if err != nil {
			return err
		}
		others, err := few.create(ctx, b.Sizes.Few)
		if err != nil {
			return err
		}
		clients := min(64, len(cards), len(others))
		mine, theirs := deal(cards, clients), deal(others, clients)
		paces, err := b.race(ctx, clients,
			func(ctx context.Context, n int) error { return d.move(ctx, mine[n].next().id) },
			func(ctx context.Context, n int) error { return few.move(ctx, theirs[n].next().id) })
		if err == nil {
			ratio = digits(paces[0].perSecond() / paces[1].perSecond())
		}
		return err
	})(ctx)
	return ratio, err
}

func (d *desk) lookAtBoard(ctx context.Context) error {
	return d.engine.View(ctx, func(tx *engine.Tx) error {
		b, err := d.cards.Board(tx, seller, ringFunnel, card.View{})
		if err == nil && (len(b.Columns) != stages || len(b.Columns[0].Cards) == 0) {
			err = errors.New("the board is not whole")
		}
		return err
	})
}

func (d *desk) lookAt(ctx context.Context, id string) error {
	return d.engine.View(ctx, func(tx *engine.Tx) error {
		_, err := d.cards.Page(tx, seller, id)
		return err
	})
}

// lookFor searches as the server does.
func (d *desk) lookFor(ctx context.Context, name string) error {
	return d.engine.View(ctx, func(tx *engine.Tx) error {
		found, _, err := d.cards.Search(tx, name, nil, "", 20)
		if err != nil {
			return err
		}
		if len(found) == 0 || !strings.Contains(found[0].Title, name) {
			return fmt.Errorf("nobody is called %s", name)
		}
		_, err = d.cards.Items(tx, found, seller)
		return err
	})
}
