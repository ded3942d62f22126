package bench

import (
	"context"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// web measures moves of cards over HTTP, by a server of its own in this process, beside the store alone; and reads.
func (b *Bench) web(ctx context.Context, s storage.Store, f *Figures) error {
	d, err := openDesk(ctx, s)
	if err != nil {
		return err
	}
	bare, err := d.bare(ctx, b.Sizes.Pool)
	if err != nil {
		return err
	}
	address, stop, err := b.Serve(ctx, s)
	if err != nil {
		return err
	}
	defer stop()
	t, err := d.target(ctx, address)
	if err != nil {
		return err
	}
	defer t.client.CloseIdleConnections()
	if err := t.furnish(ctx, b.Sizes.Pool, func() {}); err != nil {
		return err
	}
	f.HTTP = &Web{Moves: map[int]Move{}}
	for _, clients := range b.Sizes.Web {
		hands := deal(bare, clients)
		ask, err := t.asks("moves", clients)
		if err != nil {
			return err
		}
		paces, err := b.race(ctx, clients, ask, func(ctx context.Context, n int) error { return d.again(ctx, hands[n].next()) })
		if err != nil {
			return err
		}
		f.HTTP.Moves[clients] = moveOf(paces[0], paces[1])
	}
	for scenario, into := range map[string]*Read{"board": &f.HTTP.Board, "card": &f.HTTP.Card, "search": &f.HTTP.Search} {
		ask, err := t.asks(scenario, readers)
		if err != nil {
			return err
		}
		paces, err := b.race(ctx, readers, ask)
		if err != nil {
			return err
		}
		*into = readOf(paces[0])
	}
	return nil
}

// readers are the clients that read over HTTP.
const readers = 16

// target is the server at an address, as the seller, who may deploy nothing: the funnel is there.
func (d *desk) target(ctx context.Context, address string) (*Target, error) {
	token := access.NewToken()
	if err := d.engine.Update(ctx, func(tx *engine.Tx) error {
		_, err := access.NewAPIToken(tx, seller, "bench", token)
		return err
	}); err != nil {
		return nil, err
	}
	return NewTarget(address, string(token))
}
