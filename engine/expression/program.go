package expression

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// Program is a compiled expression. It is safe for use by several goroutines at once.
type Program struct {
	source    string
	want      Type
	shape     Shape
	names     []string // read, in order of appearance: a slot of the frame each
	functions []string
	lets      int
	run       code
}

// code is a compiled part of an expression. It is never nil where compiling went well.
type code func(f *frame) (any, error)

// frame is one run.
type frame struct {
	env   *Env
	slots []any // by name; unread until it is
	lets  []any
	stack []any              // arguments of the calls that are being made
	item  [maxPredicates]any // the # of each predicate
	index [maxPredicates]int
	steps int
}

var unread any = new(int)

var frames = sync.Pool{New: func() any { return new(frame) }}

func (f *frame) reset(p *Program, env *Env) {
	f.env, f.steps = env, 0
	f.slots, f.lets, f.stack = f.slots[:0], f.lets[:0], f.stack[:0]
	for range p.names {
		f.slots = append(f.slots, unread)
	}
	for range p.lets {
		f.lets = append(f.lets, nil)
	}
}

// release gives the frame back, holding on to no value.
func (f *frame) release() {
	f.env = nil
	clear(f.slots)
	clear(f.lets)
	clear(f.stack[:cap(f.stack)])
	clear(f.item[:])
	frames.Put(f)
}

func (f *frame) zone() *time.Location {
	if f.env.Zone == nil {
		return time.UTC
	}
	return f.env.Zone
}

func (f *frame) now() time.Time { return f.env.Now.In(f.zone()) }

// Unread is the Program of a source in another language: it fails, saying why, whenever it is run.
func Unread(source string, why error) *Program {
	return &Program{source: source, want: Any, run: func(*frame) (any, error) { return nil, why }}
}

// Run is the value of the expression: of the type wanted, or nil where it is empty. Lists and records may be those that Lookup gave,
// and must not be changed. An error is an *Error.
func (p *Program) Run(env *Env) (v any, err error) {
	if env == nil {
		env = &Env{}
	}
	f := frames.Get().(*frame)
	defer f.release()
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, failf("the expression can't be run: %v", r)
		}
	}()
	f.reset(p, env)
	if v, err = p.run(f); err != nil {
		return nil, asError(err)
	}
	switch v.(type) {
	case []any, map[string]any:
		left := maxResult
		if err := measure(v, &left); err != nil {
			return nil, err
		}
	}
	if p.want == Any || p.want == "" || v == nil {
		return v, nil
	}
	if v, err = As(p.want, v, env.Zone); err != nil {
		return nil, asError(err)
	}
	return v, nil
}

// Bool is Run of a condition: false where it is empty, an *Error where it is neither true nor false.
func (p *Program) Bool(env *Env) (bool, error) {
	v, err := p.Run(env)
	switch v := v.(type) {
	case bool:
		return v, nil
	case nil:
		return false, err
	}
	return false, failf("gives %s, a condition must be true or false", describe(v))
}

// Names are the names that the expression reads, sorted.
func (p *Program) Names() []string {
	return slices.Sorted(slices.Values(p.names))
}

// Empty are those of Names that are empty in env, sorted.
func (p *Program) Empty(env *Env) (names []string) {
	for _, name := range p.Names() {
		if env.Lookup == nil || plain(env.Lookup(name)) == nil {
			names = append(names, name)
		}
	}
	return names
}

// Uses reports whether the expression calls a function. It uses now where its value may change with time: today() and age() do too.
func (p *Program) Uses(function string) bool { return slices.Contains(p.functions, function) }

// Source is the expression as it was written.
func (p *Program) Source() string { return p.source }

// Shape is what is known of the result before a run; its Type is Any where that depends on values.
func (p *Program) Shape() Shape {
	if p.shape.Type.kind() == unknown || p.shape.Type == nothing {
		return Shape{Type: Any}
	}
	return p.shape
}

// asError is err as the *Error that callers are promised.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Message: err.Error(), Offset: -1}
}

// at is a part's error, with the place of the part where it has none.
func at(err error, offset int) error {
	e := asError(err)
	if e.Offset >= 0 {
		return e
	}
	located := *e
	located.Offset = offset
	return &located
}
