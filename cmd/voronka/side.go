package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"
)

// side serves a handler on an address of its own, beside the server, until it is stopped. No address: it serves nothing.
func side(flag, address string, h http.Handler) (stop func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve(l) // until it is closed
	}()
	return func() { _ = s.Close(); <-ended }, nil
}

// profiles are those of the Go runtime, for go tool pprof. They show what is in memory, so they are told to this machine only, and not
// to a page that a browser on it was led to under another name.
func profiles() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("/debug/pprof/", pprof.Index)
	m.HandleFunc("/debug/pprof/cmdline", func(w http.ResponseWriter, _ *http.Request) { // which may hold a database's password
		http.Error(w, "not told", http.StatusNotFound)
	})
	m.HandleFunc("/debug/pprof/profile", pprof.Profile)
	m.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	m.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			http.Error(w, "ask for 127.0.0.1", http.StatusMisdirectedRequest)
			return
		}
		m.ServeHTTP(w, r)
	})
}

// loopback tells whether an address with a port, as 127.0.0.1:8080, is of this machine alone.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}
