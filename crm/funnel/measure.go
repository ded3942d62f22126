package funnel

import (
	"regexp"
	"slices"
	"strings"
)

// Measure is what a task counts: it is done when Done has come up to Plan. One of its rules says so: drive_done >= drive_plan.
type Measure struct {
	Done string `json:"done"` // the fields
	Plan string `json:"plan"`
	Unit string `json:"unit,omitempty"` // of what is counted, where the label of Done ends with it: "Driving done, h"
	Rule string `json:"-"`              // the code of that rule
}

var upTo = regexp.MustCompile(`^\s*([A-Za-z_]\w*)\s*>=\s*([A-Za-z_]\w*)\s*$`)

// measure finds what a task counts, if it counts something.
func (c *compiler) measure(t *Task) *Measure {
	rules := slices.Clone(t.Rules)
	for _, a := range t.Asks {
		rules = append(rules, a.Rules...)
	}
	for _, r := range rules {
		found := upTo.FindStringSubmatch(r.Source)
		if found == nil || !c.counts(found[1]) || !c.counts(found[2]) {
			continue
		}
		return &Measure{found[1], found[2], unit(c.fields[found[1]].Label), r.Code}
	}
	return nil
}

// counts tells whether a field is a number that boards may show.
func (c *compiler) counts(key string) bool {
	f := c.fields[key]
	return f != nil && !f.Multiple && len(f.See) == 0 && (f.Type == Long || f.Type == Number)
}

// unit is the word or two behind the last comma of a label.
func unit(label string) string {
	at := strings.LastIndex(label, ", ")
	if at < 0 || len([]rune(label[at+2:])) > 8 {
		return ""
	}
	return label[at+2:]
}

// about are the fields that say what a card is, in a word or two each: the first few choices of the form that it begins with. Where it came
// from, and what only some may see, is no part of that.
func (c *compiler) about() {
	for _, a := range c.Intake {
		f := a.Field
		if f.Type == Enum && !f.Multiple && len(f.See) == 0 && !strings.HasPrefix(f.values, "channels.") && len(c.says) < 3 {
			c.says = append(c.says, f)
		}
	}
}

// About are the fields that say what a card is.
func (f *Funnel) About() []*Field { return f.says }

// Choice is what people read for a code of an enum; the code itself where the list does not have it.
func (f *Field) Choice(code string) string {
	for _, v := range f.Values {
		if v.Code == code {
			return v.Name
		}
	}
	return code
}
