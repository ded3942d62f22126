package expression

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// predicates are the functions that go through a list: filter(items, .amount > 0). An empty list is one without items; what is empty
// for an item is not true for it.
var predicates = []string{"all", "any", "count", "filter", "find", "findIndex", "findLast", "findLastIndex", "map", "none", "one", "sortBy", "sum"}

// predicate is call of one of the predicates; ok is false where the name is no such.
func (c *compiler) predicate(offset int, name string, args []ast.Node) (t term, ok bool) {
	switch name {
	case "all", "any", "none", "one":
		return c.quantifier(offset, name, args), true
	case "filter", "count":
		return c.filter(offset, name, args), true
	case "find", "findLast", "findIndex", "findLastIndex":
		return c.find(offset, name, args), true
	case "map":
		return c.mapping(offset, name, args), true
	case "sum":
		return c.sum(offset, name, args), true
	case "sortBy":
		return c.sortBy(offset, name, args), true
	}
	return t, false
}

// loop is a list with what is done for each of its items.
type loop struct {
	list  term
	body  term
	depth int
	cost  int
	at    int
}

// loop compiles the first two arguments. Without a second the body is the item itself.
func (c *compiler) loop(offset int, name string, args []ast.Node) (l loop, ok bool) {
	if len(args) == 0 {
		c.fail(offset, "%s() needs a list", name)
		return l, false
	}
	l = loop{list: c.node(args[0]), depth: len(c.items), at: offset}
	if k := l.list.kind(); k != list && k != unknown && k != empty {
		c.fail(l.list.at, "%s() needs a list, not %s", name, k)
		return l, false
	}
	if l.depth == maxPredicates {
		c.limit(offset, "more than %d lists are gone through in each other", maxPredicates)
		return l, false
	}
	before := c.nodes
	c.items = append(c.items, l.item())
	l.body = c.pointer(offset, "")
	if len(args) > 1 {
		predicate, isPredicate := args[1].(*ast.PredicateNode)
		if !isPredicate {
			c.fail(offset, "%s() needs a condition for its items", name)
			return l, false
		}
		l.body = c.node(predicate.Node)
	}
	c.items = c.items[:l.depth]
	l.cost = 1 + c.nodes - before
	return l, c.err == nil
}

// item is what is known of the items.
func (l loop) item() Shape {
	if l.list.shape.Of != nil {
		return *l.list.shape.Of
	}
	return Shape{Type: Any}
}

// run calls visit with each item and what the body gives for it, until visit says stop.
func (l loop) run(f *frame, visit func(i int, item, v any) (stop bool, err error)) error {
	v, err := l.list.run(f)
	if err != nil || v == nil {
		return err
	}
	items, ok := v.([]any)
	if !ok {
		return failAt(l.list.at, "a list is needed, not %s", describe(v))
	}
	outer, position := f.item[l.depth], f.index[l.depth]
	defer func() { f.item[l.depth], f.index[l.depth] = outer, position }()
	for i, item := range items {
		if err := f.spend(l.cost); err != nil {
			return at(err, l.at)
		}
		f.item[l.depth], f.index[l.depth] = plain(item), i
		v, err := l.body.run(f)
		if err != nil {
			return err
		}
		if stop, err := visit(i, f.item[l.depth], v); stop || err != nil {
			return err
		}
	}
	return nil
}

// quantifier is all, any, none, one. With an item for which the condition is empty it is empty, unless the others decide.
func (c *compiler) quantifier(offset int, name string, args []ast.Node) term {
	l, ok := c.loop(offset, name, args)
	if !ok {
		return term{at: offset}
	}
	l.body = c.condition(l.body)
	return term{at: offset, shape: Shape{Type: Bool}, run: func(f *frame) (any, error) {
		holds, fails, empties := 0, 0, 0
		err := l.run(f, func(_ int, _, v any) (bool, error) {
			switch v {
			case true:
				holds++
			case false:
				fails++
			default:
				empties++
			}
			return name == "all" && fails > 0 || (name == "any" || name == "none") && holds > 0 || name == "one" && holds > 1, nil
		})
		if err != nil {
			return nil, err
		}
		switch {
		case name == "all" && fails > 0, name == "none" && holds > 0, name == "one" && holds > 1:
			return false, nil
		case name == "any" && holds > 0:
			return true, nil
		case empties > 0:
			return nil, nil
		}
		return name == "all" || name == "none" || name == "one" && holds == 1, nil
	}}
}

// filter is filter and count: the items for which the condition is true, and how many they are.
func (c *compiler) filter(offset int, name string, args []ast.Node) term {
	l, ok := c.loop(offset, name, args)
	if !ok {
		return term{at: offset}
	}
	if k := l.body.kind(); len(args) == 1 && k != boolean && k != unknown && k != empty {
		return c.suggest(c.fail(offset, "count() counts what is true"), "write len(%s)", args[0])
	}
	l.body = c.condition(l.body)
	if name == "count" {
		return term{at: offset, shape: Shape{Type: Int}, run: func(f *frame) (any, error) {
			n := 0
			err := l.run(f, func(_ int, _, v any) (bool, error) {
				if v == true {
					n++
				}
				return false, nil
			})
			return n, err
		}}
	}
	return term{at: offset, shape: Shape{Type: List, Of: l.list.shape.Of}, run: func(f *frame) (any, error) {
		kept := []any{}
		err := l.run(f, func(_ int, item, v any) (bool, error) {
			if v == true {
				kept = append(kept, item)
			}
			return false, nil
		})
		return kept, err
	}}
}

// find is find, findLast, findIndex, findLastIndex: empty where there is none.
func (c *compiler) find(offset int, name string, args []ast.Node) term {
	l, ok := c.loop(offset, name, args)
	if !ok {
		return term{at: offset}
	}
	l.body = c.condition(l.body)
	first := name == "find" || name == "findIndex"
	place := name == "findIndex" || name == "findLastIndex"
	result := term{at: offset, shape: Shape{Type: Int}}
	if !place {
		result.shape = l.item()
	}
	result.run = func(f *frame) (found any, err error) {
		err = l.run(f, func(i int, item, v any) (bool, error) {
			if v != true {
				return false, nil
			}
			if found = item; place {
				found = i
			}
			return first, nil
		})
		return found, err
	}
	return result
}

// mapping is map: what the body gives for each item.
func (c *compiler) mapping(offset int, name string, args []ast.Node) term {
	l, ok := c.loop(offset, name, args)
	if !ok {
		return term{at: offset}
	}
	return term{at: offset, shape: Shape{Type: List, Of: &l.body.shape}, run: func(f *frame) (any, error) {
		list := []any{}
		err := l.run(f, func(_ int, _, v any) (bool, error) {
			list = append(list, v)
			return false, nil
		})
		return list, err
	}}
}

// sum adds up. It is 0 of no items, and empty where a summand is.
func (c *compiler) sum(offset int, name string, args []ast.Node) term {
	l, ok := c.loop(offset, name, args)
	if !ok {
		return term{at: offset}
	}
	var zero any = 0
	switch l.body.kind() {
	case unknown, empty, number:
	case money:
		zero = Money(0)
	default:
		return c.fail(offset, "sum() adds up numbers and money, not %s", l.body.kind())
	}
	return term{at: offset, shape: Shape{Type: l.body.shape.Type}, run: func(f *frame) (any, error) {
		total, empty := zero, false
		err := l.run(f, func(_ int, _, v any) (stop bool, err error) {
			if v == nil {
				empty = true
				return false, nil
			}
			if !kindOf(v).summand() {
				return true, failAt(offset, "sum() adds up numbers and money, not %s", describe(v))
			}
			if total, err = f.add(total, v); err != nil {
				return true, at(err, offset)
			}
			return false, nil
		})
		if err != nil || empty {
			return nil, err
		}
		return total, nil
	}}
}

// sortBy is the list in order of what the body gives, "desc" the other way round; items without come last.
func (c *compiler) sortBy(offset int, name string, args []ast.Node) term {
	l, ok := c.loop(offset, name, args)
	if !ok {
		return term{at: offset}
	}
	way := fixed(offset, String, "asc")
	if len(args) > 2 {
		way = c.text(c.node(args[2]))
	}
	return term{at: offset, shape: Shape{Type: List, Of: l.list.shape.Of}, run: func(f *frame) (any, error) {
		list, keys := []any{}, []any{}
		err := l.run(f, func(_ int, item, v any) (bool, error) {
			list, keys = append(list, item), append(keys, v)
			return false, nil
		})
		if err != nil {
			return nil, err
		}
		direction, err := way.run(f)
		if err != nil {
			return nil, err
		}
		sorted, err := f.sorted(list, keys, direction)
		if err != nil {
			return nil, at(err, offset)
		}
		return sorted, nil
	}}
}

// sorted is list in order of the keys, the empty ones last.
func (f *frame) sorted(list, keys []any, direction any) ([]any, error) {
	if direction != "asc" && direction != "desc" && direction != nil {
		return nil, failf("the order is \"asc\" or \"desc\", not %s", describe(direction))
	}
	var fault error
	places := make([]int, len(list))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(i, j int) int {
		a, b := keys[i], keys[j]
		switch {
		case fault != nil:
			return 0
		case a == nil && b == nil:
			return 0
		case a == nil:
			return 1
		case b == nil:
			return -1
		}
		if fault = f.spend(1); fault != nil {
			return 0
		}
		order, err := f.order(a, b)
		if fault = err; direction == "desc" {
			return -order
		}
		return order
	})
	if fault != nil {
		return nil, fault
	}
	sorted := make([]any, len(list))
	for i, place := range places {
		sorted[i] = list[place]
	}
	return sorted, nil
}
