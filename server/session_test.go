package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/server"
)

func TestSession(t *testing.T) {
	w := open(t)
	h, err := access.HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	w.do(func(tx *engine.Tx) error { return access.SetPassword(tx, access.System("test"), "olga", h, "") })
	w.all([]ask{
		{name: "the sessions before are over", who: "olga", method: "GET", path: "/api/v1/me", status: 401},
		{name: "the wrong password", method: "POST", path: "/api/v1/session", body: `{"login":"olga","password":"correct"}`, status: 401, want: []string{`"code":"password"`}},
		{name: "nobody of that name", method: "POST", path: "/api/v1/session", body: `{"login":"ghost","password":"correct horse"}`, status: 401, want: []string{`"code":"password"`}},
		{name: "no password", method: "POST", path: "/api/v1/session", body: `{"login":"olga"}`, status: 400, want: []string{`"field":"password"`}},
	})
	got := w.ask(ask{method: "POST", path: "/api/v1/session", body: `{"login":" Olga ","password":"correct horse"}`, status: 200, want: []string{`"id":"olga"`, `"rights":[]`}})
	cookie := func(got reply) string {
		return "Cookie: " + strings.SplitN(got.header.Get("Set-Cookie"), ";", 2)[0]
	}
	set := got.header.Get("Set-Cookie")
	for _, part := range []string{"voronka=vrk_", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(set, part) {
			t.Errorf("cookie without %s: %s", part, set)
		}
	}
	if strings.Contains(set, "Secure") {
		t.Error("Secure without TLS")
	}
	first, elsewhere := cookie(got), cookie(w.ask(ask{method: "POST", path: "/api/v1/session", body: `{"login":"olga","password":"correct horse"}`, status: 200}))
	again := cookie(w.ask(ask{name: "signs in again", method: "POST", path: "/api/v1/session", body: `{"login":"olga","password":"correct horse"}`, head: []string{first}, status: 200}))
	w.ask(ask{name: "and leaves no session behind", method: "GET", path: "/api/v1/me", head: []string{first}, status: 401})
	w.all([]ask{
		{name: "by cookie", method: "GET", path: "/api/v1/me", head: []string{again}, status: 200, want: []string{`"name":"Ольга"`}},
		{name: "own language", method: "PATCH", path: "/api/v1/me", body: `{"language":"en"}`, head: []string{again}, status: 200, want: []string{`"language":"en"`}},
		{name: "no such language", method: "PATCH", path: "/api/v1/me", body: `{"language":"fr"}`, head: []string{again}, status: 400, want: []string{"This is not written right"}},
		{name: "the wrong old password", method: "POST", path: "/api/v1/me/password", body: `{"old":"x","new":"battery staple"}`, head: []string{again}, status: 400, want: []string{`"field":"old"`}},
		{name: "a short new password", method: "POST", path: "/api/v1/me/password", body: `{"old":"correct horse","new":"x"}`, head: []string{again}, status: 400, want: []string{`"field":"new"`, `"code":"too_short"`}},
	})
	now := cookie(w.ask(ask{name: "a new password", method: "POST", path: "/api/v1/me/password", body: `{"old":"correct horse","new":"battery staple"}`, head: []string{again}, status: 204}))
	w.all([]ask{
		{name: "the cookie from before is worth nothing", method: "GET", path: "/api/v1/me", head: []string{again}, status: 401},
		{name: "nor is any other", method: "GET", path: "/api/v1/me", head: []string{elsewhere}, status: 401},
		{name: "the new one is", method: "GET", path: "/api/v1/me", head: []string{now}, status: 200},
		{name: "a token", method: "POST", path: "/api/v1/tokens", body: `{"name":"1C"}`, head: []string{now}, status: 201, save: map[string]string{"token": "token", "id": "id"}},
		{name: "the token's list keeps no secret", method: "GET", path: "/api/v1/tokens", head: []string{now}, status: 200, want: []string{`"name":"1C"`}, not: []string{"vrk_"}},
		{name: "by token", method: "GET", path: "/api/v1/me", head: []string{"Authorization: Bearer ${token}"}, status: 200, want: []string{"Ольга"}},
		{name: "somebody else's token", who: "denis", method: "DELETE", path: "/api/v1/tokens/${id}", status: 404},
		{name: "sign out", method: "DELETE", path: "/api/v1/session", head: []string{now}, status: 204},
		{name: "signed out", method: "GET", path: "/api/v1/me", head: []string{now}, status: 401},
		{name: "the token goes on", method: "GET", path: "/api/v1/me", head: []string{"Authorization: Bearer ${token}"}, status: 200},
		{name: "a password by token", method: "POST", path: "/api/v1/me/password", body: `{"old":"battery staple","new":"correct horse"}`, head: []string{"Authorization: Bearer ${token}"}, status: 204},
		{name: "tokens go on", method: "GET", path: "/api/v1/me", head: []string{"Authorization: Bearer ${token}"}, status: 200},
		{name: "revoked", method: "DELETE", path: "/api/v1/tokens/${id}", head: []string{"Authorization: Bearer ${token}"}, status: 204},
		{name: "is over", method: "GET", path: "/api/v1/me", head: []string{"Authorization: Bearer ${token}"}, status: 401},
	})
}

func TestDemo(t *testing.T) {
	open(t).ask(ask{method: "GET", path: "/api/v1/demo", status: 404})
	w := open(t, func(o *server.Options) {
		o.Demo = []server.DemoPerson{{Login: "olga", Name: "Ольга", Password: "demo", Roles: []string{"sales_manager"}}}
	})
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "127.9.9.9"} {
		w.ask(ask{method: "GET", path: "/api/v1/demo", head: []string{"Host: " + host}, status: 200, want: []string{`"login":"olga"`}})
	}
	for _, host := range []string{"example.com", "localhost.example.com", "127.0.0.1.example.com:8080", "192.0.2.1", ""} {
		w.ask(ask{name: "a name that another site gave us: " + host, method: "GET", path: "/api/v1/demo", head: []string{"Host: " + host}, status: 421, want: []string{`"code":"host"`}, not: []string{"olga"}})
	}
}

func TestGuessing(t *testing.T) {
	w := open(t)
	for n := range 5 {
		w.ask(ask{name: fmt.Sprint("try ", n), method: "POST", path: "/api/v1/session", body: `{"login":"vadim","password":"x"}`, status: 401})
	}
	got := w.ask(ask{method: "POST", path: "/api/v1/session", body: `{"login":"vadim","password":"x"}`, status: 429, want: []string{`"code":"tries"`}})
	if got.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After: %q", got.header.Get("Retry-After"))
	}
	w.ask(ask{name: "others go on", method: "POST", path: "/api/v1/session", body: `{"login":"olga","password":"x"}`, status: 401})
	w.now = w.now.Add(time.Minute)
	w.ask(ask{name: "after a minute", method: "POST", path: "/api/v1/session", body: `{"login":"vadim","password":"x"}`, status: 401})
}

func TestSessionIsTouchedSeldom(t *testing.T) {
	w := open(t)
	for range 40 { // in use every day: the session goes on until it is a month old
		if got := w.ask(ask{who: "olga", method: "GET", path: "/api/v1/me"}); got.status != 200 {
			if days := w.now.Sub(time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)).Hours() / 24; days != 30 {
				t.Errorf("over after %v days", days)
			}
			return
		}
		w.now = w.now.Add(24 * time.Hour)
	}
	t.Error("a session lives for ever")
}

func TestUsers(t *testing.T) {
	w := open(t)
	w.all([]ask{
		{who: "olga", method: "GET", path: "/api/v1/users", status: 200, want: []string{`"id":"vadim"`}, not: []string{"password", "argon2"}},
		{who: "olga", method: "GET", path: "/api/v1/users?role=sales_manager", status: 200, want: []string{`"id":"denis"`}, not: []string{"vadim"}},
		{who: "olga", method: "POST", path: "/api/v1/users", body: `{"login":"x","name":"x","password":"correct horse"}`, status: 403, want: []string{"admin"}},
		{who: "daria", method: "POST", path: "/api/v1/users", body: `{"login":"Marina","name":"Марина","roles":["teacher"],"password":"correct horse"}`, status: 201, want: []string{`"id":"marina"`}},
		{who: "daria", method: "POST", path: "/api/v1/users", body: `{"login":"marina","name":"Марина","password":"correct horse"}`, status: 409, want: []string{`"code":"taken"`}},
		{who: "daria", method: "POST", path: "/api/v1/users", body: `{"login":"a b","name":"x","password":"correct horse"}`, status: 400, want: []string{`"field":"login"`}},
		{who: "daria", method: "POST", path: "/api/v1/users", body: `{"login":"lena","name":"x","password":"short"}`, status: 400, want: []string{`"field":"password"`}},
		{who: "daria", method: "PATCH", path: "/api/v1/users/marina", body: `{"roles":["teacher","instructor"],"password":"another horse"}`, status: 200, want: []string{"instructor"}},
		{method: "POST", path: "/api/v1/session", body: `{"login":"marina","password":"another horse"}`, status: 200},
		{who: "daria", method: "PATCH", path: "/api/v1/users/daria", body: `{"active":false}`, status: 422, want: []string{`"code":"last_admin"`}},
		{who: "daria", method: "PATCH", path: "/api/v1/users/ghost", body: `{"active":false}`, status: 404},
		{who: "daria", method: "PATCH", path: "/api/v1/users/olga", body: `{"active":false}`, status: 200},
		{who: "olga", method: "GET", path: "/api/v1/me", status: 401},
	})
}

func TestSecureCookie(t *testing.T) {
	w := open(t)
	h, _ := access.HashPassword("correct horse")
	w.do(func(tx *engine.Tx) error { return access.SetPassword(tx, access.System("test"), "olga", h, "") })
	got := w.ask(ask{method: "POST", path: "https://example.com/api/v1/session", body: `{"login":"olga","password":"correct horse"}`, status: 200})
	if set := got.header.Get("Set-Cookie"); !strings.HasPrefix(set, "__Host-voronka=vrk_") || !strings.Contains(set, "; Secure") {
		t.Error(set)
	}
	cookie := strings.SplitN(got.header.Get("Set-Cookie"), ";", 2)[0]
	w.ask(ask{method: "GET", path: "https://example.com/api/v1/me", head: []string{"Cookie: " + cookie}, status: 200})
	w.ask(ask{name: "a cookie that another host may have set", method: "GET", path: "https://example.com/api/v1/me", head: []string{"Cookie: " + strings.TrimPrefix(cookie, "__Host-")}, status: 401})
}
