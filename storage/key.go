package storage

import (
	"strings"
	"time"
)

// Key joins parts into an index key whose byte order is the order of the parts: a shorter part sorts before a longer one that
// it begins. Any bytes may stand in a part.
func Key(parts ...string) string {
	var b strings.Builder
	size := 2 * len(parts)
	for _, p := range parts {
		size += len(p)
	}
	b.Grow(size)
	for i, p := range parts {
		if i > 0 {
			b.WriteString("\x00\x01")
		}
		if strings.IndexByte(p, 0) < 0 {
			b.WriteString(p)
		} else {
			b.WriteString(strings.ReplaceAll(p, "\x00", "\x00\xff"))
		}
	}
	return b.String()
}

// Prefix narrows r to the keys whose first parts are exactly parts, with at least one part more.
func (r Range) Prefix(parts ...string) Range {
	k := Key(parts...)
	r.From, r.To = k+"\x00\x01", k+"\x00\x02"
	return r
}

// Time is a moment as a key part: fixed width, in order, to the microsecond, for the years 0 to 9999.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
