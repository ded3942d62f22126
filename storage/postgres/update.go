package postgres

import (
	"context"
	"errors"

	"github.com/voronka/voronka/storage"
)

// How an Update goes: its function runs over a transaction of its own, at the same time as others, and what it writes is collected.
// One round trip writes all that and commits. Where the database refuses the deed because somebody else changed what it read, it goes
// on with others that were refused, in one transaction, one after the other: see turn.go. So a record that all want is no reason
// for refusing most of them most of the time.

// deed is one Update.
type deed struct {
	store   *Store
	ctx     context.Context
	fn      func(storage.Tx) error
	raised  storage.Raised
	careful bool          // each Put asks first what is there
	lone    bool          // not in a turn
	reads   []storage.Ref // by the last run: what the next one is likely to read
}

// most is how often the function of an Update runs at most.
const most = 100

// Update is storage.Store.Update. A connection that is lost before the commit costs a run of fn; one that is lost in it is not found
// out about until the database can be asked, which an Update waits for as long as Options.Wait.
func (s *Store) Update(ctx context.Context, fn func(storage.Tx) error) (err error) {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	d := &deed{store: s, ctx: ctx, fn: fn, lone: true}
	committed := false
	defer func() { // also when fn panics, which goes on to the caller
		if !committed {
			d.raised.Restore()
		}
	}()
	run := d.alone
	p := s.patience()
	for range most {
		if err = ctx.Err(); err != nil {
			return err
		}
		var a *again
		if err = run(); !errors.As(err, &a) {
			break
		}
		switch a.why {
		case conflict:
			run, d.lone = d.inTurn, false
		case taken:
			d.careful = true
		case lost:
			if !p.pause(ctx) {
				return giveUp(ctx, err)
			}
		}
		err = a.err
	}
	committed = err == nil
	return err
}

// alone runs the deed over a transaction of its own.
func (d *deed) alone() error {
	g := d.store.ground(d.ctx, begin)
	defer g.release()
	t, err := d.run(g, &overlay{})
	d.reads = g.refs()
	switch {
	case g.failed != nil: // whatever fn made of it
		return g.failed
	case err != nil:
		return err
	case d.ctx.Err() != nil:
		return d.ctx.Err()
	}
	return g.commit(&t.overlay, t.notes)
}

// run calls the function over what there is. What a function that fails believed of new records is made sure of first.
func (d *deed) run(g *ground, under *overlay) (t *tx, err error) {
	t, err = d.once(g, under)
	if err != nil && t.bold && g.failed == nil {
		d.careful = true
		t, err = d.once(g, under)
	}
	return t, err
}

func (d *deed) once(g *ground, under *overlay) (t *tx, err error) {
	d.store.runs.Add(1)
	d.raised.Restore()
	t = &tx{ctx: d.ctx, ground: g, overlay: under.copy(), deed: d}
	defer func() {
		t.over = true
		if g.failed != nil {
			_ = recover() // what fn makes of a store that fails is of no interest
		}
	}()
	return t, d.fn(t)
}
