package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
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

// read gives the whole body, up to a number of bytes.
func (c *call) read(most int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, most))
	if err != nil {
		return nil, unread(err)
	}
	c.sum(body)
	return body, nil
}

// unread keeps what says why by itself; all else that happens to a body is the sender's.
func unread(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return large
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
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return large
	}
	return &malformed{c.say("parts_broken", err)}
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
