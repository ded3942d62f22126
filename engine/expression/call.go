package expression

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// builtin is a function that every expression may call. It is a Function that sees the frame.
type builtin struct {
	params   []Type
	min      int
	variadic bool
	empties  bool
	result   func(args []term) Shape
	call     func(f *frame, args []any) (any, error)
}

// IsFunction reports whether a name is that of a function: a field that bears it would hide it.
func (n *Names) IsFunction(name string) bool {
	if _, known := builtins[name]; known {
		return true
	}
	if slices.Contains(predicates, name) {
		return true
	}
	return slices.ContainsFunc(n.Functions, func(f Function) bool { return f.Name == name })
}

func (c *compiler) isFunction(name string) bool { return c.names.IsFunction(name) }

// call is name(args).
func (c *compiler) call(offset int, name string, args []ast.Node) term {
	if t, ok := c.predicate(offset, name, args); ok {
		c.uses(name)
		return t
	}
	found, fault := builtin{}, ""
	for _, candidate := range c.candidates(name) {
		fault = candidate.fault(len(args))
		if found = candidate; fault == "" {
			break
		}
	}
	switch {
	case found.call == nil:
		return c.noFunction(offset, name)
	case fault != "":
		return c.fail(offset, "%s() %s", name, fault)
	}
	c.uses(name)
	terms := make([]term, len(args))
	for i, arg := range args {
		t := c.node(arg)
		if terms[i] = t; t.run == nil {
			return term{at: offset}
		}
		want := found.param(i)
		if !t.shape.fits(want) {
			return c.fail(t.at, "%s() needs %s here, not %s", name, want.kind(), t.kind())
		}
		if _, err := As(want, t.value, nil); t.fixed && err != nil {
			return c.fail(t.at, "%s", asError(err).Message)
		}
		if s, ok := t.value.(string); ok && (want == DurationType || want == DateType && len(s) == len(time.DateOnly)) {
			v, _ := As(want, s, nil) // the same in every zone
			terms[i] = fixed(t.at, want, v)
		}
	}
	return term{at: offset, shape: found.result(terms), run: func(f *frame) (any, error) {
		return f.call(offset, &found, terms)
	}}
}

// call runs the arguments and the function.
func (f *frame) call(offset int, b *builtin, terms []term) (any, error) {
	if err := f.spend(callCost); err != nil {
		return nil, at(err, offset)
	}
	base := len(f.stack)
	for i := range terms {
		v, err := terms[i].run(f)
		if err != nil {
			return nil, err
		}
		if v == nil && !b.empties {
			f.stack = f.stack[:base]
			return nil, nil
		}
		if want := b.param(i); v != nil && want != Any && want != terms[i].shape.Type {
			if v, err = As(want, v, f.zone()); err != nil {
				return nil, at(err, terms[i].at)
			}
		}
		f.stack = append(f.stack, v)
	}
	v, err := b.call(f, f.stack[base:])
	f.stack = f.stack[:base]
	if err != nil {
		return nil, at(err, offset)
	}
	return v, nil
}

// uses notes a function; that of today() and age() is now().
func (c *compiler) uses(name string) {
	if name == "today" || name == "age" {
		c.uses("now")
	}
	if !slices.Contains(c.program.functions, name) {
		c.program.functions = append(c.program.functions, name)
	}
}

// candidates are the functions of a name: those of the Names before expr's own.
func (c *compiler) candidates(name string) (list []builtin) {
	for _, function := range c.names.Functions {
		if function.Name == name {
			list = append(list, function.builtin())
		}
	}
	if own, known := builtins[name]; known && len(list) == 0 {
		list = append(list, own)
	}
	return list
}

// builtin is the Function as one. Its arguments are copied, for it may keep them.
func (f Function) builtin() builtin {
	return builtin{
		params: f.Params, min: f.Min, variadic: f.Variadic, empties: f.Empties,
		result: of(f.Result),
		call: func(frame *frame, args []any) (any, error) {
			v, err := f.Call(frame.env, slices.Clone(args))
			if err != nil {
				e := *asError(err)
				e.Offset = -1
				return nil, &e
			}
			return plain(v), nil
		},
	}
}

// of is a result of one type.
func of(t Type) func([]term) Shape { return func([]term) Shape { return Shape{Type: t} } }

// param is the type of the i-th parameter.
func (b *builtin) param(i int) Type {
	if i < len(b.params) {
		return b.params[i]
	}
	if len(b.params) > 0 {
		return b.params[len(b.params)-1]
	}
	return Any
}

// fault is what is wrong with a number of arguments.
func (b *builtin) fault(n int) string {
	switch {
	case n < b.min && b.min == 1:
		return "needs an argument"
	case n < b.min:
		return "needs more arguments"
	case n > len(b.params) && !b.variadic:
		return "has too many arguments"
	}
	return ""
}

// noFunction is the error of a function that there is not.
func (c *compiler) noFunction(offset int, name string) term {
	c.foreign = c.foreign || c.err == nil
	t := c.fail(offset, "there is no function %s", name)
	if instead, known := elsewhere[name]; known {
		return c.suggest(t, "write %s", instead)
	}
	names := slices.AppendSeq(slices.Clone(predicates), maps.Keys(builtins))
	for _, function := range c.names.Functions {
		names = append(names, function.Name)
	}
	slices.Sort(names)
	if near := nearest(name, names); near != "" {
		return c.suggest(t, "did you mean %s()?", near)
	}
	return t
}

// elsewhere are functions of other languages, with what to write here.
var elsewhere = map[string]string{
	"substring": "x[0:3] for the first three characters", "substr": "x[0:3] for the first three characters",
	"length": "len(x)", "size": "len(x)", "isEmpty": "len(x) == 0", "isNull": "x == nil", "is_null": "x == nil", "isDefined": "x != nil", "defined": "x != nil",
	"empty": "x == nil", "isBlank": "x == nil", "IsNullOrEmpty": "x == nil", "exists": "any(list, …)", "some": "any(list, …)", "every": "all(list, …)",
	"avg": "mean(list)", "average": "mean(list)", "ceiling": "ceil(x)", "number": "float(x)", "toString": "string(x)", "str": "string(x)", "parseInt": "int(x)",
	"upperCase": "upper(x)", "lowerCase": "lower(x)", "toUpper": "upper(x)", "toLower": "lower(x)", "append": "concat(a, b)", "union": "uniq(concat(a, b))",
	"distinct": "uniq(list)", "reduce": "sum(list, …)", "groupBy": "filter(list, …)", "toJSON": "string(x)", "dateTime": "datetime(\"2026-01-31T10:30:00\")", "time": "datetime(\"2026-01-31T10:30:00\")",
	"if": "condition ? a : b", "iif": "condition ? a : b", "coalesce": "a ?? b", "getOrElse": "a ?? b", "not": "not x", "modulo": "a % b", "sqrt": "x ** 0.5", "pow": "a ** b",
	"getVariable": "the name of the variable", "timezone": "nothing: times are in the zone of the diagram", "daysBetween": "days(a, b)",
}

// nearest is the candidate that a name was probably meant to be, or "".
func nearest(name string, candidates []string) string {
	best, least := "", (1+len([]rune(name)))/3
	for _, candidate := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate), least); d <= least && (best == "" || d < least) {
			best, least = candidate, d
		}
	}
	return best
}

// distance is how many characters must be changed, left out, added or swapped to make b of a; above most it may be any number above.
func distance(a, b string, most int) int {
	from, to := []rune(a), []rune(b)
	if len(from) > 64 || len(to) > 64 || len(from)-len(to) > most || len(to)-len(from) > most {
		return most + 1
	}
	rows := [3][]int{make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := range from {
		before, last, row := rows[i%3], rows[(i+1)%3], rows[(i+2)%3]
		row[0] = i + 1
		for j := range to {
			cost := 1
			if from[i] == to[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return rows[(len(from)+1)%3][len(to)]
}
