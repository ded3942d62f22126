package server

import (
	"context"
	"encoding/json"
	"hash"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// call is one request on its way to its answer.
type call struct {
	s       *Server
	w       http.ResponseWriter
	r       *http.Request
	route   *route
	actor   access.Actor
	session *access.Session // nil: not signed in
	body    hash.Hash       // of what was read, for idempotency
	request string          // the same of the whole request, once it is asked for
}

// answer is what a handler gives back. A nil one is 204.
type answer struct {
	status   int
	location string // of what was created
	version  uint64 // of what is shown, for ETag; 0: none
	body     any    // becomes JSON
	raw      []byte // or this
	media    string // of raw
	written  bool   // the handler has written the answer itself
}

func ok(body any) (*answer, error) { return &answer{status: http.StatusOK, body: body}, nil }

// door lets a request in: it finds out who it is, and calls the handler.
func (s *Server) door(r *route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		traceOf(req).route = r
		c := &call{s: s, w: w, r: req, route: r}
		if err := c.enter(); err != nil {
			c.fail(err)
			return
		}
		a, err := r.handle(c)
		if err != nil {
			c.fail(err)
			return
		}
		c.answer(a)
	})
}

// enter finds out who it is. What is open to everyone is done on nobody's behalf.
func (c *call) enter() error {
	token, err := c.token()
	if err != nil {
		return err
	}
	if c.route.access == anyone {
		return nil
	}
	if token == "" {
		return access.ErrNobody
	}
	if err := c.view(func(tx *engine.Tx) error {
		u, session, err := access.Who(tx, token)
		if err != nil {
			return err
		}
		c.actor, c.session = u.Actor(), session
		return nil
	}); err != nil {
		return err
	}
	traceOf(c.r).who = c.actor.ID
	if c.session.Due(c.s.engine.Now()) {
		if err := c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error { return access.Touch(tx, c.session.ID) }); err != nil {
			// On a full disk people read on; what they write meets it by itself.
			c.s.opts.Log.Warn().Str(engine.FieldRequest, traceOf(c.r).id).Err(err).Msg("the use of a session is not written down")
		}
	}
	return nil
}

// token is the secret that came with the request: of the Authorization header, else of the cookie.
func (c *call) token() (access.Token, error) {
	if h := c.r.Header.Get("Authorization"); h != "" {
		scheme, token, ok := strings.Cut(h, " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return "", access.ErrNobody
		}
		return access.Token(strings.TrimSpace(token)), nil
	}
	return c.fromCookie(), nil
}

func (c *call) ctx() context.Context { return c.r.Context() }

// view runs fn over one consistent state.
func (c *call) view(fn func(tx *engine.Tx) error) error { return c.s.engine.View(c.ctx(), fn) }

// path is a variable of the route's path.
func (c *call) path(name string) string { return mux.Vars(c.r)[name] }

// need refuses whoever lacks a right.
func (c *call) need(r access.Right) error {
	if c.actor.May(r) {
		return nil
	}
	return &access.Denied{Right: r}
}

// answer writes what the handler gave.
func (c *call) answer(a *answer) {
	switch {
	case a == nil:
		c.w.WriteHeader(http.StatusNoContent)
		return
	case a.written:
		return
	}
	h := c.w.Header()
	if a.location != "" {
		h.Set("Location", a.location)
	}
	if a.version > 0 {
		h.Set("ETag", strconv.Quote(strconv.FormatUint(a.version, 10)))
	}
	if a.media == "" && a.body != nil {
		raw, err := json.Marshal(a.body)
		if err != nil {
			c.fail(err)
			return
		}
		a.raw, a.media = append(raw, '\n'), mediaJSON
	}
	if a.media != "" {
		h.Set("Content-Type", a.media)
		h.Set("Content-Length", strconv.Itoa(len(a.raw)))
	}
	c.w.WriteHeader(a.status)
	_, _ = c.w.Write(a.raw)
}

// The media types.
const (
	mediaJSON    = "application/json"
	mediaProblem = "application/problem+json"
	mediaXML     = "application/xml"
	mediaForm    = "application/x-www-form-urlencoded"
	mediaParts   = "multipart/form-data"
	mediaBytes   = "application/octet-stream"
)
