// Package storage is the narrow waist of Voronka: a handful of verbs over opaque, versioned, indexed records.
//
// Everything the product remembers is a Record. A backend (storage/memory, storage/bolt, storage/postgres) keeps records and
// their index entries, and nothing else; it never looks inside Data. What a backend promises is what storage/storagetest
// executes, and no more.
package storage

import (
	"context"
	"errors"
	"io"
	"iter"
)

// Ref names a record.
type Ref struct{ Kind, ID string }

// Record is what is kept: opaque data under a kind and an id, with a version and its index entries.
type Record struct {
	Kind    string // a word such as "instance"; at most 32 bytes
	ID      string // text, unique within the kind; 1 to 512 bytes; scans by kind run in byte order of it
	Version uint64 // as last read; 0 for a record that must not exist yet. Put sets it to the version written
	Data    []byte // JSON
	Index   []Entry
}

// Ref names the record.
func (r *Record) Ref() Ref { return Ref{r.Kind, r.ID} }

// Entry is one secondary key of a record. Index names are global: one scan may find records of several kinds.
// The entries of a record are replaced as a whole by Put, in the same transaction. Two with the same Index and Key are one: the
// last is kept. Get returns them in order of Index and Key.
type Entry struct {
	Index string // a word such as "due"; at most 32 bytes
	Key   string // arbitrary bytes, at most 1024; scans run in byte order. Build it with Key
	Value []byte // a few bytes handed back by scans, so that lists and counts need not load the record; may be nil
}

// Range says what Scan walks over: the records of a Kind by id, or, where Index is set, the entries of that index by key.
type Range struct {
	Kind     string
	Index    string
	From, To string // From <= id or key < To; an empty To is open. Prefix fills both
	After    string // the Cursor of a Hit: go on behind it, whether it is still there or not
	Reverse  bool   // from the end of the range backwards
	Limit    int    // 0: no limit
	Keys     bool   // leave Hit.Record nil
}

// Hit is one thing that a scan found.
type Hit struct {
	Ref    Ref
	Key    string  // the id, or the index key
	Value  []byte  // the entry's value, in an index scan
	Record *Record // nil where Range.Keys is set. Index is not filled in by scans
	Cursor string  // opaque bytes; for the After of a Range over the same kind or index
}

// Reader reads one consistent state of the store. What it returns is the caller's to keep and to change. A Reader is for the
// goroutine and the duration of the function it was given to.
type Reader interface {
	// Get returns the records in the order asked, nil where there is none. One round trip however many are asked.
	// A record comes with its Version and Data; Index is filled in too.
	Get(refs ...Ref) ([]*Record, error)
	// Scan walks a range as it is when the walk begins: what is written during the walk is not seen by it. Entries with equal
	// keys come in order of kind and id.
	Scan(Range) iter.Seq2[Hit, error]
}

// Tx reads and changes. Its reads see its own writes.
type Tx interface {
	Reader
	// Put writes records whole, data and index entries, and raises Version by one. It refuses with ErrStale, writing nothing,
	// where the version in the store is not the Version given. It may retain the records' slices until Update returns. Where the
	// deed is not committed, or is run again, the records' Versions are set back. No record is named twice in one Put. A store may
	// take Version 0 at its word, to ask no more than once: if there is a record after all, the function runs again, and is refused.
	Put(records ...*Record) error
	// Delete removes records and their entries, whatever their version. Deleting what is not there is no error.
	Delete(refs ...Ref) error
	// Notify calls the listeners of topic after the commit, and only then. A payload is a few words of text, and not empty.
	Notify(topic, payload string)
}

// Store keeps records. All methods may be called from any goroutine.
type Store interface {
	// View calls fn with one consistent snapshot. fn must not wait for a network or for an Update.
	View(ctx context.Context, fn func(Reader) error) error

	// Update calls fn and commits what it did, whole or not at all: when Update returns nil all is on disk and every later View and
	// Update sees it; when it returns an error, but for ErrUnknown, nothing was changed. fn may be called more than once, each time on
	// a fresh state, so it must assign its results and never append to them. An error of fn is returned as it is. Transactions are serializable: what
	// fn read, ranges included, holds at the moment of its commit. ErrStale is returned only for a version that fn brought from outside.
	// fn must not call Update, nor wait for one.
	Update(ctx context.Context, fn func(Tx) error) error

	// Listen calls fn with the payload of each Notify on the topic, after its commit, in the order of commits. fn must not block.
	// A topic's payloads are hints: where some may have been lost, because a process died or a connection broke, fn is called with an
	// empty one, and looks for itself. stop ends it.
	Listen(topic string, fn func(payload string)) (stop func())

	// Close waits for what runs and frees the store. Calls after it return ErrClosed; closing again is no error.
	Close() error
}

// Backer is a store that can copy itself while it is in use.
type Backer interface {
	// Backup writes one consistent state of the store, in the store's own file format.
	Backup(ctx context.Context, w io.Writer) error
}

// Lister is what the Reader of a View is too. It lets a store be checked and, together with Restorer, be copied into another one as it
// is.
type Lister interface {
	// Kinds gives the kinds of which there are records, in order.
	Kinds() ([]string, error)
	// Indexes gives the names of indexes in which there are entries, in order.
	Indexes() ([]string, error)
}

// Restorer is what the Tx of an Update is too.
type Restorer interface {
	// Restore writes records that are not there yet, with the Version that they have, which is not 0. It refuses as Put does.
	Restore(records ...*Record) error
}

// Expecter is what the Tx of an Update may be too, where its store is far away.
type Expecter interface {
	// Expect tells of records that will likely be asked for. The next Get that has to ask for others asks for them too.
	Expect(refs ...Ref)
}

// The sentinels of every backend.
var (
	ErrStale   = errors.New("the record was changed by someone else in the meantime")
	ErrInvalid = errors.New("not a record that can be stored")
	ErrClosed  = errors.New("the store is closed")
	ErrOver    = errors.New("the transaction is over")
	ErrFull    = errors.New("no space left for the store")
	ErrFailed  = errors.New("the disk under the store fails") // nothing was changed
	ErrLocked  = errors.New("the store is in use by another process")
	ErrFormat  = errors.New("the store is of a format that this version can't read")
	// Of a store that stands on another machine: a call got no answer, and changed nothing; an Update was refused for what others did
	// again and again; or it got no answer to its commit, and nobody could be asked whether it happened. The disk may leave the last of
	// these open too.
	ErrAway    = errors.New("the store can't be reached")
	ErrBusy    = errors.New("too many others change the same")
	ErrUnknown = errors.New("whether it was committed is not known")
)
