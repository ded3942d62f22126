package funnel

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/voronka/voronka/bpmn"
)

// Labels are the names of a funnel in another language, from the file <diagram>.<language>.properties beside the diagram. A key is
//
//	<element id>                     name of the process, pool, lane, stage, task, event, gateway or flow
//	<element id>.documentation       its documentation
//	<stage id>.group                 its group
//	<stage id>.rejection.<code>      a reason of its list; on the start event: of every stage
//	<stage id>.rule.<code>           the sentence of a rule of the stage
//	field.<key>                      a field or document
//	field.<key>.<code>               a value of an enum
//	field.<key>.column.<column>      a column of a table
//	field.<key>.rule.<code>          the sentence of a rule of the field
//	channels.sales.<code>            a channel; channels.communication.<code> too
type Labels map[string]string

// ParseLabels reads a .properties file in UTF-8: "key = text" a line, "#" before a comment, "\" at the end of a line that goes on,
// \n \t \\ \uXXXX inside.
func ParseLabels(file []byte) (Labels, []bpmn.Problem) {
	labels := Labels{}
	var problems []bpmn.Problem
	fail := func(line int, format string, args ...any) {
		problems = append(problems, bpmn.Errorf("labels_invalid", bpmn.Element{Place: bpmn.Place{Line: line, Column: 1}}, format, args...))
	}
	if !utf8.Valid(file) {
		fail(1, "the labels are not in UTF-8")
		return labels, problems
	}
	lines := strings.Split(strings.TrimPrefix(strings.ReplaceAll(string(file), "\r\n", "\n"), "\ufeff"), "\n")
	for n := 0; n < len(lines); n++ {
		first, text := n+1, strings.TrimLeft(lines[n], " \t")
		if text == "" || text[0] == '#' || text[0] == '!' {
			continue
		}
		for goesOn(text) && n+1 < len(lines) {
			n++
			text = text[:len(text)-1] + strings.TrimLeft(lines[n], " \t")
		}
		at := strings.IndexAny(text, "=:")
		if at < 0 {
			fail(first, "%q is no label: write key = text", short(text))
			continue
		}
		key := strings.TrimSpace(text[:at])
		value, err := unescape(strings.TrimSpace(text[at+1:]))
		switch _, twice := labels[key]; {
		case key == "":
			fail(first, "a label has no key: write key = text")
		case err != nil:
			fail(first, "the label %q has a broken escape: %s", key, err)
		case twice:
			fail(first, "the label %q stands here twice", key)
		default:
			labels[key] = value
		}
	}
	return labels, problems
}

// goesOn tells whether a line ends in an odd number of backslashes.
func goesOn(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

func unescape(text string) (string, error) {
	if !strings.Contains(text, `\`) {
		return text, nil
	}
	var b strings.Builder
	for text != "" {
		if text[0] == '\\' && len(text) > 1 && strings.ContainsRune(`:=#! `, rune(text[1])) {
			b.WriteByte(text[1])
			text = text[2:]
			continue
		}
		r, _, rest, err := strconv.UnquoteChar(text, 0)
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
		text = rest
	}
	return b.String(), nil
}

// reader hands labels out and remembers which were asked for.
type reader struct {
	all  Labels
	used map[string]bool
}

func (r *reader) read(key, otherwise string) string {
	text, ok := r.all[key]
	if !ok {
		return otherwise
	}
	if r.used == nil {
		r.used = map[string]bool{}
	}
	r.used[key] = true
	return text
}

// leftovers warns of labels for what the diagram does not have.
func (c *compiler) leftovers(d *bpmn.Definitions) {
	if d == nil || len(d.Processes) > 1 {
		return // they may belong to another process of the file
	}
	for _, key := range slices.Sorted(maps.Keys(c.labels.all)) {
		element, _ := strings.CutSuffix(key, ".documentation")
		if !c.labels.used[key] && !c.draws(d, element) {
			c.warn("label_unused", bpmn.Element{}, "the label %q belongs to nothing in %q", key, c.ID)
		}
	}
}

// draws tells whether the file has something of that id that bears a name.
func (c *compiler) draws(d *bpmn.Definitions, id string) bool {
	found := false
	flows := func(s *bpmn.Scope) {
		found = found || slices.ContainsFunc(s.Flows, func(f *bpmn.Flow) bool { return f.ID == id })
	}
	flows(&c.process.Scope)
	each(&c.process.Scope, func(n *bpmn.Node) {
		found = found || n.ID == id
		if n.Inside != nil {
			flows(n.Inside)
		}
	})
	for _, pool := range d.Collaborations {
		found = found || slices.ContainsFunc(pool.Participants, func(p *bpmn.Participant) bool { return p.ID == id })
	}
	return found || slices.ContainsFunc(c.process.Lanes, func(l *bpmn.Lane) bool { return l.ID == id })
}
