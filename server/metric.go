package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// metrics are the figures of one server, in a registry of its own.
type metrics struct {
	handler  http.Handler
	requests *prometheus.HistogramVec
	deeds    *prometheus.CounterVec
	late     prometheus.Gauge
	stuck    prometheus.Gauge
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "voronka_request_seconds", Help: "How long requests took, by route, method and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method", "status"}),
		deeds: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "voronka_deeds_total", Help: "Deeds committed through the API, by route and method."}, []string{"route", "method"}),
		late:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "voronka_timers_late_seconds", Help: "For how long the timer that is due first has been due."}),
		stuck: prometheus.NewGauge(prometheus.GaugeOpts{Name: "voronka_incidents", Help: "Open incidents, counted up to ten thousand."}),
	}
	r := prometheus.NewRegistry()
	r.MustRegister(m.requests, m.deeds, m.late, m.stuck, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "voronka_streams", Help: "Open live streams."}, s.live.count))
	m.handler = promhttp.HandlerFor(r, promhttp.HandlerOpts{})
	return m
}

func (l *live) count() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return float64(l.open)
}

// request counts one request. Paths that lead nowhere are one route.
func (m *metrics) request(t *trace, method string, took time.Duration) {
	path := "none"
	if t.route != nil {
		path = t.route.path
	} else {
		method = "none"
	}
	m.requests.WithLabelValues(path, method, strconv.Itoa(t.status)).Observe(took.Seconds())
}

// deed counts one deed.
func (m *metrics) deed(r *route) { m.deeds.WithLabelValues(r.path, r.method).Inc() }

// look brings the figures of the store up to date.
func (m *metrics) look(c *call) {
	late, err := c.s.lateness(c)
	if err != nil {
		return
	}
	m.late.Set(late.Seconds())
	_ = c.view(func(tx *engine.Tx) error {
		open := 0
		for _, err := range tx.Scan(storage.Range{Index: "incident", Limit: incidentsMost, Keys: true}) {
			if err != nil {
				return err
			}
			open++
		}
		m.stuck.Set(float64(open))
		return nil
	})
}

const incidentsMost = 10_000
