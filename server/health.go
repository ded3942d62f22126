package server

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// healthz says that the process runs.
func healthz(c *call) (*answer, error) {
	return ok(map[string]string{"status": "ok", "version": c.s.opts.Version})
}

// readyz says whether the store answers and timers fire in time.
func readyz(c *call) (*answer, error) {
	state := struct {
		Status string  `json:"status"`
		Store  string  `json:"store"`
		Late   float64 `json:"timers_late_seconds"`
	}{"ready", "open", 0}
	late, err := c.s.lateness(c)
	switch {
	case err != nil:
		state.Status, state.Store = "not ready", "closed"
	case c.s.closing.Err() != nil:
		state.Status = "stopping"
	case late > c.s.limits.Late:
		state.Status = "late"
	}
	state.Late = late.Seconds()
	a := &answer{status: http.StatusOK, body: state}
	if state.Status != "ready" {
		a.status = http.StatusServiceUnavailable
	}
	return a, nil
}

// lateness is for how long the timer that is due first has been due.
func (s *Server) lateness(c *call) (time.Duration, error) {
	var late time.Duration
	err := c.view(func(tx *engine.Tx) error {
		due, is, err := tx.Due()
		if is {
			late = max(0, tx.Now().Sub(due))
		}
		return err
	})
	return late, err
}

// showMetrics gives the figures for Prometheus, to whoever asks on this machine itself and to those with the right configure.
func showMetrics(c *call) (*answer, error) {
	if !c.local() {
		c.route = &route{access: signedIn}
		if err := c.enter(); err != nil {
			return nil, err
		}
		if err := c.need(access.Configure); err != nil {
			return nil, err
		}
	}
	c.s.metrics.look(c)
	c.s.metrics.handler.ServeHTTP(c.w, c.r)
	return &answer{written: true}, nil
}

// local tells whether the request was made on this machine, through no proxy.
func (c *call) local() bool {
	from, err := netip.ParseAddrPort(c.r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback() && c.r.Header.Get("X-Forwarded-For") == "" && c.r.Header.Get("Forwarded") == ""
}
