package expression

import (
	"cmp"
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/voronka/voronka/engine/schedule"
)

// This file is what operators do with two values that are not empty and have been through plain.

// comparable reports whether values of the two kinds can be equal; ordered, whether one can also come before the other.
func (k kind) comparable(with kind) bool {
	switch {
	case k == unknown || with == unknown || k == empty || with == empty:
		return true
	case k == alien || with == alien:
		return false
	case k == with:
		return true
	}
	return k.pairs(with, number, money) || k.pairs(with, day, moment)
}

func (k kind) ordered(with kind) bool {
	return k.comparable(with) && !k.either(with, boolean) && !k.either(with, list) && !k.either(with, record)
}

func (k kind) pairs(with, a, b kind) bool { return k == a && with == b || k == b && with == a }

func (k kind) either(with, a kind) bool { return k == a || with == a }

// order is -1, 0 or 1, as a comes before b, with it or after it. A Date and a Time compare as days: the Time's day in zone.
func (f *frame) order(a, b any) (int, error) {
	switch a := a.(type) {
	case int:
		switch b := b.(type) {
		case int:
			return cmp.Compare(a, b), nil
		case float64:
			return compareIntFloat(a, b), nil
		case Money:
			return -compareMoneyInt(b, a), nil
		}
	case float64:
		switch b := b.(type) {
		case int:
			return -compareIntFloat(b, a), nil
		case float64:
			return cmp.Compare(a, b), nil
		case Money:
			return -b.compare(a), nil
		}
	case Money:
		switch b := b.(type) {
		case int:
			return compareMoneyInt(a, b), nil
		case float64:
			return a.compare(b), nil
		case Money:
			return cmp.Compare(a, b), nil
		}
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b), f.spend(min(len(a), len(b)) / 64)
		}
	case Date:
		switch b := b.(type) {
		case Date:
			return a.Compare(b), nil
		case time.Time:
			return a.Compare(DateOf(b.In(f.zone()))), nil
		}
	case time.Time:
		switch b := b.(type) {
		case Date:
			return DateOf(a.In(f.zone())).Compare(b), nil
		case time.Time:
			return a.Compare(b), nil
		}
	case schedule.Period:
		if b, ok := b.(schedule.Period); ok {
			return comparePeriods(a, b)
		}
	}
	return 0, failf("%s can't be compared with %s", describe(a), describe(b))
}

func compareIntFloat(a int, b float64) int {
	if a > -1<<53 && a < 1<<53 || math.IsInf(b, 0) {
		return cmp.Compare(float64(a), b)
	}
	return new(big.Float).SetInt64(int64(a)).Cmp(big.NewFloat(b))
}

func compareMoneyInt(a Money, b int) int {
	if b > math.MaxInt64/Unit {
		return -1
	}
	if b < math.MinInt64/Unit {
		return 1
	}
	return cmp.Compare(a, Money(b)*Unit)
}

// comparePeriods compares periods with a day as 24 hours, and a month as 28 to 31 days.
func comparePeriods(a, b schedule.Period) (int, error) {
	hours := func(p schedule.Period, month int) float64 {
		return float64(p.Months*month)*24 + float64(p.Days)*24 + p.Clock.Hours()
	}
	short, long := cmp.Compare(hours(a, 28), hours(b, 28)), cmp.Compare(hours(a, 31), hours(b, 31))
	if short != long {
		return 0, failf("%s can't be compared with %s: months differ in length", a, b)
	}
	return short, nil
}

// same reports whether a equals b, which are of comparable kinds; lists and records do where all that is in them does.
func (f *frame) same(a, b any) (bool, error) {
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return a == b, f.spend(min(len(a), len(b)) / 64)
		}
	case bool:
		if b, ok := b.(bool); ok {
			return a == b, nil
		}
	case []any:
		b, ok := b.([]any)
		if !ok {
			break
		}
		if len(a) != len(b) {
			return false, nil
		}
		for i := range a {
			if equal, err := f.sameInside(a[i], b[i]); err != nil || !equal {
				return false, err
			}
		}
		return true, nil
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			break
		}
		if len(a) != len(b) {
			return false, nil
		}
		for key := range a {
			other, found := b[key]
			if !found {
				return false, nil
			}
			if equal, err := f.sameInside(a[key], other); err != nil || !equal {
				return false, err
			}
		}
		return true, nil
	}
	order, err := f.order(a, b)
	return order == 0, err
}

// sameInside is same where kinds may differ, as inside lists and records and between values whose types no upload could know: then
// they are not equal. Empty equals empty.
func (f *frame) sameInside(a, b any) (bool, error) {
	if err := f.spend(1); err != nil {
		return false, err
	}
	a, b = plain(a), plain(b)
	if a == nil || b == nil {
		return a == nil && b == nil, nil
	}
	if x, y := kindOf(a), kindOf(b); !x.comparable(y) && !x.either(y, alien) {
		return false, nil
	}
	return f.same(a, b)
}

// add is a + b.
func (f *frame) add(a, b any) (any, error) {
	switch a := a.(type) {
	case int:
		switch b := b.(type) {
		case int:
			if sum := a + b; (sum > a) == (b > 0) {
				return sum, nil
			}
			return nil, errTooLarge
		case float64:
			return finite(float64(a) + b)
		case Money:
			return addMoney(a, b, false)
		}
	case float64:
		switch b := b.(type) {
		case int:
			return finite(a + float64(b))
		case float64:
			return finite(a + b)
		case Money:
			return addMoney(a, b, false)
		}
	case Money:
		return addMoney(a, b, false)
	case string:
		if b, ok := b.(string); ok {
			return f.join(a, b)
		}
	case Date:
		if b, ok := b.(schedule.Period); ok {
			return f.later(a, b)
		}
	case time.Time:
		if b, ok := b.(schedule.Period); ok {
			return f.later(a, b)
		}
	case schedule.Period:
		switch b := b.(type) {
		case Date, time.Time:
			return f.later(b, a)
		case schedule.Period:
			return addPeriods(a, b)
		}
	}
	return nil, cannot("added", a, b)
}

// subtract is a - b.
func (f *frame) subtract(a, b any) (any, error) {
	switch a := a.(type) {
	case int:
		switch b := b.(type) {
		case int:
			if difference := a - b; (difference < a) == (b > 0) {
				return difference, nil
			}
			return nil, errTooLarge
		case float64:
			return finite(float64(a) - b)
		case Money:
			return addMoney(a, b, true)
		}
	case float64:
		switch b := b.(type) {
		case int:
			return finite(a - float64(b))
		case float64:
			return finite(a - b)
		case Money:
			return addMoney(a, b, true)
		}
	case Money:
		return addMoney(a, b, true)
	case Date:
		if b, ok := b.(schedule.Period); ok {
			return f.later(a, b.Negative())
		}
	case time.Time:
		switch b := b.(type) {
		case schedule.Period:
			return f.later(a, b.Negative())
		case time.Time:
			return schedule.Period{Clock: a.Sub(b)}, nil
		}
	case schedule.Period:
		if b, ok := b.(schedule.Period); ok {
			return addPeriods(a, b.Negative())
		}
	}
	if kindOf(a).either(kindOf(b), day) {
		err := cannot("subtracted", a, b)
		err.Suggestion = "days(a, b) counts the days from one to the other"
		return nil, err
	}
	return nil, cannot("subtracted", a, b)
}

// addMoney is a ± b, one of which is Money, the other Money or currency units.
func addMoney(a, b any, minus bool) (any, error) {
	if !kindOf(a).summand() || !kindOf(b).summand() {
		return nil, cannot("added", a, b)
	}
	x, err := toMoney(a)
	if err != nil {
		return nil, err
	}
	y, err := toMoney(b)
	if err != nil {
		return nil, err
	}
	if minus {
		if difference := x - y; (difference < x) == (y > 0) {
			return difference, nil
		}
	} else if sum := x + y; (sum > x) == (y > 0) {
		return sum, nil
	}
	return nil, errTooLarge
}

// summand reports whether values of the kind can be added to Money.
func (k kind) summand() bool { return k == money || k == number }

func toMoney(v any) (Money, error) {
	v, err := As(MoneyType, v, nil)
	m, _ := v.(Money)
	return m, err
}

func addPeriods(a, b schedule.Period) (any, error) {
	sum := schedule.Period{Months: a.Months + b.Months, Days: a.Days + b.Days, Clock: a.Clock + b.Clock}
	if (sum.Clock > a.Clock) != (b.Clock > 0) {
		return nil, errTooLarge
	}
	return sum, nil
}

// later is a Date or Time a period later. A Date with a period that has a clock becomes a Time.
func (f *frame) later(t any, p schedule.Period) (any, error) {
	var at time.Time
	d, isDate := t.(Date)
	if isDate = isDate && p.Clock == 0; isDate {
		at = p.After(d.In(time.UTC))
	} else if t, err := As(TimeType, t, f.zone()); err != nil {
		return nil, err
	} else {
		at = p.After(t.(time.Time).In(f.zone()))
	}
	switch {
	case at.Year() < 1 || at.Year() > 9999:
		return nil, failf("the years go from 1 to 9999")
	case isDate:
		return DateOf(at), nil
	}
	return at, nil
}

// multiply is a * b.
func multiply(a, b any) (any, error) {
	switch a := a.(type) {
	case int:
		switch b := b.(type) {
		case int:
			if product, ok := times(a, b); ok {
				return product, nil
			}
			return nil, errTooLarge
		case float64:
			return finite(float64(a) * b)
		case Money:
			return multiply(b, a)
		}
	case float64:
		switch b := b.(type) {
		case int:
			return finite(a * float64(b))
		case float64:
			return finite(a * b)
		case Money:
			return multiply(b, a)
		}
	case Money:
		switch b := b.(type) {
		case int:
			if product, ok := times(int(a), b); ok {
				return Money(product), nil
			}
			return nil, errTooLarge
		case float64:
			return amount(a.Times(b))
		}
	}
	return nil, cannot("multiplied", a, b)
}

func times(a, b int) (int, bool) {
	product := a * b
	if a != 0 && (product/a != b || a == -1 && b == math.MinInt) {
		return 0, false
	}
	return product, true
}

// divide is a / b, as in expr never a whole number.
func divide(a, b any) (any, error) {
	switch n := b.(type) {
	case int:
		if n == 0 {
			return nil, errZero
		}
	case float64:
		if n == 0 {
			return nil, errZero
		}
	case Money:
		if n == 0 {
			return nil, errZero
		}
	}
	switch a := a.(type) {
	case int:
		switch b := b.(type) {
		case int:
			return finite(float64(a) / float64(b))
		case float64:
			return finite(float64(a) / b)
		}
	case float64:
		switch b := b.(type) {
		case int:
			return finite(a / float64(b))
		case float64:
			return finite(a / b)
		}
	case Money:
		switch b := b.(type) {
		case int:
			return amount(muldiv(int64(a), 1, int64(b)))
		case float64:
			return amount(a.Over(b))
		case Money:
			return finite(float64(a) / float64(b))
		}
	}
	return nil, cannot("divided", a, b)
}

// remainder is a % b of whole numbers.
func remainder(a, b any) (any, error) {
	x, first := wholeOf(a)
	y, second := wholeOf(b)
	switch {
	case !first || !second:
		return nil, failf("%% needs whole numbers, not %s and %s", describe(a), describe(b))
	case y == 0:
		return nil, errZero
	case y == -1:
		return 0, nil
	}
	return x % y, nil
}

// raise is a ** b.
func raise(a, b any) (any, error) {
	x, first := floatOf(a)
	y, second := floatOf(b)
	if !first || !second {
		return nil, failf("** needs numbers, not %s and %s", describe(a), describe(b))
	}
	return finite(math.Pow(x, y))
}

// negative is -v.
func negative(v any) (any, error) {
	switch v := v.(type) {
	case int:
		if v != math.MinInt {
			return -v, nil
		}
		return nil, errTooLarge
	case float64:
		return -v, nil
	case Money:
		if v != math.MinInt64 {
			return -v, nil
		}
		return nil, errTooLarge
	case schedule.Period:
		return v.Negative(), nil
	}
	return nil, failf("- needs a number, not %s", describe(v))
}

func wholeOf(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case float64:
		return int(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	}
	return 0, false
}

func floatOf(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func finite(n float64) (any, error) {
	if math.IsInf(n, 0) || math.IsNaN(n) {
		return nil, errTooLarge
	}
	return n, nil
}

func amount(m Money, ok bool) (any, error) {
	if !ok {
		return nil, errTooLarge
	}
	return m, nil
}

// cannot is why a and b don't go together.
func cannot(done string, a, b any) *Error {
	e := failf("%s and %s can't be %s", describe(a), describe(b), done)
	if done == "added" && kindOf(a).either(kindOf(b), text) {
		e.Suggestion = "string(x) makes a text of a value"
	}
	return e
}
