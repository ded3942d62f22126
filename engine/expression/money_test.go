package expression_test

import (
	"math"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/voronka/voronka/engine/expression"
)

func TestMoneyString(t *testing.T) {
	for m, want := range map[expression.Money]string{0: "0", 5310000: "53100", 5310050: "53100.50", -5: "-0.05", -100: "-1", 99: "0.99", math.MinInt64: "-92233720368547758.08", math.MaxInt64: "92233720368547758.07"} {
		if got := m.String(); got != want {
			t.Errorf("%d is written %s; want %s", int64(m), got, want)
		}
	}
}

// A product and a quotient are those with the decimal as it is written, rounded half to even.
func TestMoneyProperties(t *testing.T) {
	number := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) float64 {
			return float64(rapid.IntRange(-1e6, 1e6).Draw(t, "digits")) / rapid.SampledFrom([]float64{1, 10, 100, 1000, 3, 7}).Draw(t, "over")
		}),
		rapid.Float64Range(-1e12, 1e12), rapid.Float64(),
	)
	rapid.Check(t, func(t *rapid.T) {
		m := expression.Money(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1e8, 1e8)).Draw(t, "money"))
		n := number.Draw(t, "number")
		exact, _ := new(big.Rat).SetString(strconv.FormatFloat(n, 'f', -1, 64))
		amount := new(big.Rat).SetInt64(int64(m))
		got, ok := m.Times(n)
		check(t, new(big.Rat).Mul(amount, exact), got, ok)
		if exact.Sign() != 0 {
			got, ok = m.Over(n)
			check(t, new(big.Rat).Quo(amount, exact), got, ok)
		}
		got, ok = expression.Units(n)
		check(t, new(big.Rat).Mul(exact, big.NewRat(expression.Unit, 1)), got, ok)
	})
}

func check(t *rapid.T, exact *big.Rat, got expression.Money, ok bool) {
	t.Helper()
	floor := new(big.Int).Div(exact.Num(), exact.Denom()) // of a positive denominator: towards minus infinity
	rest := new(big.Rat).Sub(exact, new(big.Rat).SetInt(floor))
	if half := rest.Cmp(big.NewRat(1, 2)); half > 0 || half == 0 && floor.Bit(0) == 1 {
		floor.Add(floor, big.NewInt(1))
	}
	if fits := floor.IsInt64() && floor.Int64() != math.MinInt64; ok && (!floor.IsInt64() || floor.Int64() != int64(got)) || !ok && fits {
		t.Fatalf("%s is %d, %t; want %s", exact, got, ok, floor)
	}
}
