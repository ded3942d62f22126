package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/voronka/voronka/server"
)

// Every answer tells the browser to be careful, a failed one too; no page may run or style by what stands in it, but for the style whose
// hash is named.
func TestPolicy(t *testing.T) {
	w := open(t, func(o *server.Options) { o.Web = pages })
	bare := open(t)
	for _, c := range []struct {
		w                    *world
		method, path, policy string
	}{
		{w, "GET", "/", "default-src 'self';"},
		{w, "GET", "/assets/app-1a2b.js", "default-src 'self';"},
		{w, "GET", "/assets/gone.js", "default-src 'self';"},
		{w, "GET", "/api/v1/me", "default-src 'none';"},
		{w, "GET", "/api/v1/nothing", "default-src 'none';"},
		{w, "PUT", "/api/v1/me", "default-src 'none';"},
		{w, "GET", "/api/v1/intake/nothing", "default-src 'none';"},
		{w, "GET", "/api/docs", "default-src 'none';"},
		{bare, "GET", "/", "default-src 'none';"},
	} {
		got := c.w.ask(ask{method: c.method, path: c.path})
		policy := got.header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, c.policy) || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", c.path, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s: %q", c.path, name, got.header.Get(name))
			}
		}
		if strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			holdsPage(t, c.path, policy, got.body)
		}
	}
}

// holdsPage holds a page against its policy: no script, no style but those that it allows, nothing that runs by itself.
func holdsPage(t *testing.T, path, policy, body string) {
	t.Helper()
	if regexp.MustCompile(`(?i)<[^>]* (style|on[a-z]+)=|javascript:|<script>`).MatchString(body) {
		t.Errorf("%s: the page has what its policy forbids", path)
	}
	for _, style := range regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(body, -1) {
		sum := sha256.Sum256([]byte(style[1]))
		if hash := base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(policy, "style-src 'sha256-"+hash+"'") {
			t.Errorf("%s: the style is not the one of %s", path, policy)
		}
	}
}

// Over TLS, ours or that of a proxy which we believe, browsers are told to come by TLS only.
func TestStrictTransport(t *testing.T) {
	proxies := func(o *server.Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }
	for name, c := range map[string]struct {
		w    *world
		url  string
		head []string
		want bool
	}{
		"plain":               {open(t), "/healthz", nil, false},
		"TLS":                 {open(t), "https://example.com/healthz", nil, true},
		"--secure":            {open(t, func(o *server.Options) { o.Secure = true }), "/healthz", nil, true},
		"a proxy of ours":     {open(t, proxies), "/healthz", []string{"X-Forwarded-Proto: https"}, true},
		"a proxy without TLS": {open(t, proxies), "/healthz", []string{"X-Forwarded-Proto: http"}, false},
		"what says it is one": {open(t), "/healthz", []string{"X-Forwarded-Proto: https"}, false},
	} {
		got := c.w.ask(ask{method: "GET", path: c.url, head: c.head, status: 200})
		if is := got.header.Get("Strict-Transport-Security") != ""; is != c.want {
			t.Errorf("%s: %v", name, is)
		}
	}
}
