package bolt

import (
	"errors"
	"runtime"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/sorted"
)

// state is what stands over a transaction of bbolt: under the places of records and entries what is to be there, nil where nothing is.
type state struct{ records, entries sorted.Map[[]byte] }

func (s *state) copy() *state { return &state{s.records.Copy(), s.entries.Copy()} }

func (s *state) add(w *work) {
	for _, r := range w.records {
		s.records.Put(r.place, r.value)
	}
	for _, e := range w.entries {
		s.entries.Put(e.place, e.value)
	}
}

// turn is the store as it will be once all that was accepted is committed. A deed that has its turn works on it, with nobody beside it.
type turn struct {
	base    *bbolt.Tx // what was committed
	records *bbolt.Bucket
	over    *state // what is to be, and may be committed already
}

// stored is what is at the place of a record.
func (t *turn) stored(place string) []byte {
	if raw, ok := t.over.records.Get(place); ok {
		return raw
	}
	return t.records.Get([]byte(place))
}

// group is the deeds of a commit.
type group struct {
	jobs  []*job
	stamp uint64
	wrote bool
}

// writer is the one goroutine that says in which order deeds happen. It accepts deeds, each on top of those before it, while those of the
// last group are being committed: so the processor is not idle while the disk works. If that commit fails, all that stood on it fails
// too, and nothing of it was ever known.
type writer struct {
	store *Store
	turn  turn       // its base is nil while nobody needs it
	next  *group     // those that were accepted since
	under *group     // those that are being committed; nil: none
	ended chan error // how it went with them
}

// most is how many deeds share a commit at most.
const most = 1024

func (s *Store) write() {
	defer close(s.written)
	w := &writer{store: s, turn: turn{over: &state{}}, next: &group{stamp: s.stamp + 1}, ended: make(chan error, 1)}
	defer w.rest()
	for open := true; open || w.under != nil || len(w.next.jobs) > 0; {
		if w.under == nil && len(w.next.jobs) > 0 {
			w.gather()
			w.commit()
			continue
		}
		queue := s.queue
		if !open || len(w.next.jobs) >= most {
			queue = nil
		}
		if len(queue) == 0 {
			w.rest() // who waits with a transaction of bbolt in hand keeps the file from growing
		}
		select {
		case j, more := <-queue:
			if open = more; more {
				w.accept(j)
			}
		case err := <-w.ended:
			w.finish(err)
		}
	}
}

// gather accepts those too who are about to come, up to half of all: the other half comes while these are committed. A clock is not
// waited for.
func (w *writer) gather() {
	for was := 0; was < len(w.next.jobs) && w.few(); {
		was = len(w.next.jobs)
		runtime.Gosched()
		for w.few() && len(w.store.queue) > 0 {
			w.accept(<-w.store.queue)
		}
	}
}

func (w *writer) few() bool { return len(w.next.jobs) < min(most, int(w.store.running.Load()+1)/2) }

// accept does one deed: checks whether what it read is still so, and gives it a turn where it is not, or where it wants one.
func (w *writer) accept(j *job) {
	if !j.taken.CompareAndSwap(false, true) {
		return // cancelled
	}
	if err := w.hold(); err != nil {
		j.reply <- answer{err: err}
		return
	}
	if j.work == nil || w.store.stale(&w.turn, j.work.checks) {
		j.back = make(chan *work, 1)
		j.reply <- answer{turn: &w.turn}
		switch j.work = <-j.back; {
		case j.work == nil: // it panicked
			return
		case j.work.empty() && w.under == nil && !w.next.wrote:
			j.reply <- answer{} // what it saw is committed
			return
		}
	}
	for _, r := range j.work.records {
		if r.value != nil {
			setStamp(r.value, w.next.stamp)
		}
	}
	if j.work.over != nil {
		w.turn.over = j.work.over
	} else {
		w.turn.over.add(j.work)
	}
	w.next.jobs = append(w.next.jobs, j)
	w.next.wrote = w.next.wrote || len(j.work.records)+len(j.work.entries) > 0
}

// hold takes a transaction of bbolt in hand, if there is none.
func (w *writer) hold() error {
	if w.turn.base != nil {
		return nil
	}
	if broken := w.store.broken.Load(); broken != nil {
		return *broken
	}
	base, err := w.store.db.Begin(false)
	if err == nil {
		w.turn.base, w.turn.records = base, base.Bucket(records)
	}
	return failed(err)
}

func (w *writer) rest() {
	if w.turn.base != nil {
		w.turn.base.Rollback()
		w.turn.base, w.turn.records = nil, nil
	}
}

// commit makes those last that were accepted, beside what goes on here; or at once where everybody waits for it.
func (w *writer) commit() {
	g := w.next
	w.next, w.under = &group{stamp: g.stamp + 1}, g
	if int64(len(g.jobs)) >= w.store.running.Load() {
		w.rest()
		w.finish(w.store.commit(g))
		return
	}
	go func() { w.ended <- w.store.commit(g) }()
}

// finish says how it went.
func (w *writer) finish(err error) {
	w.rest()
	g := w.under
	w.under = nil
	if err == nil {
		for _, j := range g.jobs {
			w.store.listeners.Tell(j.work.notes)
		}
	}
	for _, j := range g.jobs {
		j.reply <- answer{err: err}
	}
	w.turn.over = &state{}
	if err == nil {
		for _, j := range w.next.jobs {
			w.turn.over.add(j.work)
		}
		return
	}
	if broken := w.store.broken.Load(); broken != nil && errors.Is(err, storage.ErrUnknown) {
		err = *broken // that is for certain
	}
	for _, j := range w.next.jobs {
		j.reply <- answer{err: err}
	}
	w.next = &group{stamp: w.next.stamp}
}

// commit writes what the deeds of a group did.
func (s *Store) commit(g *group) error {
	if broken := s.broken.Load(); broken != nil {
		return *broken
	}
	if !g.wrote {
		return nil
	}
	base, err := s.db.Begin(true)
	if err != nil {
		return failed(err)
	}
	records, entries := base.Bucket(records), base.Bucket(entries)
	err = records.SetSequence(g.stamp)
	for _, j := range g.jobs {
		for _, r := range j.work.records {
			err = errors.Join(err, r.to(records))
		}
		for _, e := range j.work.entries {
			err = errors.Join(err, e.to(entries))
		}
	}
	if err != nil {
		base.Rollback()
		return failed(err)
	}
	return s.end(base)
}
