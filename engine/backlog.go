package engine

import (
	"strings"
	"time"

	"github.com/voronka/voronka/storage"
)

// Backlog is what waits in an installation, whoever of its servers will do it.
type Backlog struct {
	Due       int            // instances and others with a timer that is due
	Late      time.Duration  // for how long the first of them has been
	Set       int            // those whose next timer is set for later
	Queues    []Queue        // in order of topic
	Incidents map[string]int // open, by code
	Stuck     time.Duration  // for how long the first of them has been open
}

// Queue is the jobs of a topic that are not over.
type Queue struct {
	Topic  string
	Free   int           // may be claimed
	Waits  time.Duration // for how long the first of them may
	Leased int           // held by a worker
	Later  int           // to be tried again, or put off
}

// queuesMost is how many topics Backlog looks at.
const queuesMost = 100

// Backlog counts what waits, each thing up to limit, without reading a record.
func (tx *Tx) Backlog(limit int) (*Backlog, error) {
	b := &Backlog{Incidents: map[string]int{}}
	now := storage.Time(tx.now.Add(time.Microsecond))
	if err := tx.each(storage.Range{Index: indexDue, To: now, Limit: limit}, func(h storage.Hit) (err error) {
		if b.Due++; b.Due == 1 {
			b.Late, err = tx.since(h.Key)
		}
		return err
	}); err != nil {
		return nil, err
	}
	if err := tx.each(storage.Range{Index: indexDue, From: now, Limit: limit}, func(storage.Hit) error {
		b.Set++
		return nil
	}); err != nil {
		return nil, err
	}
	n := 0
	if err := tx.each(storage.Range{Index: indexIncident, Limit: limit}, func(h storage.Hit) (err error) {
		b.Incidents[string(h.Value)]++
		if n++; n == 1 {
			b.Stuck, err = tx.since(h.Key)
		}
		return err
	}); err != nil {
		return nil, err
	}
	return b, tx.queues(b, limit)
}

// queues counts the jobs by topic, and leaps from one topic to the next.
func (tx *Tx) queues(b *Backlog, limit int) error {
	for from := ""; len(b.Queues) < queuesMost; {
		topic, found := "", false
		if err := tx.each(storage.Range{Index: indexJob, From: from, Limit: 1}, func(h storage.Hit) error {
			topic, _, found = strings.Cut(h.Key, "\x00\x01")
			return nil
		}); err != nil || !found {
			return err
		}
		from = topic + "\x00\x02"
		q := Queue{Topic: strings.ReplaceAll(topic, "\x00\xff", "\x00")}
		r := storage.Range{Index: indexJob, Limit: limit}.Prefix(q.Topic)
		if err := tx.each(r, func(h storage.Hit) error { return q.count(tx, h.Key[len(topic)+2:], h.Value) }); err != nil {
			return err
		}
		b.Queues = append(b.Queues, q)
	}
	return nil
}

func (q *Queue) count(tx *Tx, key string, leased []byte) error {
	waits, err := tx.since(key)
	switch {
	case err != nil:
		return err
	case waits < 0 && len(leased) > 0:
		q.Leased++
	case waits < 0:
		q.Later++
	default:
		q.Free++
		q.Waits = max(q.Waits, waits)
	}
	return nil
}

// each walks the keys of a range.
func (tx *Tx) each(r storage.Range, fn func(storage.Hit) error) error {
	r.Keys = true
	for hit, err := range tx.Scan(r) {
		if err == nil {
			err = fn(hit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// since is for how long the time that a key begins with has been past.
func (tx *Tx) since(key string) (time.Duration, error) {
	at, err := dueOf(key)
	return tx.now.Sub(at), err
}
