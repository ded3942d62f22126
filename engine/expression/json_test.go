package expression_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/engine/schedule"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		t    expression.Type
		raw  string
		want any
	}{
		{expression.Any, "5", 5},
		{expression.Any, "9007199254740993", 9007199254740993},
		{expression.Any, "-9223372036854775808", math.MinInt64},
		{expression.Any, "5.0", 5.0},
		{expression.Any, "1e2", 100.0},
		{expression.Any, "99999999999999999999", 1e20},
		{expression.Any, `"2026-01-31"`, "2026-01-31"},
		{expression.Any, `{"a":[1,2.5,null,{"b":9007199254740993}]}`, map[string]any{"a": []any{1, 2.5, nil, map[string]any{"b": 9007199254740993}}}},
		{expression.Any, "null", nil},
		{expression.Any, "", nil},
		{expression.MoneyType, "null", nil},
		{expression.MoneyType, "4990000", expression.Money(4990000)},
		{expression.MoneyType, "4990000.0", expression.Money(4990000)},
		{expression.Int, "5", 5},
		{expression.Int, "5.0", 5},
		{expression.Number, "5", 5.0},
		{expression.Percent, "10", 10.0},
		{expression.Bool, "true", true},
		{expression.String, `"x"`, "x"},
		{expression.DateType, `"2026-01-31"`, date("2026-01-31")},
		{expression.TimeType, `"2026-01-31T10:30:00.5+03:00"`, time.Date(2026, 1, 31, 10, 30, 0, 5e8, time.FixedZone("", 3*3600))},
		{expression.DurationType, `"P1DT2H"`, schedule.Period{Days: 1, Clock: 2 * time.Hour}},
		{expression.List, "[1]", []any{1}},
		{expression.Map, `{"a":1}`, map[string]any{"a": 1}},
	} {
		got, err := expression.Decode(c.t, json.RawMessage(c.raw))
		if at, ok := got.(time.Time); ok && at.Equal(c.want.(time.Time)) {
			continue
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("Decode(%s, %s) = %#v, %v; want %#v", c.t, c.raw, got, err, c.want)
		}
	}
	for _, c := range []struct {
		t         expression.Type
		raw, want string
	}{
		{expression.Int, "5.5", "a whole number is expected"},
		{expression.Int, `"5"`, "a whole number is expected, not text"},
		{expression.MoneyType, "5.5", "minor units"},
		{expression.MoneyType, `{"amount":1}`, "money is expected, not a record"},
		{expression.Bool, "1", "true or false is expected, not a number (1)"},
		{expression.String, "1", "text is expected"},
		{expression.Number, "1e999", "too large"},
		{expression.Any, "1e999", "too large"},
		{expression.DateType, `"31.01.2026"`, "no date like"},
		{expression.DateType, `"2026-02-30"`, "no date like"},
		{expression.TimeType, `"2026-01-31"`, "no time like"},
		{expression.DurationType, `"1 day"`, "must begin with P"},
		{expression.List, "{}", "a list is expected"},
		{expression.Map, "[]", "a record is expected"},
		{expression.Any, "{", "is no JSON"},
		{expression.Any, "1]", "is no JSON"},
		{expression.Any, "1 2", "is no JSON"},
	} {
		got, err := expression.Decode(c.t, json.RawMessage(c.raw))
		var e *expression.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || got != nil {
			t.Errorf("Decode(%s, %s) = %v, %v; want an error with %q", c.t, c.raw, got, err, c.want)
		}
	}
}

func TestDecodeShape(t *testing.T) {
	rows := deal.Known["rows"]
	raw := `[{"due":"2026-07-01","amount":2000000,"title":"first","extra":5},{"due":null,"amount":null}]`
	got, err := expression.DecodeShape(rows, json.RawMessage(raw))
	want := []any{
		map[string]any{"due": date("2026-07-01"), "amount": expression.Money(2000000), "title": "first", "extra": 5},
		map[string]any{"due": nil, "amount": nil},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("is %v, %v; want %v", got, err, want)
	}
	if _, err := expression.DecodeShape(rows, json.RawMessage(`[{"amount":1},{"amount":"1"}]`)); err == nil || err.Error() != `item 2: amount: money is expected, not text ("1")` {
		t.Errorf("a wrong row: %v", err)
	}
}

func TestAsShape(t *testing.T) {
	given := []any{map[string]any{"due": "2026-07-01", "amount": 20000.5, "extra": 5}, nil}
	want := []any{map[string]any{"due": date("2026-07-01"), "amount": expression.Money(20_000_50), "extra": 5}, nil}
	if got, err := expression.AsShape(deal.Known["rows"], given, nil); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("is %v, %v; want %v", got, err, want)
	}
	if _, err := expression.AsShape(deal.Known["rows"], []any{map[string]any{"amount": "x"}}, nil); err == nil || err.Error() != `item 1: amount: money is expected, not text ("x")` {
		t.Errorf("a wrong row: %v", err)
	}
}

// aValue draws a type and a value of it.
var aValue = rapid.Custom(func(t *rapid.T) typed {
	return drawn(t, 3)
})

type typed struct {
	shape expression.Shape
	value any
}

func drawn(t *rapid.T, depth int) typed {
	types := []expression.Type{
		expression.Any, expression.Bool, expression.Int, expression.Number, expression.Percent, expression.String, expression.MoneyType,
		expression.DateType, expression.TimeType, expression.DurationType, expression.List, expression.Map,
	}
	if depth == 0 {
		types = types[:len(types)-2]
	}
	shape := expression.Shape{Type: rapid.SampledFrom(types).Draw(t, "type")}
	if rapid.IntRange(0, 9).Draw(t, "empty") == 0 {
		return typed{shape, nil}
	}
	switch shape.Type {
	case expression.Any:
		return typed{shape, rapid.OneOf(rapid.Just[any](true), rapid.Map(rapid.Int(), toAny), rapid.Map(rapid.Float64(), toAny), rapid.Map(rapid.String(), toAny)).Draw(t, "any")}
	case expression.Bool:
		return typed{shape, rapid.Bool().Draw(t, "bool")}
	case expression.Int:
		return typed{shape, rapid.Int().Draw(t, "int")}
	case expression.Number, expression.Percent:
		return typed{shape, rapid.Float64().Draw(t, "number")}
	case expression.String:
		return typed{shape, rapid.String().Draw(t, "string")}
	case expression.MoneyType:
		return typed{shape, expression.Money(rapid.Int64().Draw(t, "money"))}
	case expression.DateType:
		return typed{shape, expression.DateOf(time.Unix(rapid.Int64Range(-6e10, 2.5e11).Draw(t, "date"), 0).UTC())}
	case expression.TimeType:
		return typed{shape, time.Unix(rapid.Int64Range(-6e10, 2.5e11).Draw(t, "time"), rapid.Int64Range(0, 1e9-1).Draw(t, "nano")).UTC()}
	case expression.DurationType:
		return typed{shape, schedule.Period{Months: rapid.IntRange(-99, 99).Draw(t, "months"), Days: rapid.IntRange(-99, 99).Draw(t, "days"), Clock: time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "clock"))}}
	case expression.List:
		first := drawn(t, depth-1)
		shape.Of = &first.shape
		list := []any{first.value}
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			list = append(list, nil, first.value)
		}
		return typed{shape, list}
	default:
		shape.Fields = map[string]expression.Shape{}
		record := map[string]any{}
		for _, key := range rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "keys") {
			field := drawn(t, depth-1)
			shape.Fields[key], record[key] = field.shape, field.value
		}
		return typed{shape, record}
	}
}

func toAny[T any](v T) any { return v }

// Encode of what Decode gave gives it back.
func TestEncodeDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := aValue.Draw(t, "value")
		raw, err := expression.Encode(v.value)
		if err != nil || !json.Valid(raw) {
			t.Fatalf("Encode(%#v) = %s, %v", v.value, raw, err)
		}
		got, err := expression.DecodeShape(v.shape, raw)
		if err != nil || !reflect.DeepEqual(got, v.value) {
			t.Fatalf("%#v is kept as %s and read as %#v, %v", v.value, raw, got, err)
		}
		again, err := expression.Encode(got)
		if err != nil || string(again) != string(raw) {
			t.Fatalf("%s is kept again as %s, %v", raw, again, err)
		}
	})
}

func TestEncodeRefuses(t *testing.T) {
	loop := map[string]any{}
	loop["loop"] = loop
	for _, v := range []any{math.NaN(), math.Inf(1), make(chan int), struct{}{}, []any{func() {}}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), loop} {
		var e *expression.Error
		if raw, err := expression.Encode(v); !errors.As(err, &e) {
			t.Errorf("Encode(%T) = %s, %v; want an *Error", v, raw, err)
		}
	}
	if raw, err := expression.Encode(map[string]any{"b": "<&>", "a": []string{"x"}, "c": 36 * time.Hour, "d": 5.0, "e": int64(7)}); err != nil || string(raw) != `{"a":["x"],"b":"<&>","c":"PT36H","d":5.0,"e":7}` {
		t.Errorf("is kept as %s, %v", raw, err)
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		t   expression.Type
		raw string
	}{{expression.MoneyType, "5310000"}, {expression.String, `"Анна"`}, {expression.DateType, `"2008-11-20"`}, {expression.Any, `[{"a":1,"b":"x"},{"a":2,"b":"y"}]`}} {
		b.Run(c.raw, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := expression.Decode(c.t, json.RawMessage(c.raw)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The reading of scalars agrees with the decoder, which reads them inside a list.
func FuzzScalar(f *testing.F) {
	for _, seed := range []string{"0", "00", "-1", "12", `"x"`, `"\u0041"`, "\"\xff\"", "true", " 1", "1 ", `"`, `""`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := expression.Decode(expression.Any, json.RawMessage(s))
		list, inside := expression.Decode(expression.Any, json.RawMessage("["+s+"]"))
		items, _ := list.([]any)
		if inside == nil && len(items) == 1 && (err != nil || !reflect.DeepEqual(items[0], got)) || err == nil && s != "" && inside != nil {
			t.Fatalf("%q is %#v, %v; in a list %#v, %v", s, got, err, list, inside)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"1", `{"a":[1,2.5,"x",null,true]}`, `"2026-01-31"`, "1e999", "-0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := expression.Decode(expression.Any, json.RawMessage(s))
		if err != nil {
			return
		}
		raw, err := expression.Encode(v)
		if err != nil {
			return
		}
		if again, err := expression.Decode(expression.Any, raw); err != nil || !reflect.DeepEqual(again, v) {
			t.Fatalf("%s is %#v, kept as %s and read as %#v, %v", s, v, raw, again, err)
		}
	})
}
