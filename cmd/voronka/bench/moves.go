package bench

import (
	"context"

	"github.com/voronka/voronka/storage"
)

// moves measures moves of cards beside the store alone, and moves that share a counter beside those that don't, all in one store.
func (b *Bench) moves(ctx context.Context, s storage.Store, f *Figures) error {
	d, err := openDesk(ctx, s)
	if err != nil {
		return err
	}
	cards, err := d.create(ctx, b.Sizes.Pool)
	if err != nil {
		return err
	}
	bare, err := d.bare(ctx, b.Sizes.Pool)
	if err != nil {
		return err
	}
	f.Moves, f.HotCounter = map[int]Move{}, map[int]Counting{}
	for _, clients := range b.Sizes.Clients {
		cards, bare := deal(cards, clients), deal(bare, clients)
		paces, err := b.race(ctx, clients,
			func(ctx context.Context, n int) error { return d.move(ctx, cards[n].next().id) },
			func(ctx context.Context, n int) error { return d.again(ctx, bare[n].next()) })
		if err != nil {
			return err
		}
		f.Moves[clients] = moveOf(paces[0], paces[1])
	}
	for _, clients := range b.Sizes.Counting {
		cards := deal(cards, clients)
		paces, err := b.race(ctx, clients,
			func(ctx context.Context, n int) error { return d.move(ctx, cards[n].next().id) },
			func(ctx context.Context, n int) error { return d.count(ctx, cards[n].next().id) })
		if err != nil {
			return err
		}
		f.HotCounter[clients] = Counting{digits(paces[1].perSecond()), digits(paces[1].perSecond() / paces[0].perSecond())}
	}
	return nil
}

func moveOf(moves, bare *pace) Move {
	rate, limit := moves.perSecond(), bare.perSecond()
	return Move{digits(rate), digits(limit), digits(rate / limit), milliseconds(moves.each.at(0.5)), milliseconds(moves.each.at(0.99))}
}

// hand is the cards of one client, which takes them in turn.
type hand struct {
	cards []*played
	last  int
}

func (h *hand) next() *played {
	h.last = (h.last + 1) % len(h.cards)
	return h.cards[h.last]
}

// deal gives each client some of the cards, which no other has.
func deal(cards []*played, clients int) []*hand {
	hands := make([]*hand, clients)
	for n := range hands {
		hands[n] = &hand{}
	}
	for n, c := range cards {
		hands[n%clients].cards = append(hands[n%clients].cards, c)
	}
	return hands
}
