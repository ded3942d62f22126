package expression

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voronka/voronka/engine/schedule"
)

// nothing is the type of what is always empty.
const nothing Type = "nil"

// kind is a type as operators see it: what may be compared or added with what.
type kind int

const (
	unknown kind = iota
	empty
	boolean
	number
	money
	text
	day
	moment
	span
	list
	record
	alien // a Go value that is none of these
)

func (t Type) kind() kind {
	switch t {
	case nothing:
		return empty
	case Bool:
		return boolean
	case Int, Number, Percent:
		return number
	case String:
		return text
	case MoneyType:
		return money
	case DateType:
		return day
	case TimeType:
		return moment
	case DurationType:
		return span
	case List:
		return list
	case Map:
		return record
	}
	return unknown
}

func (k kind) String() string {
	return [...]string{"anything", "nothing", "true or false", "a number", "money", "text", "a date", "a time", "a duration", "a list", "a record", "a value of a kind that can't be used"}[k]
}

// kindOf is the kind of a value, which has been through plain.
func kindOf(v any) kind {
	switch v.(type) {
	case nil:
		return empty
	case bool:
		return boolean
	case int, float64:
		return number
	case Money:
		return money
	case string:
		return text
	case Date:
		return day
	case time.Time:
		return moment
	case schedule.Period:
		return span
	case []any:
		return list
	case map[string]any:
		return record
	}
	return alien
}

// plain is v as one of the Go types of the contract, where it is near enough to one.
func plain(v any) any {
	switch v := v.(type) {
	case nil, bool, int, float64, string, Money, Date, time.Time, schedule.Period, []any, map[string]any:
		return v
	case time.Duration:
		return schedule.Period{Clock: v}
	case time.Month:
		return int(v)
	case time.Weekday:
		return weekday(v)
	case int64:
		return int(v)
	case int32:
		return int(v)
	case int16:
		return int(v)
	case int8:
		return int(v)
	case uint8:
		return int(v)
	case uint16:
		return int(v)
	case uint32:
		return int(v)
	case uint:
		return whole(uint64(v))
	case uint64:
		return whole(v)
	case float32:
		return float64(v)
	case json.Number:
		return fromNumber(v.String())
	case []string:
		return items(v)
	case []int:
		return items(v)
	case []float64:
		return items(v)
	case []Money:
		return items(v)
	case []map[string]any:
		return items(v)
	case map[string]string:
		record := make(map[string]any, len(v))
		for key, value := range v {
			record[key] = value
		}
		return record
	}
	return v
}

func whole(n uint64) any {
	if n > math.MaxInt {
		return float64(n)
	}
	return int(n)
}

func items[T any](from []T) any {
	if from == nil {
		return nil
	}
	list := make([]any, len(from))
	for i, v := range from {
		list[i] = v
	}
	return list
}

// weekday is the ISO number of a day of the week: Monday is 1, Sunday 7.
func weekday(d time.Weekday) int { return (int(d)+6)%7 + 1 }

// As is v as a value of type t, where it is one or stands for one without doubt: a number for Money (in currency units, rounded half
// to even), a whole number for an Int, a text of ISO 8601 for a Date, Time or Duration, a Date for a Time (when it begins in zone) and
// a Time for a Date (what clocks in zone show). Empty is empty of every type.
func As(t Type, v any, zone *time.Location) (any, error) {
	if zone == nil {
		zone = time.UTC
	}
	v = plain(v)
	got, want := kindOf(v), t.kind()
	if got == empty || want == unknown || got == want && t != Int {
		return v, nil
	}
	switch v := v.(type) {
	case int:
		switch {
		case t == Int:
			return v, nil
		case want == money:
			return intMoney(v)
		}
	case float64:
		switch {
		case t == Int && v == math.Trunc(v) && math.Abs(v) < 1<<53:
			return int(v), nil
		case want == money:
			return floatMoney(v)
		}
	case string:
		switch want {
		case day:
			at, err := schedule.ParseDate(v, zone)
			return DateOf(at.In(zone)), wrong(err)
		case moment:
			at, err := schedule.ParseDate(v, zone)
			return at, wrong(err)
		case span:
			p, err := schedule.ParsePeriod(v)
			return p, wrong(err)
		}
	case Date:
		if want == moment {
			return v.In(zone), nil
		}
	case time.Time:
		if want == day {
			return DateOf(v.In(zone)), nil
		}
	}
	if t == Int {
		return nil, failf("a whole number is expected, not %s", describe(v))
	}
	return nil, failf("%s is expected, not %s", want, describe(v))
}

// AsShape is As for what is inside lists and records too, which are copied. Fields that the Shape does not know stay as they are.
func AsShape(s Shape, v any, zone *time.Location) (_ any, err error) {
	if v, err = As(s.Type, v, zone); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case []any:
		if s.Of == nil {
			return v, nil
		}
		list := make([]any, len(v))
		for i := range v {
			if list[i], err = AsShape(*s.Of, v[i], zone); err != nil {
				return nil, inside(err, "item "+strconv.Itoa(i+1))
			}
		}
		return list, nil
	case map[string]any:
		if s.Fields == nil {
			return v, nil
		}
		record := make(map[string]any, len(v))
		for key := range v {
			if record[key], err = AsShape(s.Fields[key], v[key], zone); err != nil {
				return nil, inside(err, key)
			}
		}
		return record, nil
	}
	return v, nil
}

func intMoney(n int) (any, error) {
	if n > math.MaxInt64/Unit || n < math.MinInt64/Unit {
		return nil, errTooLarge
	}
	return Money(n) * Unit, nil
}

func floatMoney(n float64) (any, error) {
	m, ok := Units(n)
	if !ok {
		return nil, errTooLarge
	}
	return m, nil
}

// fits reports whether a value of the shape may stand where t is wanted, by As.
func (s Shape) fits(t Type) bool {
	got, want := s.Type.kind(), t.kind()
	switch {
	case got == unknown || want == unknown || got == empty || got == want:
		return true
	case want == money:
		return got == number
	case want == day:
		return got == text || got == moment
	case want == moment:
		return got == text || got == day
	case want == span:
		return got == text
	}
	return false
}

// Format is a value as people read it: 53100 or 53100.50 for Money, 2026-01-31 for a Date, 2026-01-31 10:30 for a Time in zone, items
// of a List with commas between. Empty is the empty text.
func Format(v any, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	var b strings.Builder
	write(&b, v, zone)
	return b.String()
}

func write(b *strings.Builder, v any, zone *time.Location) {
	if b.Len() > maxText {
		return
	}
	switch v := plain(v).(type) {
	case nil:
	case string:
		b.WriteString(v)
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int:
		b.WriteString(strconv.Itoa(v))
	case float64:
		b.WriteString(formatFloat(v))
	case time.Time:
		b.WriteString(v.In(zone).Format("2006-01-02 15:04"))
	case []any:
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			write(b, item, zone)
		}
	case map[string]any:
		for i, key := range sortedKeys(v) {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(key)
			b.WriteString(": ")
			write(b, v[key], zone)
		}
	case fmt.Stringer: // Money, Date, Period
		b.WriteString(v.String())
	default:
		fmt.Fprint(b, v)
	}
}

func formatFloat(n float64) string {
	if math.Abs(n) < 1e21 {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// describe is a value in a sentence: its kind, and itself where that is short.
func describe(v any) string {
	k := kindOf(v)
	switch k {
	case text, number, money, day, boolean:
		if s := Format(v, nil); len(s) <= 40 {
			if k == text {
				s = strconv.Quote(s)
			}
			return fmt.Sprintf("%s (%s)", k, s)
		}
	}
	return k.String()
}

// clip is s cut to what fits into a sentence.
func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// failf is an Error of a run; where it happened is added by who knows.
func failf(format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), Offset: -1}
}

// limitf is an Error that says that a limit was hit.
func limitf(format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), Offset: -1, Limit: true}
}

// wrong is err as an Error; nil stays nil.
func wrong(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Message: err.Error(), Offset: -1}
}

var (
	errTooLarge = &Error{Message: "the number is too large", Offset: -1}
	errZero     = &Error{Message: "division by zero", Offset: -1}
)
