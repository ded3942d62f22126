package engine

import "slices"

// Code is a word for machines by which the engine says no.
type Code struct {
	Name string // "step_limit"
	Kind CodeKind
	Text string // one sentence
}

// CodeKind is which of the three words for "no" a code belongs to.
type CodeKind string

// A problem is wrong with a diagram, an incident stops a token or a job, a refusal is of a deed.
const (
	CodeProblem  CodeKind = "problem"
	CodeIncident CodeKind = "incident"
	CodeRefusal  CodeKind = "refusal"
)

// Codes are all codes that the engine uses, but for those of bpmn.Codes.
func Codes() []Code { return slices.Clone(codes) }

var codes = []Code{
	{"process_duplicate", CodeProblem, "Two of the files uploaded together have a process of one id."},
	{"element_unsupported", CodeProblem, "A flow node is none that this engine runs."},
	{"work_missing", CodeProblem, "A service, send or business rule task names no work."},
	{"work_unsupported", CodeProblem, "A task names code or a decision table of another engine."},
	{"retry_invalid", CodeProblem, "The retry cycle of a job is none."},
	{"script_language", CodeProblem, "A script is in a language that is not run here; of a script task a warning, because a worker may run it."},
	{"listener_without_topic", CodeProblem, "A task listener names no robot."},
	{"listener_event", CodeProblem, "A task listener waits for an event that tasks don't have."},
	{"listener_unsupported", CodeProblem, "An execution listener is code of another engine."},
	{"timer_missing", CodeProblem, "A timeout listener has no time."},
	{"timer_invalid", CodeProblem, "The time of a timer is none."},
	{"expression_invalid", CodeProblem, "An expression does not compile."},
	{"expression_foreign", CodeProblem, "A warning: an expression that is declared to be in another language does not compile, and will be an incident."},
	{"expression_limit", CodeProblem, "An expression is larger than is compiled."},
	{"loop_maximum_invalid", CodeProblem, "The maximum of a loop is less than 1."},
	{"loop_without_count", CodeProblem, "A multi-instance activity says neither how often nor for what."},
	{"call_empty", CodeProblem, "A call activity calls nothing."},
	{"call_global", CodeProblem, "A warning: a call activity calls a global task, which will be an incident."},
	{"call_version", CodeProblem, "The version that a call activity calls is no number."},
	{"call_binding", CodeProblem, "A call activity calls by deployment or version tag."},
	{"mapping_target_missing", CodeProblem, "A mapping of a call activity does not say into which variable."},
	{"assignment_target", CodeProblem, "An assignment of a data association sets what is no variable and no field of one."},
	{"data_store", CodeProblem, "A warning: a data association reads or writes a data store, which is a variable of the instance here."},
	{"transaction_method", CodeProblem, "A transaction has another method than ##Compensate."},
	{"joins_too_many", CodeProblem, "A process has too many inclusive or complex joins for its size."},
	{"time_to_live_invalid", CodeProblem, "The time to live of finished instances is none."},

	{"no_flow_taken", CodeIncident, "No condition holds and no flow is the default, or nobody chose."},
	{"uncaught_error", CodeIncident, "A BPMN error is caught by nobody."},
	{"expression_failed", CodeIncident, "An expression failed."},
	{"expression_limit", CodeIncident, "An expression cost more than it may."},
	{"expression_invalid", CodeIncident, "An expression does not compile."},
	{"value_invalid", CodeIncident, "A value is not of the type that is declared for its name."},
	{"timer_missing", CodeIncident, "A timer has no time."},
	{"timer_invalid", CodeIncident, "What a timer's expression gives is no time."},
	{"timer_refused", CodeIncident, "What a timer would do was refused; it is tried again every hour."},
	{"signal_refused", CodeIncident, "What a signal would do was refused; it has passed."},
	{"correlation_key_empty", CodeIncident, "The correlation key of a message is empty."},
	{"name_too_long", CodeIncident, "The name of a message or signal is too long."},
	{"call_unknown", CodeIncident, "The called process does not exist, or can't be started."},
	{"call_depth", CodeIncident, "Processes call each other too deep: Limits.Depth."},
	{"collection_invalid", CodeIncident, "The collection of a multi-instance activity is no list."},
	{"cardinality_invalid", CodeIncident, "The cardinality of a multi-instance activity is no count."},
	{"cardinality_limit", CodeIncident, "A multi-instance activity would run too often: Limits.Tokens."},
	{"step_limit", CodeIncident, "A process runs in a circle with nothing to wait for: Limits.Steps."},
	{"token_limit", CodeIncident, "An instance has too many tokens: Limits.Tokens."},
	{"job_failed", CodeIncident, "The last attempt of a job failed."},
	{"worker_lost", CodeIncident, "The last attempt of a job ended with its lease, and nothing was said."},

	{"task_not_open", CodeRefusal, "No open task has that id."},
	{"job_not_open", CodeRefusal, "No open job has that id."},
	{"job_taken", CodeRefusal, "Another worker holds the job."},
	{"job_stuck", CodeRefusal, "The job has an incident, which must be resolved first."},
	{"incident_not_open", CodeRefusal, "No open incident has that id."},
	{"nothing_to_trigger", CodeRefusal, "The element does not wait, or it waits for a name."},
	{"message_not_awaited", CodeRefusal, "Nobody waits for the message."},
	{"mailbox_full", CodeRefusal, "Too many messages of that name wait already."},
	{"flow_needed", CodeRefusal, "A person chooses behind this task: a flow must be named."},
	{"flow_unknown", CodeRefusal, "No such flow can be chosen."},
	{"start_unknown", CodeRefusal, "The process has no such start event."},
	{"start_has_trigger", CodeRefusal, "Every start event waits for something: the process can't be started by hand."},
	{"key_too_long", CodeRefusal, "The business key is too long."},
	{"instance_over", CodeRefusal, "The instance is over."},
	{"instance_active", CodeRefusal, "The instance is not over."},
	{"instance_called", CodeRefusal, "The instance was called by another, which decides."},
	{"token_unknown", CodeRefusal, "The instance has no such token."},
	{"token_last", CodeRefusal, "The token is the last of its instance, which may be cancelled instead."},
	{"scope_unclear", CodeRefusal, "The scope of the element runs several times: say in which."},
	{"element_unknown", CodeRefusal, "The process has no such element for a token to stand at."},
	{"variable_too_large", CodeRefusal, "A variable is larger than is kept: Limits.Variable."},
	{"record_limit", CodeRefusal, "An instance is larger than is kept: Limits.Record."},
}
