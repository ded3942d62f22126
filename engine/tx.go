package engine

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voronka/voronka/storage"
)

// Tx is one transaction: the store's, and the deeds of BPMN. It is valid inside the function it was given to, for one goroutine.
type Tx struct {
	storage.Tx
	engine   *Engine
	now      time.Time
	seed     string
	request  string   // on whose behalf: see WithRequest
	after    []func() // what is told once it is committed
	handed   []handed // jobs that begin once it is committed
	ids      int
	open     []*Instance          // in order of loading
	byID     map[string]*Instance // of these, where they are many
	broken   error                // what went wrong where nobody could be told: the deed ends with it
	queue    []step
	view     *view  // of expressions; nil while it is lent
	late     []step // that throw
	steps    int
	turns    int                 // instances begun that are turns of an activity
	runaways int                 // tokens that were stopped
	programs map[string]*program // compiled by this transaction
	ahead    []*storage.Record   // of instances, read but not asked for yet

	// Kept is the domain's: what it keeps in mind for the length of the deed.
	Kept any
}

// Now is the time of the deed: the same for all that it does.
func (tx *Tx) Now() time.Time { return tx.now }

// NewID gives an id that nothing else has. A deed that is run twice gets the same ones again.
func (tx *Tx) NewID() string {
	tx.ids++
	if tx.ids == 1 {
		return tx.seed
	}
	return fmt.Sprintf("%s-%04d", tx.seed, tx.ids)
}

// KindInstance and KindHistory are the kinds of the records of instances and of their pages of history, which bear the instance's id and
// a number.
const (
	KindInstance = "instance"
	KindHistory  = "history"
)

// Kinds of records and names of indexes.
const (
	kindInstance   = KindInstance
	kindHistory    = KindHistory
	kindDefinition = "definition"
	kindProcess    = "process"
	kindXML        = "xml"

	indexDue       = "due"       // time: the next timer of an instance or process
	indexJob       = "job"       // topic, time, job id: jobs that may be claimed then; a leased one has a value
	indexMessage   = "message"   // name, how it is listed (subscriber.go), time, wait id
	indexSignal    = "signal"    // name, time, wait id
	indexCondition = "condition" // wait id: conditional start events
	indexTurn      = "turn"      // parent's token, turn: turns that are not over
	indexIncident  = "incident"  // time, incident id; the value is the code
	indexKey       = "key"       // business key
	indexRunning   = "running"   // definition, instance: root instances that are not over
)

// ErrNotFound is wrapped by the errors of deeds on what does not exist.
var ErrNotFound = errors.New("not found")

// Refused is a deed that the engine can't do as things stand. Nothing was changed.
type Refused struct {
	Code    string // "task_not_open"
	Element string // the element it is about, where there is one
	Message string // a sentence for people
}

func (r *Refused) Error() string { return r.Message }

// Refusal is an error that says no to what was tried, where nothing is broken: the engine's own, or the domain's.
type Refusal interface {
	error
	Refusal()
}

// Refusal marks it as one.
func (r *Refused) Refusal() {}

func refuse(code, element, format string, args ...any) error {
	return &Refused{code, element, fmt.Sprintf(format, args...)}
}

// OuterID is the id by which the world outside names a task, job or incident: instance, colon, number.
func OuterID(instance string, id int) string { return instance + ":" + strconv.Itoa(id) }

// InnerID splits what OuterID made.
func InnerID(outer string) (instance string, id int, ok bool) {
	at := strings.LastIndexByte(outer, ':')
	if at < 0 {
		return "", 0, false
	}
	id, err := strconv.Atoi(outer[at+1:])
	return outer[:at], id, err == nil
}

// Expect tells that an instance will likely be asked for, and other records, so that a store far away is asked once.
func (tx *Tx) Expect(instance string, others ...storage.Ref) {
	if e, far := tx.Tx.(storage.Expecter); far {
		e.Expect(append(others, storage.Ref{Kind: kindInstance, ID: instance})...)
	}
}

// Instance gives the instance with that id, as this transaction has left it so far. It is read only to callers.
func (tx *Tx) Instance(id string) (*Instance, error) {
	if i := tx.opened(id); i != nil {
		return i, nil
	}
	if at := slices.IndexFunc(tx.ahead, func(r *storage.Record) bool { return r.ID == id }); at >= 0 {
		r := tx.ahead[at]
		tx.ahead = slices.Delete(tx.ahead, at, at+1)
		return tx.load(r)
	}
	found, err := tx.Get(storage.Ref{Kind: kindInstance, ID: id})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, fmt.Errorf("instance %s: %w", id, ErrNotFound)
	}
	return tx.load(found[0])
}

// With gives the record kept beside an instance, nil where there is none, and reads the instance along with it: one round trip for
// both, for Instance asks no more.
func (tx *Tx) With(instance string, beside storage.Ref) (*storage.Record, error) {
	refs := []storage.Ref{beside, {Kind: kindInstance, ID: instance}}
	if tx.opened(instance) != nil {
		refs = refs[:1]
	}
	found, err := tx.Get(refs...)
	if err != nil {
		return nil, err
	}
	if len(found) > 1 && found[1] != nil {
		tx.ahead = append(tx.ahead, found[1])
	}
	return found[0], nil
}

func (tx *Tx) load(r *storage.Record) (*Instance, error) {
	i := &Instance{ID: r.ID, version: r.Version}
	if err := storage.Unmarshal(r.Data, i); err != nil {
		return nil, fmt.Errorf("read instance %s: %w", r.ID, err)
	}
	prog, err := tx.program(i.Definition)
	if err != nil {
		return nil, err
	}
	i.prog = prog
	i.link()
	tx.keep(i)
	return i, nil
}

// keep notes an instance that this transaction has read or begun.
func (tx *Tx) keep(i *Instance) {
	const many = 16
	if tx.open = append(tx.open, i); len(tx.open) < many {
		return
	}
	if tx.byID == nil {
		tx.byID = map[string]*Instance{}
		for _, i := range tx.open {
			tx.byID[i.ID] = i
		}
	}
	tx.byID[i.ID] = i
}

// opened is the instance with that id, if this transaction has it; else nil.
func (tx *Tx) opened(id string) *Instance {
	if tx.byID != nil {
		return tx.byID[id]
	}
	for _, i := range tx.open {
		if i.ID == id {
			return i
		}
	}
	return nil
}

// link sets what is not kept: each token's element, scope and those inside it.
func (i *Instance) link() {
	byID := make(map[int]*Token, len(i.Tokens))
	for _, t := range i.Tokens {
		byID[t.ID] = t
		t.node = i.prog.nodes[t.Element]
		if t.in = byID[t.In]; t.in != nil {
			t.in.kids = append(t.in.kids, t)
		}
	}
}

// Settle runs what the deeds so far set going until every token waits, lets the domain look at what happened, and writes what was
// changed: what is read in the transaction from then on shows it. Update does it at the end.
func (tx *Tx) Settle() error {
	if err := tx.settle(); err != nil {
		return err
	}
	if tx.broken != nil {
		return tx.broken
	}
	for _, i := range tx.open {
		if !i.dirty {
			continue
		}
		if err := tx.write(i); err != nil {
			return err
		}
	}
	return nil
}

// settle runs until nothing moves and the domain has nothing to add.
func (tx *Tx) settle() error {
	for {
		if err := tx.run(); err != nil {
			return err
		}
		again := false
		for n := 0; n < len(tx.open); n++ {
			i := tx.open[n]
			if tx.engine.opts.Domain == nil || i.told == len(i.lines) {
				continue
			}
			happened := i.lines[i.told:]
			i.told, again = len(i.lines), true
			if err := tx.engine.opts.Domain.Settled(tx, i, happened); err != nil {
				return err
			}
		}
		if !again && len(tx.queue) == 0 {
			return nil
		}
	}
}

func (tx *Tx) write(i *Instance) error {
	records := make([]*storage.Record, 0, 2)
	if len(i.lines)+len(i.marks) > 0 {
		i.Pages++
		page, err := storage.Marshal(i.lines)
		if err != nil {
			return err
		}
		records = append(records, &storage.Record{Kind: kindHistory, ID: pageID(i.ID, i.Pages), Data: page, Index: i.marks})
		i.lines, i.marks, i.told = nil, nil, 0
	}
	tx.hand(i)
	data, err := storage.Marshal(i)
	if err != nil {
		return err
	}
	if limit := tx.engine.opts.Limits.Record; len(data) > limit {
		return refuse("record_limit", "", "instance %s would have %d bytes, more than %d: keep large values elsewhere", i.ID, len(data), limit)
	}
	r := &storage.Record{Kind: kindInstance, ID: i.ID, Version: i.version, Data: data, Index: i.index()}
	if err := tx.Put(append(records, r)...); err != nil {
		return err
	}
	i.version, i.dirty = r.Version, false
	for _, j := range i.Jobs {
		if j.fresh {
			tx.Notify(TopicJob, j.Topic)
			j.fresh = false
		}
	}
	if due := i.due(); due != nil {
		tx.Notify(TopicDue, storage.Time(*due))
	}
	return nil
}

// The topics that an instance's writes notify: a job that may be claimed, with its topic, and a timer that waits, with its time as storage.Time.
const (
	TopicJob = "job"
	TopicDue = "due"
)

// index is the secondary keys of an instance: its next timer, claimable jobs, subscriptions, incidents and business key.
func (i *Instance) index() []storage.Entry {
	var all []storage.Entry
	add := func(index string, parts ...string) {
		all = append(all, storage.Entry{Index: index, Key: storage.Key(parts...)})
	}
	if i.Key != "" && i.State == Active {
		add(indexKey, i.Key)
	}
	if i.State == Active && i.Parent == nil {
		add(indexRunning, i.Definition, i.ID)
	}
	if i.State == Active && i.Turn > 0 {
		add(indexTurn, OuterID(i.Parent.Instance, i.Parent.Token), i.ID)
	}
	if due := i.due(); due != nil {
		add(indexDue, storage.Time(*due), i.ID)
	}
	for _, j := range i.Jobs {
		if j.State != JobStuck {
			add(indexJob, j.Topic, storage.Time(j.Due), i.outer(j.ID))
			all[len(all)-1].Value = j.leased()
		}
	}
	for _, n := range i.Incidents {
		add(indexIncident, storage.Time(n.At), i.outer(n.ID))
		all[len(all)-1].Value = []byte(n.Code)
	}
	for _, t := range i.Tokens {
		for _, w := range t.Waits {
			switch {
			case w.Kind == WaitMessage && !w.Got:
				for _, under := range i.under(w) {
					add(indexMessage, w.Name, under, storage.Time(w.Since), i.outer(w.ID))
				}
			case w.Kind == WaitSignal && !w.Got:
				add(indexSignal, w.Name, storage.Time(w.Since), i.outer(w.ID))
			}
		}
	}
	return all
}

// due is when the instance's next timer fires, or when it is forgotten.
func (i *Instance) due() *time.Time {
	next := i.Expires
	for _, t := range i.Tokens {
		if t.pending() && (next == nil || t.Since.Before(*next)) {
			next = &t.Since
		}
		for _, w := range t.Waits {
			if w.Due != nil && !w.Got && (next == nil || w.Due.Before(*next)) {
				next = w.Due
			}
		}
	}
	return next
}

func pageID(instance string, page int) string {
	n := strconv.Itoa(page)
	return instance + "/" + "00000000"[min(8, len(n)):] + n
}

// Engine is the engine that runs this transaction.
func (tx *Tx) Engine() *Engine { return tx.engine }
