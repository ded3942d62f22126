package expression

import "github.com/expr-lang/expr/ast"

// arithmetic is + - * / % **. It is empty where one side is.
func (c *compiler) arithmetic(offset int, node *ast.BinaryNode, a, b term) term {
	result, ok := sumType(node.Operator, a.shape.Type, b.shape.Type)
	if !ok {
		return c.nonsense(offset, node, a, b)
	}
	var do func(f *frame, a, b any) (any, error)
	switch node.Operator {
	case "+":
		do = (*frame).add
	case "-":
		do = (*frame).subtract
	case "*":
		do = func(_ *frame, a, b any) (any, error) { return multiply(a, b) }
	case "/":
		do = func(_ *frame, a, b any) (any, error) { return divide(a, b) }
	case "%":
		do = func(_ *frame, a, b any) (any, error) { return remainder(a, b) }
	default:
		do = func(_ *frame, a, b any) (any, error) { return raise(a, b) }
	}
	return term{at: offset, shape: Shape{Type: result}, run: func(f *frame) (any, error) {
		x, y, ok, err := both(f, a, b)
		if !ok {
			return nil, err
		}
		v, err := do(f, x, y)
		if err != nil {
			return nil, at(err, offset)
		}
		return v, nil
	}}
}

// operation is an operator between kinds.
type operation struct {
	operator string
	a, b     kind
}

// sums are the types of what arithmetic gives; Number between whole numbers is Int, but for / and **.
var sums = map[operation]Type{
	{"+", number, number}: Number, {"+", money, money}: MoneyType, {"+", money, number}: MoneyType, {"+", number, money}: MoneyType,
	{"+", text, text}: String, {"+", day, span}: Any, {"+", span, day}: Any, {"+", moment, span}: TimeType, {"+", span, moment}: TimeType, {"+", span, span}: DurationType,
	{"-", number, number}: Number, {"-", money, money}: MoneyType, {"-", money, number}: MoneyType, {"-", number, money}: MoneyType,
	{"-", day, span}: Any, {"-", moment, span}: TimeType, {"-", moment, moment}: DurationType, {"-", span, span}: DurationType,
	{"*", number, number}: Number, {"*", money, number}: MoneyType, {"*", number, money}: MoneyType,
	{"/", number, number}: Number, {"/", money, number}: MoneyType, {"/", money, money}: Number,
	{"%", number, number}: Int, {"**", number, number}: Number, {"^", number, number}: Number,
}

// sumType is the type of a operator b; ok is false where there can be none.
func sumType(operator string, a, b Type) (t Type, ok bool) {
	x, y := a.kind(), b.kind()
	if x == empty || y == empty || x == unknown && y == unknown {
		return Any, true
	}
	if x == unknown || y == unknown {
		for sum := range sums {
			if sum.operator == operator && (sum.a == x || sum.b == y) {
				return Any, true
			}
		}
		return Any, false
	}
	t, ok = sums[operation{operator, x, y}]
	if t == Number && a == Int && b == Int && (operator == "+" || operator == "-" || operator == "*") {
		t = Int
	}
	return t, ok
}

// nonsense is the error of arithmetic that can't be.
func (c *compiler) nonsense(offset int, node *ast.BinaryNode, a, b term) term {
	t := c.fail(offset, "%s %s %s can't be reckoned", a.kind(), node.Operator, b.kind())
	x, y := a.kind(), b.kind()
	switch {
	case node.Operator == "+" && x == list && y == list:
		return c.suggest(t, "write concat(%s, %s)", node.Left, node.Right)
	case node.Operator == "+" && y == text:
		return c.suggest(t, "write string(%s) + %s", node.Left, node.Right)
	case node.Operator == "+" && x == text:
		return c.suggest(t, "write %s + string(%s)", node.Left, node.Right)
	case node.Operator == "-" && (x == day || x == moment) && (y == day || y == moment):
		return c.suggest(t, "write days(%s, %s)", node.Right, node.Left)
	case (x == day || x == moment) && y == number:
		return c.suggest(t, "write addPeriod(%s, \"P1D\")", node.Left)
	}
	return t
}
