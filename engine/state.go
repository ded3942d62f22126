package engine

// State is where an instance is in its life.
//
//	active → completed | cancelled
//
// An instance is never "failed": its token is stuck, with an incident.
type State string

// The states of an instance.
const (
	Active    State = "active"
	Completed State = "completed"
	Cancelled State = "cancelled"
)

// TokenState is what a token is doing.
//
//	moving ⇄ waiting, → ended | stuck ⇄ moving
//
// An ended token is gone from the record.
type TokenState string

// The states of a token.
const (
	Moving  TokenState = "moving"
	Waiting TokenState = "waiting"
	Stuck   TokenState = "stuck"
)

// Phase is how far the work of a token is: where a retry goes on.
//
//	begin → end → leave → pass;  turn, of a loop, before pass
type Phase string

// The phases of a token.
const (
	Begin Phase = ""      // it enters its element
	End   Phase = "end"   // what was called is over: take over what it left
	Leave Phase = "leave" // its work is done: map the outputs
	Turn  Phase = "turn"  // a turn of a loop is done: look whether another follows
	Pass  Phase = "pass"  // choose the way on
	Arm   Phase = "arm"   // of a scope: wait for what its event sub-processes wait for
)

// JobState is where a job is in its life.
//
//	due → leased → done | due | stuck;  stuck → due
//
// A done job is gone from the record.
type JobState string

// The states of a job.
const (
	JobDue    JobState = "due"
	JobLeased JobState = "leased"
	JobStuck  JobState = "stuck"
)
