package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// trace is what is known of a request by its end, for the log and the metrics.
type trace struct {
	id     string
	route  *route
	who    string // the actor's id
	status int
	bytes  int64
	code   string // of the problem
	err    error  // behind a problem of ours
}

type traceKey struct{}

func traceOf(r *http.Request) *trace {
	t, _ := r.Context().Value(traceKey{}).(*trace)
	if t == nil {
		t = &trace{}
	}
	return t
}

// The fields of a log line, beside those of the engine.
const (
	fieldMethod  = "method"
	fieldPath    = "path"
	fieldRoute   = "route"
	fieldStatus  = "status"
	fieldBytes   = "bytes"
	fieldActor   = "actor"
	fieldAddress = "address"
)

// chain wraps the whole router, so that it holds for every answer, those to unknown paths included.
func (s *Server) chain(next http.Handler) http.Handler {
	next = s.bounded(next)
	next = s.sameOrigin(next)
	next = s.sameHost(next)
	next = s.recovered(next)
	return s.observed(next)
}

// observed names the request, sets the headers of every answer, and logs and counts it at its end.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.engine.Now()
		t := &trace{id: requestID(r)}
		r = r.WithContext(engine.WithRequest(context.WithValue(r.Context(), traceKey{}, t), t.id))
		s.setHeaders(w.Header(), r, t.id)
		defer func() {
			took := s.engine.Now().Sub(began)
			s.metrics.request(t, r.Method, took)
			s.log(t, r, took)
		}()
		next.ServeHTTP(&recorder{ResponseWriter: w, trace: t}, r)
	})
}

// requestID is the caller's own name for the request where it is harmless, else a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	odd := func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.')
	}
	if id == "" || len(id) > 64 || strings.ContainsFunc(id, odd) {
		return rand.Text()
	}
	return id
}

func (s *Server) log(t *trace, r *http.Request, took time.Duration) {
	level, probe := zerolog.InfoLevel, t.route != nil && t.route.probe()
	switch {
	case t.status >= 500 && !probe:
		level = zerolog.ErrorLevel
	case t.status >= 400 && probe:
		level = zerolog.WarnLevel
	case probe:
		level = zerolog.DebugLevel
	}
	line := s.opts.Log.WithLevel(level).Str(engine.FieldRequest, t.id).Str(fieldMethod, r.Method).Str(fieldPath, r.URL.Path).Int(fieldStatus, t.status).
		Int64(fieldBytes, t.bytes).Dur(engine.FieldTook, took).Str(fieldAddress, s.address(r))
	if t.route != nil {
		line = line.Str(fieldRoute, t.route.path)
	}
	if t.who != "" {
		line = line.Str(fieldActor, t.who)
	}
	if t.code != "" {
		line = line.Str(engine.FieldCode, t.code)
	}
	line.Err(t.err).Msg("request")
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	trace *trace
}

func (w *recorder) WriteHeader(status int) {
	if w.trace.status == 0 && status >= 200 {
		w.trace.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.trace.status == 0 {
		w.trace.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.trace.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recovered answers a panic with a problem; the trace goes to the log only.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			t := traceOf(r)
			s.opts.Log.Error().Str(engine.FieldRequest, t.id).Interface("panic", p).Bytes("stack", debug.Stack()).Msg("a handler panicked")
			if t.status != 0 {
				panic(http.ErrAbortHandler) // half an answer is out: cut the connection
			}
			(&call{s: s, w: w, r: r}).fail(fmt.Errorf("panic: %v", p))
		}()
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what a page of another site makes a browser send. Intake forms stand on other sites and are nobody's deed.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, intakePath) {
			if err := s.origins.Check(r); err != nil {
				(&call{s: s, w: w, r: r}).fail(errCrossOrigin)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// sameHost lets a demo be asked by the names of this machine only: everyone's password is known there, and a page of another site may
// give a name of its own to this machine's address.
func (s *Server) sameHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(s.opts.Demo) > 0 && !localName(r.Host) {
			(&call{s: s, w: w, r: r}).fail(errHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// localName tells whether a Host header names this machine to itself.
func localName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// bounded limits how many requests run at a time, of all and of one network, and how long each may take. Streams have limits of their
// own, and lift these deadlines once it is known who asks.
func (s *Server) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		edge := http.NewResponseController(w)
		end := within(s.limits.Timeout + 5*time.Second) // time to say that it took too long
		_, _ = edge.SetReadDeadline(end), edge.SetWriteDeadline(end)
		if r.URL.Path == eventsPath || r.URL.Path == backupPath || r.URL.Path == "/healthz" || r.URL.Path == metricsPath {
			next.ServeHTTP(w, r)
			return
		}
		ctx, stop := context.WithTimeout(r.Context(), s.limits.Timeout)
		defer stop()
		r = r.WithContext(ctx)
		late := time.NewTimer(time.Second)
		defer late.Stop()
		leave, ok := s.crowd.enter(ctx, access.Network(s.address(r)), late.C)
		if !ok {
			(&call{s: s, w: w, r: r}).fail(&slow{"busy", time.Second})
			return
		}
		defer leave()
		select {
		case s.running <- struct{}{}:
			defer func() { <-s.running }()
			next.ServeHTTP(w, r)
		case <-late.C:
			(&call{s: s, w: w, r: r}).fail(&slow{"busy", time.Second})
		case <-ctx.Done():
			(&call{s: s, w: w, r: r}).fail(ctx.Err())
		}
	})
}

// address is who sent the request: the other end of the connection, or whom a proxy that we believe names.
func (s *Server) address(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := from.Addr().Unmap()
	named := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for s.believed(ip) && len(named) > 0 {
		last, err := netip.ParseAddr(strings.TrimSpace(named[len(named)-1]))
		if err != nil {
			break
		}
		ip, named = last.Unmap(), named[:len(named)-1]
	}
	return ip.String()
}

func (s *Server) believed(ip netip.Addr) bool {
	for _, p := range s.opts.Proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// secure tells whether the request came over TLS.
func (s *Server) secure(r *http.Request) bool {
	if s.opts.Secure || r.TLS != nil {
		return true
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && s.believed(from.Addr().Unmap()) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

func seconds(d time.Duration) string { return strconv.Itoa(max(1, int((d+time.Second-1)/time.Second))) }
