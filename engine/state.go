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
