package engine

import "github.com/rs/zerolog"

// The fields of a log line: the same in each package, so that one search finds every line about a thing. What a failure says is left
// out, for it may name a person: it stands in the incident.
const (
	FieldRequest  = "request" // see WithRequest
	FieldInstance = "instance"
	FieldElement  = "element"
	FieldJob      = "job"
	FieldTopic    = "topic"
	FieldAttempt  = "attempt"
	FieldResult   = "result"
	FieldIncident = "incident"
	FieldCode     = "code"
	FieldLate     = "late" // milliseconds
	FieldTook     = "took" // milliseconds
)

// line begins a line about an instance, on behalf of a request where there is one.
func (e *Engine) line(level zerolog.Level, request, instance string) *zerolog.Event {
	line := e.opts.Log.WithLevel(level).Str(FieldInstance, instance)
	if request != "" {
		line = line.Str(FieldRequest, request)
	}
	return line
}
