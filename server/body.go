package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/voronka/voronka/storage"
)

// media is the type of the body, without parameters; empty: there is no body.
func (c *call) media() (string, map[string]string) {
	if c.r.ContentLength == 0 {
		return "", nil
	}
	media, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil {
		return "unknown", nil
	}
	return media, params
}

// bodyWithin is how long an ordinary body may take to come.
const bodyWithin = 10 * time.Second

// read gives the whole body, up to a number of bytes. An ordinary one must come soon; an upload has as long as the request.
func (c *call) read(most int64) ([]byte, error) {
	if err := c.promises(most); err != nil {
		return nil, err
	}
	if most > c.s.limits.Body {
		if err := c.upload(); err != nil {
			return nil, err
		}
	}
	edge := http.NewResponseController(c.w)
	if most <= c.s.limits.Body {
		_ = edge.SetReadDeadline(within(min(bodyWithin, c.s.limits.Timeout)))
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, most))
	if err != nil {
		return nil, unread(err) // and the deadline stays: what is left of the body is not waited for
	}
	_ = edge.SetReadDeadline(time.Time{}) // the request has an end of its own
	c.sum(body)
	return body, nil
}

// promises refuses a body that says itself that it is too large, and waits for none of it.
func (c *call) promises(most int64) error {
	if c.r.ContentLength <= most {
		return nil
	}
	c.w.Header().Set("Connection", "close")
	return &http.MaxBytesError{Limit: most}
}

// upload waits for one of the few places of those who send much, and gives it back when the request ends.
func (c *call) upload() error {
	late := time.NewTimer(time.Second)
	defer late.Stop()
	select {
	case c.s.uploads <- struct{}{}:
		context.AfterFunc(c.ctx(), func() { <-c.s.uploads })
		return nil
	case <-late.C:
		return &slow{"busy", time.Second}
	case <-c.ctx().Done():
		return c.ctx().Err()
	}
}

// unread keeps what says why by itself; all else that happens to a body is the sender's.
func unread(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return large
	case errors.Is(err, os.ErrDeadlineExceeded):
		return context.DeadlineExceeded
	}
	return &malformed{err.Error()}
}

// sum adds to what tells this body from another.
func (c *call) sum(parts ...[]byte) {
	if c.body == nil {
		c.body = sha256.New()
	}
	for _, p := range parts {
		c.body.Write(p)
		c.body.Write([]byte{0})
	}
}

// json reads the body into a struct. No body is an empty object. What the struct has no place for is refused by name.
func (c *call) json(into any) error {
	media, _ := c.media()
	if media == "" {
		return nil
	}
	if media != mediaJSON {
		return errMedia
	}
	body, err := c.read(c.s.limits.Body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	return c.decode(body, into)
}

func (c *call) decode(body []byte, into any) error {
	if !utf8.Valid(body) {
		return &malformed{c.say("json_utf8")}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		var kind *json.UnmarshalTypeError
		name, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
		switch {
		case unknown:
			return badField(strings.Trim(name, `"`), "unknown")
		case errors.As(err, &kind) && kind.Field != "":
			return badField(kind.Field[strings.LastIndexByte(kind.Field, '.')+1:], "malformed")
		}
		return &malformed{c.say("json_syntax", d.InputOffset())}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return &malformed{c.say("json_more")}
	}
	return nil
}

// part is a file of a multipart body.
type part struct {
	field, name, media string
	data               []byte
}

// parts reads a multipart body: its files, and its plain fields by name. All of it together is bounded.
func (c *call) parts() ([]part, map[string]string, error) {
	media, params := c.media()
	if media != mediaParts || params["boundary"] == "" {
		return nil, nil, errMedia
	}
	if err := c.promises(c.s.limits.Upload); err != nil {
		return nil, nil, err
	}
	if err := c.upload(); err != nil {
		return nil, nil, err
	}
	r := multipart.NewReader(http.MaxBytesReader(c.w, c.r.Body, c.s.limits.Upload), params["boundary"])
	var files []part
	fields := map[string]string{}
	for n := 0; ; n++ {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return files, fields, nil
		}
		if err != nil {
			return nil, nil, c.brokenParts(err)
		}
		if n == maxParts {
			return nil, nil, badField(p.FormName(), "too_many")
		}
		data, err := io.ReadAll(p)
		if err != nil {
			return nil, nil, c.brokenParts(err)
		}
		c.sum([]byte(p.FormName()), []byte(p.FileName()), data)
		if p.FileName() == "" {
			fields[p.FormName()] = string(data)
			continue
		}
		kind := p.Header.Get("Content-Type")
		if kind == "" {
			kind = mediaBytes
		}
		files = append(files, part{p.FormName(), p.FileName(), kind, data})
	}
}

const maxParts = 200

func (c *call) brokenParts(err error) error {
	err = unread(err)
	var odd *malformed
	if errors.As(err, &odd) {
		odd.why = c.say("parts_broken", odd.why)
	}
	return err
}

// version is the version that the sender believes to change: of the body, else of If-Match; 0: any.
func (c *call) version(body uint64) (uint64, error) {
	h := c.r.Header.Get("If-Match")
	if body != 0 || h == "" || h == "*" {
		return body, nil
	}
	var v uint64
	if err := json.Unmarshal([]byte(strings.Trim(h, `"`)), &v); err != nil || v == 0 {
		return 0, storage.ErrStale // no version of ours: it can't be the one
	}
	return v, nil
}
