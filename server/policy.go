package server

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// What a browser may do with an answer: pages of the application use what comes from here and nothing that stands in the page itself; an
// answer of the API is no page at all.
const (
	pagePolicy = "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; " +
		"form-action 'self'; frame-ancestors 'none'"
	answerPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	filePolicy   = answerPolicy + "; sandbox"
)

// styledPolicy is that of a page of the server's own, which has no script and one style sheet in it.
func styledPolicy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return answerPolicy + "; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// setHeaders makes a browser careful with whatever is answered.
func (s *Server) setHeaders(h http.Header, r *http.Request, id string) {
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", pagePolicy)
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h.Set("Content-Security-Policy", answerPolicy)
	}
	if s.secure(r) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
