package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/server"
)

// behind is a server that listens behind a proxy which says for whom it asks.
func behind(t *testing.T, limits server.Limits) (*world, *httptest.Server) {
	w := open(t, func(o *server.Options) {
		o.Proxies, o.Limits = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, limits
	})
	at := httptest.NewServer(w.s)
	t.Cleanup(at.Close)
	return w, at
}

// dial opens a connection and sends the beginning of a request.
func dial(t *testing.T, at *httptest.Server, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", at.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

// status is what a connection is answered.
func status(t *testing.T, conn net.Conn) int {
	t.Helper()
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	return got.StatusCode
}

func sending(from string, length int) string {
	return fmt.Sprintf("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{", from, length)
}

// Whoever sends slowly fills the places of one network, and others are served.
func TestSlowSenders(t *testing.T) {
	w, at := behind(t, server.Limits{Running: 8})
	for n := range 16 {
		dial(t, at, sending(fmt.Sprintf("2001:db8::%x", n), 100)) // one network, many addresses
	}
	ask := func(from string) int {
		r, _ := http.NewRequest("GET", at.URL+"/api/v1/me", nil)
		r.Header.Set("Authorization", "Bearer "+string(w.tokens["olga"]))
		r.Header.Set("X-Forwarded-For", from)
		got, err := at.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		return got.StatusCode
	}
	for crowded := false; !crowded; crowded = ask("2001:db8::ffff") == 503 { // until they have all come
	}
	for range 5 {
		if got := ask("198.51.100.7"); got != 200 {
			t.Errorf("somebody else is answered %d", got)
		}
	}
}

// A body must come soon, and what says that it is too large is not waited for.
func TestSlowBody(t *testing.T) {
	_, at := behind(t, server.Limits{Timeout: 100 * time.Millisecond, Body: 1000})
	for name, c := range map[string]struct{ length, want int }{"slow": {100, 503}, "too large": {1001, 413}} {
		if got := status(t, dial(t, at, sending("198.51.100.7", c.length))); got != c.want {
			t.Errorf("%s: %d, not %d", name, got, c.want)
		}
	}
}

// Uploads are whole in memory, so there are few at a time; the place of one that ends is free.
func TestUploads(t *testing.T) {
	w, at := behind(t, server.Limits{Timeout: 2 * time.Second, Uploads: 1})
	body, kind := form(map[string]string{"a.bpmn": "x"})
	uploading := func() net.Conn {
		return dial(t, at, fmt.Sprintf("POST /api/v1/definitions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\nContent-Length: %d\r\n\r\n%s",
			w.tokens["daria"], kind, len(body), body[:20]))
	}
	slow := uploading()
	time.Sleep(100 * time.Millisecond) // it has the place
	r, _ := http.NewRequest("POST", at.URL+"/api/v1/definitions", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+string(w.tokens["daria"]))
	r.Header.Set("Content-Type", strings.TrimPrefix(kind, "Content-Type: "))
	answered := func() int {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(strings.NewReader(body))
		got, err := at.Client().Do(again)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		return got.StatusCode
	}
	if got := answered(); got != 503 {
		t.Errorf("a second upload: %d", got)
	}
	slow.Close()
	if got := answered(); got != 422 { // it is no diagram
		t.Errorf("after the first: %d", got)
	}
}
