package expression_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/voronka/voronka/engine/expression"
)

func TestText(t *testing.T) {
	for source, want := range map[string]any{
		"":                                    "",
		"plain":                               "plain",
		"$ # { } $x #1 ${'$'}{":               "$ # { } $x #1 ${",
		"${amount}":                           expression.Money(53_100_00), // one hole keeps its type
		"\n  #{ headcount }\n":                12,
		"${none_yet}":                         nil,
		"${schedule}":                         []any{"evening", "weekend"},
		"Здравствуйте, ${name}!":              "Здравствуйте, Анна!",
		"${name}${headcount}":                 "Анна12",
		"${amount} ₽, ${paid} ₽":              "53100 ₽, 20000.50 ₽",
		"${birth_date} ${now()}":              "2008-11-20 2026-07-25 01:15",
		"${none_yet}/${blank}":                "/",
		"ПВ-${today().Year()}-${category}":    "ПВ-2026-B",
		`\${name} is ${name}`:                 "${name} is Анна",
		`a\b`:                                 `a\b`,
		"${'}'}${\"{\"}x":                     "}{x",
		"${ {a: {b: 1}}.a.b } y":              "1 y",
		"${rows | map(.title) | join('; ')}.": "first; second; third.",
		"Платёж ${rows[0].due | format('dd.MM')}": "Платёж 01.07",
		"${consent ? 'да' : 'нет'} $":             "да $",
		"= amount":                                "= amount", // not in a text
		"${discount}%":                            "7.5%",
		"${rows[0]}, x":                           "amount: 20000, due: 2026-07-01, title: first, x",
	} {
		text, err := deal.Text(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got, err := text.Run(env())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %v, %v; want %v", source, got, err, want)
		}
		if s, err := text.String(env()); err != nil || text.Source() != source || strings.TrimSpace(s) == "" && want != nil && want != "" && want != "/" {
			t.Errorf("%s: String() = %q, %v", source, s, err)
		}
	}
}

func TestTextFacts(t *testing.T) {
	text, err := deal.Text("${name}: ${amount} and ${name} on ${today()}")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(text.Names()); got != "[amount name]" {
		t.Errorf("reads %s", got)
	}
	if _, constant := text.Constant(); constant || !text.Uses("today") || !text.Uses("now") || text.Uses("working") || text.Shape().Type != expression.String {
		t.Error("the facts of a text with holes are wrong")
	}
	for _, source := range []string{"", "P1D", `a \${b}`} {
		text, err := deal.Text(source)
		if err != nil {
			t.Fatal(err)
		}
		if s, constant := text.Constant(); !constant || s != strings.ReplaceAll(source, `\`, "") {
			t.Errorf("%q is constant %q, %t", source, s, constant)
		}
	}
	if text, err = deal.Text(" ${amount} "); err != nil || text.Shape().Type != expression.MoneyType {
		t.Errorf("one hole has the shape %v, %v", text.Shape(), err)
	}
	e := env()
	e.Format = func(v any) string { return fmt.Sprintf("<%v>", v) }
	text, _ = deal.Text("${name} ${blank}.")
	if got, err := text.String(e); err != nil || got != "<Анна> ." {
		t.Errorf("is written %q, %v", got, err)
	}
}

func TestTextErrors(t *testing.T) {
	for source, want := range map[string]struct {
		message string
		offset  int
	}{
		"Hello ${name":                {"is not closed", 6},
		"Hello ${}":                   {"is empty", 6},
		"Hello ${ nname }":            {"did you mean name?", 9},
		"${name} and ${amount + 'x'}": {"can't be reckoned", 21},
		"${'}":                        {"is not closed", 0},
		"«${nope}»":                   {"there is no nope", 4},
		strings.Repeat("${1}", 501):   {"too many", 2000},
		strings.Repeat("x", 300_000):  {"longer than", -1},
	} {
		var e *expression.Error
		if _, err := deal.Text(source); !errors.As(err, &e) || !strings.Contains(err.Error(), want.message) || e.Offset != want.offset {
			t.Errorf("%.40s: %v %+v; want %q at %d", source, err, e, want.message, want.offset)
		}
	}
	text, err := deal.Text(strings.Repeat("${repeat('x', 60000)}", 20))
	if err != nil {
		t.Fatal(err)
	}
	var e *expression.Error
	if _, err := text.Run(env()); !errors.As(err, &e) || !e.Limit {
		t.Errorf("a text of a megabyte: %v", err)
	}
}
