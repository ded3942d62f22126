package engine

import (
	"encoding/json"
	"time"

	"github.com/voronka/voronka/storage"
)

// Value is a variable as it is kept: JSON. Its type is what the definition declares for its name, else what the JSON says.
type Value = json.RawMessage

// Instance is one run of a process: one record, read, changed and written whole by each deed. What grows without bound
// (history) stands in records of its own. Ids inside are counted by Next.
type Instance struct {
	ID         string           `json:"-"`
	Definition string           `json:"definition"` // Definition.ID
	Process    string           `json:"process"`
	Key        string           `json:"key,omitempty"` // business key
	Parent     *Link            `json:"parent,omitempty"`
	Turn       int              `json:"turn,omitempty"`  // of the activity that its parent's token is: it is no more than that, from 1
	Depth      int              `json:"depth,omitempty"` // of calls
	State      State            `json:"state"`
	Outcome    string           `json:"outcome,omitempty"`
	Started    time.Time        `json:"started"`
	Ended      *time.Time       `json:"ended,omitempty"`
	Expires    *time.Time       `json:"expires,omitempty"` // when it is forgotten; set when it ends
	Next       int              `json:"next"`              // the last id given inside
	Pages      int              `json:"pages"`             // history records written
	Variables  map[string]Value `json:"variables,omitempty"`
	Tokens     []*Token         `json:"tokens,omitempty"` // in order of id; the first is the process itself
	Jobs       []*Job           `json:"jobs,omitempty"`
	Incidents  []*Incident      `json:"incidents,omitempty"`
	Done       []*Done          `json:"done,omitempty"`   // completed activities that can be compensated
	Output     Value            `json:"output,omitempty"` // of a turn: what it gave

	version    uint64
	prog       *program
	lines      []Line
	marks      []storage.Entry // of the page of history
	changed    []string        // variables set in this deed since the last settling
	listens    []string        // names of messages that it has begun to wait for
	told       int             // lines that the domain has seen
	conditions bool            // some condition has to be tested
	untested   bool            // variables were set that conditions may read, and tokens have not moved since
	conversed  bool            // a conversation has agreed on a key
	dirty      bool
}

// Link names the token of the calling instance, or of the multi-instance activity of a turn.
type Link struct {
	Instance string `json:"instance"`
	Token    int    `json:"token"`
}

// Token stands at an element. The tokens of an instance are a tree: the process, a sub-process and the body of a multi-instance
// activity are tokens too, and scopes of those inside them; the leaves are what BPMN calls tokens.
type Token struct {
	ID      int                 `json:"id"`
	In      int                 `json:"in,omitempty"` // the token of the scope
	Element string              `json:"at"`
	State   TokenState          `json:"state,omitempty"`
	Via     string              `json:"via,omitempty"` // the flow by which it came, at joins
	Since   time.Time           `json:"since"`
	Local   map[string]Value    `json:"local,omitempty"`
	Waits   []*Wait             `json:"waits,omitempty"`
	Task    *Task               `json:"task,omitempty"`
	Called  string              `json:"called,omitempty"` // the instance that a call activity waits for
	Turn    int                 `json:"turn,omitempty"`   // which instance of a multi-instance activity or loop, from 1
	Loop    *Loop               `json:"loop,omitempty"`   // the body of a multi-instance activity or loop
	Phase   Phase               `json:"phase,omitempty"`
	Flow    string              `json:"flow,omitempty"`  // chosen by a person for the manual gateway behind
	Undo    *Undo               `json:"undo,omitempty"`  // it waits for compensation, or is compensation
	Short   bool                `json:"short,omitempty"` // it waits for fellows: startQuantity
	Begun   int                 `json:"begun,omitempty"` // of a sequential ad-hoc sub-process: how many of its activities
	Fired   map[string][]string `json:"fired,omitempty"` // of a scope: complex gateways that have fired, with the flows they took
	Keys    map[string]string   `json:"keys,omitempty"`  // of the process or a turn: what its conversations agreed on, by correlation key

	node *node
	in   *Token
	kids []*Token
	gone bool
	done bool // it was left normally, though what it threw cancels it
}

// Task is the work of a person that a user task waits for.
type Task struct {
	Name     string     `json:"name,omitempty"` // where it differs from the element's
	Assignee string     `json:"assignee,omitempty"`
	Groups   []string   `json:"groups,omitempty"`
	Users    []string   `json:"users,omitempty"`
	Due      *time.Time `json:"due,omitempty"`
}

// Loop is how far a multi-instance activity or a standard loop is.
type Loop struct {
	Total  int     `json:"total"` // of a standard loop 0: not known before
	Begun  int     `json:"begun"`
	Ended  int     `json:"ended"`
	Items  []Value `json:"items,omitempty"`  // not begun yet, sequential
	Output []Value `json:"output,omitempty"` // by turn
	Thrown bool    `json:"thrown,omitempty"` // a behavior event was thrown
	Apart  bool    `json:"apart,omitempty"`  // the turns are instances of their own
	Pages  int     `json:"pages,omitempty"`  // records of their items
}

// WaitKind is what a wait waits for.
type WaitKind string

// The kinds of waits.
const (
	WaitTimer     WaitKind = "timer"
	WaitMessage   WaitKind = "message"
	WaitSignal    WaitKind = "signal"
	WaitCondition WaitKind = "condition"
)

// Wait is one thing that a token waits for: on behalf of its own element, of a boundary event of it, of an event behind an
// event-based gateway, of the start event of an event sub-process inside it, or of a timer beside a task.
type Wait struct {
	ID      int               `json:"id"`
	Element string            `json:"for"`              // the catching element
	Event   int               `json:"event,omitempty"`  // which of its event definitions
	Beside  string            `json:"beside,omitempty"` // which listener of a task
	Kind    WaitKind          `json:"kind"`
	Name    string            `json:"name,omitempty"` // of the message or signal
	Key     string            `json:"key,omitempty"`  // the correlation key of a message
	Keys    map[string]string `json:"keys,omitempty"` // the same where the drawing has correlation keys, by these: those that are known
	Since   time.Time         `json:"since"`
	Due     *time.Time        `json:"due,omitempty"`    // of a timer; nil while a field that it reads is empty, or after it has fired for good
	Origin  string            `json:"origin,omitempty"` // what a timer's text said when Due was computed
	Fired   int               `json:"fired,omitempty"`
	Held    bool              `json:"held,omitempty"`    // the condition held when last tested
	Got     bool              `json:"got,omitempty"`     // of a parallel-multiple event: it has happened
	Request string            `json:"request,omitempty"` // of a timer: on whose behalf
}

// Job is work for a worker, built in or outside.
type Job struct {
	ID       int              `json:"id"`
	Token    int              `json:"token,omitempty"` // the token that waits for it; 0: it runs beside
	Element  string           `json:"at"`
	Topic    string           `json:"topic"`
	State    JobState         `json:"state"`
	Due      time.Time        `json:"due"` // when it may be claimed; of a leased job when its lease ends
	Worker   string           `json:"worker,omitempty"`
	Retries  int              `json:"retries"` // attempts left
	Attempts int              `json:"attempts,omitempty"`
	Inputs   map[string]Value `json:"inputs,omitempty"`
	Failed   int              `json:"failed,omitempty"` // attempts
	Error    string           `json:"error,omitempty"`  // of the last of them
	Created  time.Time        `json:"created"`
	Beside   string           `json:"beside,omitempty"`  // which listener of the element
	Request  string           `json:"request,omitempty"` // on whose behalf

	fresh bool
}

// Incident says why a token or a job is stuck.
type Incident struct {
	ID        int              `json:"id"`
	Token     int              `json:"token,omitempty"`
	Job       int              `json:"job,omitempty"`
	Element   string           `json:"at"`
	Code      string           `json:"code"`
	Message   string           `json:"message"`
	At        time.Time        `json:"since"`
	Request   string           `json:"request,omitempty"`   // on whose behalf it was tried
	Variables map[string]Value `json:"variables,omitempty"` // as the failing attempt saw them
}

// Done is a completed activity that compensation may undo.
type Done struct {
	Element string           `json:"at"`
	In      int              `json:"in"` // the token of its scope
	Local   map[string]Value `json:"local,omitempty"`
	Inside  []*Done          `json:"inside,omitempty"` // of a scope
	Body    bool             `json:"body,omitempty"`   // of a multi-instance activity: each turn is undone by itself
}

// Undo is a compensation under way.
type Undo struct {
	Thrower int     `json:"thrower,omitempty"` // on a handler: the token that threw and waits; 0: none waits
	Left    []*Done `json:"left,omitempty"`    // on a thrower: still to be undone, the last first
}

// TaskID, JobID and IncidentID are the ids that the world outside knows: the instance's, a colon, and the number inside.
func (i *Instance) outer(id int) string { return OuterID(i.ID, id) }

// root is the token of the process, or what stands in for the body of a turn; an instance that is over has none of its own.
func (i *Instance) root() *Token {
	if len(i.Tokens) == 0 {
		return &Token{Element: i.prog.root.ID, node: i.prog.root}
	}
	return i.Tokens[0]
}
