package expression

import (
	"slices"
	"strings"
)

// Text is a compiled text: literal, with ${…} holes that hold expressions (#{…} is the same; \${ is a literal ${). A text that is
// one hole keeps its value's type; in any other, holes are written as people read them and an empty one is the empty text. It is safe
// for use by several goroutines at once.
type Text struct {
	source string
	parts  []part
	hole   *Program // where the text is one hole, with nothing but white space around it
}

// part is a literal, or a hole.
type part struct {
	literal string
	hole    *Program
}

// Text checks a text against the names and makes a Text of it; what is wrong is an *Error.
func (n *Names) Text(source string) (*Text, error) {
	if len(source) > maxTextSource {
		return nil, limitf("the text is longer than %d bytes", maxTextSource)
	}
	t := &Text{source: source}
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t.parts = append(t.parts, part{literal: literal.String()})
			literal.Reset()
		}
	}
	holes := 0
	for rest := source; ; {
		at := opening(rest)
		if at < 0 {
			literal.WriteString(rest)
			break
		}
		if at > 0 && rest[at-1] == '\\' {
			literal.WriteString(rest[:at-1])
			literal.WriteString(rest[at : at+2])
			rest = rest[at+2:]
			continue
		}
		offset := len(source) - len(rest) + at
		end := closing(rest, at+2)
		if end < 0 {
			return nil, &Error{Message: "${ is not closed", Suggestion: "write \\${ for these characters themselves", Offset: offset}
		}
		if holes++; holes > maxHoles {
			return nil, &Error{Message: "the text has too many ${…}", Offset: offset, Limit: true}
		}
		hole, err := n.Compile(rest[at:end+1], Any)
		if err != nil {
			e := *asError(err)
			e.Offset = offset + max(0, e.Offset)
			return nil, &e
		}
		literal.WriteString(rest[:at])
		flush()
		t.parts = append(t.parts, part{hole: hole})
		rest = rest[end+1:]
	}
	flush()
	if holes == 1 && !slices.ContainsFunc(t.parts, func(p part) bool { return strings.TrimSpace(p.literal) != "" }) {
		for _, part := range t.parts {
			if part.hole != nil {
				t.hole = part.hole
			}
		}
	}
	return t, nil
}

// opening is where the next hole opens, or -1.
func opening(s string) int {
	for i := 0; i+1 < len(s); i++ {
		if (s[i] == '$' || s[i] == '#') && s[i+1] == '{' {
			return i
		}
	}
	return -1
}

// closing is where the brace closes that was opened before from, or -1. Braces in texts of the expression don't count.
func closing(s string, from int) int {
	depth, quote := 0, byte(0)
	for i := from; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == '\\' && quote != '`' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// Run is the value of the text: of its hole where it is one, else a string.
func (t *Text) Run(env *Env) (any, error) {
	if t.hole != nil {
		return t.hole.Run(env)
	}
	s, err := t.String(env)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// String is the text with its holes filled in.
func (t *Text) String(env *Env) (string, error) {
	if len(t.parts) == 1 && t.parts[0].hole == nil {
		return t.parts[0].literal, nil
	}
	var b strings.Builder
	for _, part := range t.parts {
		if part.hole == nil {
			b.WriteString(part.literal)
		} else {
			v, err := part.hole.Run(env)
			if err != nil {
				return "", err
			}
			b.WriteString(env.text(v))
		}
		if b.Len() > maxText {
			return "", limitf("the text becomes longer than %d bytes", maxText)
		}
	}
	return b.String(), nil
}

// text is a value as a Text writes it.
func (e *Env) text(v any) string {
	switch {
	case v == nil:
		return ""
	case e.Format != nil:
		return e.Format(v)
	}
	return Format(v, e.Zone)
}

// Names are the names that the text reads, sorted.
func (t *Text) Names() (names []string) {
	for _, part := range t.parts {
		if part.hole != nil {
			names = append(names, part.hole.names...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Uses is that of a Program, for all holes.
func (t *Text) Uses(function string) bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.hole != nil && p.hole.Uses(function) })
}

// Source is the text as it was written.
func (t *Text) Source() string { return t.source }

// Shape is what is known of Run's value before a run.
func (t *Text) Shape() Shape {
	if t.hole != nil {
		return t.hole.Shape()
	}
	return Shape{Type: String}
}

// Constant is the text where it has no holes.
func (t *Text) Constant() (s string, ok bool) {
	switch {
	case len(t.parts) == 0:
		return "", true
	case len(t.parts) == 1 && t.parts[0].hole == nil:
		return t.parts[0].literal, true
	}
	return "", false
}
