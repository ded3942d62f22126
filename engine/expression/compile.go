package expression

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// Compile checks an expression against the names and makes a Program of it; what is wrong is an *Error. want is the type that Run must
// give: Bool for a condition, Any where every value will do. Braces ${…} or #{…} around the whole, or a leading =, mean nothing.
func (n *Names) Compile(source string, want Type) (p *Program, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, failf("the expression can't be read: %v", r)
		}
	}()
	inner, offset := bare(source)
	c := &compiler{names: n, source: inner, start: offset, program: &Program{source: source, want: want}}
	if p := c.compile(); p != nil {
		return p, nil
	}
	if c.err.Suggestion == "" && c.foreign {
		c.err.Suggestion = hint(inner)
	}
	return nil, c.err
}

// bare is the expression without what means nothing around it, and where it begins.
func bare(source string) (inner string, offset int) {
	trim := func() {
		left := strings.TrimLeft(inner, " \t\r\n")
		offset += len(inner) - len(left)
		inner = strings.TrimRight(left, " \t\r\n")
	}
	inner = source
	trim()
	if strings.HasPrefix(inner, "=") && !strings.HasPrefix(inner, "==") {
		inner, offset = inner[1:], offset+1
		trim()
	}
	if len(inner) > 1 && (inner[0] == '$' || inner[0] == '#') && inner[1] == '{' && closing(inner, 2) == len(inner)-1 {
		inner, offset = inner[2:len(inner)-1], offset+2
		trim()
	}
	return inner, offset
}

// compiler makes one Program.
type compiler struct {
	names   *Names
	source  string // without braces
	start   int    // of it in the Program's source
	program *Program
	err     *Error // the first
	lets    []let
	items   []Shape // what # is in the predicates around
	nodes   int     // seen so far: the cost of a predicate's body
	foreign bool    // the error may come from another language
}

// let is a variable of the expression itself.
type let struct {
	name  string
	slot  int
	shape Shape
}

// term is a compiled part.
type term struct {
	run   code
	shape Shape
	at    int // where it stands, in bytes of the Program's source
	fixed bool
	value any // of a fixed one
	err   *Error
}

func (t term) kind() kind { return t.shape.Type.kind() }

func (c *compiler) compile() *Program {
	switch {
	case c.source == "":
		c.fail(-1, "the expression is empty")
		return nil
	case len(c.source) > maxSource:
		c.limit(-1, "the expression is longer than %d bytes", maxSource)
		return nil
	}
	if at := tooDeep(c.source); at >= 0 {
		c.limit(c.start+at, "more than %d brackets are open at once", maxBrackets)
		return nil
	}
	tree, err := parser.ParseWithConfig(c.source, &conf.Config{MaxNodes: maxNodes})
	if err != nil {
		c.parseError(err)
		return nil
	}
	result := c.node(tree.Node)
	if want := c.program.want; !result.shape.fits(want) {
		if want == Bool {
			c.fail(-1, "gives %s, a condition must be true or false", result.kind())
		} else {
			c.fail(-1, "gives %s, %s is wanted", result.kind(), want.kind())
		}
	}
	if c.err != nil {
		return nil
	}
	c.program.run, c.program.shape = result.run, result.shape
	return c.program
}

// fail notes the first error and gives a term to go on with.
func (c *compiler) fail(at int, format string, args ...any) term {
	if c.err != nil {
		return term{at: at}
	}
	c.err = &Error{Message: fmt.Sprintf(format, args...), Offset: at}
	return term{at: at, err: c.err}
}

// suggest adds what to write instead to the error that fail has just noted, if it has.
func (c *compiler) suggest(t term, format string, args ...any) term {
	if t.err != nil {
		t.err.Suggestion = clip(fmt.Sprintf(format, args...))
	}
	return t
}

func (c *compiler) limit(at int, format string, args ...any) term {
	if c.err == nil {
		c.err = &Error{Message: fmt.Sprintf(format, args...), Offset: at, Limit: true}
	}
	return term{at: at}
}

var (
	token = regexp.MustCompile(`token (\w+)(?:\((".*")\))?`)
	lines = regexp.MustCompile(`\s+`)
)

// parseError is what the library says, in words for people.
func (c *compiler) parseError(err error) {
	message, offset := err.Error(), -1
	var e *file.Error
	if errors.As(err, &e) {
		message, offset = e.Message, c.offset(e.From)
	}
	c.foreign = c.err == nil
	switch found := token.FindStringSubmatch(message); {
	case strings.Contains(message, "maximum allowed nodes"):
		c.foreign = false
		c.limit(-1, "the expression has more than %d parts", maxNodes)
	case found != nil && found[1] == "EOF", strings.Contains(message, "end of expression"):
		c.fail(offset, "the expression ends too early")
	case strings.HasPrefix(message, "invalid integer") || strings.HasPrefix(message, "invalid float"):
		c.fail(offset, "the number is too large")
	case found != nil && found[2] != "":
		c.fail(offset, "%s can't stand here", found[2])
	default:
		c.fail(offset, "%s", clip(lines.ReplaceAllString(message, " ")))
	}
}

// offset is where the library's place, in runes of the source, is in bytes of the Program's.
func (c *compiler) offset(runes int) int {
	for i := range c.source {
		if runes == 0 {
			return c.start + i
		}
		runes--
	}
	return c.start + len(c.source)
}

// node compiles a part. What is not named here can't be used.
func (c *compiler) node(node ast.Node) term {
	// A comparison of three, a < b < c, holds b twice: within each other such make many of few.
	if c.nodes++; c.nodes > 4*maxNodes {
		return c.limit(-1, "the expression has more than %d parts", maxNodes)
	}
	switch {
	case c.err != nil:
		return term{at: -1}
	case node == nil:
		return c.fail(-1, "the expression can't be read")
	}
	at := c.offset(node.Location().From)
	switch node := node.(type) {
	case *ast.NilNode:
		return fixed(at, nothing, nil)
	case *ast.BoolNode:
		return fixed(at, Bool, node.Value)
	case *ast.IntegerNode:
		return fixed(at, Int, node.Value)
	case *ast.FloatNode:
		return fixed(at, Number, node.Value)
	case *ast.StringNode:
		return fixed(at, String, node.Value)
	case *ast.IdentifierNode:
		return c.name(at, node.Value)
	case *ast.PointerNode:
		return c.pointer(at, node.Name)
	case *ast.UnaryNode:
		return c.unary(at, node)
	case *ast.BinaryNode:
		return c.binary(at, node)
	case *ast.ChainNode:
		return c.node(node.Node)
	case *ast.MemberNode:
		return c.member(at, node)
	case *ast.SliceNode:
		return c.slice(at, node)
	case *ast.ConditionalNode:
		return c.conditional(node)
	case *ast.VariableDeclaratorNode:
		return c.let(at, node)
	case *ast.ArrayNode:
		return c.array(at, node)
	case *ast.MapNode:
		return c.record(at, node)
	case *ast.CallNode:
		if callee, ok := node.Callee.(*ast.IdentifierNode); ok {
			return c.call(at, callee.Value, node.Arguments)
		}
		if callee, ok := node.Callee.(*ast.MemberNode); ok {
			return c.method(at, callee, node.Arguments)
		}
		return c.fail(at, "only functions can be called")
	case *ast.BuiltinNode:
		return c.call(at, node.Name, node.Arguments)
	case *ast.SequenceNode:
		return c.fail(at, "; separates only let from what follows it")
	}
	return c.fail(at, "this can't be used in an expression")
}

func fixed(at int, t Type, v any) term {
	return term{run: func(*frame) (any, error) { return v, nil }, shape: Shape{Type: t}, at: at, fixed: true, value: v}
}

// name is a variable, one of the expression's own or of the Names.
func (c *compiler) name(at int, name string) term {
	for _, let := range slices.Backward(c.lets) {
		if let.name == name {
			return term{run: func(f *frame) (any, error) { return f.lets[let.slot], nil }, shape: let.shape, at: at}
		}
	}
	shape, known := c.names.Known[name]
	switch {
	case known:
	case name == "null":
		return fixed(at, nothing, nil)
	case name == "$env":
		return c.fail(at, "$env can't be used; name what is to be read")
	case name == "date" && strings.Contains(c.source, "date and time"):
		return c.suggest(c.fail(at, "there is no date and time"), "write datetime(\"2026-01-31T10:30:00\")")
	case c.isFunction(name):
		return c.suggest(c.fail(at, "%s is a function", name), "write %s(…)", name)
	case c.names.Open:
		shape = Shape{Type: Any}
	case len(c.items) > 0 && c.items[len(c.items)-1].Fields != nil:
		if _, field := c.items[len(c.items)-1].Fields[name]; field {
			return c.suggest(c.fail(at, "there is no %s", name), "a field of the item is written .%s", name)
		}
		return c.unknown(at, name)
	default:
		return c.unknown(at, name)
	}
	slot := slices.Index(c.program.names, name)
	if slot < 0 {
		slot = len(c.program.names)
		c.program.names = append(c.program.names, name)
	}
	return term{at: at, shape: shape, run: func(f *frame) (any, error) {
		v := f.slots[slot]
		if v == unread {
			if v = nil; f.env.Lookup != nil {
				v = plain(f.env.Lookup(name))
			}
			f.slots[slot] = v
		}
		return v, nil
	}}
}

// unknown is the error of a name that there is not, with one much like it.
func (c *compiler) unknown(at int, name string) term {
	c.foreign = c.foreign || c.err == nil
	t := c.fail(at, "there is no %s", name)
	candidates := sortedKeys(c.names.Known)
	for _, let := range c.lets {
		candidates = append(candidates, let.name)
	}
	if near := nearest(name, candidates); near != "" {
		return c.suggest(t, "did you mean %s?", near)
	}
	return t
}

// pointer is # or #index of the predicate around.
func (c *compiler) pointer(at int, name string) term {
	depth := len(c.items) - 1
	switch {
	case depth < 0:
		return c.fail(at, "# stands only where a list is gone through")
	case name == "":
		return term{at: at, shape: c.items[depth], run: func(f *frame) (any, error) { return f.item[depth], nil }}
	case name == "index":
		return term{at: at, shape: Shape{Type: Int}, run: func(f *frame) (any, error) { return f.index[depth], nil }}
	}
	return c.fail(at, "there is no #%s", name)
}

// let is let name = value; the rest.
func (c *compiler) let(at int, node *ast.VariableDeclaratorNode) term {
	if _, known := c.names.Known[node.Name]; known || c.isFunction(node.Name) || slices.ContainsFunc(c.lets, func(l let) bool { return l.name == node.Name }) {
		return c.fail(at, "let %s: there is a %[1]s already", node.Name)
	}
	value := c.node(node.Value)
	slot := c.program.lets
	c.program.lets++
	c.lets = append(c.lets, let{node.Name, slot, value.shape})
	rest := c.node(node.Expr)
	c.lets = c.lets[:len(c.lets)-1]
	return term{at: at, shape: rest.shape, run: func(f *frame) (any, error) {
		v, err := value.run(f)
		if err != nil {
			return nil, err
		}
		f.lets[slot] = v
		return rest.run(f)
	}}
}

// conditional is condition ? a : b. It is empty where the condition is.
func (c *compiler) conditional(node *ast.ConditionalNode) term {
	condition := c.condition(c.node(node.Cond))
	yes, no := c.node(node.Exp1), c.node(node.Exp2)
	return term{at: condition.at, shape: join(yes.shape, no.shape), run: func(f *frame) (any, error) {
		v, err := condition.run(f)
		if err != nil {
			return nil, err
		}
		switch v {
		case true:
			return yes.run(f)
		case false:
			return no.run(f)
		}
		return nil, nil
	}}
}

// condition is a term that gives true, false or nothing.
func (c *compiler) condition(t term) term {
	switch t.kind() {
	case boolean, empty:
		return t
	case unknown:
		run := t.run
		t.shape = Shape{Type: Bool}
		t.run = func(f *frame) (any, error) {
			v, err := run(f)
			if err != nil {
				return nil, err
			}
			switch v.(type) {
			case nil, bool:
				return v, nil
			}
			return nil, at(failf("%s stands where true or false is expected", describe(v)), t.at)
		}
		return t
	}
	return c.fail(t.at, "%s stands where true or false is expected", t.kind())
}

// array is [a, b].
func (c *compiler) array(at int, node *ast.ArrayNode) term {
	items := make([]term, len(node.Nodes))
	var of Shape
	for i, node := range node.Nodes {
		items[i] = c.node(node)
		if i == 0 {
			of = items[i].shape
		} else {
			of = join(of, items[i].shape)
		}
	}
	return term{at: at, shape: Shape{Type: List, Of: &of}, run: func(f *frame) (any, error) {
		if err := f.spend(len(items)); err != nil {
			return nil, err
		}
		list := make([]any, len(items))
		for i, item := range items {
			v, err := item.run(f)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	}}
}

// record is {a: 1, "b": 2}.
func (c *compiler) record(at int, node *ast.MapNode) term {
	type pair struct{ key, value term }
	pairs := make([]pair, 0, len(node.Pairs))
	shape := Shape{Type: Map, Fields: map[string]Shape{}}
	for _, node := range node.Pairs {
		node, ok := node.(*ast.PairNode)
		if !ok {
			return c.fail(at, "this can't be used in an expression")
		}
		p := pair{c.text(c.node(node.Key)), c.node(node.Value)}
		if key, ok := p.key.value.(string); ok && shape.Fields != nil {
			shape.Fields[key] = p.value.shape
		} else {
			shape.Fields = nil
		}
		pairs = append(pairs, p)
	}
	return term{at: at, shape: shape, run: func(f *frame) (any, error) {
		if err := f.spend(len(pairs)); err != nil {
			return nil, err
		}
		record := make(map[string]any, len(pairs))
		for _, pair := range pairs {
			key, err := pair.key.run(f)
			if err != nil {
				return nil, err
			}
			name, ok := key.(string)
			if !ok {
				return nil, failAt(pair.key.at, "a key must be a text, not %s", describe(key))
			}
			if record[name], err = pair.value.run(f); err != nil {
				return nil, err
			}
		}
		return record, nil
	}}
}

// text is a term that may give a text.
func (c *compiler) text(t term) term {
	if k := t.kind(); k != text && k != unknown && k != empty {
		return c.fail(t.at, "%s stands where a text is expected", k)
	}
	return t
}

// join is what is known of a value that has one shape or the other.
func join(a, b Shape) Shape {
	switch {
	case a.Type == nothing:
		return b
	case b.Type == nothing:
		return a
	case a.Type.kind() == number && b.Type.kind() == number && a.Type != b.Type:
		return Shape{Type: Number}
	case a.Type != b.Type:
		return Shape{Type: Any}
	case a.Type == List && a.Of != nil && b.Of != nil:
		of := join(*a.Of, *b.Of)
		return Shape{Type: List, Of: &of}
	case a.Type == List:
		return Shape{Type: List}
	case a.Type == Map:
		fields := map[string]Shape{}
		for name, field := range a.Fields {
			other, both := b.Fields[name]
			if !both {
				return Shape{Type: Map}
			}
			fields[name] = join(field, other)
		}
		if len(fields) != len(b.Fields) || a.Fields == nil || b.Fields == nil {
			return Shape{Type: Map}
		}
		return Shape{Type: Map, Fields: fields}
	}
	return a
}

func failAt(offset int, format string, args ...any) error { return at(failf(format, args...), offset) }
