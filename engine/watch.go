package engine

import "time"

// Watch is told what an engine does, once it is done. Its methods are called from any goroutine and must not block.
type Watch interface {
	// Deed is told each Update that is over.
	Deed(d Deed)
	// Looked is told when a scheduler has looked at what is due: one that stands still tells nothing any more.
	Looked(at time.Time)
	// Fired is told each timer of an instance that has fired, and how long after its time.
	Fired(late time.Duration)
	// Job is told each attempt at a job that is over: see the results.
	Job(topic string, how Result, took time.Duration)
	// Raised is told the code of each new incident.
	Raised(code string)
}

// Deed is an Update that is over.
type Deed struct {
	Took    time.Duration
	Runs    int   // of its function: more than one where others changed what it read
	Err     error // nil: it is committed
	Refused bool  // Err is what its function gave: nothing is wrong with the store
}

// Result is how an attempt at a job ended.
type Result string

// The results of attempts.
const (
	JobDone     Result = "done"
	JobFailed   Result = "failed"
	JobThrew    Result = "threw"    // a BPMN error
	JobPutOff   Result = "put_off"  // by its handler
	JobReleased Result = "released" // for its worker stopped
	JobLost     Result = "lost"     // its lease ended with nothing said
)

// then keeps what is to be told, in the log or to Watch, once the deed is committed and only then.
func (tx *Tx) then(tell func()) { tx.after = append(tx.after, tell) }

// over does what waited for the end of the transaction.
func (tx *Tx) over() {
	for _, tell := range tx.after {
		tell()
	}
	tx.handOver() // what it leads to is told behind it
}

// unwatched watches.
type unwatched struct{}

func (unwatched) Deed(Deed)                         {}
func (unwatched) Looked(time.Time)                  {}
func (unwatched) Fired(time.Duration)               {}
func (unwatched) Job(string, Result, time.Duration) {}
func (unwatched) Raised(string)                     {}
