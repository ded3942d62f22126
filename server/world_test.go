package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/server"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
)

// world is a server over a real store, with people signed in. All that is asked of it is held against the contract.
type world struct {
	t       *testing.T
	e       *engine.Engine
	s       *server.Server
	cards   *card.Cards
	metrics *server.Metrics
	tokens  map[string]access.Token
	rules   routers.Router
	now     time.Time
	vars    map[string]string // what answers gave, for ${name} in later requests
}

var people = []access.User{
	{ID: "daria", Name: "Дарья", Roles: []string{"admin"}},
	{ID: "vadim", Name: "Вадим", Roles: []string{"head_of_sales"}},
	{ID: "olga", Name: "Ольга", Roles: []string{"sales_manager"}},
	{ID: "denis", Name: "Denis", Roles: []string{"sales_manager"}, Language: "en"},
	{ID: "andrey", Name: "Андрей", Roles: []string{"instructor"}},
	{ID: "bank", Name: "Банк", Roles: []string{"integration"}},
}

func open(t *testing.T, change ...func(o *server.Options)) *world {
	t.Helper()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return over(t, store, change...)
}

// over is a world over a store, which it closes.
func over(t *testing.T, store storage.Store, change ...func(o *server.Options)) *world {
	t.Helper()
	t.Cleanup(func() { store.Close() })
	w := &world{t: t, metrics: server.NewMetrics(), tokens: map[string]access.Token{}, vars: map[string]string{}, now: time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)}
	w.cards = card.New(card.Options{})
	w.e = engine.Open(store, engine.Options{Now: func() time.Time { return w.now }, Domain: w.cards, Watch: w.metrics})
	o := server.Options{Engine: w.e, Cards: w.cards, Metrics: w.metrics, Version: "test", Log: keepsSecrets(t)}
	for _, c := range change {
		c(&o)
	}
	var err error
	if w.s, err = server.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.s.Close)
	w.rules = contract(t)
	w.do(func(tx *engine.Tx) error {
		for _, u := range people {
			one, err := access.Create(tx, access.System("test"), u, "")
			if err != nil {
				return err
			}
			w.tokens[u.ID] = access.NewToken()
			if _, err := access.Open(tx, one, w.tokens[u.ID], ""); err != nil {
				return err
			}
		}
		return nil
	})
	return w
}

func contract(t *testing.T) routers.Router {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	r, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) do(fn func(tx *engine.Tx) error) {
	w.t.Helper()
	if err := w.e.Update(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// ask is one request. In path and body ${name} stands for what an earlier answer gave.
type ask struct {
	name   string
	who    string // nobody where empty
	method string
	path   string
	body   string
	head   []string // "Name: value"
	status int
	want   []string          // what the answer contains
	not    []string          // and what it does not
	save   map[string]string // name → dotted path into the answer
}

type reply struct {
	status int
	header http.Header
	body   string
}

// at gives a value of the answer by a dotted path.
func (r reply) at(path string) any {
	var v any
	if json.Unmarshal([]byte(r.body), &v) != nil {
		return nil
	}
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			var n int
			if _, err := fmt.Sscan(step, &n); err != nil || n >= len(in) {
				return nil
			}
			v = in[n]
		default:
			return nil
		}
	}
	return v
}

func (w *world) fill(text string) string {
	for name, v := range w.vars {
		text = strings.ReplaceAll(text, "${"+name+"}", v)
	}
	return text
}

func (w *world) request(a ask) *http.Request {
	r := httptest.NewRequest(a.method, w.fill(a.path), strings.NewReader(w.fill(a.body)))
	if a.body == "" {
		r = httptest.NewRequest(a.method, w.fill(a.path), nil)
	}
	if strings.HasPrefix(strings.TrimSpace(a.body), "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	if a.who != "" {
		r.Header.Set("Authorization", "Bearer "+string(w.tokens[a.who]))
	}
	for _, line := range a.head {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, w.fill(value))
		if name == "Host" {
			r.Host = value
		}
	}
	return r
}

func (w *world) ask(a ask) reply {
	w.t.Helper()
	r := w.request(a)
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	w.s.ServeHTTP(rec, r)
	got := reply{rec.Code, rec.Header(), rec.Body.String()}
	name := a.name
	if name == "" {
		name = a.method + " " + a.path
	}
	if a.status != 0 && got.status != a.status {
		w.t.Errorf("%s: %d, not %d: %s", name, got.status, a.status, got.body)
	}
	for _, want := range a.want {
		if !strings.Contains(got.body, w.fill(want)) {
			w.t.Errorf("%s: no %s in %s", name, w.fill(want), got.body)
		}
	}
	for _, not := range a.not {
		if strings.Contains(got.body, not) {
			w.t.Errorf("%s: %s in %s", name, not, got.body)
		}
	}
	for key, path := range a.save {
		w.vars[key] = fmt.Sprint(got.at(path))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.hold(name, r, got)
	return got
}

// all asks one after the other.
func (w *world) all(asks []ask) {
	w.t.Helper()
	for _, a := range asks {
		w.ask(a)
	}
}

// hold holds a request and its answer against the contract. What was refused as wrong may be wrong by the contract too.
func (w *world) hold(name string, r *http.Request, got reply) {
	w.t.Helper()
	if got.status >= 400 && got.header.Get("Content-Type") != "application/problem+json" && !strings.HasSuffix(r.URL.Path, "z") {
		w.t.Errorf("%s: a %d that is no problem: %s", name, got.status, got.header.Get("Content-Type"))
	}
	route, params, err := w.rules.FindRoute(r)
	if err != nil {
		if got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed && strings.HasPrefix(r.URL.Path, "/api/") && r.Method != http.MethodHead && r.Method != http.MethodOptions {
			w.t.Errorf("%s: not in the contract: %s %s", name, r.Method, r.URL.Path)
		}
		return
	}
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
		ExcludeRequestBody: strings.Contains(r.Header.Get("Content-Type"), "multipart") || strings.Contains(r.Header.Get("Content-Type"), "xml"),
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
	if got.status < 400 {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			w.t.Errorf("%s: the request is not as the contract says: %s", name, err)
		}
	}
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	if kind != "application/json" && kind != "application/problem+json" {
		options.ExcludeResponseBody = true
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: got.status, Header: got.header, Options: options}
	out.SetBodyBytes([]byte(got.body))
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		w.t.Errorf("%s: the answer is not as the contract says: %s", name, err)
	}
}
