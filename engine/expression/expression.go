// Package expression is the rules of a diagram: conditions, requirements, computed values and texts with holes, in the language of
// expr-lang/expr, made safe for input that people send. It is the only home of that library. README.md is the language as analysts
// meet it.
//
// The library's parser reads a source; what runs is ours: a check of types that knows money, dates and emptiness, and closures
// over a budget. The library's own machine knows neither empty fields nor money, and can't be stopped: string + in reduce and let,
// replace and join escape its memory budget, nested predicates run for seconds.
//
// A source is compiled once, at upload, against the declared names; running a Program costs well under a microsecond, touches no
// clock and no network, and is bounded in steps, memory and result size, whatever the source says.
package expression

import (
	"encoding/json"
	"time"
)

// Type is the type of a name or a result.
type Type string

// The types. A value of each is, in Go: Any anything below; Bool bool; Int int; Number float64 (an int is accepted); Percent
// float64 (ten per cent is 10); String string; Money Money; Date Date; Time time.Time; Duration schedule.Period or time.Duration;
// List []any; Map map[string]any. An empty value is nil, of every type.
const (
	Any          Type = "any"
	Bool         Type = "bool"
	Int          Type = "int"
	Number       Type = "number"
	Percent      Type = "percent"
	String       Type = "string"
	MoneyType    Type = "money"
	DateType     Type = "date"
	TimeType     Type = "time"
	DurationType Type = "duration"
	List         Type = "list"
	Map          Type = "map"
)

// Shape is a type with what is inside it. The zero Shape is Any.
type Shape struct {
	Type   Type
	Of     *Shape           // the items of a List; nil: anything
	Fields map[string]Shape // the fields of a Map; nil: anything
}

// Names is what an expression may read.
type Names struct {
	Known     map[string]Shape
	Open      bool // names not known are allowed, of type Any (a plain process); else they are an error with a suggestion
	Functions []Function
}

// Function is a function beside expr's own. Context functions are handed the running Env. Two may have one name and differ in how
// many parameters they take.
//
// Arguments come converted to their parameter's type (a text to a Date, Time or Duration, a number to Money, a Date to a Time); texts
// written in the source are converted, and refused, at upload. With an empty argument the result is empty and Call is not called,
// unless Empties is set.
type Function struct {
	Name     string
	Params   []Type // parameter types; the last one repeats where Variadic
	Min      int    // how many of them must be given
	Variadic bool
	Empties  bool // takes empty arguments as nil
	Result   Type
	Call     func(env *Env, args []any) (any, error)
}

// Env is what one run may read.
type Env struct {
	Lookup  func(name string) any // a value of the name's type, nil where empty; called once for each name that the run comes to
	Now     time.Time
	Zone    *time.Location   // for Date and calendar arithmetic; nil is UTC
	Context any              // for Functions
	Format  func(any) string // how a Text writes a value that is not empty; nil is Format
}

// Error is what is wrong with a source: at upload, or in a run.
type Error struct {
	Message    string // a sentence for people
	Suggestion string // what to write instead, where that is known
	Offset     int    // in bytes from the beginning of the source; -1 where it is about the whole
	Limit      bool   // a limit was hit: time, memory, nesting, size
}

func (e *Error) Error() string {
	if e.Suggestion != "" {
		return e.Message + "; " + e.Suggestion
	}
	return e.Message
}

// Value is how a variable is kept: JSON. Decode and Encode go between it and Go values.
type Value = json.RawMessage
