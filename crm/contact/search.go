package contact

import (
	"slices"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// scanned bounds how many entries one search looks at; it goes on from its cursor.
const scanned = 2_000

// Search gives the contacts that have a word beginning with each word of the question: words of the name, a phone or its last four
// digits, an e-mail, an INN. At most so many, from behind a cursor.
func Search(tx *engine.Tx, question, after string, limit int) (all []*Contact, next string, err error) {
	all = []*Contact{}
	asked := asks(question)
	if len(asked) == 0 {
		return all, "", nil
	}
	seen := 0
	for hit, err := range tx.Scan(storage.Range{Index: indexWord, From: asked[0], To: asked[0] + "\U0010ffff", After: after}) {
		if err != nil {
			return nil, "", err
		}
		if len(all) == limit || seen == scanned {
			return all, next, nil
		}
		seen++
		next = hit.Cursor
		c, err := read(hit.Record)
		if err != nil {
			return nil, "", err
		}
		words := c.words()
		first := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, asked[0]) })
		if first >= 0 && hit.Key == storage.Key(words[first], c.ID) && hasAll(words, asked[1:]) {
			all = append(all, c)
		}
	}
	return all, "", nil
}

func hasAll(words, asked []string) bool {
	for _, a := range asked {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, a) }) {
			return false
		}
	}
	return true
}

// asks are the words of a question, the longest first. Digits with what stands between them are one number, without the 8 or +7
// that a Russian number may begin with.
func asks(question string) []string {
	question = fold(strings.TrimSpace(question))
	if len(question) > 4*maxText {
		return nil
	}
	if strings.Contains(question, "@") {
		return strings.Fields(question)
	}
	if digits := strings.Map(digit, question); len(digits) > 0 && !strings.ContainsFunc(question, unicode.IsLetter) {
		plain := len(digits) <= 4 || len(digits) == 10 || len(digits) > 11
		if !plain && digits[0] == '8' || digits[0] == '7' && (question[0] == '+' || len(digits) == 11) {
			digits = digits[1:]
		}
		return []string{digits}
	}
	words := split(question)
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

func digit(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// words are what a contact is found by, each once, in order.
func (c *Contact) words() []string {
	all := split(fold(c.Name))
	if len(all) > maxList {
		all = all[:maxList]
	}
	for _, p := range c.Phones {
		if n, err := phonenumbers.Parse(p, "RU"); err == nil {
			national := phonenumbers.GetNationalSignificantNumber(n)
			all = append(all, national)
			if len(national) > 4 {
				all = append(all, national[len(national)-4:])
			}
		}
	}
	all = append(all, c.Emails...)
	if c.INN != "" {
		all = append(all, c.INN)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// fold makes letters equal that people do not tell apart when they search.
func fold(text string) string {
	return strings.ReplaceAll(strings.ToLower(text), "ё", "е")
}

// split gives the words of a folded text, the very long ones cut.
func split(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for n, w := range words {
		if letters := []rune(w); len(letters) > maxWord {
			words[n] = string(letters[:maxWord])
		}
	}
	return words
}

const maxWord = 40
