package expression_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/voronka/voronka/engine/expression"
)

// deal is what the tests' expressions read: a closed set of names, as a funnel has.
var deal = &expression.Names{
	Known: map[string]expression.Shape{
		"amount":     {Type: expression.MoneyType},
		"paid":       {Type: expression.MoneyType},
		"discount":   {Type: expression.Percent},
		"headcount":  {Type: expression.Int},
		"rate":       {Type: expression.Number},
		"name":       {Type: expression.String},
		"category":   {Type: expression.String},
		"consent":    {Type: expression.Bool},
		"birth_date": {Type: expression.DateType},
		"created_at": {Type: expression.TimeType},
		"warranty":   {Type: expression.DurationType},
		"schedule":   {Type: expression.List, Of: &expression.Shape{Type: expression.String}},
		"rows": {Type: expression.List, Of: &expression.Shape{Type: expression.Map, Fields: map[string]expression.Shape{
			"due": {Type: expression.DateType}, "amount": {Type: expression.MoneyType}, "title": {Type: expression.String},
		}}},
		"contract": {Type: expression.Map, Fields: map[string]expression.Shape{"number": {Type: expression.String}, "date": {Type: expression.DateType}}},
		"payload":  {Type: expression.Any},
		"none_yet": {Type: expression.MoneyType}, "blank": {Type: expression.String}, "unknown_day": {Type: expression.DateType},
		"unasked": {Type: expression.Bool}, "no_rows": {Type: expression.List}, "no_number": {Type: expression.Number}, "no_file": {Type: expression.Map},
	},
	Functions: []expression.Function{
		{Name: "twice", Params: []expression.Type{expression.Number}, Min: 1, Result: expression.Number, Call: func(_ *expression.Env, args []any) (any, error) {
			return float64(args[0].(int)) * 2, nil
		}},
		{Name: "greet", Params: []expression.Type{expression.String}, Empties: true, Variadic: true, Result: expression.String, Call: func(_ *expression.Env, args []any) (any, error) {
			if len(args) == 0 || args[0] == nil {
				return "hello", nil
			}
			return "hello " + args[0].(string), nil
		}},
		{Name: "context", Result: expression.Any, Call: func(env *expression.Env, _ []any) (any, error) { return env.Context, nil }},
		{Name: "in_units", Params: []expression.Type{expression.MoneyType}, Min: 1, Result: expression.Number, Call: func(_ *expression.Env, args []any) (any, error) {
			return args[0].(expression.Money).Float(), nil
		}},
		{Name: "broken", Result: expression.Any, Call: func(*expression.Env, []any) (any, error) { return nil, errors.New("no luck") }},
		{Name: "crash", Result: expression.Any, Call: func(*expression.Env, []any) (any, error) { panic("crashed") }},
	},
}

func date(s string) expression.Date {
	d, err := expression.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// moscow is a zone of +03:00.
var moscow = time.FixedZone("MSK", 3*60*60)

// values are the deal's.
var values = map[string]any{
	"amount": expression.Money(53_100_00), "paid": expression.Money(20_000_50), "discount": 7.5, "headcount": 12, "rate": 0.1,
	"name": "Анна", "category": "B", "consent": true, "birth_date": date("2008-11-20"),
	"created_at": time.Date(2026, 7, 24, 21, 30, 0, 0, time.UTC), "warranty": 36 * time.Hour,
	"schedule": []string{"evening", "weekend"},
	"rows": []any{
		map[string]any{"due": date("2026-07-01"), "amount": expression.Money(20_000_00), "title": "first"},
		map[string]any{"due": date("2026-08-01"), "amount": expression.Money(16_500_00), "title": "second"},
		map[string]any{"due": nil, "amount": expression.Money(16_600_00), "title": "third"},
	},
	"contract": map[string]any{"number": "ПВ-2026-0001", "date": nil},
	"payload":  map[string]any{"n": int64(5), "f": 2.5, "s": "text", "list": []any{1, "a", nil}, "deep": map[string]any{"x": []int{1, 2}}, "t": true},
}

func env() *expression.Env {
	return &expression.Env{
		Lookup: func(name string) any { return values[name] },
		Now:    time.Date(2026, 7, 24, 22, 15, 0, 0, time.UTC), // the 25th in Moscow
		Zone:   moscow,
	}
}

// run compiles and runs a source; a value is given as Format has it, nil as "nil".
func run(names *expression.Names, source string) (string, error) {
	p, err := names.Compile(source, expression.Any)
	if err != nil {
		return "", err
	}
	v, err := p.Run(env())
	if v == nil {
		return "nil", err
	}
	return expression.Format(v, moscow), err
}

func TestValues(t *testing.T) {
	for source, want := range map[string]string{
		// Braces and = mean nothing.
		"1 + 1": "2", "${1 + 1}": "2", "#{1 + 1}": "2", "= 1 + 1": "2", "  ${ 1 + 1 }\n": "2", "${headcount} ": "12", "=${headcount}": "12",
		"headcount == 12 ? {a: 1} : {a: 2}": "a: 1",

		// Numbers: int and float are one, / is never whole.
		"1 == 1.0": "true", "headcount == 12.0": "true", "7 / 2": "3.5", "6 / 2": "3", "7 % 4": "3", "7.0 % 4": "3", "-7 % 4": "-3", "2 ** 10": "1024", "2 ^ 3 ^ 2": "512", "1_000": "1000", "-headcount": "-12", "+headcount": "12",
		"0.1 + 0.2 == 0.3": "false", "1 < 2 < 3": "true", "1 < 3 < 2": "false", "9007199254740993 == 9007199254740992.0": "false", "5 in 1..10": "true", "5.5 in 1..10": "false", "0 in 1..10": "false", "len(1..10)": "10", "len(3..1)": "0",
		"twice(headcount)": "24", "abs(-5)": "5", "abs(-2.5)": "2.5", "floor(2.7)": "2", "ceil(2.1)": "3", "round(2.5)": "3", "round(-2.5)": "-3", "round(2.345, 2)": "2.35", "round(1.005, 2)": "1.01", "round(1234, -2)": "1200", "round(5)": "5",
		"max(1, 2.5, headcount)": "12", "min([3, 1, 2])": "1", "mean(1, 2)": "1.5", "median([3, 1, 2])": "2", "median(1, 2, 3, 4)": "2.5", "int('42')": "42", "int(2.9)": "2", "float('2,5')": "2.5", "int(amount)": "53100", "float(paid)": "20000.5",

		// Money counts currency units, exactly.
		"amount > 53000": "true", "amount == 53100": "true", "53100 >= amount": "true", "paid == 20000.5": "true", "paid > 20000.49": "true", "amount - paid": "33099.50", "amount + 0.01": "53100.01", "100 - paid": "-19900.50", "amount * 2": "106200", "2 * amount": "106200",
		"amount * 0.07": "3717", "amount * discount / 100": "3982.50", "amount / 3": "17700", "paid / 3": "6666.83", "amount / paid > 2.6": "true", "-amount": "-53100", "abs(-amount)": "53100", "round(paid)": "20001", "floor(paid)": "20000", "round(paid, 2)": "20000.50", "round(amount, -3)": "53000", "ceil(paid, -3)": "21000",
		"max(amount, paid, 100000)": "100000", "min(amount, paid)": "20000.50", "sum(rows, .amount) == amount": "true", "sum(rows, .amount)": "53100", "mean(map(rows, .amount))": "17700", "in_units(5)": "5", "in_units(paid)": "20000.5",

		// Dates. 21:30 of the 24th in UTC is the 25th in Moscow.
		"today()": "2026-07-25", "now()": "2026-07-25 01:15", "created_at": "2026-07-25 00:30", "today().year": "2026", "today().Year()": "2026", "created_at.day": "25", "created_at.Hour()": "0", "today().weekday": "6", "date('2026-07-26').weekday": "7", "today().month + 0": "7",
		"birth_date < today()": "true", "created_at == today()": "true", "created_at >= date('2026-07-25')": "true", "created_at < date('2026-07-25')": "false", "now() > created_at": "true", "created_at in [today()]": "true", "days(birth_date, date('2008-12-01'))": "11", "days(today(), created_at)": "0", "days(today(), birth_date) < 0": "true",
		"age(birth_date)": "17", "age(birth_date, date('2026-11-20'))": "18", "age(birth_date, date('2026-11-19'))": "17", "age(date('2008-02-29'), date('2026-02-28'))": "18", "addPeriod(birth_date, 'P18Y')": "2026-11-20", "addPeriod(date('2008-02-29'), 'P18Y')": "2026-02-28", "addPeriod(today(), '-P1M')": "2026-06-25", "addPeriod(today(), 'PT36H')": "2026-07-26 12:00", "addPeriod('2026-01-31', 'P1M')": "2026-02-28",
		"today() + duration('P1D')": "2026-07-26", "now() - duration('PT1H')": "2026-07-25 00:15", "now() - created_at": "PT45M", "now() - created_at > duration('PT30M')": "true", "now() - created_at < duration('P1D')": "true", "warranty": "PT36H", "warranty == duration('P1DT12H')": "true", "duration('P1M') > duration('P1D')": "true", "duration('P2M') > duration('P1M40D')": "false", "duration('P1Y') == duration('P12M')": "true",
		"format(today(), 'dd.MM.yyyy')": "25.07.2026", "created_at | format(\"d.M.yy 'в' HH:mm\")": "25.7.26 в 00:30", "datetime('2026-07-25T01:15:00') == now()": "true", "date('2026-07-25T23:00:00Z')": "2026-07-26",

		// Texts.
		"name + '!'": "Анна!", "len(name)": "4", "name[0:2]": "Ан", "name[-1]": "а", "upper(name)": "АННА", "lower('ABC')": "abc", "trim('  a ')": "a", "trim('xax', 'x')": "a", "name contains 'нн'": "true", "name startsWith 'Ан'": "true", "name endsWith 'x'": "false", "not (name endsWith 'x')": "true", "name not contains 'x'": "true", "name.contains('нн')": "true", "!name.startsWith('x') and name.endsWith('на')": "true",
		"name matches '^[А-Я]'": "true", "split('a,b', ',')": "a, b", "join(schedule, '; ')": "evening; weekend", "join([1, 2.5, amount])": "12.553100", "replace('aXbX', 'X', '-')": "a-b-", "repeat('ab', 3)": "ababab", "indexOf('привет', 'в')": "3", "lastIndexOf('abab', 'b')": "3", "trimPrefix('abc', 'a')": "bc", "hasPrefix('abc', 'a')": "true",
		"string(amount) + ' ₽'": "53100 ₽", "string(2.5)": "2.5", "string([1, 2])": "1, 2", "'a' < 'b'": "true", "category in ['A', 'B']": "true", "category not in ['A', 'C']": "true", "greet(name)": "hello Анна", "greet()": "hello",

		// Lists and records.
		"'evening' in schedule": "true", "len(rows)": "3", "rows[0].amount": "20000", "rows[-1].title": "third", "rows[0]['title']": "first", "contract.number": "ПВ-2026-0001", "'number' in contract": "true", "map(rows, .title)": "first, second, third", "filter(rows, .amount < 17000) | map(.title) | join(', ')": "second, third",
		"all(rows, .amount > 0)": "true", "any(rows, {.amount > 17000})": "true", "none(rows, .amount < 0)": "true", "one(rows, .title == 'first')": "true", "count(rows, .amount > 16500)": "2", "count([true, false])": "1", "find(rows, .amount < 17000).title": "second", "findLast(rows, .amount < 17000).title": "third", "findIndex(rows, .title == 'second')": "1", "findLastIndex(rows, .title == 'nope')": "nil", "map(rows, #index)": "0, 1, 2",
		"sum([1, 2, 3.5])": "6.5", "sum(1..10)": "55", "sum([])": "0", "sortBy(rows, .amount)[0].title": "second", "sortBy(rows, .amount, 'desc')[0].title": "first", "sort([3, 1, 2])": "1, 2, 3", "sort(schedule, 'desc')": "weekend, evening", "reverse([1, 2])": "2, 1", "uniq([1, 1.0, 2])": "1, 2", "concat([1], [2, 3])": "1, 2, 3", "flatten([1, [2, [3]]])": "1, 2, 3", "first(schedule)": "evening", "last(schedule)": "weekend", "take([1, 2, 3], 2)": "1, 2", "keys({b: 1, a: 2})": "a, b", "values({b: 1, a: 2})": "2, 1", "get(contract, 'number')": "ПВ-2026-0001", "[1, 2, 3][1:]": "2, 3", "[1, 2, 3][:-1]": "1, 2", "[1, 2] == [1, 2.0]": "true", "{a: [1]} == {a: [1]}": "true", "[1] != [2]": "true", "map([1, 2], map([10, 20], # + 1))[1][0]": "11", "map([1, 2], let n = #; map([10, 20], # + n))[1][0]": "12",

		// What has no type is looked at when it runs.
		"payload.n + 1": "6", "payload.f > 2": "true", "payload.s == 'text'": "true", "payload.list[1]": "a", "payload['deep']['x'][1]": "2", "payload.deep.x[0] == 1": "true", "payload.t and true": "true", "payload.missing": "nil", "payload.missing.deeper[3].still": "nil", "payload?.n": "5", "1 in payload.list": "true", "'b' in payload.list": "false", "nil in payload.list": "true",

		// The rest.
		"true ? 1 : 2": "1", "let x = headcount; let y = x + 1; x * y": "156", "if headcount > 10 { 'many' } else { 'few' }": "many", "consent ?: 1": "true", "type(amount)": "money", "type(1)": "int", "type(1.5)": "float", "type(nil)": "nil", "type(rows)": "array", "context()": "nil", "// a remark\n1": "1", "not false": "true", "!consent": "false", "true && false || true": "true",
	} {
		got, err := run(deal, source)
		if err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", source, got, err, want)
		}
	}
}

// A comparison or sum with what is empty is itself empty; and, or, not follow Kleene; a list that is empty has no items.
func TestEmpty(t *testing.T) {
	for source, want := range map[string]string{
		"none_yet > 0": "nil", "none_yet == 0": "nil", "none_yet != 0": "nil", "0 < none_yet": "nil", "none_yet == none_yet": "nil", "none_yet == blank": "", // kinds that can't be compared
		"none_yet + 1": "nil", "amount - none_yet": "nil", "none_yet * 2": "nil", "none_yet / 0": "nil", "no_number % 2": "nil", "no_number ** 2": "nil", "-none_yet": "nil", "+none_yet": "nil", "blank + 'x'": "nil", "none_yet + nil": "nil",
		"blank contains 'x'": "nil", "blank matches 'x'": "nil", "'x' startsWith blank": "nil", "blank == ''": "nil", "1..no_number": "nil",
		"none_yet == nil": "true", "nil == none_yet": "true", "none_yet != nil": "false", "amount != nil": "true", "amount == null": "false", "nil == nil": "true", "nil != nil": "false", "rows[2].due == nil": "true",
		"not unasked": "nil", "!unasked": "nil", "unasked and true": "nil", "unasked and false": "false", "false and unasked": "false", "true and unasked": "nil", "unasked or true": "true", "true or unasked": "true", "unasked or false": "nil", "false or unasked": "nil", "unasked and unasked": "nil",
		"unasked ? 1 : 2": "nil", "unasked ?? true": "true", "none_yet ?? 5": "5", "none_yet ?? nil": "nil", "consent ?? false": "true", "if unasked { 1 } else { 2 }": "nil",
		"blank in ['a']": "false", "blank in [nil]": "true", "'a' in no_rows": "false", "blank in no_rows": "false", "blank not in ['a']": "true", "'x' in no_file": "false", "no_number in 1..3": "false",
		"len(no_rows)": "0", "len(blank)": "0", "len(payload.missing)": "0", "sum(no_rows)": "0", "sum(no_rows, .x)": "0", "map(no_rows, #)": "", "filter(no_rows, true)": "", "all(no_rows, false)": "true", "any(no_rows, true)": "false", "count(no_rows, true)": "0", "first(no_rows)": "nil", "find(no_rows, true)": "nil", "max(no_rows)": "nil", "mean(no_rows)": "nil", "sort(no_rows)": "", "keys(no_file)": "", "join(no_rows, ',')": "", "concat(no_rows, [1])": "1", "reverse(no_rows)": "",
		"sum([1, nil])": "nil", "max(1, nil)": "nil", "min([1, nil])": "nil", "sort([2, nil, 1])": "1, 2, ", "all([true, nil], #)": "nil", "all([false, nil], #)": "false", "any([false, nil], #)": "nil", "any([true, nil], #)": "true", "none([false, nil], #)": "nil", "none([true, nil], #)": "false", "one([true, nil], #)": "nil", "one([true, true, nil], #)": "false", "count([true, nil], #)": "1", "filter([1, nil, 3], # > 1)": "3",
		"age(unknown_day) < 18": "nil", "addPeriod(unknown_day, 'P1D')": "nil", "days(unknown_day, today())": "nil", "unknown_day.year": "nil", "unknown_day.Year()": "nil", "upper(blank)": "nil", "twice(no_number)": "nil", "greet(blank)": "hello", "string(blank)": "nil", "round(none_yet)": "nil", "format(unknown_day, 'dd')": "nil", "contract.date > today()": "nil",
		"rows[99]": "nil", "rows[99].amount": "nil", "no_file.x.y": "nil", "no_rows[0]": "nil", "blank[0:1]": "nil", "[1, 2][no_number]": "nil", "type(blank)": "nil",
	} {
		got, err := run(deal, source)
		if want == "" && err != nil && strings.Contains(err.Error(), "can't be compared") {
			continue
		}
		if err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", source, got, err, want)
		}
	}
}

// Values whose types no upload could know are unequal when their kinds differ.
func TestOtherKinds(t *testing.T) {
	for source, want := range map[string]string{"payload.n == 'x'": "false", "payload.n != 'x'": "true", "payload.s == 5": "false", "payload.t == payload.s": "false"} {
		if got, err := run(deal, source); err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", source, got, err, want)
		}
	}
}

func TestBool(t *testing.T) {
	for source, want := range map[string]bool{"amount > 1": true, "none_yet > 1": false, "unasked": false, "nil": false, "payload.t": true, "payload.missing": false} {
		p, err := deal.Compile(source, expression.Bool)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Bool(env()); err != nil || got != want {
			t.Errorf("%s is %t, %v; want %t", source, got, err, want)
		}
	}
	for _, source := range []string{"payload.n", "payload.s", "payload.list", "payload"} {
		p, err := deal.Compile(source, expression.Bool)
		if err != nil {
			t.Fatal(err)
		}
		var e *expression.Error
		if got, err := p.Bool(env()); got || !errors.As(err, &e) || !strings.Contains(e.Message, "true or false") {
			t.Errorf("%s is %t, %v; want an *Error", source, got, err)
		}
		p, _ = deal.Compile(source, expression.Any)
		if got, err := p.Bool(env()); got || !errors.As(err, &e) {
			t.Errorf("%s is %t, %v; want an *Error", source, got, err)
		}
	}
}

func TestWant(t *testing.T) {
	for _, c := range []struct {
		source string
		want   expression.Type
		value  any
	}{
		{"5", expression.MoneyType, expression.Money(500)},
		{"2.345", expression.MoneyType, expression.Money(234)}, // half to even
		{"'2026-01-31'", expression.DateType, date("2026-01-31")},
		{"now()", expression.DateType, date("2026-07-25")},
		{"4.0", expression.Int, 4},
		{"payload.n", expression.String, nil},
		{"4.5", expression.Int, nil},
		{"blank", expression.Int, nil},
	} {
		p, err := deal.Compile(c.source, c.want)
		if err != nil {
			if c.value != nil {
				t.Errorf("%s as %s: %v", c.source, c.want, err)
			}
			continue
		}
		if v, err := p.Run(env()); v != c.value || c.value == nil && err == nil {
			t.Errorf("%s as %s = %v, %v; want %v", c.source, c.want, v, err, c.value)
		}
	}
}

func uses(t *testing.T, source, function string) bool {
	p, err := deal.Compile(source, expression.Any)
	if err != nil {
		t.Fatal(err)
	}
	return p.Uses(function)
}

func TestProgram(t *testing.T) {
	source := "${amount > 1 and unasked and len(rows) > 0 and amount < 5 and now() > created_at}"
	p, err := deal.Compile(source, expression.Bool)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.Names(), " "); got != "amount created_at rows unasked" {
		t.Errorf("reads %s", got)
	}
	if got := strings.Join(p.Empty(env()), " "); got != "unasked" {
		t.Errorf("is empty: %s", got)
	}
	if p.Source() != source || !p.Uses("now") || !p.Uses("len") || p.Uses("today") || !uses(t, "age(birth_date) < 18", "now") || uses(t, "amount > 1", "now") || p.Shape().Type != expression.Bool {
		t.Errorf("%s uses now %t, len %t, today %t, gives %s", p.Source(), p.Uses("now"), p.Uses("len"), p.Uses("today"), p.Shape().Type)
	}
	looked := map[string]int{}
	e := env()
	e.Lookup = func(name string) any { looked[name]++; return values[name] }
	if _, err := p.Run(e); err != nil || looked["amount"] != 1 {
		t.Errorf("looked up %v, %v", looked, err)
	}
	p, _ = deal.Compile("headcount > 100 and amount > 1", expression.Bool)
	clear(looked)
	if _, err := p.Run(e); err != nil || looked["amount"] != 0 {
		t.Errorf("looked up %v though it is decided, %v", looked, err)
	}
	for source, want := range map[string]expression.Type{"amount * 2": expression.MoneyType, "1 + 1": expression.Int, "payload.n": expression.Any, "nil": expression.Any, "sum(rows, .amount)": expression.MoneyType, "rows[0].due": expression.DateType, "consent ? 1 : 2.5": expression.Number, "find(rows, true).title": expression.String} {
		if p, err := deal.Compile(source, expression.Any); err != nil || p.Shape().Type != want {
			t.Errorf("%s gives %v, %v; want %s", source, p, err, want)
		}
	}
	if _, err := p.Run(nil); err != nil {
		t.Errorf("without an Env: %v", err)
	}
	if !deal.IsFunction("greet") || !deal.IsFunction("sum") || !deal.IsFunction("now") || deal.IsFunction("amount") {
		t.Error("IsFunction is wrong")
	}
}

// What is wrong is found at upload, with where it is and what to write instead.
func TestCompileErrors(t *testing.T) {
	for source, want := range map[string]string{
		"":                                   "is empty",
		"${}":                                "is empty",
		"1 +":                                "ends too early",
		"amount >> 1":                        `">" can't stand here`,
		"(1":                                 "ends too early",
		"'a":                                 "literal not terminated",
		"amount 5":                           `"5" can't stand here`,
		"amuont > 1":                         "there is no amuont; did you mean amount?",
		"birthdate == nil":                   "did you mean birth_date?",
		"zzz":                                "there is no zzz",
		"sum(rows, amount1)":                 "did you mean amount?",
		"sum(rows, due)":                     "a field of the item is written .due",
		"sum(rows, .amuont)":                 "has no field amuont; did you mean amount?",
		"contract.numbr":                     "did you mean number?",
		"$env.amount":                        "$env can't be used",
		"now > created_at":                   "now is a function; write now(…)",
		"tody()":                             "did you mean today()?",
		"nope()":                             "there is no function nope",
		"let amount = 1; amount":             "there is a amount already",
		"let now = 1; now":                   "already",
		"name > 5":                           "text can't be compared with a number",
		"'5' == headcount":                   "write the number without quotes",
		"consent == 'true'":                  "write true without quotes",
		"birth_date > '2020-01-01'":          "write date(\"2020-01-01\")",
		"now() - created_at > 'PT1H'":        "write duration(\"PT1H\")",
		"consent > true":                     "can't be more or less",
		"amount == name":                     "money can't be compared with text",
		"schedule == 'evening'":              "write \"evening\" in schedule",
		"schedule contains 'x'":              "write \"x\" in schedule",
		"'x' in name":                        "write name contains \"x\"",
		"5 in schedule":                      "a number is never in a list of which each item is text",
		"amount in 1..5":                     "write amount >= 1 and amount <= 5",
		"headcount in [1..5]":                "write headcount >= 1 and headcount <= 5",
		"name + 1":                           "write name + string(1)",
		"1 + name":                           "write string(1) + name",
		"amount * amount":                    "money * money can't be reckoned",
		"today() - birth_date":               "write days(birth_date, today())",
		"today() + 1":                        "write addPeriod(today(), \"P1D\")",
		"schedule + rows":                    "write concat(schedule, rows)",
		"consent + 1":                        "can't be reckoned",
		"-name":                              "needs a number, not text",
		"amount and consent":                 "money stands where true or false is expected",
		"not headcount":                      "a number stands where true or false is expected",
		"headcount ? 1 : 2":                  "true or false is expected",
		"filter(rows, .amount)":              "true or false is expected",
		"filter(amount, true)":               "filter() needs a list, not money",
		"sum(schedule)":                      "adds up numbers and money, not text",
		"count(schedule)":                    "write len(schedule)",
		"age(5)":                             "age() needs a date here, not a number",
		"age()":                              "needs an argument",
		"age(birth_date, today(), 1)":        "too many arguments",
		"days(today())":                      "needs more arguments",
		"upper(5)":                           "needs text here",
		"addPeriod(today(), '5')":            "must begin with P",
		"date('31.01.2026')":                 "must be like 2026-01-31",
		"name.first":                         "a text has no fields",
		"amount.units":                       "money has no fields",
		"today().century":                    "it has year, month",
		"rows.amount":                        "write map(rows, .amount)",
		"rows['x']":                          "",
		"name matches category":              "written in quotes",
		"name matches '('":                   "the pattern can't be read",
		"reduce(rows, #acc + 1)":             "write sum(list, …)",
		"b'abc'":                             "can't be used",
		"1; 2":                               "; separates only let",
		"map(rows, #acc)":                    "there is no #acc",
		"map(rows, map(rows, map(rows, 1)))": "more than 2 lists",
		"twice('x')":                         "needs a number here",
		"toJSON(rows)":                       "there is no function toJSON",
		"fromJSON('1')":                      "there is no function fromJSON",
		"fromBase64('1')":                    "there is no function fromBase64",
		"timezone('UTC')":                    "there is no function timezone",
		"[1, 2":                              "ends too early",
		"1 ? 2":                              "",
		"a.b.c()":                            "there is no a",
		"now()()":                            "",
		"{1: 2}[1]":                          "a field has a name",
		"amount ?? 1 + 1":                    "",
		"99999999999999999999":               "the number is too large",
		"\xff\xfe":                           "",
		"\x00":                               "",

		// What other languages have.
		"headcount = 1":                          "write ==",
		"headcount === 1":                        "write == or !=",
		"headcount <> 1":                         "write !=",
		"if consent then 1 else 2":               "write condition ? a : b",
		"empty name":                             "write x == nil",
		"not empty name":                         "write x != nil",
		"headcount eq 1":                         "for eq ne lt gt le ge",
		"headcount mod 2":                        "% for mod",
		"headcount between 1 and 5":              "write x >= a and x <= b",
		"headcount in (1..5)":                    "write x >= a and x <= b",
		"headcount in ]1..5]":                    "write x >= a and x <= b",
		"category in ('A', 'B')":                 "write x in [",
		"name is null":                           "x == nil",
		"name is not null":                       "x != nil",
		"name instance of string":                "write type(x)",
		"some r in rows satisfies r.amount > 1":  "write any(list",
		"every r in rows satisfies r.amount > 1": "all(list",
		"for r in rows return r.amount":          "write map(list",
		"string length(name)":                    "write len(x)",
		"upper case(name)":                       "write upper(x)",
		"starts with(name, 'A')":                 "startsWith",
		"list contains(schedule, 'x')":           "write item in list",
		"contains(name, 'x')":                    "write x contains",
		"date and time('2026-01-01T00:00:00')":   "write datetime(",
		"substring(name, 1, 2)":                  "write x[0:3]",
		"execution.getVariable('amount') > 1":    "write amount",
		"name.equals('x')":                       `write name == "x"`,
		"!name.equals('x')":                      `write name == "x"`,
		"name.length() > 3":                      "write len(name)",
		"rows.size() > 0":                        "write len(rows)",
		"rows.length > 0":                        "write len(rows)",
		"rows.isEmpty()":                         "write len(rows) == 0",
		"name.toLowerCase() == 'x'":              "write lower(name)",
		"name.includes('x')":                     "write name contains \"x\"",
		"schedule.contains('x')":                 "\"x\" in schedule",
		"name.startsWith('x', 1)":                "a value has no functions of its own",
		"amount.contains('x')":                   "contains needs texts",
		"birth_date.isBefore(today())":           "write birth_date < today()",
		"isEmpty(name)":                          "write len(x) == 0",
		"consent AND consent":                    "with small letters",
		"name == “Анна”":                         "write quotes as",
		"discount > 10%":                         "ten per cent is the number 10",
		"${amount} > 1":                          "without ${ }",
		"amount > 1;":                            "",
		"test='x'":                               "write ==",
	} {
		p, err := deal.Compile(source, expression.Any)
		var e *expression.Error
		if want == "" {
			if err != nil && !errors.As(err, &e) {
				t.Errorf("%q: %T is no *Error", source, err)
			}
			continue
		}
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want an error with %q", source, p, err, want)
			continue
		}
		if e.Offset < -1 || e.Offset > len(source) || e.Message == "" || strings.Contains(e.Message, "\n") {
			t.Errorf("%q: %+v", source, e)
		}
	}
	for source, want := range map[string]string{"1": "gives a number, a condition must be true or false", "amount": "gives money", "rows": "gives a list", "'x'": "gives text"} {
		if _, err := deal.Compile(source, expression.Bool); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s as a condition: %v; want %q", source, err, want)
		}
	}
}

func TestErrorOffset(t *testing.T) {
	for source, want := range map[string]int{
		"amount > nope":          9,
		"  ${ amount > nope }":   14,
		"= amount > nope":        11,
		"'Анна' == nope":         14, // bytes
		"name == 'x' and 1 > ''": 18,
		"upper(5)":               6,
	} {
		var e *expression.Error
		if _, err := deal.Compile(source, expression.Any); !errors.As(err, &e) || e.Offset != want {
			t.Errorf("%s: %+v; want offset %d", source, e, want)
		}
	}
	p, err := deal.Compile("1 + payload.s", expression.Any)
	if err != nil {
		t.Fatal(err)
	}
	var e *expression.Error
	if _, err := p.Run(env()); !errors.As(err, &e) || e.Offset != 2 {
		t.Errorf("in a run: %+v", err)
	}
}

// What can't be known at upload is an *Error of the run, never a guess.
func TestRunErrors(t *testing.T) {
	for source, want := range map[string]string{
		"payload.s > 5":                      `text ("text") can't be compared with a number (5)`,
		"payload.n + 'x'":                    "can't be added",
		"payload.s * 2":                      "can't be multiplied",
		"payload.n and true":                 "stands where true or false is expected",
		"not payload.n":                      "stands where true or false is expected",
		"payload.n ? 1 : 2":                  "stands where true or false is expected",
		"payload.n.x":                        "has no fields",
		"payload[0]":                         "a field has a name",
		"payload.list['x']":                  "an item of a list has a number",
		"filter(payload.n, true)":            "a list is needed",
		"sum(payload.list)":                  "adds up numbers",
		"sort(payload.list)":                 "can't be compared",
		"upper(payload.n)":                   "text is expected, not a number (5)",
		"addPeriod(payload.s, 'P1D')":        "must be like 2026-01-31",
		"addPeriod(today(), payload.s)":      "must begin with P",
		"1 / 0":                              "division by zero",
		"amount / 0":                         "division by zero",
		"amount / (paid - paid)":             "division by zero",
		"5 % 0":                              "division by zero",
		"5.5 % 2":                            "needs whole numbers",
		"9223372036854775807 + 1":            "too large",
		"-9223372036854775807 - 2":           "too large",
		"9223372036854775807 * 2":            "too large",
		"10.0 ** 400":                        "too large",
		"amount * 1e300":                     "too large",
		"amount * 9223372036854775807":       "too large",
		"amount + 1e18":                      "too large",
		"int('x')":                           "is no whole number",
		"repeat('x', -1)":                    "needs a number of times",
		"format(today(), 'QQ')":              "does not know QQ",
		"addPeriod(today(), 'P9000Y')":       "the years go from 1 to 9999",
		"broken()":                           "no luck",
		"crash()":                            "crashed",
		"duration('P1M') > duration('P30D')": "months differ in length",
	} {
		p, err := deal.Compile(source, expression.Any)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		v, err := p.Run(env())
		var e *expression.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) || v != nil {
			t.Errorf("%s = %v, %v; want an error with %q", source, v, err, want)
		}
	}
}

// A plain process may use any name, and what is not set is empty.
func TestOpen(t *testing.T) {
	open := &expression.Names{Open: true}
	for source, want := range map[string]string{
		"${amount > 100}": "true", "${!approved}": "nil", "${approved == null}": "true", "${a && b || headcount == 12}": "true", "#{consent}": "true", "whatever.deep.est[1]": "nil", "name == 'Анна'": "true",
	} {
		if got, err := run(open, source); err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", source, got, err, want)
		}
	}
	for source, want := range map[string]string{"${clarified.equals('yes')}": `write clarified == "yes"`, "nope(x)": "there is no function nope", "${x.size() > 1}": "write len(x)", "execution.getVariable('x') == 1": "write x"} {
		if _, err := open.Compile(source, expression.Bool); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want an error with %q", source, err, want)
		}
	}
}
