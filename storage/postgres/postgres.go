// Package postgres keeps records in a PostgreSQL database, for as many processes at a time as there are: replicas of one server, none
// of which is special. It asks for no more than what CockroachDB and YugabyteDB understand too, on which it was not run; of one that
// has no LISTEN replicas do not hear of each other, and look by themselves from time to time. The server's own tools make copies.
//
// # The URL
//
// postgres://user:password@host:5432/database, with what pgx knows as parameters, among them
//
//	search_path=name      the schema that all stands in: "voronka" where it is not said
//	pool_max_conns=24     connections of a replica at most, beside one to listen on
//	sslmode=verify-full   and what else libpq knows: sslrootcert, connect_timeout, target_session_attrs, several hosts
//	application_name=…    what pg_stat_activity shows: "voronka" where it is not said
//
// Connections are kept, and statements prepared on them: a pooler between has to pool sessions, not transactions.
//
// # Privileges
//
// The user makes the schema where there is none, for which it needs CREATE on the database, or owns one that is empty. Tables and views
// are its own. Reporting tools need USAGE on the schema and SELECT on the views, and on nothing else:
//
//	GRANT USAGE ON SCHEMA voronka TO reports;
//	GRANT SELECT ON voronka.cards, voronka.stands, voronka.history, voronka.stage_log,
//		voronka.contacts, voronka.users, voronka.definitions TO reports;
//
// # What stands there
//
// schema.sql says what the tables are, views.sql what reporting tools read: cards, stands (the stages they stand in now), history,
// stage_log (each stay in a stage), contacts, users and definitions. Columns of views are only added, at the end. Who has the store open
// stands in the table replicas.
//
// # How it holds
//
// A deed is a SERIALIZABLE transaction of two round trips: one reads, one writes and commits. One that is refused because of others goes
// on in turns with those like it: see update.go and turn.go. A commit whose answer is lost is asked for by its row in the table deeds. A
// replica that dies leaves nothing locked for longer than the server takes to notice that its connections are gone; what it did last, and
// may not have said, the others look up half a minute later.
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
	config  *pgx.ConnConfig // of the connection to listen on
	channel string          // of the messages between replicas: the schema's name
	replica uint64          // drawn, and no other's

	queue     chan *job
	hot       atomic.Pointer[map[storage.Ref]int]
	runs      atomic.Uint64 // of functions of Updates
	order     order
	outbox    outbox
	graves    graves
	dead      map[int64]bool // replicas that fell silent
	unsaid    bool           // to other replicas, though this one ends
	told      chan struct{}  // closed when the listeners know all
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
		options: o, config: c.Copy(), replica: rand.Uint64() >> 1,
		queue: make(chan *job, together), told: make(chan struct{}),
		dead:   map[int64]bool{},
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
		err = s.attend(ctx, ear)
	}
	if err == nil {
		s.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	}
	for p := s.patience(); err == nil; {
		if err = s.beat(); !because(err, lost) || !p.pause(ctx) {
			break
		}
		err = nil
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
	s.running.Add(5)
	go s.turns()
	go s.tidy(inside)
	go s.tell(inside)
	go s.say()
	go s.listen(inside, ear)
	return s, nil
}

// reach connects, with patience for a server that starts at the same time.
func (s *Store) reach(ctx context.Context) (*pgx.Conn, error) {
	for p := s.patience(); ; {
		c, err := pgx.ConnectConfig(ctx, s.config)
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
	t := &tx{ctx: ctx, ground: g}
	defer func() {
		t.over = true
		go g.release() // nobody need wait for the end of what only looked
	}()
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
	s.goodbye()
	s.pool.Close()
	return nil
}
