package expression_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/engine/expression"
)

// hostile is what a hostile card holds.
func hostile(name string) any {
	switch name {
	case "list":
		list := make([]any, 1000)
		for i := range list {
			list[i] = i
		}
		return list
	case "s":
		return strings.Repeat("a", 60_000)
	case "n":
		return 1_000_000_000
	case "deep":
		deep := any(1)
		for range 5000 {
			deep = []any{deep}
		}
		return deep
	}
	return nil
}

// Whatever a source says, it is over soon, and takes little memory.
func TestLimits(t *testing.T) {
	names := &expression.Names{Open: true}
	e := &expression.Env{Lookup: hostile}
	doubling := func(first, twice, last string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "let x0 = %s; ", first)
		for i := range 40 {
			fmt.Fprintf(&b, "let x%d = %s; ", i+1, strings.ReplaceAll(twice, "x", fmt.Sprintf("x%d", i)))
		}
		return b.String() + fmt.Sprintf(last, 40)
	}
	for name, source := range map[string]string{
		"range":                      "len(1..1000000000)",
		"range of a name":            "len(1..n)",
		"range backwards":            "len(-9223372036854775807..9223372036854775807)",
		"nested predicates":          "map(1..10000, map(1..10000, #))",
		"nested counts":              "count(list, count(list, # > 1) > 1)",
		"three predicates":           "map(list, map(list, map(list, #)))",
		"predicate in list":          "map(map(map(map(list, #), #), #), map(1..10000, # in list))",
		"strings in let":             doubling(`"ab"`, "x + x", "x%d"),
		"lists in let":               doubling("[1]", "[x, x]", "x%d"),
		"lists to text":              doubling("[1]", "[x, x]", "string(x%d)"),
		"lists joined":               doubling("[1]", "[x, x]", "join(x%d, ',')"),
		"lists flattened":            doubling("[1]", "[x, x]", "flatten(x%d)"),
		"lists compared":             strings.Replace(doubling("[1]", "[x, x]", "x%d == Y"), "Y", "x39", 1),
		"lists compared deep":        doubling("[[1], [1]]", "[x, x]", "[x%[1]d] == [map([x%[1]d], #)[0]]"),
		"lists in lists":             doubling("[1]", "[x, x]", "x%[1]d in [x%[1]d]"),
		"lists concatenated":         doubling("[1]", "concat(x, x)", "len(x%d)"),
		"records":                    doubling("{a: 1}", "{a: x, b: x}", "x%d"),
		"empty lists to text":        doubling("[]", "[x, x]", "string(x%d)"),
		"join":                       doubling(`"ab"`, "join([x, x], x)", "x%d"),
		"replace":                    doubling(`"aa"`, "replace(x, 'a', x)", "x%d"),
		"repeat":                     `repeat("ab", 1000000000)`,
		"repeat a name":              `repeat(s, n)`,
		"repeat repeated":            `repeat(repeat(repeat("ab", 1000), 1000), 1000)`,
		"strings in a list":          "map(1..10000, s + s)",
		"strings kept":               "map(1..10000, upper(s))",
		"splits":                     "map(list, split(s, ''))",
		"trim":                       "trim(repeat('я', 30000), repeat('ю', 30000))",
		"trims":                      "map(1..10000, trim(s, s))",
		"sort":                       "map(list, sort(map(list, -#)))",
		"sort strings":               "sort(map(1..1000, s + string(#)))",
		"uniq":                       "uniq(1..10000)",
		"uniq strings":               "uniq(map(1..1000, repeat('a', 10000) + string(#)))",
		"deep list":                  "string(deep)",
		"deep list flattened":        "flatten(deep)",
		"deep list compared":         "deep == deep",
		"regexp":                     "map(1..10000, s matches '(a|aa)+$')",
		"regexp repeats":             "s matches '((a{1,30}){1,30}){1,30}'",
		"regexp repeated":            "s matches '" + strings.Repeat("(a{500}|b{500})", 16) + "'",
		"regexp of classes":          `s matches '(\\pL\\PL){200}'`,
		"long regexp":                "s matches '" + strings.Repeat("a", 300) + "'",
		"chained comparisons":        strings.Repeat("1 < (", 48) + "1" + strings.Repeat(" < 2) < 3", 48),
		"methods of comparisons":     strings.Repeat("(1 < ", 45) + "1" + strings.Repeat(" < 2 < 3)", 45) + ".foo()",
		"parentheses":                strings.Repeat("(", 1_000_000),
		"brackets":                   strings.Repeat("[", 4000),
		"parentheses in quotes":      "'" + strings.Repeat("(", 100) + "' + " + strings.Repeat("(", 60) + "1" + strings.Repeat(")", 60),
		"parentheses after a remark": "/*'*/" + strings.Repeat("(", 4000),
		"braces":                     strings.Repeat("${", 2000),
		"nots":                       strings.Repeat("!", 4000) + "true",
		"minuses":                    strings.Repeat("-", 4000) + "1",
		"ternaries":                  strings.Repeat("true ? ", 500) + "1" + strings.Repeat(" : 1", 500),
		"sum of many":                "1" + strings.Repeat("+1", 2000),
		"lets":                       strings.Repeat("let a=1;", 500) + "a",
		"members":                    "a" + strings.Repeat(".a", 2000),
		"long":                       strings.Repeat(" ", 10_000) + strings.Repeat("1+", 3000) + "1",
		"huge number":                strings.Repeat("9", 4000),
		"power":                      "10 ** 10 ** 10",
		"format":                     "format(now(), repeat('yyyy', 16000))",
		"ages":                       "map(1..10000, map(1..10000, age(date('2008-01-01'))))",
		"dates":                      "map(1..10000, addPeriod(s, 'P1D'))",
		"maximum of many":            "map(list, max(list))",
		"keys":                       "map(1..10000, keys({a: 1, b: 2, c: 3}))",
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			p, err := names.Compile(source, expression.Any)
			var v any
			if err == nil {
				v, err = p.Run(e)
			}
			if took := time.Since(start); took > slack*time.Second {
				t.Errorf("took %s", took)
			}
			runtime.ReadMemStats(&after)
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 256<<20 {
				t.Errorf("took %d MB", taken>>20)
			}
			var wrong *expression.Error
			if err != nil && (!errors.As(err, &wrong) || len(wrong.Error()) > 300) {
				t.Errorf("%T: %.400v", err, err)
			}
			if s, _ := v.(string); len(s) > 64<<10 {
				t.Errorf("gives %d bytes", len(s))
			}
			if testing.Verbose() {
				t.Logf("%s, %d KB: %.60v, %v", time.Since(start), (after.TotalAlloc-before.TotalAlloc)>>10, v, err)
			}
		})
	}
}

// Those that hit a limit say so.
func TestLimitErrors(t *testing.T) {
	names := &expression.Names{Open: true}
	e := &expression.Env{Lookup: hostile}
	for source, want := range map[string]string{
		strings.Repeat("(", 60) + "1" + strings.Repeat(")", 60): "more than 50 brackets",
		strings.Repeat("1 + ", 2000) + "1":                      "longer than 4096 bytes",
		"1" + strings.Repeat("+1", 400):                         "more than 500 parts",
		"map(list, map(list, map(list, 1)))":                    "more than 2 lists",
		"s matches '(a{500}){2}'":                               "repeats too much",
		"s matches '.{600}.{600}'":                              "repeats too much",
		"1..100000":                                             "more than 10000 numbers",
		"repeat(s, 2)":                                          "longer than 65536 bytes",
		"s + s":                                                 "longer than 65536 bytes",
		"map(list, map(list, map([1, 2], #)))[0]":               "more than 2 lists",
		"count(list, count(list, # + 1 + 2 > 0) > 0)":           "takes too long",
		"map(1..10000, list)":                                   "result is too large",
	} {
		p, err := names.Compile(source, expression.Any)
		if err == nil {
			_, err = p.Run(e)
		}
		var wrong *expression.Error
		if !errors.As(err, &wrong) || !wrong.Limit || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v; want the limit %q", source, err, want)
		}
	}
}

// There is no way to the machine's clock, to Go's methods, or to what was not given.
func TestNoEscape(t *testing.T) {
	names := &expression.Names{Open: true}
	type secret struct{ Password string }
	e := &expression.Env{Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Lookup: func(name string) any {
		switch name {
		case "secret":
			return secret{"x"}
		case "pointer":
			return &secret{"x"}
		case "function":
			return func() string { return "called" }
		case "channel":
			return make(chan int)
		}
		return nil
	}}
	for _, source := range []string{
		"secret.Password", "pointer.Password", "secret.Password()", "function()", "function.x", "$env", "$env['secret']", "::now()", "now().Format('2006')", "now().Local()", "now().Location()", "channel == channel", "secret == secret", "secret + 1", "sort([secret, secret])", "secret > 1", "len(secret)", "string(now().Unix())", "[secret][0].Password",
	} {
		p, err := names.Compile(source, expression.Any)
		if err == nil {
			var v any
			if v, err = p.Run(e); err == nil && source != "::now()" {
				t.Errorf("%s = %v", source, v)
			}
			if at, ok := v.(time.Time); ok && at.Year() != 2026 {
				t.Errorf("%s = %v: the machine's clock", source, v)
			}
		}
	}
}
