package postgres

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/voronka/voronka/storage"
)

// A replica says every few seconds that it is alive. The others see who fell silent without a goodbye, of whom they may not have heard
// all that he did; and after some time bury him.

const (
	beats    = 5                       // seconds between two signs of life
	deathly  = "interval '30 seconds'" // of silence: a replica counts as dead
	forgiven = "interval '10 minutes'" // of silence: it asks for nothing any more
)

// tidy shows that this replica is alive, and clears up behind it, until ctx ends.
func (s *Store) tidy(ctx context.Context) {
	defer s.running.Done()
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for n := 1; ; n++ {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		_ = s.clear()
		if n%beats == 0 && s.beat() == nil {
			s.funerals(ctx)
		}
	}
}

// beat says that this replica is alive, forgets its deeds that nobody asks for any more, and finds out who is dead.
func (s *Store) beat() error {
	ctx, cancel := s.shortly()
	defer cancel()
	b := &pgx.Batch{}
	b.Queue("INSERT INTO replicas (replica, name) VALUES ($1, $2) ON CONFLICT (replica) DO UPDATE SET at = now()", int64(s.replica), process())
	b.Queue("DELETE FROM deeds WHERE replica = $1 AND number < $2", int64(s.replica), int64(s.order.below()))
	var dead []int64
	b.Queue("SELECT replica FROM replicas WHERE at < now() - " + deathly).Query(func(rows pgx.Rows) (err error) {
		dead, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return translate(err)
	}
	for _, replica := range dead {
		if !s.dead[replica] {
			s.dead[replica] = true
			s.order.hear([]storage.Note{{}})
		}
	}
	return nil
}

// funerals begins to clear up behind replicas that are long dead. Whoever forgets one buries it.
func (s *Store) funerals(ctx context.Context) {
	rows, _ := s.pool.Query(ctx, "DELETE FROM replicas WHERE at < now() - "+forgiven+" RETURNING replica")
	dead, _ := pgx.CollectRows(rows, pgx.RowTo[int64])
	if len(dead) > 0 {
		s.running.Go(func() { s.bury(ctx, dead) })
	}
}

func (s *Store) bury(ctx context.Context, dead []int64) {
	c, err := pgx.ConnectConfig(ctx, s.config) // which, unlike those of the pool, may read a whole table
	if err != nil {
		return
	}
	defer func() { _ = c.Close(ctx) }()
	_, _ = c.Exec(ctx, "DELETE FROM deeds WHERE replica = ANY ($1)", dead)
	_, _ = c.Exec(ctx, "DELETE FROM entries WHERE gone")
}

// process names this process to people.
func process() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s:%d", host, os.Getpid())
}

// goodbye clears up, and says that this replica is no more, and that all it did was said.
func (s *Store) goodbye() {
	if s.clear() == nil && s.exec("DELETE FROM deeds WHERE replica = $1", int64(s.replica)) == nil && !s.unsaid {
		_ = s.exec("DELETE FROM replicas WHERE replica = $1", int64(s.replica))
	}
}

// Others names the other processes that have the store open, as host:process; those that died within the last half a minute too.
func (s *Store) Others(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, "SELECT name FROM replicas WHERE replica <> $1 AND at >= now() - "+deathly+" ORDER BY name", int64(s.replica))
	if err != nil {
		return nil, translate(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return names, translate(err)
}

// graves are the places of entries that are gone, and not removed yet.
type graves struct {
	mu     sync.Mutex
	places []string
}

func (g *graves) add(places []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.places = append(g.places, places...)
}

func (g *graves) take() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	some := g.places[:min(len(g.places), 500)]
	g.places = g.places[len(some):]
	return some
}

// clear removes what is gone, in the order in which deeds go through the table.
func (s *Store) clear() error {
	for {
		some := s.graves.take()
		if len(some) == 0 {
			return nil
		}
		slices.Sort(some)
		var calls []call
		for _, place := range some {
			name, key, _ := strings.Cut(place, "\x00")
			calls = append(calls, call{statement: leave, args: [][]byte{[]byte(name), []byte(key)}})
		}
		if err := s.aside(calls); err != nil {
			s.graves.add(some)
			return err
		}
	}
}

// aside makes a round trip that is not part of a deed, and of which no deed sees anything.
func (s *Store) aside(calls []call) error {
	ctx, cancel := s.shortly()
	defer cancel()
	c, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	return send(ctx, c.Conn().PgConn(), calls)
}
