package server

import (
	"encoding/base64"
	"strconv"
)

// page is what part of a list is asked for.
type page struct {
	limit int
	after string // a cursor
}

const (
	usualLimit = 50
	mostLimit  = 200
)

// page reads ?limit= and ?after=.
func (c *call) page() (page, error) {
	p := page{limit: usualLimit}
	q := c.r.URL.Query()
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostLimit {
			return p, badField("limit", "malformed")
		}
		p.limit = n
	}
	if text := q.Get("after"); text != "" {
		cursor, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || len(cursor) == 0 {
			return p, badField("after", "malformed")
		}
		p.after = string(cursor)
	}
	return p, nil
}

// pages are from behind which deed a history is asked for, and how many deeds of it.
func (c *call) pages() (after, limit int, err error) {
	p, err := c.page()
	if err == nil && p.after != "" {
		if after, err = strconv.Atoi(p.after); err != nil || after < 0 || after > 1<<40 {
			err = badField("after", "malformed")
		}
	}
	return after, p.limit, err
}

// next is a cursor as it stands in an answer; empty at the end.
func next(cursor string) string { return base64.RawURLEncoding.EncodeToString([]byte(cursor)) }

// flag reads a yes or no of the query.
func (c *call) flag(name string) (bool, error) {
	switch c.r.URL.Query().Get(name) {
	case "", "false", "0":
		return false, nil
	case "true", "1":
		return true, nil
	}
	return false, badField(name, "malformed")
}
