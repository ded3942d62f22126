package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/voronka/voronka/storage"
)

// code is the SQLSTATE of an error of the server's; empty for others.
func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// again is an error after which a deed that changed nothing runs once more.
type again struct {
	why reason
	err error
}

type reason int

const (
	conflict reason = iota // with what somebody else did at the same time
	taken                  // there was a record where a Put took it that there was none
	lost                   // the connection
)

func (a *again) Error() string { return a.err.Error() }
func (a *again) Unwrap() error { return a.err }

// because tells whether err is an again, and why.
func because(err error, why reason) bool {
	var a *again
	return errors.As(err, &a) && a.why == why
}

// translate says in the words of the store what an answer of the server's, or the want of one, means.
func translate(err error) error {
	switch c := code(err); {
	case err == nil:
		return nil
	case strings.HasPrefix(c, "28") || c == "3D000": // the server does not let us in
		return err
	case silent(err):
		return &again{lost, fmt.Errorf("%w: %w", storage.ErrAway, err)}
	case c == "40001" || c == "40P01":
		return &again{conflict, fmt.Errorf("%w: %w", storage.ErrBusy, err)}
	case c == "23505":
		return &again{taken, err}
	case c == "53100":
		return fmt.Errorf("%w: %w", storage.ErrFull, err)
	case c == "22P02" || c == "22P05" || strings.HasPrefix(c, "2203") || c == "22021":
		return fmt.Errorf("%w: the data are not JSON: %w", storage.ErrInvalid, err)
	}
	return err
}

// silent tells whether err is not the server's answer to a statement but what happened in its place. What was sent may be done or not.
func silent(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return true
	}
	return pg.SeverityUnlocalized == "FATAL" || pg.SeverityUnlocalized == "PANIC" ||
		strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57") || pg.Code == "40003" || pg.Code == "53300"
}

// patience is how long to go on trying after the first failure, with pauses that grow.
type patience struct {
	wait, next, most time.Duration
	over             <-chan time.Time
}

func (s *Store) patience() *patience {
	return &patience{wait: s.options.Wait, next: time.Millisecond, most: 250 * time.Millisecond}
}

// pause waits for a while; false says that there is no sense in waiting longer.
func (p *patience) pause(ctx context.Context) bool {
	if p.over == nil {
		p.over = time.After(p.wait)
	}
	d := p.next/2 + rand.N(p.next)
	p.next = min(2*p.next, p.most)
	select {
	case <-time.After(d):
		return true
	case <-p.over:
		return false
	case <-ctx.Done():
		return false
	}
}

// giveUp is what is left to say of err when nothing is tried again, maybe because ctx is done.
func giveUp(ctx context.Context, err error) error {
	var a *again
	if errors.As(err, &a) {
		err = a.err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}
