package server

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine"
)

// problem is an answer that says why something was not done (RFC 9457).
type problem struct {
	Type     string         `json:"type"`
	Title    string         `json:"title"`
	Status   int            `json:"status"`
	Detail   string         `json:"detail"`
	Code     string         `json:"code"`
	Hint     string         `json:"hint,omitempty"`
	Element  string         `json:"element,omitempty"`
	Request  string         `json:"request"`
	Problems []bpmn.Problem `json:"problems,omitempty"` // of diagrams
	Missing  any            `json:"missing,omitempty"`  // of a refusal
	Fields   []wrong        `json:"fields,omitempty"`   // of a bad request

	wait  time.Duration // Retry-After
	cause error         // for the log only
}

// wrong is a field of the request that can't be taken.
type wrong struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// fail answers with the problem that an error is.
func (c *call) fail(err error) {
	p := c.problem(err)
	t := traceOf(c.r)
	p.Request, p.Type = t.id, docsPath+"#"+p.Code
	t.code, t.err = p.Code, p.cause
	h := c.w.Header()
	for _, name := range []string{"ETag", "Location", "Content-Disposition", "Content-Encoding"} {
		h.Del(name)
	}
	switch {
	case p.Status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="voronka"`)
	case p.wait > 0:
		h.Set("Retry-After", seconds(p.wait))
	}
	raw, err := json.Marshal(p)
	if err != nil {
		raw = []byte(`{"status":500,"code":"broken"}`)
	}
	h.Set("Content-Type", mediaProblem)
	h.Set("Content-Length", strconv.Itoa(len(raw)+1))
	h.Set("Cache-Control", "no-store")
	c.w.WriteHeader(p.Status)
	_, _ = c.w.Write(append(raw, '\n'))
}

// of makes the problem with a code, with the words of the caller's language.
func (c *call) of(code string) *problem {
	e := entries[code]
	l := c.language()
	return &problem{Status: e.status, Code: code, Title: e.title.in(l), Detail: e.title.in(l), Hint: e.hint.in(l)}
}

// refused is a deed that the engine can't do as things stand.
func (c *call) refused(r *engine.Refused) *problem {
	p := c.of("refused")
	p.Code, p.Element, p.Detail = r.Code, r.Element, r.Message
	if e, known := entries[r.Code]; known {
		l := c.language()
		p.Status, p.Title, p.Hint = e.status, e.title.in(l), e.hint.in(l)
		if l != "en" {
			p.Detail = p.Title
		}
	}
	return p
}
