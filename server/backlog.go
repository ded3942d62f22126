package server

import (
	"cmp"
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// backlog looks into the store for what waits there, when it is asked: no more of it than the limits say, however much there is.
type backlog struct{ s *Server }

const (
	backlogMost = 10_000          // of each kind are counted
	lookFor     = 3 * time.Second // at the store, in sum
)

func figure(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("voronka_"+name, help, labels, nil)
}

// What stands in the store.
var (
	storeUp       = figure("store_up", "This server: 1 if the store answers it.")
	timers        = figure("timers", "The installation: what has a timer that is due, or else its next one set for later; each counted up to 10,000.", "state")
	timersOverdue = figure("timers_overdue_seconds", "The installation: for how long the timer that is due first has been due.")
	jobs          = figure("jobs", "The installation: jobs by topic that are free, leased by a worker, or wait for a later try; a topic counted up to 10,000.", "topic", "state")
	jobsWait      = figure("jobs_wait_seconds", "The installation: for how long the first free job of the topic has been free.", "topic")
	incidents     = figure("incidents", "The installation: open incidents, the oldest 10,000 of them, by code.", "code")
	incidentsOpen = figure("incidents_oldest_seconds", "The installation: for how long the oldest incident has been open.")
	backupAt      = figure("backup_timestamp_seconds", "The installation: when a backup was last given out whole; missing where none was.")
	storeBytes    = figure("store_bytes", "The installation: what the store takes up, the room that is free in it included.")
	storeFree     = figure("store_free_bytes", "The installation: room in the store's file that what comes next will use before the file grows.")
	storeRoom     = figure("store_room_bytes", "The installation: room that the disk of the store's file has left.")
	storeCommits  = figure("store_commits_total", "This server: commits of the store; several deeds share one.")
	storeConns    = figure("store_connections", "This server: connections to the database, busy and idle.", "state")
	storeMost     = figure("store_connections_most", "This server: how many connections there may be.")
	storeWaits    = figure("store_connection_waits_total", "This server: how often a connection had to be waited for.")
	storeWaiting  = figure("store_connection_wait_seconds_total", "This server: for how long connections were waited for, in sum.")
)

// Describe is prometheus.Collector.Describe.
func (b *backlog) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		storeUp, timers, timersOverdue, jobs, jobsWait, incidents, incidentsOpen, backupAt, storeBytes, storeFree, storeRoom, storeCommits, storeConns,
		storeMost, storeWaits, storeWaiting,
	} {
		out <- d
	}
}

// Collect is prometheus.Collector.Collect. Of a store that does not answer it says only that.
func (b *backlog) Collect(out chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), lookFor)
	defer stop()
	tell := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	b.measures(ctx, tell, count)
	var found *engine.Backlog
	var backup time.Time
	if err := b.s.engine.View(ctx, func(tx *engine.Tx) (err error) {
		if found, err = tx.Backlog(backlogMost); err != nil {
			return err
		}
		backup, err = lastBackup(tx)
		return err
	}); err != nil {
		tell(storeUp, 0)
		return
	}
	tell(storeUp, 1)
	tell(timers, float64(found.Due), "due")
	tell(timers, float64(found.Set), "set")
	tell(timersOverdue, found.Late.Seconds())
	for _, q := range found.Queues {
		tell(jobs, float64(q.Free), q.Topic, "free")
		tell(jobs, float64(q.Leased), q.Topic, "leased")
		tell(jobs, float64(q.Later), q.Topic, "later")
		tell(jobsWait, q.Waits.Seconds(), q.Topic)
	}
	for code, n := range found.Incidents {
		tell(incidents, float64(n), cmp.Or(code, "unknown")) // of an older version
	}
	tell(incidentsOpen, found.Stuck.Seconds())
	if !backup.IsZero() {
		tell(backupAt, float64(backup.Unix()))
	}
}

// measures tells what the store knows of itself.
func (b *backlog) measures(ctx context.Context, tell func(*prometheus.Desc, float64, ...string), count func(*prometheus.Desc, float64)) {
	store, can := b.s.engine.Store().(storage.Measured)
	if !can {
		return
	}
	m, err := store.Measure(ctx)
	if err != nil {
		return // it is down: store_up says so
	}
	if m.Bytes > 0 {
		tell(storeBytes, float64(m.Bytes))
	}
	if m.Room > 0 {
		tell(storeRoom, float64(m.Room))
	}
	if m.Most == 0 { // no database
		tell(storeFree, float64(m.Free))
		count(storeCommits, float64(m.Commits))
		return
	}
	tell(storeConns, float64(m.Busy), "busy")
	tell(storeConns, float64(m.Idle), "idle")
	tell(storeMost, float64(m.Most))
	count(storeWaits, float64(m.Waits))
	count(storeWaiting, m.Waiting.Seconds())
}
