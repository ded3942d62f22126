package funnel

import (
	"fmt"
	"strings"
	"time"

	"github.com/voronka/voronka/crm/calendar"
	"github.com/voronka/voronka/engine/expression"
)

// Context is what the functions ask of the card that an expression runs for: the Context of its expression.Env.
type Context interface {
	calendar.Clock
	speaker
	counter
}

type speaker interface {
	// Tongue is the language and the currency in which amounts are put into words.
	Tongue() (language, currency string)
}

type counter interface {
	// Sequence gives the next number of the text that is being made, with at least so many digits.
	Sequence(digits int) (string, error)
}

// functions are those that every expression of a funnel may call.
func functions() []expression.Function {
	return append(calendar.Functions(),
		expression.Function{
			Name: "age", Params: []expression.Type{expression.DateType}, Min: 1, Result: expression.Int,
			Call: func(env *expression.Env, args []any) (any, error) {
				return age(args[0].(expression.Date), today(env)), nil
			},
		},
		expression.Function{
			Name: "days", Params: []expression.Type{expression.DateType, expression.DateType}, Min: 2, Result: expression.Int,
			Call: func(_ *expression.Env, args []any) (any, error) {
				return args[0].(expression.Date).Days(args[1].(expression.Date)), nil
			},
		},
		expression.Function{
			Name: "words", Params: []expression.Type{expression.MoneyType}, Min: 1, Result: expression.String,
			Call: func(env *expression.Env, args []any) (any, error) {
				language, currency := "ru", "RUB"
				if c, ok := env.Context.(speaker); ok {
					language, currency = c.Tongue()
				}
				return Words(args[0].(expression.Money), currency, language), nil
			},
		},
		check("snils", SNILS),
		check("inn", INN),
	)
}

func check(name string, valid func(string) bool) expression.Function {
	return expression.Function{
		Name: name, Params: []expression.Type{expression.String}, Min: 1, Result: expression.Bool,
		Call: func(_ *expression.Env, args []any) (any, error) { return valid(args[0].(string)), nil },
	}
}

// seq is only known where documents are numbered: anywhere else each look at it would use a number up.
var seq = expression.Function{
	Name: "seq", Params: []expression.Type{expression.Int}, Min: 1, Result: expression.String,
	Call: func(env *expression.Env, args []any) (any, error) {
		c, ok := env.Context.(counter)
		if !ok {
			return nil, fmt.Errorf("seq() is only known in the numbers of documents")
		}
		return c.Sequence(args[0].(int))
	},
}

func today(env *expression.Env) expression.Date {
	zone := env.Zone
	if zone == nil {
		zone = time.UTC
	}
	return expression.DateOf(env.Now.In(zone))
}

// age is how many birthdays there have been. One of 29 February is kept on 1 March where the year has none.
func age(born, now expression.Date) int {
	years := now.Year - born.Year
	if now.Month < born.Month || now.Month == born.Month && now.Day < born.Day {
		years--
	}
	return years
}

// digits are the figures of a text, or nil where something else than figures, blanks and hyphens stands in it.
func digits(text string) []int {
	var all []int
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			all = append(all, int(r-'0'))
		case !strings.ContainsRune(" -\u00a0", r):
			return nil
		}
	}
	return all
}

// SNILS tells whether a Russian pension insurance number is right: eleven figures, the last two a checksum of the first nine.
// Numbers up to 001-001-998 bear none.
func SNILS(text string) bool {
	d := digits(text)
	if len(d) != 11 {
		return false
	}
	sum, number := 0, 0
	for i, n := range d[:9] {
		sum += n * (9 - i)
		number = number*10 + n
	}
	if number == 0 {
		return false
	}
	return number <= 1001998 || sum%101%100 == d[9]*10+d[10]
}

// INN tells whether a Russian taxpayer number is right: ten figures of a company, the last a checksum, or twelve of a person, the
// last two.
func INN(text string) bool {
	d := digits(text)
	sum := func(weights ...int) int {
		total := 0
		for i, w := range weights {
			total += w * d[i]
		}
		return total % 11 % 10
	}
	switch len(d) {
	case 10:
		return sum(2, 4, 10, 3, 5, 9, 4, 6, 8) == d[9]
	case 12:
		return sum(7, 2, 4, 10, 3, 5, 9, 4, 6, 8) == d[10] && sum(3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8) == d[11]
	}
	return false
}
