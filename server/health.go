package server

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// healthz says that the process runs.
func healthz(c *call) (*answer, error) {
	return ok(map[string]string{"status": "ok", "version": c.s.opts.Version})
}

// unready is why a server is not to be sent requests now.
type unready struct {
	code  string // stopping, away, late
	late  time.Duration
	cause error
}

func (u *unready) Error() string { return fmt.Sprintf("not ready: %s", u.code) }

// readyz says that the server takes requests: it is not about to stop, its store answers, and timers fire in time. Else the problem says
// which of them it is. With exclude=timers it leaves the timers out: late timers are no reason to take every server away from people.
func readyz(c *call) (*answer, error) {
	exclude := c.r.URL.Query()["exclude"]
	if at := slices.IndexFunc(exclude, func(check string) bool { return check != "timers" }); at >= 0 {
		return nil, badField("exclude", "unknown")
	}
	if c.s.stopping.Load() {
		return nil, &unready{code: "stopping"}
	}
	late, err := c.s.lateness(c.ctx())
	switch {
	case err != nil:
		return nil, &unready{code: "away", cause: err}
	case late > c.s.limits.Late && len(exclude) == 0:
		return nil, &unready{code: "late", late: late}
	}
	return ok(map[string]any{"status": "ready", "timers_late_seconds": late.Seconds()})
}

// lateness is for how long the timer that is due first has been due.
func (s *Server) lateness(ctx context.Context) (time.Duration, error) {
	ctx, stop := context.WithTimeout(ctx, lookFor)
	defer stop()
	var late time.Duration
	err := s.engine.View(ctx, func(tx *engine.Tx) error {
		due, is, err := tx.Due()
		late = 0
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
	c.s.metrics.ServeHTTP(c.w, c.r)
	return &answer{written: true}, nil
}

// local tells whether the request was made on this machine, through no proxy and by no page of another site.
func (c *call) local() bool {
	from, err := netip.ParseAddrPort(c.r.RemoteAddr)
	return err == nil && !c.s.opts.Secure && localName(c.r.Host) && from.Addr().Unmap().IsLoopback() && c.r.Header.Get("X-Forwarded-For") == "" && c.r.Header.Get("Forwarded") == ""
}

// probe tells whether a request only asks how the server is: there are many, and nothing is to be said of those that are answered well.
func (r *route) probe() bool {
	return r.path == "/healthz" || r.path == "/readyz" || r.path == metricsPath
}

const metricsPath = "/metrics"
