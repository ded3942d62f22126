package expression

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Money is an amount in minor units: kopecks, cents. In expressions it counts currency units (amount > 100000 is a hundred thousand
// roubles) and is exact to the minor unit: what must be rounded is rounded half to even, a product with a fraction is that with the
// decimal number as it is written, and what does not fit is an error.
type Money int64

// Unit is how many minor units a currency unit has.
const Unit = 100

// Units is so many currency units as Money; ok is false where that does not fit.
func Units(n float64) (m Money, ok bool) { return Money(Unit).Times(n) }

// Float is the amount in currency units.
func (m Money) Float() float64 { return float64(m) / Unit }

// String is the amount in currency units, with minor units where there are any: 53100, 53100.50.
func (m Money) String() string {
	units, minor := int64(m)/Unit, int64(m)%Unit
	if minor == 0 {
		return strconv.FormatInt(units, 10)
	}
	var b strings.Builder
	if m < 0 {
		b.WriteByte('-')
		units, minor = -units, -minor
	}
	b.WriteString(strconv.FormatInt(units, 10))
	b.WriteByte('.')
	if minor < 10 {
		b.WriteByte('0')
	}
	b.WriteString(strconv.FormatInt(minor, 10))
	return b.String()
}

// Times is the amount n times over.
func (m Money) Times(n float64) (product Money, ok bool) {
	if num, den, ok := fraction(n); ok {
		return muldiv(int64(m), num, den)
	}
	mantissa, exponent, ok := decimal(n)
	if !ok {
		return 0, false
	}
	num := mantissa.Mul(mantissa, big.NewInt(int64(m)))
	if exponent < 0 {
		return quo(num, power(-exponent))
	}
	return quo(num.Mul(num, power(exponent)), big.NewInt(1))
}

// Over is the amount divided by n, which is not zero.
func (m Money) Over(n float64) (quotient Money, ok bool) {
	if num, den, ok := fraction(n); ok {
		return muldiv(int64(m), den, num)
	}
	mantissa, exponent, ok := decimal(n)
	if !ok || mantissa.Sign() == 0 {
		return 0, false
	}
	if exponent < 0 {
		return quo(power(-exponent).Mul(power(-exponent), big.NewInt(int64(m))), mantissa)
	}
	return quo(big.NewInt(int64(m)), mantissa.Mul(mantissa, power(exponent)))
}

// fraction is n as num/den, where its shortest decimal has few digits: up to 15, of which up to four after the point.
func fraction(n float64) (num, den int64, ok bool) {
	for den = 1; den <= 10_000; den *= 10 {
		if shifted := n * float64(den); math.Abs(shifted) < 1e15 && shifted == math.Trunc(shifted) && shifted/float64(den) == n {
			return int64(shifted), den, true
		}
	}
	return 0, 0, false
}

// muldiv is a × b / c, rounded half to even.
func muldiv(a, b, c int64) (Money, bool) {
	if c == 0 {
		return 0, false
	}
	negative := (a < 0) != (b < 0) != (c < 0)
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	divisor := magnitude(c)
	if high >= divisor {
		return 0, false
	}
	quotient, rest := bits.Div64(high, low, divisor)
	if left := divisor - rest; rest > left || rest == left && quotient&1 == 1 {
		quotient++
	}
	if quotient > math.MaxInt64 {
		return 0, false
	}
	if negative {
		return -Money(quotient), true
	}
	return Money(quotient), true
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// compare compares an amount with currency units.
func (m Money) compare(n float64) int {
	if m > -1<<53 && m < 1<<53 || math.IsInf(n, 0) {
		return cmp.Compare(m.Float(), n) // a quotient of two exact numbers is the one nearest to the decimal, as n is
	}
	return new(big.Rat).SetFrac64(int64(m), Unit).Cmp(new(big.Rat).SetFloat64(n))
}

// decimal is n as its shortest decimal: mantissa × 10^exponent.
func decimal(n float64) (mantissa *big.Int, exponent int, ok bool) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, 0, false
	}
	digits, exp, _ := strings.Cut(strconv.FormatFloat(n, 'e', -1, 64), "e")
	exponent, _ = strconv.Atoi(exp)
	whole, fraction, _ := strings.Cut(digits, ".")
	mantissa, ok = new(big.Int).SetString(whole+fraction, 10)
	return mantissa, exponent - len(fraction), ok
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// quo is num / den, rounded half to even.
func quo(num, den *big.Int) (Money, bool) {
	if den.Sign() < 0 {
		num, den = num.Neg(num), den.Neg(den)
	}
	quotient, rest := new(big.Int).QuoRem(num, den, new(big.Int))
	twice := new(big.Int).Abs(rest)
	if half := twice.Lsh(twice, 1).Cmp(den); half > 0 || half == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(int64(num.Sign())))
	}
	return Money(quotient.Int64()), quotient.IsInt64()
}
