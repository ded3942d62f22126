package card

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// mostWords is how many words of a title can be searched for.
const mostWords = 5

// words are what a card is found by: those of its title, and its phone numbers.
func (c *Card) words() []string {
	var all []string
	add := func(word string) {
		if word != "" && !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	for _, word := range tokens(c.Title) {
		if len(all) < mostWords {
			add(word)
		}
	}
	for _, phone := range c.Phones {
		add(national(phone))
	}
	return all
}

// tokens are the words of a text, in lower case and with ё as е. A word is cut where no one would type on.
func tokens(text string) []string {
	text = strings.ReplaceAll(strings.ToLower(text), "ё", "е")
	all := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for n, word := range all {
		if r := []rune(word); len(r) > 32 {
			all[n] = string(r[:32])
		}
	}
	return all
}

// national is a phone number's figures without what people leave out before them: +7 900 … and 8 900 … are one.
func national(phone string) string {
	var b strings.Builder
	for _, r := range phone {
		if r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	figures := b.String()
	if strings.HasPrefix(strings.TrimSpace(phone), "+7") || len(figures) == 11 && (figures[0] == '7' || figures[0] == '8') {
		return figures[1:]
	}
	return figures
}

// question is what somebody searches for: words of which each must begin another one of the card's, the longest first. What looks like a
// phone number is one.
func question(text string) []string {
	if strings.Trim(text, "+0123456789 ()-.\u00a0") == "" && len(national(text)) >= 4 {
		return []string{national(text)}
	}
	asked := tokens(text)
	slices.SortFunc(asked, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(asked)
}

// matches tells whether a card is what somebody searches for: Vera Veranova is, and Anna Veranova is not, who is asked for by the first.
func (c *Card) matches(question []string) bool {
	left := tokens(c.Title)
	for _, phone := range c.Phones {
		left = append(left, national(phone))
	}
	for _, asked := range question { // the longest first: whatever it takes, a shorter one has the others
		at := slices.IndexFunc(left, func(word string) bool { return strings.HasPrefix(word, asked) })
		if at < 0 {
			return false
		}
		left = slices.Delete(left, at, at+1)
	}
	return true
}

// Search finds cards by the beginnings of words of their titles, or by phone, open and closed ones, at most so many, from behind a
// cursor.
func (c *Cards) Search(tx *engine.Tx, text string, seen Seen, after string, limit int) ([]*Card, string, error) {
	asked := question(text)
	if len(asked) == 0 {
		return nil, "", nil
	}
	r := storage.Range{Index: indexWord, From: asked[0], To: asked[0] + "\xff", After: after}
	return collect(tx, r, limit, seen, func(card *Card) bool { return card.matches(asked) })
}

// looked bounds how many entries one page of a list looks at for what may be shown to somebody; the next goes on from its cursor.
const looked = 10_000

// collect loads cards from an index, each once, as many as wanted.
func collect(tx *engine.Tx, r storage.Range, limit int, seen Seen, wanted func(*Card) bool) ([]*Card, string, error) {
	all, next, last, n := []*Card{}, "", "", 0
	had := map[string]bool{}
	for hit, err := range tx.Scan(r) {
		if err != nil {
			return nil, "", err
		}
		if n++; n > looked && seen != nil {
			return all, last, nil
		}
		last = hit.Cursor
		if had[hit.Ref.ID] {
			continue
		}
		had[hit.Ref.ID] = true
		card, err := read(hit.Record)
		if err != nil {
			return nil, "", err
		}
		if !wanted(card) {
			continue
		}
		if seen != nil {
			if may, err := seen(card); err != nil || !may {
				if err != nil {
					return nil, "", err
				}
				continue
			}
		}
		if len(all) == limit {
			return all, next, nil
		}
		all, next = append(all, card), hit.Cursor
	}
	return all, "", nil
}
