package server

import (
	"errors"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// elsewhere answers what no route is for: files of the web application, and 404.
func (s *Server) elsewhere(w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, w: w, r: r}
	if r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/") || r.Method != http.MethodGet && r.Method != http.MethodHead {
		c.fail(errNotFound)
		return
	}
	if s.opts.Web == nil {
		c.noWeb()
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	err := c.file(name)
	if errors.Is(err, fs.ErrNotExist) && path.Ext(name) == "" {
		err = c.file("index.html") // an address inside the application
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.fail(errNotFound)
	case err != nil:
		c.fail(err)
	}
}

// file answers with a file of the web application. What the build named by its content never changes; all else is asked for anew.
func (c *call) file(name string) error {
	if name == "" || !fs.ValidPath(name) {
		return fs.ErrNotExist
	}
	if info, err := fs.Stat(c.s.opts.Web, name); err != nil || info.IsDir() {
		return fs.ErrNotExist
	}
	h := c.w.Header()
	data, err := fs.ReadFile(c.s.opts.Web, name)
	if err != nil {
		return err
	}
	if packed, err := fs.ReadFile(c.s.opts.Web, name+".gz"); err == nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			data = packed
		}
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = mediaBytes
	}
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(data)
	return nil
}

const noWebStyle = `body { font: 16px/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }`

var noWebPage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="{{.Language}}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Voronka</title>
<style>` + noWebStyle + `</style>
<h1>Voronka</h1><p>{{.Text}}</p>
<p><a href="{{.Docs}}">{{.Docs}}</a></p>
`))

// noWeb says how to build the pages.
func (c *call) noWeb() {
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.Header().Set("Content-Security-Policy", styledPolicy(noWebStyle))
	c.w.WriteHeader(http.StatusOK)
	_ = noWebPage.Execute(c.w, map[string]string{"Language": c.language(), "Text": c.say("no_web", docsPath), "Docs": docsPath})
}
