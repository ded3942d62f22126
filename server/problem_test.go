package server_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/voronka/voronka/server"
)

// Whatever is wrong with a request, the answer is a problem in the reader's language, and never a page.
func TestProblems(t *testing.T) {
	w := open(t, func(o *server.Options) { o.Limits.Body, o.Limits.Upload = 2000, 5000 })
	w.all([]ask{
		{name: "nobody", method: "GET", path: "/api/v1/me", status: 401, want: []string{`"code":"nobody"`, "Войдите"}},
		{name: "nobody, in English", method: "GET", path: "/api/v1/me", head: []string{"Accept-Language: fr, en-US;q=0.8, ru;q=0.5"}, status: 401, want: []string{"Sign in"}},
		{name: "a token of nobody", method: "GET", path: "/api/v1/me", head: []string{"Authorization: Bearer nonsense"}, status: 401},
		{name: "another scheme", method: "GET", path: "/api/v1/me", head: []string{"Authorization: Basic b2xnYTp4"}, status: 401},
		{name: "no such address", who: "olga", method: "GET", path: "/api/v1/nothing", status: 404, want: []string{`"code":"not_found"`}},
		{name: "no such address at all", who: "olga", method: "POST", path: "/nothing", body: "{}", status: 404},
		{name: "a doubled slash does not turn a POST into a GET", who: "olga", method: "POST", path: "/api//v1/contacts", body: "{}", status: 404},
		{name: "dots", who: "olga", method: "GET", path: "/api/v1/../v1/me", status: 404},
		{name: "another method", who: "olga", method: "PUT", path: "/api/v1/me", body: "{}", status: 405, want: []string{`"code":"method"`}},
		{name: "another method, not signed in", method: "DELETE", path: "/api/v1/users/x", status: 405},
		{name: "no JSON", who: "olga", method: "POST", path: "/api/v1/contacts", body: "name=x", head: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 415},
		{name: "no type", who: "olga", method: "POST", path: "/api/v1/contacts", body: "x", status: 415},
		{name: "broken JSON", who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":`, status: 400, want: []string{`"code":"malformed"`, "байта"}},
		{name: "two objects", who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"x"}{}`, status: 400},
		{name: "not UTF-8", who: "olga", method: "POST", path: "/api/v1/contacts", body: "{\"name\":\"\xff\"}", status: 400, want: []string{"UTF-8"}},
		{name: "an unknown field", who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"nme":"x"}`, status: 400, want: []string{`"field":"nme"`, `"code":"unknown"`}},
		{name: "a field of another type", who: "denis", method: "POST", path: "/api/v1/contacts", body: `{"name":7}`, status: 400, want: []string{`"field":"name"`, "This is not written right"}},
		{name: "a field that can't be", who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"phones":["12"]}`, status: 400, want: []string{`"field":"phone"`}},
		{name: "too large", who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"` + strings.Repeat("x", 3000) + `"}`, status: 413, want: []string{`"code":"too_large"`}},
		{name: "a limit that is none", who: "olga", method: "GET", path: "/api/v1/contacts?limit=0", status: 400, want: []string{`"field":"limit"`}},
		{name: "a cursor that is none", who: "olga", method: "GET", path: "/api/v1/contacts?after=***", status: 400, want: []string{`"field":"after"`}},
		{name: "no right", who: "olga", method: "GET", path: "/api/v1/incidents", status: 403, want: []string{`"code":"denied"`, "head_of_sales"}},
		{name: "nothing there", who: "olga", method: "GET", path: "/api/v1/contacts/nobody", status: 404},
		{name: "another site", who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"x"}`, head: []string{"Origin: https://evil.example"}, status: 403, want: []string{`"code":"cross_origin"`}},
		{name: "another site, by what the browser says", who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"x"}`, head: []string{"Sec-Fetch-Site: cross-site"}, status: 403},
		{name: "the same site", who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"x"}`, head: []string{"Origin: http://example.com"}, status: 201},
	})
	got := w.ask(ask{who: "olga", method: "PUT", path: "/api/v1/me", body: "{}", status: 405})
	if got.header.Get("Allow") != "HEAD, GET, PATCH" {
		t.Errorf("Allow: %q", got.header.Get("Allow"))
	}
	got = w.ask(ask{method: "GET", path: "/api/v1/me", head: []string{"X-Request-Id: mine-1"}, status: 401, want: []string{`"request":"mine-1"`}})
	for name, want := range map[string]string{
		"X-Request-Id": "mine-1", "X-Content-Type-Options": "nosniff", "Www-Authenticate": `Bearer realm="voronka"`, "Cache-Control": "no-store",
		"Content-Type": "application/problem+json",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
	if got := w.ask(ask{method: "GET", path: "/api/v1/me", head: []string{"X-Request-Id: a b\"c"}, status: 401}); strings.Contains(got.header.Get("X-Request-Id"), "\"") {
		t.Error("a request's id is taken as it comes")
	}
}

// Names are text, whatever stands in them.
func TestHostileNames(t *testing.T) {
	w := open(t)
	w.all([]ask{
		{who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"<script>alert(1)</script> ${x} ../../etc \u202e"}`, status: 201, save: map[string]string{"id": "id"}},
		{who: "olga", method: "GET", path: "/api/v1/contacts/${id}", status: 200, want: []string{`\u003cscript\u003ealert(1)`}},
		{name: "a control character", who: "olga", method: "POST", path: "/api/v1/contacts", body: `{"name":"a\u0000b"}`, status: 400},
		{name: "an address as an id", who: "olga", method: "GET", path: "/api/v1/contacts/..%2f..%2fetc", status: 404},
		{name: "a long id", who: "olga", method: "GET", path: "/api/v1/contacts/" + strings.Repeat("x", 5000), status: 404},
		{name: "NUL as an id", who: "olga", method: "GET", path: "/api/v1/contacts/%00", status: 404},
		{name: "a long definition", who: "olga", method: "GET", path: "/api/v1/definitions/" + strings.Repeat("x", 5000), status: 404},
		{name: "a long incident", who: "vadim", method: "POST", path: "/api/v1/incidents/" + strings.Repeat("x", 5000) + ":1/resolve", status: 404},
	})
}

// An address that a proxy names is believed only of a proxy that is ours.
func TestWeb(t *testing.T) {
	w := open(t)
	got := w.ask(ask{method: "GET", path: "/", status: 200, want: []string{"make web", "/api/docs"}})
	if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
		t.Error(got.header)
	}
	w.ask(ask{method: "GET", path: "/api/docs", status: 200, want: []string{"/api/v1/session", `id="stale"`, "Signs in and sets the cookie"}})
	w.ask(ask{method: "GET", path: "/api/v1/openapi.yaml", status: 200, want: []string{"openapi: 3"}})
	if got := w.ask(ask{method: "HEAD", path: "/healthz", status: 200}); got.status != 200 {
		t.Error("HEAD")
	}

	w = open(t, func(o *server.Options) { o.Web = pages })
	for path, want := range map[string][2]string{
		"/":                   {"<html>app", "no-cache"},
		"/deals/42":           {"<html>app", "no-cache"},
		"/index.html":         {"<html>app", "no-cache"},
		"/assets/app-1a2b.js": {"console.log(1)", "public, max-age=31536000, immutable"},
	} {
		got := w.ask(ask{method: "GET", path: path, status: 200, want: []string{want[0]}})
		if got.header.Get("Cache-Control") != want[1] {
			t.Errorf("%s: %s", path, got.header.Get("Cache-Control"))
		}
	}
	w.ask(ask{method: "GET", path: "/assets/gone.js", status: 404, want: []string{"not_found"}})
	w.ask(ask{method: "GET", path: "/../server.go", status: 404})
	got = w.ask(ask{method: "GET", path: "/assets/app-1a2b.js", head: []string{"Accept-Encoding: gzip"}, status: 200, want: []string{"packed"}})
	if got.header.Get("Content-Encoding") != "gzip" {
		t.Error("not packed")
	}
}

// form makes a multipart body of files by name, and its type.
func form(files map[string]string) (body, kind string) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, text := range files {
		p, _ := m.CreateFormFile("file", name)
		p.Write([]byte(text))
	}
	m.Close()
	return b.String(), "Content-Type: " + m.FormDataContentType()
}

// A panic is a problem too, and says nothing of where it was.
func TestPanic(t *testing.T) {
	w := open(t, func(o *server.Options) { o.Web = breaking{} })
	rec := httptest.NewRecorder()
	w.s.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/index.html", nil))
	if rec.Code != 500 || !strings.Contains(rec.Body.String(), `"code":"broken"`) || strings.Contains(rec.Body.String(), "boom") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// What is sent to harm is answered shortly, and nothing of it is kept: values nested out of all reason, numbers beyond any, thousands of
// fields, and the same key twice.
func TestHostileBodies(t *testing.T) {
	w := open(t)
	w.deploy("deals.bpmn")
	w.ask(ask{who: "olga", method: "POST", path: "/api/v1/cards", body: `{"funnel":"deals","fields":{"full_name":"Анна"}}`, status: 201, save: map[string]string{"id": "id"}})
	var many strings.Builder
	for n := range 60_000 {
		fmt.Fprintf(&many, `"f%d":1,`, n)
	}
	nested := func(deep int) string { return strings.Repeat("[", deep) + strings.Repeat("]", deep) }
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"nested":              {`{"fields":{"need":` + nested(9_000) + `}}`, 422},
		"nested too deep":     {`{"fields":{"need":` + nested(200_000) + `}}`, 400},
		"a huge number":       {`{"fields":{"amount":{"amount":1e999999999,"currency":"RUB"}}}`, 422},
		"a long number":       {`{"fields":{"amount":{"amount":` + strings.Repeat("9", 900_000) + `,"currency":"RUB"}}}`, 422},
		"a huge version":      {`{"version":1e30}`, 400},
		"many fields":         {`{"fields":{` + many.String() + `"f":1}}`, 422},
		"a control character": {`{"fields":{"full_name":"a\u0000b"}}`, 422},
		"the same key twice, and the last is taken as it is": {`{"fields":{"full_name":"a","full_name":"a\u0000b"}}`, 422},
	} {
		got := w.ask(ask{name: name, who: "olga", method: "PATCH", path: "/api/v1/cards/${id}", body: c.body, status: c.status})
		if len(got.body) > 100_000 {
			t.Errorf("%s: answered by %d bytes", name, len(got.body))
		}
	}
	w.ask(ask{who: "olga", method: "GET", path: "/api/v1/cards/${id}", status: 200, want: []string{`"fields":{"full_name":"Анна"}`}})
}
