package expression

import (
	"math"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// unary is not a, !a, -a, +a.
func (c *compiler) unary(offset int, node *ast.UnaryNode) term {
	operand := c.node(node.Node)
	switch node.Operator {
	case "not", "!":
		if k := operand.kind(); k != boolean && k != unknown && k != empty {
			t := c.fail(offset, "%s %s: %s stands where true or false is expected", node.Operator, node.Node, k)
			return c.suggest(t, "write not (…) around a comparison")
		}
		operand = c.condition(operand)
		return term{at: offset, shape: Shape{Type: Bool}, run: func(f *frame) (any, error) {
			v, err := operand.run(f)
			if err != nil {
				return nil, err
			}
			if v, ok := v.(bool); ok {
				return !v, nil
			}
			return nil, nil
		}}
	case "-", "+":
		switch operand.kind() {
		case unknown, empty, number, money, span:
		default:
			return c.fail(offset, "%s needs a number, not %s", node.Operator, operand.kind())
		}
		if operand.fixed && operand.value != nil && node.Operator == "-" {
			if v, err := negative(operand.value); err == nil {
				return fixed(offset, operand.shape.Type, v)
			}
		}
		return term{at: offset, shape: operand.shape, run: func(f *frame) (any, error) {
			v, err := operand.run(f)
			if err != nil || v == nil {
				return nil, err
			}
			if node.Operator == "+" {
				if k := kindOf(v); k != number && k != money && k != span {
					return nil, failAt(offset, "+ needs a number, not %s", describe(v))
				}
				return v, nil
			}
			if v, err = negative(v); err != nil {
				return nil, at(err, offset)
			}
			return v, nil
		}}
	}
	return c.fail(offset, "%s can't be used", node.Operator)
}

// binary is a operator b.
func (c *compiler) binary(offset int, node *ast.BinaryNode) term {
	switch node.Operator {
	case "in":
		return c.in(offset, node)
	case "..":
		return c.interval(offset, node)
	case "matches":
		return c.matches(offset, node)
	}
	a, b := c.node(node.Left), c.node(node.Right)
	if a.run == nil || b.run == nil {
		return term{at: offset}
	}
	switch node.Operator {
	case "and", "&&":
		return c.logic(offset, a, b, false)
	case "or", "||":
		return c.logic(offset, a, b, true)
	case "==":
		return c.equality(offset, node, a, b, true)
	case "!=":
		return c.equality(offset, node, a, b, false)
	case "<", "<=", ">", ">=":
		return c.ordering(offset, node, a, b)
	case "contains", "startsWith", "endsWith":
		return c.textual(offset, node, a, b)
	case "??":
		return term{at: offset, shape: join(a.shape, b.shape), run: func(f *frame) (any, error) {
			if v, err := a.run(f); err != nil || v != nil {
				return v, err
			}
			return b.run(f)
		}}
	case "+", "-", "*", "/", "%", "**", "^":
		return c.arithmetic(offset, node, a, b)
	}
	return c.fail(offset, "%s can't be used", node.Operator)
}

// logic is Kleene's and, or: what decides alone does so, else empty makes empty.
func (c *compiler) logic(offset int, a, b term, decides bool) term {
	a, b = c.condition(a), c.condition(b)
	return term{at: offset, shape: Shape{Type: Bool}, run: func(f *frame) (any, error) {
		first, err := a.run(f)
		if err != nil {
			return nil, err
		}
		if first == decides {
			return decides, nil
		}
		second, err := b.run(f)
		if err != nil || second == nil || second == decides {
			return second, err
		}
		return first, nil
	}}
}

// both runs two terms; ok is false where one is empty or went wrong.
func both(f *frame, a, b term) (x, y any, ok bool, err error) {
	if x, err = a.run(f); err != nil {
		return nil, nil, false, err
	}
	if y, err = b.run(f); err != nil {
		return nil, nil, false, err
	}
	return x, y, x != nil && y != nil, nil
}

// equality is == and !=. With a literal nil it asks whether the other is empty, and is never empty itself.
func (c *compiler) equality(offset int, node *ast.BinaryNode, a, b term, equal bool) term {
	result := term{at: offset, shape: Shape{Type: Bool}}
	if isNil(a) || isNil(b) {
		if isNil(a) {
			a = b
		}
		result.run = func(f *frame) (any, error) {
			v, err := a.run(f)
			if err != nil {
				return nil, err
			}
			return (v == nil) == equal, nil
		}
		return result
	}
	if !a.kind().comparable(b.kind()) {
		return c.mismatch(offset, node, a, b)
	}
	if s, ok := b.value.(string); ok {
		result.run = func(f *frame) (any, error) {
			v, err := a.run(f)
			if err != nil || v == nil {
				return nil, err
			}
			text, ok := v.(string)
			return (ok && text == s) == equal, nil // of another kind, which no upload could know: not equal
		}
		return result
	}
	result.run = func(f *frame) (any, error) {
		x, y, ok, err := both(f, a, b)
		if !ok {
			return nil, err
		}
		same, err := f.sameInside(x, y)
		if err != nil {
			return nil, at(err, offset)
		}
		return same == equal, nil
	}
	return result
}

// isNil reports whether nil stands there literally.
func isNil(t term) bool { return t.fixed && t.value == nil }

// ordering is < <= > >=.
func (c *compiler) ordering(offset int, node *ast.BinaryNode, a, b term) term {
	if !a.kind().ordered(b.kind()) {
		return c.mismatch(offset, node, a, b)
	}
	var least, most int // what order may give
	switch node.Operator {
	case "<":
		least, most = -1, -1
	case "<=":
		least, most = -1, 0
	case ">":
		least, most = 1, 1
	case ">=":
		least, most = 0, 1
	}
	return term{at: offset, shape: Shape{Type: Bool}, run: func(f *frame) (any, error) {
		x, y, ok, err := both(f, a, b)
		if !ok {
			return nil, err
		}
		order, err := f.order(x, y)
		if err != nil {
			return nil, at(err, offset)
		}
		return least <= order && order <= most, nil
	}}
}

// mismatch is the error of a comparison that can't be.
func (c *compiler) mismatch(offset int, node *ast.BinaryNode, a, b term) term {
	if a.kind() == b.kind() {
		return c.fail(offset, "%s can't be more or less than another", a.kind())
	}
	t := c.fail(offset, "%s can't be compared with %s", a.kind(), b.kind())
	if a.kind() == text || a.kind() == list && b.kind() != list {
		a, b = b, a
		node = &ast.BinaryNode{Left: node.Right, Right: node.Left}
	}
	switch {
	case b.kind() == text && (a.kind() == day || a.kind() == moment):
		return c.suggest(t, "write date(%s)", node.Right)
	case b.kind() == text && a.kind() == span:
		return c.suggest(t, "write duration(%s)", node.Right)
	case b.kind() == text && a.kind() == boolean && (b.value == "true" || b.value == "false"):
		return c.suggest(t, "write %s without quotes", b.value)
	case b.kind() == text && a.kind() == number && b.fixed:
		return c.suggest(t, "write the number without quotes")
	case b.kind() == list && a.kind() != list:
		return c.suggest(t, "write %s in %s", node.Left, node.Right)
	}
	return t
}

// textOperators can be written as methods of a text too: name.contains("x").
var textOperators = []string{"contains", "startsWith", "endsWith"}

// textual is contains, startsWith, endsWith.
func (c *compiler) textual(offset int, node *ast.BinaryNode, a, b term) term {
	test := map[string]func(s, part string) bool{"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix}[node.Operator]
	for _, t := range []term{a, b} {
		if k := t.kind(); k != text && k != unknown && k != empty {
			e := c.fail(offset, "%s needs texts, not %s", node.Operator, k)
			if k == list {
				return c.suggest(e, "write %s in %s", node.Right, node.Left)
			}
			return e
		}
	}
	return term{at: offset, shape: Shape{Type: Bool}, run: func(f *frame) (any, error) {
		x, y, ok, err := both(f, a, b)
		if !ok {
			return nil, err
		}
		s, first := x.(string)
		part, second := y.(string)
		if !first || !second {
			return nil, failAt(offset, "%s needs texts, not %s and %s", node.Operator, describe(x), describe(y))
		}
		if err := f.spend(len(s) / 64); err != nil {
			return nil, at(err, offset)
		}
		return test(s, part), nil
	}}
}

// matches is a matches "regular expression", of RE2.
func (c *compiler) matches(offset int, node *ast.BinaryNode) term {
	a := c.text(c.node(node.Left))
	c.nodes++
	literal, ok := node.Right.(*ast.StringNode)
	if !ok {
		return c.fail(offset, "what follows matches must be written in quotes")
	}
	if len(literal.Value) > maxPattern {
		return c.limit(offset, "the pattern is longer than %d bytes", maxPattern)
	}
	parsed, err := syntax.Parse(literal.Value, syntax.Perl)
	if err != nil {
		return c.fail(offset, "the pattern can't be read: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(program.Inst) > maxProgram {
		return c.limit(offset, "the pattern repeats too much")
	}
	pattern, err := regexp.Compile(literal.Value)
	if err != nil {
		return c.fail(offset, "the pattern can't be read: %s", err)
	}
	cost := len(program.Inst)
	return term{at: offset, shape: Shape{Type: Bool}, run: func(f *frame) (any, error) {
		v, err := a.run(f)
		if err != nil || v == nil {
			return nil, err
		}
		s, ok := v.(string)
		if !ok {
			return nil, failAt(offset, "matches needs a text, not %s", describe(v))
		}
		if err := f.spend(1 + len(s)*cost/2); err != nil {
			return nil, at(err, offset)
		}
		return pattern.MatchString(s), nil
	}}
}

// in is a in list, a in record (as a key), a in 1..5. Nothing is in an empty list; empty itself is where a list holds it.
func (c *compiler) in(offset int, node *ast.BinaryNode) term {
	if bounds, ok := node.Right.(*ast.BinaryNode); ok && bounds.Operator == ".." {
		if after := strings.TrimLeft(c.source[offset-c.start+len("in"):], " \t\r\n"); strings.HasPrefix(after, "(") {
			t := c.fail(offset, "an interval in brackets can't be used: they may mean that its ends don't count")
			return c.suggest(t, "write x >= a and x <= b, with > and < where an end does not count")
		}
		return c.within(offset, node.Left, bounds)
	}
	if array, ok := node.Right.(*ast.ArrayNode); ok && len(array.Nodes) == 1 {
		if bounds, ok := array.Nodes[0].(*ast.BinaryNode); ok && bounds.Operator == ".." {
			t := c.fail(offset, "a list with an interval in it holds no number")
			return c.suggest(t, "write %s >= %s and %[1]s <= %[3]s", node.Left, bounds.Left, bounds.Right)
		}
	}
	a, b := c.node(node.Left), c.node(node.Right)
	switch b.kind() {
	case list:
		if b.shape.Of != nil && !a.kind().comparable(b.shape.Of.Type.kind()) {
			return c.fail(offset, "%s is never in a list of which each item is %s", a.kind(), b.shape.Of.Type.kind())
		}
	case record, unknown, empty:
	case text:
		return c.suggest(c.fail(offset, "in needs a list, not a text"), "write %s contains %s", node.Right, node.Left)
	default:
		return c.fail(offset, "in needs a list, not %s", b.kind())
	}
	return term{at: offset, shape: Shape{Type: Bool}, run: func(f *frame) (any, error) {
		x, y, _, err := both(f, a, b)
		if err != nil {
			return nil, err
		}
		switch y := y.(type) {
		case nil:
			return false, nil
		case []any:
			for _, item := range y {
				found, err := f.sameInside(x, item)
				if err != nil {
					return nil, at(err, offset)
				}
				if found {
					return true, nil
				}
			}
			return false, nil
		case map[string]any:
			key, _ := x.(string)
			_, found := y[key]
			return found && x != nil, nil
		}
		return nil, failAt(offset, "in needs a list, not %s", describe(y))
	}}
}

// within is a in from..to: whether a is a whole number from here to there.
func (c *compiler) within(offset int, node ast.Node, bounds *ast.BinaryNode) term {
	a, from, to := c.node(node), c.node(bounds.Left), c.node(bounds.Right)
	for _, t := range []term{a, from, to} {
		if k := t.kind(); k != number && k != unknown && k != empty {
			t := c.fail(offset, "in %s needs a whole number, not %s", bounds, k)
			return c.suggest(t, "write %s >= %s and %[1]s <= %[3]s", node, bounds.Left, bounds.Right)
		}
	}
	return term{at: offset, shape: Shape{Type: Bool}, run: func(f *frame) (any, error) {
		v, err := a.run(f)
		if err != nil {
			return nil, err
		}
		x, y, ok, err := both(f, from, to)
		if err != nil {
			return nil, err
		}
		if v == nil || !ok {
			return false, nil
		}
		n, valued := floatOf(v)
		low, first := wholeOf(x)
		high, second := wholeOf(y)
		if !valued || !first || !second {
			return nil, failAt(offset, "in %s needs whole numbers, not %s in %s..%s", bounds, describe(v), describe(x), describe(y))
		}
		return n == math.Trunc(n) && float64(low) <= n && n <= float64(high), nil
	}}
}

// interval is from..to, the list of the whole numbers from here to there.
func (c *compiler) interval(offset int, node *ast.BinaryNode) term {
	from, to := c.node(node.Left), c.node(node.Right)
	for _, t := range []term{from, to} {
		if k := t.kind(); k != number && k != unknown && k != empty {
			return c.fail(offset, ".. needs whole numbers, not %s", k)
		}
	}
	return term{at: offset, shape: Shape{Type: List, Of: &Shape{Type: Int}}, run: func(f *frame) (any, error) {
		x, y, ok, err := both(f, from, to)
		if !ok {
			return nil, err
		}
		low, first := wholeOf(x)
		high, second := wholeOf(y)
		if !first || !second {
			return nil, failAt(offset, ".. needs whole numbers, not %s and %s", describe(x), describe(y))
		}
		if high < low {
			return []any{}, nil
		}
		length := high - low + 1
		if length > maxRange || length <= 0 {
			return nil, at(limitf("a list of more than %d numbers can't be made", maxRange), offset)
		}
		if err := f.spend(length); err != nil {
			return nil, at(err, offset)
		}
		list := make([]any, length)
		for i := range list {
			list[i] = low + i
		}
		return list, nil
	}}
}
