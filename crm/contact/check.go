package contact

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// Invalid says that what was given for a field can't be kept.
type Invalid struct {
	Field string
	Code  string // required, too_long, too_many, malformed, unknown, different
}

func (i *Invalid) Error() string { return i.Field + ": " + i.Code }

const (
	maxText = 300
	maxNote = 10_000
	maxList = 20
)

// Phone writes a number as E.164. One without a country's code is Russian.
func Phone(text string) (string, error) {
	if len(text) <= 64 {
		n, err := phonenumbers.Parse(text, "RU")
		if err == nil && phonenumbers.IsPossibleNumber(n) {
			return phonenumbers.Format(n, phonenumbers.E164), nil
		}
	}
	return "", &Invalid{"phone", "malformed"}
}

// Email writes an address in lower case.
func Email(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 || !strings.Contains(text[strings.LastIndexByte(text, '@'):], ".") {
		return "", &Invalid{"email", "malformed"}
	}
	return text, nil
}

// tidy brings what was given into the form that is kept, or says what of it can't be.
func (c *Contact) tidy() error {
	if c.Kind == "" {
		c.Kind = Person
	}
	if c.Kind != Person && c.Kind != Company {
		return &Invalid{"kind", "unknown"}
	}
	for _, t := range []struct {
		field string
		text  *string
		most  int
	}{{"name", &c.Name, maxText}, {"inn", &c.INN, 12}, {"company", &c.Company, 512}, {"position", &c.Position, maxText}, {"comment", &c.Comment, maxNote}} {
		if !utf8.ValidString(*t.text) || strings.ContainsFunc(*t.text, odd) {
			return &Invalid{t.field, "malformed"}
		}
		*t.text = norm.NFC.String(strings.TrimSpace(*t.text))
		if utf8.RuneCountInString(*t.text) > t.most {
			return &Invalid{t.field, "too_long"}
		}
	}
	if c.INN != "" && !validINN(c.INN) {
		return &Invalid{"inn", "malformed"}
	}
	var err error
	if c.Phones, err = each(c.Phones, Phone); err != nil {
		return err
	}
	if c.Emails, err = each(c.Emails, Email); err != nil {
		return err
	}
	if c.Name == "" && len(c.Phones) == 0 && len(c.Emails) == 0 && c.INN == "" {
		return &Invalid{"name", "required"}
	}
	return nil
}

func odd(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }

// each brings a list into form, without empty ones and doubles.
func each(list []string, form func(string) (string, error)) ([]string, error) {
	if len(list) > maxList {
		return nil, &Invalid{"phones", "too_many"}
	}
	var all []string
	for _, text := range list {
		if strings.TrimSpace(text) == "" {
			continue
		}
		v, err := form(text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all, nil
}

// validINN checks the digits of a Russian taxpayer's number: 10 of a company, 12 of a person.
func validINN(inn string) bool {
	if strings.ContainsFunc(inn, func(r rune) bool { return r < '0' || r > '9' }) {
		return false
	}
	check := func(at int, weights ...int) bool {
		sum := 0
		for n, w := range weights {
			sum += w * int(inn[n]-'0')
		}
		return sum%11%10 == int(inn[at]-'0')
	}
	switch len(inn) {
	case 10:
		return check(9, 2, 4, 10, 3, 5, 9, 4, 6, 8)
	case 12:
		return check(10, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8) && check(11, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
	}
	return false
}
