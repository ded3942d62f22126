package server

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// Metrics are the figures of a server for Prometheus, and the Watch of its engine. A figure of "this server" is of this process since it
// began; one of "the installation" is the same whichever of its servers is asked: take the greatest of them, never the sum.
type Metrics struct {
	registry *prometheus.Registry
	handler  http.Handler
	requests *prometheus.HistogramVec
	deeds    *prometheus.HistogramVec
	reruns   prometheus.Counter
	fired    prometheus.Histogram
	jobs     *prometheus.HistogramVec
	raised   *prometheus.CounterVec
	looked   atomic.Int64 // when the scheduler did, in seconds of Unix
}

// NewMetrics makes figures for one engine and one server.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: spread("request_seconds", "This server: how long requests took.", quick, "route", "method", "status"),
		deeds:    spread("deed_seconds", "This server: how long transactions took, by how they ended: done, refused by a rule, stale (somebody else was first), or failed (the store).", quick, "result"),
		reruns:   prometheus.NewCounter(prometheus.CounterOpts{Name: "voronka_deed_reruns_total", Help: "This server: transactions that ran once more, because others changed what they had read."}),
		fired:    prometheus.NewHistogram(options("timer_late_seconds", "This server: how long after their time the timers that it fired were fired.", quick)),
		jobs:     spread("job_seconds", "This server: how long attempts at jobs took, by how they ended: done, failed, threw, put_off, released, or lost (no answer within the lease).", quick, "topic", "result"),
		raised:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "voronka_incidents_raised_total", Help: "This server: incidents that it raised."}, []string{"code"}),
	}
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	m.registry.MustRegister(m.requests, m.deeds, m.reruns, m.fired, m.jobs, m.raised,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("scheduler_looked_timestamp_seconds", "This server: when its scheduler last looked at what is due; at least once in 30 seconds.", func() float64 { return float64(m.looked.Load()) }))
	return m
}

var quick = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

func options(name, help string, buckets []float64) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Name: "voronka_" + name, Help: help, Buckets: buckets}
}

func spread(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(options(name, help, buckets), labels)
}

func gauge(name, help string, value func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "voronka_" + name, Help: help}, value)
}

// Deed is engine.Watch.Deed.
func (m *Metrics) Deed(d engine.Deed) {
	m.deeds.WithLabelValues(resultOf(d)).Observe(d.Took.Seconds())
	if d.Runs > 1 {
		m.reruns.Add(float64(d.Runs - 1))
	}
}

func resultOf(d engine.Deed) string {
	switch {
	case d.Err == nil:
		return "done"
	case errors.Is(d.Err, storage.ErrStale):
		return "stale"
	case d.Refused && !slices.ContainsFunc(failures, func(why error) bool { return errors.Is(d.Err, why) }):
		return "refused"
	}
	return "failed"
}

// failures end a function without being its own.
var failures = []error{storage.ErrAway, storage.ErrBusy, storage.ErrUnknown, storage.ErrFailed, storage.ErrFull, storage.ErrClosed, storage.ErrFormat, context.Canceled, context.DeadlineExceeded}

// Looked is engine.Watch.Looked.
func (m *Metrics) Looked(at time.Time) { m.looked.Store(at.Unix()) }

// LastLook is when the engine's scheduler last looked at what is due; before 1970 where it has not yet.
func (m *Metrics) LastLook() time.Time { return time.Unix(m.looked.Load(), 0) }

// Fired is engine.Watch.Fired.
func (m *Metrics) Fired(late time.Duration) { m.fired.Observe(late.Seconds()) }

// Job is engine.Watch.Job.
func (m *Metrics) Job(topic string, how engine.Result, took time.Duration) {
	m.jobs.WithLabelValues(topic, string(how)).Observe(took.Seconds())
}

// Raised is engine.Watch.Raised.
func (m *Metrics) Raised(code string) { m.raised.WithLabelValues(code).Inc() }

// request counts one request. Paths that lead nowhere are one route.
func (m *Metrics) request(t *trace, method string, took time.Duration) {
	path := "none"
	if t.route != nil {
		path = t.route.path
	} else {
		method = "none"
	}
	m.requests.WithLabelValues(path, method, strconv.Itoa(t.status)).Observe(took.Seconds())
}

// of adds the figures that are asked of a server when they are wanted.
func (m *Metrics) of(s *Server) error {
	version := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "voronka_build_info", Help: "This server: its version, as a label; the value is 1.",
		ConstLabels: prometheus.Labels{"version": s.opts.Version, "go": runtime.Version()},
	})
	version.Set(1)
	for _, c := range []prometheus.Collector{
		version, &backlog{s},
		gauge("streams", "This server: live streams that are open.", s.live.count),
		gauge("requests_running", "This server: requests that run now, streams not counted.", func() float64 { return float64(len(s.running)) }),
		gauge("requests_most", "This server: how many requests may run at a time.", func() float64 { return float64(cap(s.running)) }),
	} {
		if err := m.registry.Register(c); err != nil {
			return err // another server has these figures
		}
	}
	return nil
}

// ServeHTTP gives the figures to whoever asks: for a listener of their own.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }

func (l *live) count() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return float64(l.open)
}
