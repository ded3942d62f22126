package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// coded is an error of the server's own, known by its code.
type coded string

func (c coded) Error() string { return string(c) }

const (
	errCrossOrigin = coded("cross_origin")
	errHost        = coded("host")
	errNotFound    = coded("not_found")
	errMethod      = coded("method")
	errMedia       = coded("media_type")
	errKeyUsed     = coded("idempotency_key_used")
)

// slow asks to come again later.
type slow struct {
	code string
	wait time.Duration
}

func (s *slow) Error() string { return s.code }

// malformed is a request that can't be read.
type malformed struct{ why string }

func (m *malformed) Error() string { return m.why }

// invalid is a request with fields that can't be taken.
type invalid []wrong

func (i invalid) Error() string { return fmt.Sprintf("%d fields are wrong", len(i)) }

func badField(field, code string) error { return invalid{{Field: field, Code: code}} }

// notBuilt is what the contract promises for later.
type notBuilt struct{ what string }

func (n *notBuilt) Error() string { return n.what }

// flawed is an upload with problems of its diagrams.
type flawed []bpmn.Problem

func (f flawed) Error() string { return fmt.Sprintf("%d problems", len(f)) }

// sentinels are the errors that say all by being what they are.
var sentinels = []struct {
	err  error
	code string
}{
	{access.ErrNobody, "nobody"},
	{access.ErrPassword, "password"},
	{access.ErrBusy, "busy"},
	{access.ErrTaken, "taken"},
	{access.ErrLastAdmin, "last_admin"},
	{card.ErrHidden, "hidden"},
	{engine.ErrNotFound, "not_found"},
	{storage.ErrStale, "stale"},
	{storage.ErrInvalid, "invalid"},
	{storage.ErrFull, "full"},
	{storage.ErrClosed, "stopping"},
	{storage.ErrAway, "away"},
	{storage.ErrUnknown, "away"},
	{storage.ErrFailed, "failed"},
	{storage.ErrFormat, "damaged"},
	{storage.ErrBusy, "busy"},
	{context.DeadlineExceeded, "timeout"},
	{context.Canceled, "stopping"},
}

// problem is the one table that turns errors into answers.
func (c *call) problem(err error) *problem {
	var (
		code      coded
		wait      *slow
		unread    *malformed
		fields    invalid
		diagrams  flawed
		tooLarge  *http.MaxBytesError
		later     *notBuilt
		denied    *access.Denied
		userField *access.Invalid
		contacts  *contact.Invalid
		refusal   *card.Refusal
		engines   *engine.Refused
		notReady  *unready
	)
	switch {
	case errors.As(err, &code):
		return c.of(string(code))
	case errors.As(err, &wait):
		p := c.of(wait.code)
		p.wait = wait.wait
		return p
	case errors.As(err, &tooLarge):
		p := c.of("too_large")
		p.Detail = c.say("too_large_detail", tooLarge.Limit>>10)
		return p
	case errors.As(err, &unread):
		p := c.of("malformed")
		p.Detail = unread.why
		return p
	case errors.As(err, &fields):
		return c.fields(fields)
	case errors.As(err, &userField):
		return c.fields(invalid{{Field: userField.Field, Code: userField.Code}})
	case errors.As(err, &contacts):
		return c.fields(invalid{{Field: contacts.Field, Code: contacts.Code}})
	case errors.As(err, &diagrams):
		p := c.of("problems")
		p.Problems = diagrams
		return p
	case errors.As(err, &notReady):
		p := c.of(notReady.code)
		p.cause = notReady.cause
		if notReady.late > 0 {
			p.Detail = c.say("late_detail", int(notReady.late.Seconds()))
		}
		return p
	case errors.As(err, &later):
		p := c.of("not_built")
		p.Detail = later.what
		return p
	case errors.As(err, &denied):
		p := c.of("denied")
		p.Detail = c.say("right_" + string(denied.Right))
		return p
	case errors.As(err, &refusal):
		p := c.of("refused")
		if err := c.view(func(tx *engine.Tx) error { return card.Name(tx, refusal.Missing) }); err != nil {
			p.cause = err
		}
		p.Missing = refusal.Missing
		p.Detail = c.say("refused_many", len(refusal.Missing))
		if len(refusal.Missing) == 1 {
			p.Detail = refusal.Missing[0].Message
		}
		return p
	case errors.As(err, &engines):
		return c.refused(engines)
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			p := c.of(s.code)
			if p.Status >= 500 {
				p.cause = err
			}
			return p
		}
	}
	p := c.of("broken")
	p.cause = err
	return p
}

func (c *call) fields(all invalid) *problem {
	p := c.of("invalid")
	for _, w := range all {
		if w.Message == "" {
			w.Message = c.say("field_" + w.Code)
		}
		p.Fields = append(p.Fields, w)
	}
	return p
}
