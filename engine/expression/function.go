package expression

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/voronka/voronka/engine/schedule"
)

// builtins are the functions that every expression may call, beside the predicates: of expr's own those that can be bounded, and what
// money and dates need.
var builtins = map[string]builtin{
	"len":  {params: []Type{Any}, min: 1, empties: true, result: of(Int), call: length},
	"type": {params: []Type{Any}, min: 1, empties: true, result: of(String), call: typeName},

	"abs":    {params: []Type{Any}, min: 1, result: first, call: absolute},
	"ceil":   {params: []Type{Any, Int}, min: 1, result: first, call: rounding(math.Ceil)},
	"floor":  {params: []Type{Any, Int}, min: 1, result: first, call: rounding(math.Floor)},
	"round":  {params: []Type{Any, Int}, min: 1, result: first, call: rounding(math.Round)},
	"max":    {params: []Type{Any}, min: 1, variadic: true, empties: true, result: largest, call: extreme(1)},
	"min":    {params: []Type{Any}, min: 1, variadic: true, empties: true, result: largest, call: extreme(-1)},
	"mean":   {params: []Type{Any}, min: 1, variadic: true, empties: true, result: average, call: mean},
	"median": {params: []Type{Any}, min: 1, variadic: true, empties: true, result: average, call: median},
	"int":    {params: []Type{Any}, min: 1, result: of(Int), call: toInt},
	"float":  {params: []Type{Any}, min: 1, result: of(Number), call: toFloat},
	"string": {params: []Type{Any}, min: 1, result: of(String), call: toString},

	"trim":        {params: []Type{String, String}, min: 1, result: of(String), call: trim},
	"trimPrefix":  {params: []Type{String, String}, min: 2, result: of(String), call: textual(strings.TrimPrefix)},
	"trimSuffix":  {params: []Type{String, String}, min: 2, result: of(String), call: textual(strings.TrimSuffix)},
	"hasPrefix":   {params: []Type{String, String}, min: 2, result: of(Bool), call: textual(strings.HasPrefix)},
	"hasSuffix":   {params: []Type{String, String}, min: 2, result: of(Bool), call: textual(strings.HasSuffix)},
	"indexOf":     {params: []Type{String, String}, min: 2, result: of(Int), call: textual(position(strings.Index))},
	"lastIndexOf": {params: []Type{String, String}, min: 2, result: of(Int), call: textual(position(strings.LastIndex))},
	"upper":       {params: []Type{String}, min: 1, result: of(String), call: letters(strings.ToUpper)},
	"lower":       {params: []Type{String}, min: 1, result: of(String), call: letters(strings.ToLower)},
	"replace":     {params: []Type{String, String, String}, min: 3, result: of(String), call: replace},
	"repeat":      {params: []Type{String, Int}, min: 2, result: of(String), call: repeat},
	"split":       {params: []Type{String, String}, min: 2, result: listOf(String), call: split},
	"join":        {params: []Type{List, String}, min: 1, empties: true, result: of(String), call: joining},

	"first":   {params: []Type{List}, min: 1, result: itemOf, call: func(f *frame, args []any) (any, error) { return f.part(args[0], 0) }},
	"last":    {params: []Type{List}, min: 1, result: itemOf, call: func(f *frame, args []any) (any, error) { return f.part(args[0], -1) }},
	"get":     {params: []Type{Any, Any}, min: 2, result: of(Any), call: func(f *frame, args []any) (any, error) { return f.part(args[0], args[1]) }},
	"take":    {params: []Type{List, Int}, min: 2, result: first, call: take},
	"keys":    {params: []Type{Map}, min: 1, empties: true, result: listOf(String), call: keys},
	"values":  {params: []Type{Map}, min: 1, empties: true, result: of(List), call: values},
	"reverse": {params: []Type{List}, min: 1, empties: true, result: first, call: reverse},
	"uniq":    {params: []Type{List}, min: 1, empties: true, result: first, call: uniq},
	"concat":  {params: []Type{List}, min: 1, variadic: true, empties: true, result: of(List), call: concat},
	"flatten": {params: []Type{List}, min: 1, empties: true, result: of(List), call: flatten},
	"sort":    {params: []Type{List, String}, min: 1, empties: true, result: first, call: sorting},

	"now":       {result: of(TimeType), call: func(f *frame, _ []any) (any, error) { return f.now(), nil }},
	"today":     {result: of(DateType), call: func(f *frame, _ []any) (any, error) { return DateOf(f.now()), nil }},
	"date":      {params: []Type{DateType}, min: 1, result: of(DateType), call: same},
	"datetime":  {params: []Type{TimeType}, min: 1, result: of(TimeType), call: same},
	"duration":  {params: []Type{DurationType}, min: 1, result: of(DurationType), call: same},
	"addPeriod": {params: []Type{Any, DurationType}, min: 2, result: periodAdded, call: addPeriod},
	"days":      {params: []Type{DateType, DateType}, min: 2, result: of(Int), call: days},
	"age":       {params: []Type{DateType, DateType}, min: 1, result: of(Int), call: age},
	"format":    {params: []Type{Any, String}, min: 2, result: of(String), call: formatting},
}

// first is a result of the first argument's shape.
func first(args []term) Shape { return args[0].shape }

// itemOf is an item of the first argument.
func itemOf(args []term) Shape {
	if item := args[0].shape.Of; item != nil {
		return *item
	}
	return Shape{}
}

func listOf(t Type) func([]term) Shape {
	return func([]term) Shape { return Shape{Type: List, Of: &Shape{Type: t}} }
}

// largest is what all arguments have in common, be they items or lists of them.
func largest(args []term) Shape {
	common := Shape{Type: nothing}
	for _, arg := range args {
		item := arg.shape
		if item.Type == List {
			if item = (Shape{}); arg.shape.Of != nil {
				item = *arg.shape.Of
			}
		}
		common = join(common, item)
	}
	return common
}

func average(args []term) Shape {
	if common := largest(args); common.Type.kind() != number {
		return common
	}
	return Shape{Type: Number}
}

func length(_ *frame, args []any) (any, error) {
	switch v := args[0].(type) {
	case nil:
		return 0, nil
	case string:
		return utf8.RuneCountInString(v), nil
	case []any:
		return len(v), nil
	case map[string]any:
		return len(v), nil
	}
	return nil, failf("len() needs a text or a list, not %s", describe(args[0]))
}

func typeName(_ *frame, args []any) (any, error) {
	if _, ok := args[0].(float64); ok {
		return "float", nil
	}
	return map[kind]string{
		empty: "nil", boolean: "bool", number: "int", text: "string", money: "money", day: "date", moment: "time", span: "duration", list: "array", record: "map", alien: "unknown",
	}[kindOf(args[0])], nil
}

func absolute(_ *frame, args []any) (any, error) {
	switch v := args[0].(type) {
	case int:
		if v >= 0 {
			return v, nil
		}
		return negative(v)
	case float64:
		return math.Abs(v), nil
	case Money:
		if v >= 0 {
			return v, nil
		}
		return negative(v)
	}
	return nil, failf("abs() needs a number, not %s", describe(args[0]))
}

// rounding is round, floor, ceil to so many digits after the point; of Money to currency units without a number of them. round goes
// away from zero at a half.
func rounding(to func(float64) float64) func(f *frame, args []any) (any, error) {
	return func(_ *frame, args []any) (any, error) {
		digits := 0
		if len(args) > 1 {
			digits = max(-18, min(args[1].(int), 18))
		}
		scale := math.Pow10(digits)
		switch v := args[0].(type) {
		case int:
			if digits >= 0 {
				return v, nil
			}
			return finite(to(float64(v)*scale) / scale)
		case float64:
			scaled := v * scale
			if math.Abs(scaled) >= 1<<52 {
				return v, nil
			}
			if near := math.Round(scaled*1e6) / 1e6; math.Abs(near-scaled) < 1e-9*max(1, math.Abs(scaled)) {
				scaled = near // 1.005 * 100 is 100.49999999999999
			}
			return finite(to(scaled) / scale)
		case Money:
			if digits >= 2 {
				return v, nil
			}
			step := Money(Unit / scale)
			if digits < -12 {
				return Money(0), nil
			}
			whole, rest := v/step, v%step
			if rest != 0 {
				whole += Money(to(float64(rest) / float64(step)))
			}
			if product, ok := times(int(whole), int(step)); ok {
				return Money(product), nil
			}
			return nil, errTooLarge
		}
		return nil, failf("a number can be rounded, not %s", describe(args[0]))
	}
}

// spread is the arguments with the items of lists in place of the lists; ok is false where one is empty.
func (f *frame) spread(args []any) (all []any, ok bool, err error) {
	for _, arg := range args {
		switch arg := arg.(type) {
		case nil:
			return nil, false, nil
		case []any:
			if err := f.spend(len(arg)); err != nil {
				return nil, false, err
			}
			for _, item := range arg {
				if item = plain(item); item == nil {
					return nil, false, nil
				}
				all = append(all, item)
			}
		default:
			all = append(all, arg)
		}
	}
	return all, len(all) > 0, nil
}

// extreme is max and min. They are empty where one of the values is, and where there is none.
func extreme(way int) func(f *frame, args []any) (any, error) {
	return func(f *frame, args []any) (any, error) {
		all, ok, err := f.spread(args)
		if !ok {
			return nil, err
		}
		best := all[0]
		for _, v := range all {
			order, err := f.order(v, best)
			if err != nil {
				return nil, err
			}
			if order == way {
				best = v
			}
		}
		return best, nil
	}
}

func mean(f *frame, args []any) (any, error) {
	all, ok, err := f.spread(args)
	if !ok {
		return nil, err
	}
	total := all[0]
	for _, v := range all[1:] {
		if total, err = f.add(total, v); err != nil {
			return nil, err
		}
	}
	return divide(total, len(all))
}

func median(f *frame, args []any) (any, error) {
	all, ok, err := f.spread(args)
	if !ok {
		return nil, err
	}
	sorted, err := f.sorted(all, all, nil)
	if err != nil {
		return nil, err
	}
	middle := len(sorted) / 2
	return mean(f, sorted[middle-(1-len(sorted)%2):middle+1])
}

func toInt(_ *frame, args []any) (any, error) {
	switch v := args[0].(type) {
	case int:
		return v, nil
	case float64:
		if math.Abs(v) >= 1<<63 {
			return nil, errTooLarge
		}
		return int(v), nil
	case Money:
		return int(v / Unit), nil
	case string:
		if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
			return n, nil
		}
	}
	return nil, failf("%s is no whole number", describe(args[0]))
}

func toFloat(_ *frame, args []any) (any, error) {
	switch v := args[0].(type) {
	case int:
		return float64(v), nil
	case float64:
		return v, nil
	case Money:
		return v.Float(), nil
	case string:
		if n, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(v), ",", ".", 1), 64); err == nil {
			return finite(n)
		}
	}
	return nil, failf("%s is no number", describe(args[0]))
}

func toString(f *frame, args []any) (any, error) {
	switch v := args[0].(type) {
	case string:
		return v, nil
	case []any, map[string]any:
		left := maxResult
		if err := measure(v, &left); err != nil {
			return nil, err
		}
	}
	s := Format(args[0], f.zone())
	return s, f.fits(len(s))
}

func trim(f *frame, args []any) (any, error) {
	s, cutset := args[0].(string), " \t\r\n"
	if len(args) > 1 {
		cutset = args[1].(string)
	}
	if err := f.spend(len(s) / 16 * (1 + len(cutset)/16)); err != nil {
		return nil, err
	}
	return strings.Trim(s, cutset), nil
}

// textual is a function of two texts.
func textual[T any](do func(s, part string) T) func(f *frame, args []any) (any, error) {
	return func(f *frame, args []any) (any, error) {
		s, part := args[0].(string), args[1].(string)
		return do(s, part), f.spend(len(s) / 16)
	}
}

// position is a place in characters.
func position(index func(s, part string) int) func(s, part string) int {
	return func(s, part string) int {
		if i := index(s, part); i >= 0 {
			return utf8.RuneCountInString(s[:i])
		}
		return -1
	}
}

func letters(do func(string) string) func(f *frame, args []any) (any, error) {
	return func(f *frame, args []any) (any, error) {
		s := args[0].(string)
		if err := f.fits(len(s)); err != nil {
			return nil, err
		}
		return do(s), f.spend(len(s) / 4)
	}
}

func replace(f *frame, args []any) (any, error) {
	s, old, with := args[0].(string), args[1].(string), args[2].(string)
	if old == "" {
		return nil, failf("replace() needs something to replace")
	}
	if err := f.fits(len(s) + strings.Count(s, old)*(len(with)-len(old))); err != nil {
		return nil, err
	}
	return strings.ReplaceAll(s, old, with), f.spend(len(s) / 16)
}

func repeat(f *frame, args []any) (any, error) {
	s, n := args[0].(string), args[1].(int)
	if n < 0 {
		return nil, failf("repeat() needs a number of times, not %d", n)
	}
	if n > maxString {
		n = maxString + 1
	}
	if err := f.fits(len(s) * n); err != nil {
		return nil, err
	}
	return strings.Repeat(s, n), nil
}

func split(f *frame, args []any) (any, error) {
	s, separator := args[0].(string), args[1].(string)
	if err := f.spend(len(s)); err != nil {
		return nil, err
	}
	return items(strings.Split(s, separator)), nil
}

// joining is join: the items as people read them, with the separator between them.
func joining(f *frame, args []any) (any, error) {
	separator := ""
	if len(args) > 1 {
		separator, _ = args[1].(string)
	}
	list, _ := args[0].([]any)
	left := maxResult
	if err := measure(list, &left); err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, item := range list {
		if i > 0 {
			b.WriteString(separator)
		}
		s := Format(item, f.zone())
		if b.Len()+len(s) > maxString {
			return nil, limitf("the text becomes longer than %d bytes", maxString)
		}
		b.WriteString(s)
	}
	return b.String(), f.fits(b.Len())
}

func take(_ *frame, args []any) (any, error) {
	list := args[0].([]any)
	_, n := bounds(0, max(0, args[1].(int)), len(list))
	return list[:n:n], nil
}

func keys(f *frame, args []any) (any, error) {
	record, _ := args[0].(map[string]any)
	if err := f.spend(len(record)); err != nil {
		return nil, err
	}
	return items(sortedKeys(record)), nil
}

func values(f *frame, args []any) (any, error) {
	record, _ := args[0].(map[string]any)
	if err := f.spend(len(record)); err != nil {
		return nil, err
	}
	list := make([]any, 0, len(record))
	for _, key := range sortedKeys(record) {
		list = append(list, plain(record[key]))
	}
	return list, nil
}

func reverse(f *frame, args []any) (any, error) {
	list, _ := args[0].([]any)
	if err := f.spend(len(list)); err != nil {
		return nil, err
	}
	list = append([]any{}, list...)
	slices.Reverse(list)
	return list, nil
}

func uniq(f *frame, args []any) (any, error) {
	list, _ := args[0].([]any)
	kept := []any{}
items:
	for _, item := range list {
		for _, other := range kept {
			equal, err := f.sameInside(item, other)
			if err != nil {
				return nil, err
			}
			if equal {
				continue items
			}
		}
		kept = append(kept, item)
	}
	return kept, nil
}

func concat(f *frame, args []any) (any, error) {
	all := []any{}
	for _, arg := range args {
		list, _ := arg.([]any)
		if err := f.spend(len(list)); err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func flatten(f *frame, args []any) (any, error) {
	all := []any{}
	var add func(list []any, depth int) error
	add = func(list []any, depth int) error {
		if depth > maxDepth {
			return limitf("lists stand too deep in each other")
		}
		for _, item := range list {
			if err := f.spend(1); err != nil {
				return err
			}
			if inner, ok := plain(item).([]any); ok {
				if err := add(inner, depth+1); err != nil {
					return err
				}
			} else {
				all = append(all, item)
			}
		}
		return nil
	}
	list, _ := args[0].([]any)
	if err := add(list, 0); err != nil {
		return nil, err
	}
	return all, nil
}

func sorting(f *frame, args []any) (any, error) {
	list, _ := args[0].([]any)
	if err := f.spend(len(list)); err != nil {
		return nil, err
	}
	keys := make([]any, len(list))
	for i, item := range list {
		keys[i] = plain(item)
	}
	var direction any
	if len(args) > 1 {
		direction = args[1]
	}
	return f.sorted(list, keys, direction)
}

// same is a function that only converts its argument.
func same(_ *frame, args []any) (any, error) { return args[0], nil }

func periodAdded(args []term) Shape {
	if args[0].kind() == moment {
		return Shape{Type: TimeType}
	}
	return Shape{}
}

// addPeriod is a Date or a Time a period later: a Date stays one unless the period has hours.
func addPeriod(f *frame, args []any) (any, error) {
	t := args[0]
	if s, ok := t.(string); ok {
		want := TimeType
		if len(strings.TrimSpace(s)) == len(time.DateOnly) {
			want = DateType
		}
		var err error
		if t, err = As(want, s, f.zone()); err != nil {
			return nil, err
		}
	}
	if k := kindOf(t); k != day && k != moment {
		return nil, failf("addPeriod() needs a date or a time, not %s", describe(t))
	}
	return f.later(t, args[1].(schedule.Period))
}

// days is how many days of the calendar there are from the first to the second.
func days(_ *frame, args []any) (any, error) { return args[0].(Date).Days(args[1].(Date)), nil }

// age is how many full years have gone by since a date, today or on the second date. Who was born on 29 February is a year older on
// 28 February, as addPeriod has it.
func age(f *frame, args []any) (any, error) {
	born, on := args[0].(Date), DateOf(f.now())
	if len(args) > 1 {
		on = args[1].(Date)
	}
	years := on.Year - born.Year
	if born.Add(schedule.Period{Months: 12 * years}).Compare(on) > 0 {
		years--
	}
	return years, nil
}

// formatting is a Date or Time by a pattern: dd.MM.yyyy HH:mm:ss. What is no letter, or stands in single quotes, is kept.
func formatting(f *frame, args []any) (any, error) {
	v := args[0]
	if k := kindOf(v); k != day && k != moment {
		return nil, failf("format() needs a date or a time, not %s", describe(v))
	}
	at, err := As(TimeType, v, f.zone())
	if err != nil {
		return nil, err
	}
	pattern := args[1].(string)
	if err := f.fits(len(pattern)); err != nil {
		return nil, err
	}
	t := at.(time.Time).In(f.zone())
	var b strings.Builder
	for len(pattern) > 0 {
		if pattern[0] == '\'' {
			literal, rest, _ := strings.Cut(pattern[1:], "'")
			b.WriteString(literal)
			pattern = rest
			continue
		}
		run := len(pattern) - len(strings.TrimLeft(pattern, pattern[:1]))
		if c := pattern[0]; c >= utf8.RuneSelf || !('a' <= c|0x20 && c|0x20 <= 'z') {
			b.WriteString(pattern[:run])
			pattern = pattern[run:]
			continue
		}
		layout, known := layouts[pattern[:run]]
		if !known {
			return nil, failf("format() does not know %s; it knows d dd M MM yy yyyy H HH m mm s ss", clip(pattern[:run]))
		}
		if pattern[:run] == "H" {
			b.WriteString(strconv.Itoa(t.Hour()))
		} else {
			b.WriteString(t.Format(layout))
		}
		pattern = pattern[run:]
	}
	return b.String(), nil
}

// layouts are Go's layouts by pattern.
var layouts = map[string]string{
	"d": "2", "dd": "02", "M": "1", "MM": "01", "yy": "06", "yyyy": "2006", "H": "15", "HH": "15", "m": "4", "mm": "04", "s": "5", "ss": "05",
}
