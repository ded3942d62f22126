// Package engine executes BPMN 2.0 processes. It speaks BPMN — definition, process instance, token, activity, job, incident,
// correlation, boundary event — and knows nothing of what the processes are about.
//
// One instance is one record of the store. Update is the only way to change anything; the deeds of Tx compose inside it, and what
// they did commits together or not at all. The world outside is touched by workers only, after a commit.
package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// Options are the engine's settings. The zero value works.
type Options struct {
	Now    func() time.Time // the clock; time.Now where nil
	NewID  func() string    // ids of instances, in order of time; UUIDv7 where nil
	Log    zerolog.Logger
	Watch  Watch         // told what is done; may be nil
	Domain Domain        // what is built on the engine; may be nil
	Keep   time.Duration // how long finished instances are kept whose process does not say; 0: for good
	Limits Limits
}

// Limits stop what runs away. What hits one becomes an incident; its neighbours go on.
type Limits struct {
	Steps       int           // elements entered in one deed: 10,000
	Tokens      int           // tokens of one instance at a time: 5,000
	Turns       int           // turns of a multi-instance activity in its instance's own record: 100; with more each is an instance, -1: always
	Cardinality int           // of these: 100,000
	Depth       int           // nesting of calls: 50
	Variable    int           // bytes of one variable: 1 MiB
	Record      int           // bytes of one instance's record: 8 MiB
	Lease       time.Duration // how long a worker may hold a job: 5 minutes
}

func (l Limits) filled() Limits {
	fill := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	fill(&l.Steps, 10_000)
	fill(&l.Tokens, 5_000)
	fill(&l.Turns, 100)
	fill(&l.Cardinality, 100_000)
	fill(&l.Depth, 50)
	fill(&l.Variable, 1<<20)
	fill(&l.Record, 8<<20)
	if l.Lease == 0 {
		l.Lease = 5 * time.Minute
	}
	return l
}

// Domain is what a domain built on the engine adds to it: names for its expressions, a say before a person's or a worker's work is
// accepted, and a look at what happened, in the same transaction. Its methods may be called more than once for one deed.
type Domain interface {
	// Names are what the expressions of the process may read; nil: anything, of any type.
	Names(p *bpmn.Process) *expression.Names
	// Beside tells whether a task's work runs beside its token, which goes on at once.
	Beside(n *bpmn.Node) bool
	// Lookup gives the value of a name that is no variable, and whether it is one of the domain's.
	Lookup(tx *Tx, i *Instance, t *Token, name string) (any, bool)
	// Context is handed to the functions of expressions, and the zone to dates.
	Context(tx *Tx, i *Instance, t *Token) (any, *time.Location)
	// Completing is asked before a user task is completed, whoever does it, with vars already set. An error refuses the deed.
	Completing(tx *Tx, i *Instance, t *Token) error
	// Throwing is offered a message that the process throws, before it is correlated; true: it was taken.
	Throwing(tx *Tx, i *Instance, t *Token, event *bpmn.Event) (bool, error)
	// Ending is told that an instance is about to end, before the one that called it hears of it: it may set the outcome. happened is
	// what it has not been told yet by Settled.
	Ending(tx *Tx, i *Instance, happened []Line) error
	// Settled is told what happened to an instance when nothing moves any more. It may do further deeds; it is called again after them.
	Settled(tx *Tx, i *Instance, happened []Line) error
	// Forgetting is told that an instance that is over is deleted with its history, for its time to live is past.
	Forgetting(tx *Tx, i *Instance) error
}

// Engine executes processes kept in a store. Its methods may be called from any goroutine.
type Engine struct {
	store storage.Store
	opts  Options
	progs programs
	crew  crew
}

// Open makes an engine over a store, which stays the caller's to close.
func Open(store storage.Store, o Options) *Engine {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if o.Watch == nil {
		o.Watch = unwatched{}
	}
	o.Limits = o.Limits.filled()
	return &Engine{store: store, opts: o}
}

// Store is the store that the engine was opened over.
func (e *Engine) Store() storage.Store { return e.store }

// Now is the engine's time.
func (e *Engine) Now() time.Time { return e.opts.Now().UTC() }

// Update runs fn in one transaction: what its deeds did is on disk when Update returns nil, and nothing of it otherwise. fn may be
// called more than once, so it must assign its results and never append to them; Now and NewID repeat themselves then.
func (e *Engine) Update(ctx context.Context, fn func(tx *Tx) error) error {
	began := e.Now()
	u := update{engine: e, fn: fn, now: began.Truncate(time.Microsecond), seed: e.opts.NewID(), request: Request(ctx)}
	defer u.takeBack() // what was not handed over, also when fn panics
	err := e.store.Update(ctx, u.run)
	u.tell(err, e.Now().Sub(began))
	return err
}

// update is one Update.
type update struct {
	engine        *Engine
	fn            func(tx *Tx) error
	now           time.Time
	seed, request string

	runs int
	tx   *Tx   // of the last run
	err  error // of the last run
}

func (u *update) run(s storage.Tx) error {
	u.runs++
	u.takeBack()
	u.tx = &Tx{Tx: s, engine: u.engine, now: u.now, seed: u.seed, request: u.request}
	if u.err = u.fn(u.tx); u.err == nil {
		u.err = u.tx.Settle()
	}
	u.err = u.tx.outcome(u.err)
	return u.err
}

// tell tells how it ended, and what happened in it if it is committed.
func (u *update) tell(err error, took time.Duration) {
	u.engine.opts.Watch.Deed(Deed{Took: took, Runs: u.runs, Err: err, Refused: err != nil && u.err != nil})
	if err == nil && u.tx != nil {
		u.tx.over()
	}
}

func (u *update) takeBack() {
	if u.tx != nil {
		u.tx.takeBack()
	}
}

// View runs fn over one consistent state. The Tx it is given refuses to write.
func (e *Engine) View(ctx context.Context, fn func(tx *Tx) error) error {
	now := e.Now()
	return e.store.View(ctx, func(r storage.Reader) error {
		tx := &Tx{Tx: readOnly{r}, engine: e, now: now}
		defer tx.over()
		return tx.outcome(fn(tx))
	})
}

type readOnly struct{ storage.Reader }

func (readOnly) Put(...*storage.Record) error { return errReadOnly }
func (readOnly) Delete(...storage.Ref) error  { return errReadOnly }
func (readOnly) Notify(string, string)        {}

// Kinds and Indexes are storage.Lister's: whoever looks at everything does so in a View.
func (r readOnly) Kinds() ([]string, error) { return r.list(storage.Lister.Kinds) }

func (r readOnly) Indexes() ([]string, error) { return r.list(storage.Lister.Indexes) }

func (r readOnly) list(of func(storage.Lister) ([]string, error)) ([]string, error) {
	if l, ok := r.Reader.(storage.Lister); ok {
		return of(l)
	}
	return nil, errors.ErrUnsupported
}

var errReadOnly = fmt.Errorf("write in a view")
