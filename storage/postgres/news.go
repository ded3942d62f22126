package postgres

import (
	"context"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/voronka/voronka/storage"
)

// order numbers the commits as they are sent, so that each comes behind those whose writes it may have read, and lets go of the notes
// of each when all before it are known to be done.
type order struct {
	mu         sync.Mutex
	last, head uint64                    // head is the first that is not left
	left       map[uint64][]storage.Note // behind head
	out        []news
	wake       chan struct{}
}

// news is a note on its way to those who listen.
type news struct {
	storage.Note
	foreign bool // from another replica
}

func (o *order) enter() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	return o.last
}

// leave ends a commit; notes are none where it did not happen.
func (o *order) leave(n uint64, notes []storage.Note) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.left[n] = notes
	for {
		notes, done := o.left[o.head]
		if !done {
			return
		}
		delete(o.left, o.head)
		o.head++
		o.add(notes, false)
	}
}

func (o *order) add(notes []storage.Note, foreign bool) {
	for _, n := range notes {
		o.out = append(o.out, news{n, foreign})
	}
	if len(o.out) > 0 {
		select {
		case o.wake <- struct{}{}:
		default:
		}
	}
}

// hear adds what another replica says.
func (o *order) hear(notes []storage.Note) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.add(notes, true)
}

func (o *order) take() []news {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := o.out
	o.out = nil
	return out
}

// below is the first number whose commit may still be asked for.
func (o *order) below() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.head
}

// tell calls the listeners, and gives what is this replica's own to be said to the others, until ctx ends and all is told.
func (s *Store) tell(ctx context.Context) {
	defer s.running.Done()
	defer close(s.told)
	for ended := false; ; {
		for _, n := range s.order.take() {
			s.listeners.Tell([]storage.Note{n.Note})
			if !n.foreign {
				s.outbox.add(n.Note)
			}
		}
		if ended {
			return
		}
		select {
		case <-s.order.wake:
		case <-ctx.Done():
			ended = true
		}
	}
}

// outbox is what is to be said to other replicas, each thing once.
type outbox struct {
	mu    sync.Mutex
	notes []storage.Note
	in    map[storage.Note]bool
	wake  chan struct{}
}

const (
	pace  = 5 * time.Millisecond // between two messages
	large = 7000                 // bytes of one; the server takes 8000
	crowd = 10_000               // notes that wait; of more it is only said that there were some
)

func (o *outbox) add(n storage.Note) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.notes) >= crowd || said(n) > large {
		n = storage.Note{}
	}
	if o.in[n] {
		return
	}
	o.notes, o.in[n] = append(o.notes, n), true
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// said is how many bytes a note takes at most with what JSON makes of it.
func said(n storage.Note) int { return 2*(len(n.Topic)+len(n.Payload)) + 30 }

// take takes as much as one message has room for.
func (o *outbox) take() (message []storage.Note) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for size := 0; len(o.notes) > 0; {
		n := o.notes[0]
		if size += said(n); size > large && len(message) > 0 {
			break
		}
		message, o.notes = append(message, n), o.notes[1:]
		delete(o.in, n)
	}
	return message
}

// say says to the other replicas what is new, outside of every deed, until all is told.
func (s *Store) say() {
	defer s.running.Done()
	for {
		select {
		case <-s.outbox.wake:
		case <-s.told:
			s.unsaid = s.pass() != nil
			return
		}
		if s.pass() != nil {
			s.outbox.add(storage.Note{}) // they will hear that they missed something
			time.Sleep(100 * pace)
		}
	}
}

// pass says all that waits to be said.
func (s *Store) pass() error {
	for {
		notes := s.outbox.take()
		if len(notes) == 0 {
			return nil
		}
		message, err := storage.Marshal(notes)
		if err == nil {
			err = s.exec("SELECT pg_notify($1, $2)", s.channel, s.name()+" "+string(message))
		}
		if err != nil {
			return err
		}
		time.Sleep(pace)
	}
}

// exec does what is not part of a deed, and not worth waiting for long.
func (s *Store) exec(sql string, args ...any) error {
	ctx, cancel := s.shortly()
	defer cancel()
	_, err := s.pool.Exec(ctx, sql, args...)
	return err
}

func (s *Store) shortly() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), min(s.options.Timeout, 5*time.Second))
}

func (s *Store) name() string { return strconv.FormatUint(s.replica, 36) }

// attend asks the server for what other replicas say. Of a server that can't pass it on replicas do not hear of each other, and look
// by themselves from time to time.
func (s *Store) attend(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, "LISTEN "+pgx.Identifier{s.channel}.Sanitize())
	if code(err) == "0A000" || code(err) == "42601" {
		return nil
	}
	return err
}

// listen hears what other replicas say, over a connection that is made again whenever it breaks.
func (s *Store) listen(ctx context.Context, c *pgx.Conn) {
	defer s.running.Done()
	for {
		for c != nil {
			n, err := c.WaitForNotification(ctx)
			if err != nil {
				closing, cancel := context.WithTimeout(context.Background(), time.Second)
				_ = c.Close(closing)
				cancel()
				break
			}
			from, message, _ := strings.Cut(n.Payload, " ")
			var notes []storage.Note
			if from != s.name() && storage.Unmarshal([]byte(message), &notes) == nil {
				s.order.hear(notes)
			}
		}
		p := &patience{wait: math.MaxInt64, next: 10 * time.Millisecond, most: 5 * time.Second}
		for c = nil; c == nil; {
			if !p.pause(ctx) {
				return
			}
			var err error
			if c, err = pgx.ConnectConfig(ctx, s.config); err == nil {
				err = s.attend(ctx, c)
			}
			if err != nil && c != nil {
				_ = c.Close(ctx)
				c = nil
			}
		}
		s.order.hear([]storage.Note{{}}) // something may have been said meanwhile
	}
}
