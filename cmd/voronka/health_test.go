package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	var asked string
	status, answer := 200, `{"status":"ready"}`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	defer s.Close()
	ask := func(args ...string) (string, error) {
		return said(t, "", append([]string{"health", "--server", s.URL}, args...)...)
	}
	if out, err := ask(); err != nil || out != "well\n" || asked != "/readyz?" {
		t.Errorf("%q, %v, %s", out, err, asked)
	}
	if out, err := ask("--alive"); err != nil || out != "well\n" || asked != "/healthz?" {
		t.Errorf("%q, %v, %s", out, err, asked)
	}
	status, answer = 503, `{"code":"late","detail":"due for 11 s"}`
	var no answerNo
	if out, err := ask("--exclude", "timers"); !errors.As(err, &no) || out != "late: due for 11 s\n" || asked != "/readyz?exclude=timers" {
		t.Errorf("%q, %v, %s", out, err, asked)
	}
	status, answer = 502, "<html>"
	if out, err := ask(); !errors.As(err, &no) || !strings.Contains(out, "502") {
		t.Errorf("%q, %v", out, err)
	}
	s.Close()
	if out, err := ask(); !errors.As(err, &no) || !strings.Contains(out, "refused") {
		t.Errorf("nobody answers: %q, %v", out, err)
	}
	for _, at := range []string{"nonsense", ":", "127.0.0.1:8080"} {
		if _, err := said(t, "", "health", "--server", at); err == nil || !strings.Contains(err.Error(), "is no address") {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// Without --server it asks this machine, at the port of the environment.
func TestHealthHere(t *testing.T) {
	for listen, want := range map[string]string{
		"": "http://127.0.0.1:8080", ":80": "http://127.0.0.1:80", "0.0.0.0:8080": "http://127.0.0.1:8080", "[::]:8080": "http://127.0.0.1:8080",
		"10.0.0.7:8080": "http://10.0.0.7:8080", "[::1]:8080": "http://[::1]:8080", "localhost:81": "http://localhost:81",
	} {
		if got := here(listen); got != want {
			t.Errorf("%q: %s, not %s", listen, got, want)
		}
	}
	s := started(t, "--data", t.TempDir())
	t.Setenv("VORONKA_LISTEN", strings.TrimPrefix(s.url, "http://"))
	if out, err := said(t, "", "health"); err != nil || out != "well\n" {
		t.Errorf("%q, %v", out, err)
	}
}
