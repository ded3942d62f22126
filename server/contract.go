package server

import (
	"bytes"
	_ "embed"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// contract is the whole contract of the API.
//
//go:embed openapi.yaml
var contract []byte

const (
	apiPath  = "/api/v1"
	docsPath = "/api/docs"
)

func showContract(*call) (*answer, error) {
	return &answer{status: http.StatusOK, raw: contract, media: "application/yaml; charset=utf-8"}, nil
}

// operation is one line of the table on the page of the contract.
type operation struct {
	Method, Path, Summary string
	Line                  int
}

// operations finds the paths, methods and summaries in the contract by how it is indented, which a test holds it to.
func operations() []operation {
	var all []operation
	var at string
	for n, line := range strings.Split(string(contract), "\n") {
		text := strings.TrimSpace(line)
		switch indent := len(line) - len(strings.TrimLeft(line, " ")); {
		case indent == 2 && strings.HasPrefix(text, "/"):
			at = strings.TrimSuffix(text, ":")
		case indent == 4 && at != "" && slices.Contains(methods, strings.ToUpper(strings.TrimSuffix(text, ":"))):
			all = append(all, operation{Method: strings.ToUpper(strings.TrimSuffix(text, ":")), Path: at, Line: n + 1})
		case indent == 6 && strings.HasPrefix(text, "summary: ") && len(all) > 0 && all[len(all)-1].Summary == "":
			all[len(all)-1].Summary = strings.TrimPrefix(text, "summary: ")
		case indent == 0 && text == "components:":
			return all
		}
	}
	return all
}

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// row is one kind of problem on the page.
type row struct {
	Code        string
	Status      int
	Title, Hint string
}

// docsStyle is the only style that the page may have.
const docsStyle = `
:root { color-scheme: light dark } body { font: 15px/1.5 system-ui; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884 }
code, pre { font: 13px/1.5 ui-monospace, monospace } pre { overflow-x: auto } :target { background: #fd04 }
`

var docsPage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="{{.Language}}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Voronka API</title>
<style>` + docsStyle + `</style>
<h1>Voronka API</h1>
<p><a href="{{.Contract}}">openapi.yaml</a> · <a href="#problems">problems</a> · <a href="#source">source</a></p>
<table>{{range .Operations}}<tr><td><code>{{.Method}}</code><td><a href="#line-{{.Line}}"><code>{{.Path}}</code></a><td>{{.Summary}}
{{end}}</table>
<h2 id="problems">Problems</h2>
<table>{{range .Problems}}<tr id="{{.Code}}"><td><code>{{.Code}}</code><td>{{.Status}}<td>{{.Title}}<td>{{.Hint}}
{{end}}</table>
<h2 id="source">Source</h2>
<pre>{{range .Source}}<span id="line-{{.Number}}">{{.Text}}</span>
{{end}}</pre>
`))

// showDocs is the contract as a page. It is made once for each language: anyone may ask for it, as often as they like.
func showDocs(c *call) (*answer, error) {
	page, err := docs[c.language()]()
	if err != nil {
		return nil, err
	}
	c.w.Header().Set("Content-Security-Policy", styledPolicy(docsStyle))
	return &answer{status: http.StatusOK, raw: page, media: "text/html; charset=utf-8"}, nil
}

var docs = map[string]func() ([]byte, error){
	"ru": sync.OnceValues(func() ([]byte, error) { return makeDocs("ru") }),
	"en": sync.OnceValues(func() ([]byte, error) { return makeDocs("en") }),
}

func makeDocs(language string) ([]byte, error) {
	type line struct {
		Number int
		Text   string
	}
	var source []line
	for n, text := range strings.Split(string(contract), "\n") {
		source = append(source, line{n + 1, text})
	}
	var problems []row
	for _, code := range slices.Sorted(maps.Keys(entries)) {
		e := entries[code]
		problems = append(problems, row{code, e.status, e.title.in(language), e.hint.in(language)})
	}
	var page bytes.Buffer
	err := docsPage.Execute(&page, map[string]any{
		"Language": language, "Contract": apiPath + "/openapi.yaml", "Operations": operations(), "Problems": problems, "Source": source,
	})
	return page.Bytes(), err
}
