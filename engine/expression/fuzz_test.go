package expression_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"pgregory.net/rapid"

	"github.com/voronka/voronka/engine/expression"
)

var seeds = []string{
	"amount > 100000 and age(birth_date) < 18", "${sum(rows, .amount) == amount}", "= filter(rows, .due < today()) | map(.title) | join(', ')", "let x = headcount; x * 2 ?? 1",
	"consent ? rows[0].amount : contract['number']", "name matches '^a+' or name not in ['a', 'b']", "map(1..10, map([1, 2], # + #index))", "addPeriod(created_at, '-P1M') - warranty", "not (name contains 'x') && !consent",
	"payload.list[1:-1] == {a: [nil, 1.5e3]}", "if consent { 1 } else { 'x' }", "today().Year() % 7 ** 2 in 1..5", "sortBy(rows, .amount, 'desc')[-1]?.title", "if a then b else c", "x.equals(\"y\")", "headcount in [1..5]",
	"(1 < (2 < 3 < 4) < 5)", "`raw` + \"\\u{41}\"", "::len(name)", "#", "$env", "б + ю",
}

// Whatever the bytes, there is an *Error or a value, soon.
func FuzzCompile(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	open := &expression.Names{Open: true, Functions: deal.Functions}
	f.Fuzz(func(t *testing.T, source string) {
		for _, names := range []*expression.Names{deal, open} {
			start := time.Now()
			p, err := names.Compile(source, expression.Any)
			var v any
			if err == nil {
				v, err = p.Run(env())
			}
			checkOutcome(t, source, v, err, time.Since(start), len(source))
		}
	})
}

func FuzzText(f *testing.F) {
	for _, seed := range append(seeds, "Hello ${name}, ${amount} #{'}'} \\${x}", "${", "$${1}", "${1}}{", "${2%0}L") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		start := time.Now()
		text, err := deal.Text(source)
		var v any
		if err == nil {
			v, err = text.Run(env())
		}
		checkOutcome(t, source, v, err, time.Since(start), len(source))
		if err == nil && !strings.Contains(source, "${") && !strings.Contains(source, "#{") && v != source {
			t.Fatalf("%q is %q", source, v)
		}
	})
}

func checkOutcome(t *testing.T, source string, v any, err error, took time.Duration, length int) {
	t.Helper()
	var e *expression.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("%q: %T %v is no *Error", source, err, err)
	}
	if e != nil && (e.Message == "" || e.Offset < -1 || e.Offset > length || strings.Contains(e.Message, "runtime error") || strings.Contains(e.Message, "nil pointer")) {
		t.Fatalf("%q: %+v", source, e)
	}
	if err != nil && v != nil {
		t.Fatalf("%q: %v and %v", source, v, err)
	}
	if took > slack*time.Second {
		t.Fatalf("%q took %s", source, took)
	}
	if _, err := expression.Encode(v); err != nil && !errors.As(err, &e) {
		t.Fatalf("%q gives %v, which can't be kept: %v", source, v, err)
	}
}

// Of what is not empty and neither money nor a date, an expression gives what expr itself gives.
func TestSameAsExpr(t *testing.T) {
	variables := map[string]any{"i": 7, "f": 2.5, "z": 0, "s": "привет", "u": "", "b": true, "l": []any{3, 1, 2}, "w": []any{"b", "a"}, "m": map[string]any{"k": 4, "n": "x"}}
	names := &expression.Names{Open: true}
	e := &expression.Env{Lookup: func(name string) any { return variables[name] }}
	rapid.Check(t, func(t *rapid.T) {
		source := drawNumber(t, 3)
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			source = drawBool(t, 3)
		case 1:
			source = drawText(t, 3)
		case 2:
			source = drawList(t, 3)
		}
		want, err := expr.Eval(source, variables)
		if n, ok := want.(float64); err != nil || ok && (math.IsNaN(n) || math.IsInf(n, 0)) || strings.Contains(fmt.Sprint(want), "Inf") || strings.Contains(fmt.Sprint(want), "NaN") {
			t.Skip("expr has no answer, or one that is none")
		}
		p, err := names.Compile(source, expression.Any)
		var limit *expression.Error
		if errors.As(err, &limit) && limit.Limit {
			t.Skip(limit.Message)
		}
		if err != nil {
			t.Fatalf("%s: %v; expr gives %v", source, err, want)
		}
		got, err := p.Run(e)
		if err != nil {
			if strings.Contains(err.Error(), "too large") || strings.Contains(err.Error(), "division by zero") {
				t.Skip("expr wraps, or goes on with what is no number")
			}
			t.Fatalf("%s: %v; expr gives %v", source, err, want)
		}
		if !reflect.DeepEqual(got, untyped(want)) {
			t.Fatalf("%s = %#v; expr gives %#v", source, got, want)
		}
	})
}

// untyped is a list of any, where expr gives one of a type.
func untyped(v any) any {
	list := reflect.ValueOf(v)
	if v == nil || list.Kind() != reflect.Slice {
		return v
	}
	items := make([]any, list.Len())
	for i := range items {
		items[i] = untyped(list.Index(i).Interface())
	}
	return items
}

func drawNumber(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"i", "f", "z", "m.k", "0", "1", "2", "0.5", "10", "l[0]", "m['k']", "3.0"}).Draw(t, "number")
	}
	a := func() string { return drawNumber(t, depth-1) }
	switch rapid.IntRange(0, 10).Draw(t, "number of") {
	case 0:
		return fmt.Sprintf("(%s %s %s)", a(), rapid.SampledFrom([]string{"+", "-", "*"}).Draw(t, "operator"), a())
	case 1:
		return fmt.Sprintf("(%s / %s)", a(), a())
	case 2:
		return "(-" + a() + ")"
	case 3:
		return fmt.Sprintf("(%s ? %s : %s)", drawBool(t, depth-1), a(), a())
	case 4:
		return fmt.Sprintf("len(%s)", drawText(t, depth-1))
	case 5:
		return fmt.Sprintf("len(%s)", drawList(t, depth-1))
	case 6:
		return fmt.Sprintf("count(%s, # > %s)", drawList(t, depth-1), a())
	case 7:
		return fmt.Sprintf("max(%s, %s)", a(), a())
	case 8:
		return fmt.Sprintf("(let v%d = %s; v%[1]d + 1)", depth, a())
	case 9:
		return fmt.Sprintf("(%d %% %d)", rapid.IntRange(-9, 9).Draw(t, "dividend"), rapid.IntRange(1, 9).Draw(t, "divisor"))
	}
	return a()
}

func drawBool(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"b", "true", "false", "(i > 5)", "(s == 'привет')"}).Draw(t, "bool")
	}
	switch rapid.IntRange(0, 8).Draw(t, "bool of") {
	case 0:
		return fmt.Sprintf("(%s %s %s)", drawNumber(t, depth-1), rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">="}).Draw(t, "operator"), drawNumber(t, depth-1))
	case 1:
		return fmt.Sprintf("(%s %s %s)", drawText(t, depth-1), rapid.SampledFrom([]string{"==", "!=", "<", "contains", "startsWith", "endsWith", "not contains"}).Draw(t, "operator"), drawText(t, depth-1))
	case 2:
		return fmt.Sprintf("(%s %s %s)", drawBool(t, depth-1), rapid.SampledFrom([]string{"and", "or", "&&", "||", "==", "!="}).Draw(t, "operator"), drawBool(t, depth-1))
	case 3:
		return "not (" + drawBool(t, depth-1) + ")"
	case 4:
		return fmt.Sprintf("(%s in %s)", drawNumber(t, depth-1), drawList(t, depth-1))
	case 5:
		return fmt.Sprintf("%s(%s, # %s %s)", rapid.SampledFrom([]string{"any", "all", "none", "one"}).Draw(t, "quantifier"), drawList(t, depth-1), rapid.SampledFrom([]string{"==", "<"}).Draw(t, "operator"), drawNumber(t, 0))
	case 6:
		return fmt.Sprintf("(%s in w)", drawText(t, depth-1))
	case 7:
		return fmt.Sprintf("(%s == %s)", drawList(t, depth-1), drawList(t, depth-1))
	}
	return drawBool(t, depth-1)
}

func drawText(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"s", "u", "'a'", "\"b\"", "m.n", "w[1]"}).Draw(t, "text")
	}
	a := func() string { return drawText(t, depth-1) }
	switch rapid.IntRange(0, 6).Draw(t, "text of") {
	case 0:
		return fmt.Sprintf("(%s + %s)", a(), a())
	case 1:
		return fmt.Sprintf("upper(%s)", a())
	case 2:
		return fmt.Sprintf("replace(%s, 'a', %s)", a(), a())
	case 3:
		return fmt.Sprintf("repeat(%s, %d)", a(), rapid.IntRange(0, 3).Draw(t, "times"))
	case 4:
		return fmt.Sprintf("join(w, %s)", a())
	case 5:
		return fmt.Sprintf("trimPrefix(%s, %s)", a(), a())
	}
	return a()
}

func drawList(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"l", "[]", "[1, 2]", "1..3", "[i, f]"}).Draw(t, "list")
	}
	a := func() string { return drawList(t, depth-1) }
	switch rapid.IntRange(0, 7).Draw(t, "list of") {
	case 0:
		return fmt.Sprintf("filter(%s, # < %s)", a(), drawNumber(t, 0))
	case 1:
		return fmt.Sprintf("map(%s, # * %s)", a(), drawNumber(t, 0))
	case 2:
		return fmt.Sprintf("sort(%s)", a())
	case 3:
		return fmt.Sprintf("reverse(%s)", a())
	case 4:
		return fmt.Sprintf("concat(%s, %s)", a(), a())
	case 5:
		return fmt.Sprintf("[%s, %s]", drawNumber(t, depth-1), drawNumber(t, depth-1))
	case 6:
		return fmt.Sprintf("take(%s, %d)", a(), rapid.IntRange(0, 3).Draw(t, "number"))
	}
	return a()
}

func BenchmarkRun(b *testing.B) {
	for _, c := range []struct{ name, source string }{
		{"constant", "true"},
		{"money", "amount > 100000"},
		{"text", "category == 'B'"},
		{"and", "amount > 100000 and category == 'B' and headcount >= 5"},
		{"empty", "none_yet > 5"},
		{"age", "age(birth_date) < 18"},
		{"arithmetic", "amount * discount / 100 > paid"},
		{"sum", "sum(rows, .amount) == amount"},
		{"filter", "len(filter(rows, .amount > 16500)) == 2"},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, err := deal.Compile(c.source, expression.Bool)
			if err != nil {
				b.Fatal(err)
			}
			e := env()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Bool(e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := deal.Compile("amount > 100000 and category == 'B' and headcount >= 5", expression.Bool); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkText(b *testing.B) {
	text, err := deal.Text("Здравствуйте, ${name}! К оплате ${amount} ₽")
	if err != nil {
		b.Fatal(err)
	}
	e := env()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := text.String(e); err != nil {
			b.Fatal(err)
		}
	}
}
