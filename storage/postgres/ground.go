package postgres

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/voronka/voronka/storage"
)

// ground is a transaction of the database, which begins with the first thing asked of it, and what is known of what it sees. What is
// written stands over it, see overlay, until it is committed.
type ground struct {
	store  *Store
	ctx    context.Context
	begin  statement
	conn   *pgxpool.Conn
	begun  bool
	read   map[storage.Ref]*stored // nil: nothing is there
	failed error                   // for each further call

	expected []storage.Ref // to be read with what is asked for next
}

// stored is what is kept of a record. It is never changed.
type stored struct {
	version       uint64
	data, entries []byte // the entries as storage.AppendEntries writes them
}

func (s *Store) ground(ctx context.Context, begin statement) *ground {
	return &ground{store: s, ctx: ctx, begin: begin, read: map[storage.Ref]*stored{}}
}

// trip makes a round trip; BEGIN travels with the first. A first one that got no answer is made again: nothing was done yet.
func (g *ground) trip(calls []call) error {
	if g.failed != nil {
		return g.failed
	}
	if g.begun {
		g.failed = g.send(g.ctx, calls)
		return g.failed
	}
	all := append([]call{{statement: g.begin}}, calls...)
	for p := g.store.patience(); ; {
		err := g.connect()
		if err == nil {
			if err = g.send(g.ctx, all); err == nil {
				g.begun = true
				copy(calls, all[1:])
				return nil
			}
		}
		g.release()
		if !because(err, lost) {
			g.failed = err
		} else if !p.pause(g.ctx) {
			g.failed = giveUp(g.ctx, err)
		}
		if g.failed != nil {
			return g.failed
		}
	}
}

// send sends calls and says what went wrong in the words of the store.
func (g *ground) send(ctx context.Context, calls []call) error {
	within, cancel := context.WithTimeout(ctx, g.store.options.Timeout)
	defer cancel()
	err := send(within, g.conn.Conn().PgConn(), calls)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return translate(err)
}

// connect takes a connection out of the pool.
func (g *ground) connect() error {
	if g.conn != nil {
		return nil
	}
	c, err := g.store.pool.Acquire(g.ctx)
	if err != nil && g.ctx.Err() != nil {
		return g.ctx.Err()
	}
	g.conn = c
	return translate(err)
}

// release ends the transaction, without a commit where there was none, and gives the connection back.
func (g *ground) release() {
	if g.conn == nil {
		return
	}
	if c := g.conn.Conn(); !c.IsClosed() && c.PgConn().TxStatus() != 'I' {
		_ = g.send(context.Background(), []call{{statement: end}}) // a connection for which it failed is not used again
	}
	g.conn.Release()
	g.conn = nil
}

// fetch reads, in one round trip, those of the records that are not known yet.
func (g *ground) fetch(refs []storage.Ref) error {
	var calls []call
	var asked []storage.Ref
	ask := func(refs []storage.Ref) {
		for _, ref := range refs {
			if _, known := g.read[ref]; known {
				continue
			}
			g.read[ref] = nil // twice is not asked
			if possible(ref.Kind) && possible(ref.ID) {
				asked = append(asked, ref)
				calls = append(calls, call{statement: get, args: [][]byte{[]byte(ref.Kind), []byte(ref.ID)}})
			}
		}
	}
	if ask(refs); len(calls) == 0 {
		return nil
	}
	ask(g.expected)
	g.expected = nil
	if err := g.trip(calls); err != nil {
		return err
	}
	for n, c := range calls {
		if len(c.rows) > 0 {
			row := c.rows[0]
			g.read[asked[n]] = &stored{version: count(row[0]), entries: row[1], data: row[2]}
		}
	}
	return nil
}

// possible tells whether the database can have a text s at all.
func possible(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// refs are the records read.
func (g *ground) refs() []storage.Ref {
	refs := make([]storage.Ref, 0, len(g.read))
	for ref := range g.read {
		refs = append(refs, ref)
	}
	return refs
}

// commit writes what stands over the ground and commits, in one round trip, which nothing stops any more.
func (g *ground) commit(o *overlay, notes []storage.Note) error {
	s := g.store
	writes := o.calls()
	if len(writes) == 0 && !g.begun {
		s.order.leave(s.order.enter(), notes)
		return nil
	}
	if err := g.connect(); err != nil {
		return err
	}
	n := s.order.enter()
	var calls []call
	if !g.begun {
		calls = append(calls, call{statement: g.begin})
	}
	if len(writes) > 0 {
		calls = append(calls, call{statement: did, args: [][]byte{number(s.replica), number(n)}})
	}
	calls = append(append(calls, writes...), call{statement: commit})
	err := g.send(context.WithoutCancel(g.ctx), calls)
	if because(err, lost) && len(writes) > 0 {
		g.release()
		err = s.settle(n, err)
	}
	if err != nil {
		notes = nil
	} else {
		s.graves.add(o.left())
	}
	g.release() // before the listeners, who may need a connection
	s.order.leave(n, notes)
	return err
}

// settle finds out whether the deed of a commit that got no answer happened; if it did not, it never will. Of two rows of the same
// number, one at most is committed, and the other transaction waits for it. The row that is written here tells itself from a deed's by its
// time: the answer to this may be lost as well, and then it finds its own.
func (s *Store) settle(n uint64, lost error) error {
	ctx := context.Background()
	for p := s.patience(); ; {
		within, cancel := context.WithTimeout(ctx, s.options.Timeout)
		var never bool
		err := s.pool.QueryRow(within, `INSERT INTO deeds (replica, number, at) VALUES ($1, $2, '9999-12-31Z')
			ON CONFLICT (replica, number) DO UPDATE SET number = deeds.number RETURNING at = '9999-12-31Z'`,
			pgx.QueryExecModeExec, int64(s.replica), int64(n)).Scan(&never)
		cancel()
		switch {
		case err == nil && never:
			return lost
		case err == nil:
			return nil
		}
		if !p.pause(ctx) {
			return fmt.Errorf("%w: %s", storage.ErrUnknown, lost.Error()) // not wrapped: it would say that nothing was changed
		}
	}
}
