package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/voronka/voronka/storage"
)

// Deeds that were refused because of others take turns: one goroutine of the store takes all that wait, reads what they read the last
// time in one round trip, lets each run over what those before it wrote, and commits what all of them wrote in one round trip. A deed
// whose function fails leaves nothing behind, and is told so once those before it, of which it may have seen something, are committed.
//
// Records that several of a group wrote are hot: a deed that is about to write one goes there at once, rather than to be refused, or,
// worse, to have all the others refused. Groups in which one deed only wrote a hot record cool it.

// job is what a deed in a turn and the goroutine tell each other.
type job struct {
	deed *deed
	turn chan *turn // the deed's, to run and to give back
	back chan bool  // the turn was used; false: the deed wants no other
	done chan error // the outcome

	wrote []storage.Ref // in its last turn: records that were there
}

// turn is what a deed runs over, and then what is there with it.
type turn struct {
	ground *ground
	overlay
	notes []storage.Note
	err   error // the function's
}

var errHot = fmt.Errorf("%w: a record that is hot", storage.ErrBusy)

// inTurn waits for the deed's turn, and for the outcome.
func (d *deed) inTurn() error {
	j := &job{deed: d, turn: make(chan *turn), back: make(chan bool), done: make(chan error, 1)}
	select {
	case d.store.queue <- j:
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
	for {
		select {
		case t := <-j.turn:
			if err := j.take(t); err != nil {
				return err
			}
		case err := <-j.done:
			return err
		}
	}
}

// take runs the function over t. What it panics with goes to who called Update.
func (j *job) take(t *turn) error {
	if err := j.deed.ctx.Err(); err != nil {
		j.back <- false
		return err
	}
	stays := false
	defer func() { j.back <- stays }()
	x, err := j.deed.run(t.ground, &t.overlay)
	j.wrote = x.wrote
	if t.err = err; err == nil && t.ground.failed == nil {
		t.overlay, t.notes = x.overlay, append(t.notes, x.notes...)
	}
	stays = true
	return nil
}

// together is how many deeds share a transaction at most.
const together = 256

// turns serves the deeds that wait, until the queue is closed.
func (s *Store) turns() {
	defer s.running.Done()
	for j := range s.queue {
		group := []*job{j}
		for len(group) < together && len(s.queue) > 0 {
			group = append(group, <-s.queue)
		}
		s.serve(group)
	}
}

// serve gives each of the group an outcome, or lets it go.
func (s *Store) serve(group []*job) {
	ctx, p := context.Background(), s.patience()
	for {
		outcome, left, err := s.round(group)
		group = left
		switch {
		case err == nil:
			s.heat(group)
			for n, j := range group {
				j.done <- outcome[n]
			}
			return
		case because(err, conflict), because(err, lost):
			if p.pause(ctx) {
				continue
			}
			err = giveUp(ctx, err)
			fallthrough
		case len(group) == 1, errors.Is(err, storage.ErrUnknown), errors.Is(err, storage.ErrAway), errors.Is(err, storage.ErrBusy):
			for _, j := range group {
				j.done <- err
			}
			return
		default: // one of them is the reason
			for _, j := range group {
				j.deed.careful = j.deed.careful || because(err, taken)
				s.serve([]*job{j})
			}
			return
		}
	}
}

// round runs each deed of the group and commits. It gives what the function of each answered, of those who are left.
func (s *Store) round(group []*job) (outcome []error, left []*job, err error) {
	g := s.ground(context.Background(), begin)
	defer g.release()
	var reads []storage.Ref
	for _, j := range group {
		reads = append(reads, j.deed.reads...)
	}
	err = g.fetch(reads)
	t := &turn{ground: g}
	for n, j := range group {
		if err != nil {
			return nil, append(left, group[n:]...), err
		}
		t.err = nil
		j.turn <- t
		if <-j.back {
			left, outcome = append(left, j), append(outcome, t.err)
		}
		err = g.failed
	}
	if err != nil {
		return nil, left, err
	}
	return outcome, left, g.commit(&t.overlay, t.notes)
}

// warm is for how many groups in which one deed only wrote it a record stays hot.
const warm = 16

// heat notes what is hot after a group.
func (s *Store) heat(group []*job) {
	writers := map[storage.Ref]int{}
	for _, j := range group {
		for _, ref := range j.wrote {
			writers[ref]++
		}
	}
	hot := map[storage.Ref]int{}
	for ref, heat := range *s.hot.Load() {
		if writers[ref] == 1 {
			heat--
		}
		if heat > 0 && len(hot) < together {
			hot[ref] = heat
		}
	}
	for ref, n := range writers {
		if n > 1 {
			hot[ref] = warm
		}
	}
	s.hot.Store(&hot)
}
