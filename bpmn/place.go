package bpmn

import (
	"bytes"
	"unicode/utf8"
)

// cursor turns byte offsets, which must not go back, into places.
type cursor struct {
	text   []byte
	offset int
	Place
}

func newCursor(text []byte) *cursor { return &cursor{text: text, Place: Place{1, 1}} }

func (c *cursor) at(offset int) Place {
	if offset <= c.offset {
		return c.Place
	}
	passed := c.text[c.offset:offset]
	if lines := bytes.Count(passed, []byte{'\n'}); lines > 0 {
		c.Line += lines
		c.Column = 1
		passed = passed[bytes.LastIndexByte(passed, '\n')+1:]
	}
	c.Column += utf8.RuneCount(passed)
	c.offset = offset
	return c.Place
}

func placeOf(text []byte, offset int) Place { return newCursor(text).at(offset) }
