package funnel

import (
	"fmt"
	"strings"

	"github.com/voronka/voronka/engine/expression"
)

// Words puts an amount into words, as contracts want it: "сорок девять тысяч девятьсот рублей 00 копеек".
func Words(m expression.Money, currency, language string) string {
	minus := m < 0
	units, minor := uint64(m)/expression.Unit, uint64(m)%expression.Unit
	if minus {
		units, minor = -uint64(m)/expression.Unit, -uint64(m)%expression.Unit
	}
	if language == "en" {
		return englishAmount(units, minor, currency, minus)
	}
	return russianAmount(units, minor, currency, minus)
}

// noun is a Russian noun after 1, after 2 to 4, and after 5 and more.
type noun struct {
	one, few, many string
	feminine       bool
}

// after chooses the form that stands after a number.
func (w noun) after(n uint64) string {
	switch {
	case n%100 >= 11 && n%100 <= 14:
		return w.many
	case n%10 == 1:
		return w.one
	case n%10 >= 2 && n%10 <= 4:
		return w.few
	}
	return w.many
}

var russianCurrencies = map[string][2]noun{
	"RUB": {{"рубль", "рубля", "рублей", false}, {"копейка", "копейки", "копеек", true}},
	"USD": {{"доллар США", "доллара США", "долларов США", false}, {"цент", "цента", "центов", false}},
	"EUR": {{"евро", "евро", "евро", false}, {"цент", "цента", "центов", false}},
	"KZT": {{"тенге", "тенге", "тенге", false}, {"тиын", "тиына", "тиынов", false}},
	"BYN": {{"белорусский рубль", "белорусских рубля", "белорусских рублей", false}, {"копейка", "копейки", "копеек", true}},
}

// Scales from a thousand upwards; what int64 minor units can hold ends below 10^17.
var russianScales = []noun{
	{},
	{"тысяча", "тысячи", "тысяч", true},
	{"миллион", "миллиона", "миллионов", false},
	{"миллиард", "миллиарда", "миллиардов", false},
	{"триллион", "триллиона", "триллионов", false},
	{"квадриллион", "квадриллиона", "квадриллионов", false},
}

var (
	russianSmall = strings.Fields("ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать " +
		"четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать")
	russianTens     = strings.Fields("- - двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто")
	russianHundreds = strings.Fields("- сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот")
)

func russianAmount(units, minor uint64, currency string, minus bool) string {
	c, ok := russianCurrencies[currency]
	if !ok {
		c = [2]noun{{currency, currency, currency, false}, {"", "", "", false}}
	}
	said := russianNumber(units, c[0].feminine) + " " + c[0].after(units)
	if minus {
		said = "минус " + said
	}
	return strings.TrimSpace(fmt.Sprintf("%s %02d %s", said, minor, c[1].after(minor)))
}

func russianNumber(n uint64, feminine bool) string {
	if n == 0 {
		return russianSmall[0]
	}
	var groups []string
	for i := 0; n > 0; i, n = i+1, n/1000 {
		part := n % 1000
		if part == 0 {
			continue
		}
		scale := russianScales[i]
		said := russianHundred(part, i == 0 && feminine || scale.feminine)
		if i > 0 {
			said += " " + scale.after(part)
		}
		groups = append([]string{said}, groups...)
	}
	return strings.Join(groups, " ")
}

func russianHundred(n uint64, feminine bool) string {
	var said []string
	if n >= 100 {
		said = append(said, russianHundreds[n/100])
	}
	n %= 100
	if n >= 20 {
		said = append(said, russianTens[n/10])
		n %= 10
	}
	switch {
	case feminine && n == 1:
		said = append(said, "одна")
	case feminine && n == 2:
		said = append(said, "две")
	case n > 0:
		said = append(said, russianSmall[n])
	}
	return strings.Join(said, " ")
}

var englishCurrencies = map[string][4]string{
	"RUB": {"rouble", "roubles", "kopeck", "kopecks"},
	"USD": {"dollar", "dollars", "cent", "cents"},
	"EUR": {"euro", "euros", "cent", "cents"},
	"KZT": {"tenge", "tenge", "tiyn", "tiyn"},
	"BYN": {"Belarusian rouble", "Belarusian roubles", "kopeck", "kopecks"},
}

var (
	englishSmall = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
		"sixteen seventeen eighteen nineteen")
	englishTens   = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
	englishScales = strings.Fields("- thousand million billion trillion quadrillion")
)

func englishAmount(units, minor uint64, currency string, minus bool) string {
	c, ok := englishCurrencies[currency]
	if !ok {
		c = [4]string{currency, currency}
	}
	form := func(n uint64, one, many string) string {
		if n == 1 {
			return one
		}
		return many
	}
	said := englishNumber(units) + " " + form(units, c[0], c[1])
	if minus {
		said = "minus " + said
	}
	return strings.TrimSpace(fmt.Sprintf("%s %02d %s", said, minor, form(minor, c[2], c[3])))
}

func englishNumber(n uint64) string {
	if n == 0 {
		return englishSmall[0]
	}
	var groups []string
	for i := 0; n > 0; i, n = i+1, n/1000 {
		if n%1000 == 0 {
			continue
		}
		said := englishHundred(n % 1000)
		if i > 0 {
			said += " " + englishScales[i]
		}
		groups = append([]string{said}, groups...)
	}
	return strings.Join(groups, " ")
}

func englishHundred(n uint64) string {
	var said []string
	if n >= 100 {
		said = append(said, englishSmall[n/100], "hundred")
	}
	n %= 100
	switch {
	case n >= 20 && n%10 > 0:
		said = append(said, englishTens[n/10]+"-"+englishSmall[n%10])
	case n >= 20:
		said = append(said, englishTens[n/10])
	case n > 0:
		said = append(said, englishSmall[n])
	}
	return strings.Join(said, " ")
}
