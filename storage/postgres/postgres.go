// Package postgres keeps records in a PostgreSQL database, for as many processes at a time as there are: replicas of one server, none
// of which is special. CockroachDB and YugabyteDB, which speak the same language, do as well.
//
// schema.sql says what the tables are, views.sql what reporting tools read. All stands in the schema that the URL's search_path
// names, "voronka" if it names none. The server's own tools make copies.
package postgres

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/voronka/voronka/storage"
)

// Options are for Open. The zero value is what a server wants.
type Options struct {
	// Conns is how many connections there are at most, beside one to listen on: as many deeds and views go on at the same time.
	// Zero is what the URL says in pool_max_conns, or else 24.
	Conns int
	// Wait is how long Open, and later each call, waits for a server that is away. Zero is 10 seconds.
	Wait time.Duration
	// Timeout is how long the server may be silent before a connection counts as lost. Zero is 30 seconds.
	Timeout time.Duration
}

// Store is a storage.Store in a database.
type Store struct {
	options Options
	pool    *pgxpool.Pool
	ear     *pgx.ConnConfig // of the connection to listen on
	channel string          // of the messages between replicas: the schema's name
	replica uint64          // drawn, and no other's

	queue     chan *job
	hot       atomic.Pointer[map[storage.Ref]int]
	runs      atomic.Uint64 // of functions of Updates
	order     order
	outbox    outbox
	said      chan struct{} // closed when all is told
	running   sync.WaitGroup
	stop      context.CancelFunc
	listeners storage.Listeners
	gate      storage.Gate
}

// Open opens the store at a URL as postgres://user:password@host:5432/database, and makes it where there is none. It returns
// storage.ErrFormat where the schema holds something else, or a store of a newer version.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err // which hides the password
	}
	if o.Conns == 0 && !strings.Contains(url, "pool_max_conns") {
		o.Conns = 24
	}
	if o.Conns > 0 {
		config.MaxConns = int32(o.Conns)
	}
	o.Wait = cmp.Or(o.Wait, 10*time.Second)
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	c := config.ConnConfig
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 5*time.Second)
	c.RuntimeParams["search_path"] = cmp.Or(c.RuntimeParams["search_path"], "voronka")
	c.RuntimeParams["application_name"] = cmp.Or(c.RuntimeParams["application_name"], "voronka")
	alive := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	c.DialFunc = alive.DialContext
	s := &Store{
		options: o, ear: c.Copy(), replica: rand.Uint64() >> 1,
		queue: make(chan *job, together), said: make(chan struct{}),
		order:  order{head: 1, left: map[uint64][]storage.Note{}, wake: make(chan struct{}, 1)},
		outbox: outbox{in: map[storage.Note]bool{}, wake: make(chan struct{}, 1)},
	}
	c.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler { // what is cancelled mostly ends by itself in time
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, CancelRequestDelay: 100 * time.Millisecond, DeadlineDelay: 2 * time.Second}
	}
	config.AfterConnect = prepare
	s.channel, _, _ = strings.Cut(c.RuntimeParams["search_path"], ",")
	s.channel = strings.Trim(s.channel, `" `)
	ear, err := s.reach(ctx)
	if err == nil {
		err = recognize(ctx, ear, s.channel)
	}
	if err == nil {
		_, err = ear.Exec(ctx, "DELETE FROM deeds WHERE at < now() - interval '1 day'") // of replicas that are no more
	}
	if err == nil {
		err = s.attend(ctx, ear)
	}
	if err == nil {
		s.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	}
	if err == nil {
		err = s.pool.Ping(ctx)
	}
	if err != nil {
		if ear != nil {
			_ = ear.Close(ctx)
		}
		if s.pool != nil {
			s.pool.Close()
		}
		return nil, fmt.Errorf("open the database %s at %s: %w", c.Database, c.Host, err)
	}
	s.hot.Store(&map[storage.Ref]int{})
	inside, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.running.Add(4)
	go s.turns()
	go s.tell(inside)
	go s.say()
	go s.listen(inside, ear)
	return s, nil
}

// reach connects, with patience for a server that starts at the same time.
func (s *Store) reach(ctx context.Context) (*pgx.Conn, error) {
	for p := s.patience(); ; {
		c, err := pgx.ConnectConfig(ctx, s.ear)
		if err = translate(err); !because(err, lost) || !p.pause(ctx) {
			return c, err
		}
	}
}

// View is storage.Store.View. A View that takes long keeps the space of what is overwritten meanwhile from being used again.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	g := s.ground(ctx, look)
	defer g.release()
	t := &tx{ctx: ctx, ground: g}
	defer func() { t.over = true }()
	return fn(reader{t})
}

// Listen is storage.Store.Listen. It hears of the commits of all replicas: of this one's in their order.
func (s *Store) Listen(topic string, fn func(payload string)) (stop func()) {
	return s.listeners.Listen(topic, fn)
}

// Close is storage.Store.Close.
func (s *Store) Close() error {
	if !s.gate.Close() {
		return nil
	}
	close(s.queue)
	s.stop()
	s.running.Wait()
	s.pool.Close()
	return nil
}
