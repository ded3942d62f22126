package funnel

import (
	"slices"
	"strconv"
	"strings"

	"github.com/voronka/voronka/bpmn"
)

// The keys that elements may bear. One that ends in "*" begins a family.
var (
	processKeys = []string{
		"funnel.kind", "funnel.audience", "funnel.currency", "funnel.timezone", "funnel.language", "funnel.calendar", "funnel.amount",
		"funnel.title", "funnel.goods", "funnel.channels.sales", "funnel.channels.communication", "funnel.back", "funnel.skip",
	}
	laneKeys  = []string{"funnel.role"}
	taskKeys  = []string{"funnel.reject", "funnel.stage.auto", "funnel.rule.*"}
	stageKeys = append([]string{
		"funnel.stage", "funnel.stage.group", "funnel.stage.milestone", "funnel.stage.probability", "funnel.stage.color", "funnel.stage.rottenAfter",
	}, taskKeys...)
	subKeys   = append([]string{"funnel.rejection"}, stageKeys...)
	robotKeys = []string{"funnel.wait"}
	endKeys   = []string{"funnel.outcome"}
	fieldKeys = []string{
		"values", "multiple", "columns", "requiredWhen", "visibleWhen", "readonly", "value", "fresh", "see", "edit", "template", "verb",
		"number", "text", "funnel.on", "rule.*",
	}
	constraintNames = []string{"required", "readonly", "min", "max", "minlength", "maxlength", "pattern", "rule.*"}
)

// keysOf are the funnel.* keys that have a meaning on a node.
func keysOf(n *bpmn.Node) []string {
	switch {
	case n.Kind == bpmn.UserTask:
		return stageKeys
	case n.Inside != nil:
		return subKeys
	case isRobot(n):
		return robotKeys
	case n.Kind == bpmn.EndEvent:
		return endKeys
	}
	return nil
}

// unknown warns of keys that mean nothing where they stand, with the nearest that does. Only the funnel's own keys are looked at.
func (c *compiler) unknown(at bpmn.Element, x *bpmn.Extensions, known []string) {
	for _, p := range x.Properties {
		if strings.HasPrefix(p.Name, "funnel.") {
			c.knows("key_unknown", at, p.Name, p.Place, known)
		}
	}
}

func (c *compiler) knows(code string, at bpmn.Element, name string, place bpmn.Place, known []string) {
	if slices.ContainsFunc(known, func(k string) bool { return k == name || matches(k, name) }) {
		return
	}
	hint := ""
	if near := nearest(name, known); near != "" {
		hint = "; did you mean " + strconv.Quote(near) + "?"
	}
	c.warn(code, bpmn.Element{ID: at.ID, Place: place}, "%q means nothing here%s", name, hint)
}

func matches(family, name string) bool {
	stem, ok := strings.CutSuffix(family, "*")
	return ok && strings.HasPrefix(name, stem) && len(name) > len(stem)
}

// nearest is the word that a mistyped one was most likely meant to be, or "".
func nearest(word string, known []string) string {
	best, least := "", 1+max(2, len(word)/4)
	for _, k := range known {
		k = strings.TrimSuffix(k, "*")
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters must be put in, left out or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// property is the property of that name, with its place; the zero Property where there is none.
func property(all []bpmn.Property, name string) bpmn.Property {
	for _, p := range all {
		if p.Name == name {
			return p
		}
	}
	return bpmn.Property{}
}

// at is where a property stands, as a problem names it.
func at(e bpmn.Element, place bpmn.Place) bpmn.Element {
	if place != (bpmn.Place{}) {
		e.Place = place
	}
	return e
}

// flag reads a yes or no.
func (c *compiler) flag(e bpmn.Element, p bpmn.Property) bool {
	switch strings.TrimSpace(p.Value) {
	case "true":
		return true
	case "", "false":
		return false
	}
	c.fail("flag_invalid", at(e, p.Place), "%q must be true or false, not %q", p.Name, p.Value)
	return false
}

// word reads one of a few words.
func (c *compiler) word(e bpmn.Element, p bpmn.Property, otherwise string, words ...string) string {
	value := strings.TrimSpace(p.Value)
	if value == "" {
		return otherwise
	}
	if slices.Contains(words, value) {
		return value
	}
	c.fail("word_unknown", at(e, p.Place), "%q must be one of %s, not %q", p.Name, strings.Join(words, ", "), value)
	return otherwise
}

// list splits words at commas, semicolons and blanks.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\t' })
}

// choices reads "code=Label; code=Label". A code without a label is its own.
func (c *compiler) choices(e bpmn.Element, p bpmn.Property) []Choice {
	var all []Choice
	for part := range strings.SplitSeq(p.Value, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		code, name, _ := strings.Cut(part, "=")
		one := Choice{strings.TrimSpace(code), strings.TrimSpace(name)}
		if one.Name == "" {
			one.Name = one.Code
		}
		if one.Code == "" {
			c.fail("list_invalid", at(e, p.Place), "%q must read code=Label; code=Label: a code is missing before %q", p.Name, part)
			continue
		}
		if slices.ContainsFunc(all, func(o Choice) bool { return o.Code == one.Code }) {
			c.fail("list_invalid", at(e, p.Place), "%q names the code %q twice", p.Name, one.Code)
			continue
		}
		all = append(all, one)
	}
	return all
}
