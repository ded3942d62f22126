package expression

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/voronka/voronka/engine/schedule"
)

// Decode is the value that JSON keeps: Money a whole number of minor units, Date "2006-01-02", Time RFC 3339, Duration ISO 8601.
// With Any, JSON decides: whole numbers are int (one beyond int64 is float64), others float64, texts string, also those that look like
// dates. null is empty of every type. An Error says what was found instead.
func Decode(t Type, raw json.RawMessage) (any, error) { return DecodeShape(Shape{Type: t}, raw) }

// DecodeShape is Decode with the types of items and fields. Fields that the Shape does not know are Any.
func DecodeShape(s Shape, raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if v, ok := plainly(s.Type, raw); ok {
		return v, nil
	}
	if v, ok := scalar(raw); ok {
		return decode(s, v)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, &Error{Message: "is no JSON: " + err.Error(), Offset: -1}
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &Error{Message: "is no JSON: something follows the value", Offset: -1}
	}
	return decode(s, v)
}

// plainly reads what nearly all variables are, a text without escapes or a whole number where one is wanted. Others are left to decode.
func plainly(t Type, raw json.RawMessage) (v any, ok bool) {
	switch t {
	case Int, MoneyType, String, DateType, Any, "":
	default:
		return nil, false
	}
	if text, ok := quoted(raw); ok {
		switch t {
		case String, Any, "":
			return text, true
		case DateType:
			d, err := ParseDate(text)
			return d, err == nil
		}
		return nil, false
	}
	n, ok := digits(raw)
	switch t {
	case Int, Any, "":
		return n, ok
	case MoneyType:
		return Money(n), ok
	}
	return nil, false
}

// quoted is a JSON text without escapes.
func quoted(raw json.RawMessage) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	inner := raw[1 : len(raw)-1]
	for _, c := range inner {
		if c < ' ' || c == '"' || c == '\\' {
			return "", false
		}
	}
	return string(inner), utf8.Valid(inner)
}

// digits is a JSON number of nothing but digits.
func digits(raw json.RawMessage) (n int, ok bool) {
	if len(raw) == 0 || len(raw) > 18 || raw[0] == '0' && len(raw) > 1 {
		return 0, false
	}
	for _, c := range raw {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// scalar reads the scalars that need no decoder; others are left to it.
func scalar(raw json.RawMessage) (v any, ok bool) {
	if text, ok := quoted(raw); ok {
		return text, true
	}
	if _, ok := digits(raw); ok {
		return json.Number(raw), true
	}
	switch string(raw) {
	case "true":
		return true, true
	case "false":
		return false, true
	case "null":
		return nil, true
	}
	return nil, false
}

func decode(s Shape, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch s.Type {
	case Bool:
		if v, ok := v.(bool); ok {
			return v, nil
		}
	case Int:
		if n, ok := wholeNumber(v); ok {
			return n, nil
		}
	case MoneyType:
		if n, ok := wholeNumber(v); ok {
			return Money(n), nil
		}
	case Number, Percent:
		if v, ok := v.(json.Number); ok {
			if n, err := v.Float64(); err == nil {
				return n, nil
			}
			return nil, errTooLarge
		}
	case String:
		if v, ok := v.(string); ok {
			return v, nil
		}
	case DateType:
		if v, ok := v.(string); ok {
			d, err := ParseDate(v)
			if err != nil {
				return nil, wrong(err)
			}
			return d, nil
		}
	case TimeType:
		if v, ok := v.(string); ok {
			t, err := time.Parse(time.RFC3339Nano, v)
			if err != nil {
				return nil, failf("%q is no time like 2026-01-31T10:30:00Z", clip(v))
			}
			return t, nil
		}
	case DurationType:
		if v, ok := v.(string); ok {
			p, err := schedule.ParsePeriod(v)
			if err != nil {
				return nil, wrong(err)
			}
			return p, nil
		}
	case List:
		if v, ok := v.([]any); ok {
			return decodeItems(s, v)
		}
	case Map:
		if v, ok := v.(map[string]any); ok {
			return decodeFields(s, v)
		}
	default:
		return decodeAny(v)
	}
	found, _ := decodeAny(v)
	if s.Type == Int {
		return nil, failf("a whole number is expected, not %s", describe(found))
	}
	if s.Type == MoneyType && kindOf(found) == number {
		return nil, failf("money is expected, a whole number of minor units, not %s", describe(found))
	}
	return nil, failf("%s is expected, not %s", s.Type.kind(), describe(found))
}

func decodeAny(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		n := fromNumber(v.String())
		if f, ok := n.(float64); ok && math.IsInf(f, 0) {
			return nil, errTooLarge
		}
		return n, nil
	case []any:
		return decodeItems(Shape{}, v)
	case map[string]any:
		return decodeFields(Shape{}, v)
	}
	return v, nil
}

// decodeItems decodes a list in place.
func decodeItems(s Shape, list []any) (_ any, err error) {
	var of Shape
	if s.Of != nil {
		of = *s.Of
	}
	for i := range list {
		if list[i], err = decode(of, list[i]); err != nil {
			return nil, inside(err, "item "+strconv.Itoa(i+1))
		}
	}
	return list, nil
}

// decodeFields decodes a record in place.
func decodeFields(s Shape, record map[string]any) (_ any, err error) {
	for key, v := range record {
		if record[key], err = decode(s.Fields[key], v); err != nil {
			return nil, inside(err, key)
		}
	}
	return record, nil
}

// inside is err with the place where it happened before it.
func inside(err error, place string) error {
	e := *asError(err)
	e.Message = place + ": " + e.Message
	return &e
}

// fromNumber is a JSON number as int where it is written as one and fits, else float64.
func fromNumber(s string) any {
	if !strings.ContainsAny(s, ".eE") && s != "-0" {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return int(n)
		}
	}
	n, _ := strconv.ParseFloat(s, 64)
	return n
}

// wholeNumber is a JSON number without a fraction.
func wholeNumber(v any) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	switch n := fromNumber(n.String()).(type) {
	case int:
		return n, true
	case float64:
		return int(n), n == math.Trunc(n) && math.Abs(n) < 1<<53
	}
	return 0, false
}

// Encode is how a value is kept. Decode with the value's type gives it back: a float64 is written with a point or an exponent, so that
// it stays one.
func Encode(v any) (json.RawMessage, error) {
	raw, err := encode(make([]byte, 0, 64), v, 0)
	if err != nil {
		return nil, err
	}
	return raw, nil
}

// maxDepth is how deep lists and records may stand in each other.
const maxDepth = 1000

func encode(b []byte, v any, depth int) (_ []byte, err error) {
	if depth > maxDepth {
		return nil, limitf("lists and records stand too deep in each other")
	}
	switch v := plain(v).(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case Money:
		return strconv.AppendInt(b, int64(v), 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, failf("there is no such number")
		}
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		return append(b, s...), nil
	case string:
		return appendString(b, v)
	case Date:
		return appendString(b, v.String())
	case time.Time:
		if v.Year() < 0 || v.Year() > 9999 {
			return nil, failf("a time must lie in the years 0 to 9999")
		}
		return appendString(b, v.Format(time.RFC3339Nano))
	case schedule.Period:
		return appendString(b, v.String())
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = encode(b, item, depth+1); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case map[string]any:
		b = append(b, '{')
		for i, key := range sortedKeys(v) {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendString(b, key); err != nil {
				return nil, err
			}
			if b, err = encode(append(b, ':'), v[key], depth+1); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	default:
		return nil, failf("%s: %s", fmt.Sprintf("%T", v), alien)
	}
}

func appendString(b []byte, s string) ([]byte, error) {
	var buffer bytes.Buffer
	e := json.NewEncoder(&buffer)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return nil, wrong(err)
	}
	return append(b, bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))...), nil
}
