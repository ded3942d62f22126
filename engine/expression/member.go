package expression

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// member is a.b and a[b]. A member of nothing is nothing, and so is one that is not there.
func (c *compiler) member(offset int, node *ast.MemberNode) term {
	of := c.node(node.Node)
	property := c.node(node.Property)
	if of.run == nil || property.run == nil {
		return term{at: offset}
	}
	name, named := property.value.(string)
	var shape Shape
	switch of.kind() {
	case record:
		if k := property.kind(); k != text && k != unknown {
			return c.fail(offset, "a field has a name, not %s", k)
		}
		if field, known := of.shape.Fields[name]; named && known {
			shape = field
		} else if named && of.shape.Fields != nil {
			t := c.fail(property.at, "%s has no field %s", node.Node, name)
			if near := nearest(name, sortedKeys(of.shape.Fields)); near != "" {
				return c.suggest(t, "did you mean %s?", near)
			}
			return t
		}
	case list:
		if named {
			return c.listMember(offset, node, name, of)
		}
		if k := property.kind(); k != number && k != unknown {
			return c.fail(offset, "an item of a list has a number, not %s", k)
		}
		if of.shape.Of != nil {
			shape = *of.shape.Of
		}
	case day, moment:
		if _, known := parts[name]; !known {
			return c.suggest(c.fail(offset, "%s has no %s", of.kind(), node.Property), "it has year, month, day, weekday, hour, minute and second")
		}
		shape = Shape{Type: Int}
	case unknown, empty:
	case text:
		if named {
			return c.noMethod(c.fail(offset, "a text has no fields"), node.Node, name, nil)
		}
		shape = Shape{Type: String}
	default:
		return c.fail(offset, "%s has no fields", of.kind())
	}
	return term{at: offset, shape: shape, run: func(f *frame) (any, error) {
		v, key, ok, err := both(f, of, property)
		if !ok {
			return nil, err
		}
		v, err = f.part(v, key)
		if err != nil {
			return nil, at(err, offset)
		}
		return v, nil
	}}
}

// listMember is the error of list.name.
func (c *compiler) listMember(offset int, node *ast.MemberNode, name string, of term) term {
	t := c.fail(offset, "a list has no fields")
	if of.shape.Of != nil {
		if _, known := of.shape.Of.Fields[name]; known {
			return c.suggest(t, "write map(%s, .%s) for the %[2]s of each item", node.Node, name)
		}
	}
	return c.noMethod(t, node.Node, name, nil)
}

// part is v.key or v[key]; neither is empty.
func (f *frame) part(v, key any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if key, ok := key.(string); ok {
			return plain(v[key]), nil
		}
		return nil, failf("a field has a name, not %s", describe(key))
	case []any:
		i, ok := wholeOf(key)
		if !ok {
			return nil, failf("an item of a list has a number, not %s", describe(key))
		}
		if i < 0 {
			i += len(v)
		}
		if i < 0 || i >= len(v) {
			return nil, nil
		}
		return plain(v[i]), nil
	case string:
		i, ok := wholeOf(key)
		if !ok {
			return nil, failf("a text has no fields")
		}
		if i == -1 {
			return f.cut(v, i, math.MaxInt)
		}
		return f.cut(v, i, i+1)
	case Date, time.Time:
		name, _ := key.(string)
		if part, known := parts[name]; known {
			t, err := As(TimeType, v, f.zone())
			if err != nil {
				return nil, err
			}
			return part(t.(time.Time).In(f.zone())), nil
		}
		return nil, failf("%s has no %s", kindOf(v), Format(key, nil))
	}
	return nil, failf("%s has no fields", describe(v))
}

// parts are what a Date and a Time have: today().year. They can also be written as in Go: today().Year().
var parts = map[string]func(t time.Time) int{
	"year":    time.Time.Year,
	"month":   func(t time.Time) int { return int(t.Month()) },
	"day":     time.Time.Day,
	"weekday": func(t time.Time) int { return weekday(t.Weekday()) },
	"hour":    time.Time.Hour,
	"minute":  time.Time.Minute,
	"second":  time.Time.Second,
}

// method is a.Name(…): parts of a Date or Time, and the operators of texts that are methods elsewhere.
func (c *compiler) method(offset int, callee *ast.MemberNode, args []ast.Node) term {
	property, _ := callee.Property.(*ast.StringNode)
	if property == nil {
		return c.fail(offset, "only functions can be called")
	}
	name := strings.ToLower(property.Value[:1]) + property.Value[1:]
	if _, known := parts[name]; known && len(args) == 0 {
		return c.member(offset, &ast.MemberNode{Node: callee.Node, Property: &ast.StringNode{Value: name}})
	}
	if slices.Contains(textOperators, name) && len(args) == 1 {
		return c.binary(offset, &ast.BinaryNode{Operator: name, Left: callee.Node, Right: args[0]})
	}
	for _, node := range append([]ast.Node{callee.Node}, args...) {
		if name, ok := node.(*ast.IdentifierNode); !ok || name.Value != "execution" {
			c.node(node)
		}
	}
	return c.noMethod(c.fail(offset, "a value has no functions of its own: %s", property.Value), callee.Node, property.Value, args)
}

// noMethod says what to write for a method of Java or JavaScript.
func (c *compiler) noMethod(t term, of ast.Node, name string, args []ast.Node) term {
	if t.err == nil {
		return t
	}
	arg := "x"
	if len(args) > 0 {
		arg = args[0].String()
	}
	object := of.String()
	write := ""
	switch name {
	case "equals", "eq":
		write = fmt.Sprintf("%s == %s", object, arg)
	case "equalsIgnoreCase":
		write = fmt.Sprintf("lower(%s) == lower(%s)", object, arg)
	case "size", "length", "count":
		write = fmt.Sprintf("len(%s)", object)
	case "isEmpty", "empty":
		write = fmt.Sprintf("len(%s) == 0", object)
	case "includes":
		write = fmt.Sprintf("%s contains %s, or %[2]s in %[1]s of a list", object, arg)
	case "containsKey", "has", "hasVariable":
		write = fmt.Sprintf("%s in %s", arg, object)
	case "matches":
		write = fmt.Sprintf("%s matches %s", object, arg)
	case "toLowerCase", "toUpperCase":
		write = fmt.Sprintf("%s(%s)", strings.ToLower(name[2:7]), object)
	case "trim", "split", "replace", "indexOf", "lastIndexOf", "join", "map", "filter", "find", "reverse", "sort":
		write = fmt.Sprintf("%s(%s, …)", name, object)
	case "some", "every":
		write = fmt.Sprintf("%s(%s, …)", map[string]string{"some": "any", "every": "all"}[name], object)
	case "toString":
		write = fmt.Sprintf("string(%s)", object)
	case "get":
		write = fmt.Sprintf("%s[%s]", object, arg)
	case "getVariable", "getVariableLocal":
		if name, ok := strings.CutPrefix(arg, `"`); ok {
			write = strings.TrimSuffix(name, `"`)
		}
	case "before", "isBefore":
		write = fmt.Sprintf("%s < %s", object, arg)
	case "after", "isAfter":
		write = fmt.Sprintf("%s > %s", object, arg)
	case "value", "textValue", "intValue", "prop":
		write = "the value itself"
	}
	if write == "" {
		return t
	}
	return c.suggest(t, "write %s", write)
}

// slice is a[1:3] of a list or a text, in characters; bounds beyond it mean its ends.
func (c *compiler) slice(offset int, node *ast.SliceNode) term {
	of := c.node(node.Node)
	if k := of.kind(); !slices.Contains([]kind{list, text, unknown, empty}, k) {
		return c.fail(offset, "%s can't be cut", k)
	}
	from, to := fixed(offset, Int, 0), fixed(offset, Int, math.MaxInt)
	if node.From != nil {
		from = c.node(node.From)
	}
	if node.To != nil {
		to = c.node(node.To)
	}
	for _, t := range []term{from, to} {
		if k := t.kind(); k != number && k != unknown && k != empty {
			return c.fail(offset, "a bound is a number, not %s", k)
		}
	}
	return term{at: offset, shape: of.shape, run: func(f *frame) (any, error) {
		v, err := of.run(f)
		if err != nil {
			return nil, err
		}
		x, y, ok, err := both(f, from, to)
		if err != nil || !ok || v == nil {
			return nil, err
		}
		low, first := wholeOf(x)
		high, second := wholeOf(y)
		if !first || !second {
			return nil, failAt(offset, "a bound is a whole number, not %s and %s", describe(x), describe(y))
		}
		switch v := v.(type) {
		case string:
			return f.cut(v, low, high)
		case []any:
			low, high = bounds(low, high, len(v))
			return v[low:high:high], nil
		}
		return nil, failAt(offset, "%s can't be cut", describe(v))
	}}
}

// cut is s[low:high] in characters.
func (f *frame) cut(s string, low, high int) (any, error) {
	if err := f.spend(len(s) / 4); err != nil {
		return nil, err
	}
	runes := []rune(s)
	low, high = bounds(low, high, len(runes))
	return string(runes[low:high]), nil
}

// bounds brings low and high into a length; a negative one counts from the end.
func bounds(low, high, length int) (int, int) {
	if low < 0 {
		low += length
	}
	if high < 0 {
		high += length
	}
	low = max(0, min(low, length))
	return low, max(low, min(high, length))
}
