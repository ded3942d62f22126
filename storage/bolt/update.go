package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
)

// How an Update goes: its function runs on a snapshot, at the same time as others, and gives work: what it read, and what it
// wants to write, as data. The writer, one goroutine, takes all the work that waits, checks and accepts each, and commits it together.
// Where what a deed read is no longer so, it gets a turn: the function runs again on the store as the writer has it, with nobody beside
// it. A function that scans waits for a turn and goes on in it, for a range is not checked afterwards; so does one that comes to read
// what is hot.

// work is what a deed read and what it does.
type work struct {
	checks           []check
	records, entries []write
	notes            []storage.Note
	over             *state // of a turn: what it was given, and what it wants to write on top
}

func (w *work) empty() bool { return len(w.records)+len(w.entries)+len(w.notes) == 0 }

type check struct {
	place string
	stamp uint64
}

// write is what is to be at a place; nil: nothing.
type write struct {
	place string
	value []byte
}

func (w write) to(b *bbolt.Bucket) error {
	if w.value == nil {
		return b.Delete([]byte(w.place))
	}
	return b.Put([]byte(w.place), w.value)
}

// job is what a deed and the writer tell each other.
type job struct {
	work  *work // nil: it wants a turn
	taken atomic.Bool
	reply chan answer
	back  chan *work // of a turn: what was done in it; nil where nothing is to be
}

// answer is the deed's turn, or else the outcome.
type answer struct {
	turn *turn
	err  error
}

// errAgain ends the first run of a function when what it read is no longer so.
var errAgain = errors.New("the function must run again")

var errReadOnly = errors.New("the store was opened to be read only")

// deed is one Update.
type deed struct {
	store  *Store
	ctx    context.Context
	fn     func(storage.Tx) error
	job    *job
	turn   *turn // the writer waits for what comes back
	raised storage.Raised
}

// Update is storage.Store.Update. A lone one commits at once, many at the same time share a commit.
func (s *Store) Update(ctx context.Context, fn func(storage.Tx) error) (err error) {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.options.ReadOnly {
		return errReadOnly
	}
	s.running.Add(1)
	defer s.running.Add(-1)
	d := &deed{store: s, ctx: ctx, fn: fn}
	committed := false
	defer func() { // also when fn panics, which goes on to the caller
		if d.turn != nil {
			d.job.back <- nil
		}
		if !committed {
			d.raised.Restore()
		}
	}()

	work, err := d.run()
	if work != nil && d.turn == nil {
		var a answer
		if a, err = d.ask(work); a.turn == nil {
			committed = err == nil
			return err
		}
		d.turn = a.turn
		work, err = d.run()
	}
	if work == nil {
		err = d.nothing(err)
		committed = err == nil
		return err
	}
	d.job.back <- work
	d.turn = nil
	err = (<-d.job.reply).err
	committed = err == nil
	return err
}

// nothing ends a deed that writes nothing, with what its function said. In a turn that may come of what others before it in the group have
// written and not committed yet: then it is not to be known before they have, and is nothing where they fail.
func (d *deed) nothing(said error) error {
	if d.turn == nil {
		return said
	}
	d.job.back <- &work{}
	d.turn = nil
	if a := <-d.job.reply; a.err != nil {
		return a.err
	}
	return said
}

// run calls the function, in the deed's turn or on a snapshot, and returns what it did, nil where that is nothing.
func (d *deed) run() (*work, error) {
	d.raised.Restore()
	t := &tx{ctx: d.ctx, layout: d.store.layout, deed: d}
	t.over = &t.own
	if d.turn != nil {
		t.lend(d.turn)
	} else {
		base, err := d.store.db.Begin(false)
		if err != nil {
			return nil, err
		}
		t.rest(base)
		t.read = map[string][]byte{}
	}
	defer t.end()
	err := d.call(t)
	switch {
	case t.failed == errAgain:
		return d.run()
	case err != nil:
		return nil, err
	case t.failed != nil: // whatever fn made of it
		return nil, t.failed
	case d.ctx.Err() != nil:
		return nil, d.ctx.Err()
	case t.own.records.Len() == 0 && len(t.notes) == 0:
		return nil, nil
	}
	return t.work(), nil
}

func (d *deed) call(t *tx) error {
	defer func() {
		if t.failed == errAgain {
			_ = recover() // what fn makes of errAgain is of no interest
		}
	}()
	return d.fn(t)
}

// promote moves t from its snapshot to the deed's turn, if what it read is still so.
func (d *deed) promote(t *tx) error {
	checks := t.checks()
	t.leave()
	a, err := d.ask(nil)
	if a.turn == nil {
		t.failed = err
		return err
	}
	d.turn = a.turn
	if d.store.stale(a.turn, checks) {
		t.failed = errAgain
	}
	t.lend(a.turn)
	return t.failed
}

// ask hands w to the writer, or asks it for a turn, and waits for the answer. Until the writer takes it up it can be cancelled.
func (d *deed) ask(w *work) (answer, error) {
	j := &job{work: w, reply: make(chan answer, 1)}
	d.job = j
	select {
	case d.store.queue <- j:
	case <-d.ctx.Done():
		return answer{}, d.ctx.Err()
	}
	select {
	case a := <-j.reply:
		return a, a.err
	case <-d.ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return answer{}, d.ctx.Err()
		}
		a := <-j.reply
		return a, a.err
	}
}

// checks is what t read on its snapshot.
func (t *tx) checks() []check {
	checks := make([]check, 0, len(t.read))
	for place, raw := range t.read {
		checks = append(checks, check{place, stamp(raw)})
	}
	return checks
}

// work is what t read and wrote, in bytes of its own.
func (t *tx) work() *work {
	w := &work{
		checks:  t.checks(),
		records: make([]write, 0, t.own.records.Len()),
		entries: make([]write, 0, t.own.entries.Len()),
		notes:   t.notes,
	}
	if t.lent {
		w.over = t.over
	}
	for place, raw := range t.own.records.Range("", "", false) {
		w.records = append(w.records, write{place, raw})
	}
	for place, value := range t.own.entries.Range("", "", false) {
		w.entries = append(w.entries, write{place, value})
	}
	return w
}

// stale tells whether something that a deed read is no longer so.
func (s *Store) stale(now *turn, checks []check) bool {
	for _, c := range checks {
		if stamp(now.stored(c.place)) != c.stamp {
			s.hot.found(c.place, true)
			return true
		}
	}
	return false
}

// failed says in the words of the store why nothing was written.
func failed(err error) error {
	if err = full(err); err == nil || errors.Is(err, storage.ErrFull) {
		return err
	}
	return fmt.Errorf("%w: %w", storage.ErrFailed, err)
}

// mostFree is how many free pages are written down with each commit at most: many take long. Where they are not, the next Open has to
// walk over the whole file to find them, as does a commit that fails.
const mostFree = 4096

// end commits.
func (s *Store) end(base *bbolt.Tx) error {
	if s.options.commit != nil {
		if err := s.options.commit(); err != nil {
			base.Rollback()
			return failed(err)
		}
	}
	free := s.db.Stats()
	s.db.NoFreelistSync = free.FreePageN+free.PendingPageN > mostFree
	id := base.ID()
	err := base.Commit()
	if err == nil && s.options.committed != nil {
		err = s.options.committed()
	}
	if err == nil {
		s.commits.Add(1)
		return nil
	}
	err = failed(fmt.Errorf("commit: %w", err))
	now, e := s.db.Begin(false)
	if e == nil {
		defer now.Rollback()
	}
	if e != nil || now.ID() == id {
		// It is there to be read, but did not reach the disk for certain. Only opening the file again tells.
		broken := fmt.Errorf("%w: the store must be opened again: %w", storage.ErrFailed, err)
		s.broken.Store(&broken)
		err = fmt.Errorf("%w: %w", storage.ErrUnknown, broken)
	}
	return err
}
