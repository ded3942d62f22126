package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// once is what an Idempotency-Key of one actor names: a request that is done once, however often it comes.
type once struct{ id, sum string }

// kept is the record of a request that was done.
type kept struct {
	At       time.Time       `json:"at"`
	Sum      string          `json:"sum"`               // of the method, the path and the body
	Subject  string          `json:"subject,omitempty"` // what the deed was about
	Status   int             `json:"status,omitempty"`  // of the answer; 0: it was not written down before the program died
	Location string          `json:"location,omitempty"`
	Version  uint64          `json:"version,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"`
}

const (
	kindOnce    = "idempotency"
	indexOnceAt = "idempotency_at" // time, id

	remembered = 24 * time.Hour
)

// deed changes something and names what it was about.
type deed func(tx *engine.Tx) (subject string, err error)

// show makes the answer that a deed is told by, from the state after it.
type show func(tx *engine.Tx, subject string) (*answer, error)

// update does a deed in one Update, and shows what became of it. With an Idempotency-Key, a deed that was done before is not done
// again: its answer is given again.
func (c *call) update(do deed, show show) (*answer, error) {
	key, err := c.once("")
	if err != nil {
		return nil, err
	}
	return c.updateOnce(key, do, show)
}

func (c *call) updateOnce(key *once, do deed, show show) (*answer, error) {
	var before *kept
	var subject string
	err := c.s.engine.Update(c.ctx(), func(tx *engine.Tx) (err error) {
		if before, err = key.find(tx); err != nil || before != nil {
			return err
		}
		if subject, err = do(tx); err != nil {
			return err
		}
		return key.keep(tx, &kept{Subject: subject})
	})
	if err != nil {
		return nil, err
	}
	if before != nil {
		c.w.Header().Set("Idempotency-Replayed", "true")
		if before.Status != 0 {
			return before.answer(), nil
		}
		subject = before.Subject
	} else {
		c.s.metrics.deed(c.route)
	}
	var a *answer
	if err := c.view(func(tx *engine.Tx) (err error) {
		a, err = show(tx, subject)
		return err
	}); err != nil || key == nil {
		return a, err
	}
	return a, c.remember(key, subject, a)
}

// answer is the first answer again.
func (k *kept) answer() *answer {
	a := &answer{status: k.Status, location: k.Location, version: k.Version}
	if k.Body != nil {
		a.raw, a.media = append(k.Body, '\n'), mediaJSON
	}
	return a
}

// remember writes the answer of a deed down beside its key.
func (c *call) remember(key *once, subject string, a *answer) error {
	k := &kept{Subject: subject, Status: http.StatusNoContent}
	if a != nil {
		k.Status, k.Location, k.Version = a.status, a.location, a.version
	}
	if a != nil && a.body != nil {
		raw, err := json.Marshal(a.body)
		if err != nil {
			return err
		}
		k.Body = raw
	}
	if err := c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error { return key.keep(tx, k) }); err != nil {
		return err
	}
	return c.s.sweeper.sweep(c)
}

// once reads the Idempotency-Key; nil: there is none. Where one request does several deeds, part tells them apart.
func (c *call) once(part string) (*once, error) {
	h := c.r.Header.Values("Idempotency-Key")
	if len(h) == 0 {
		return nil, nil
	}
	key := h[0]
	if len(h) > 1 || key == "" || len(key) > 200 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, &malformed{c.say("key_odd")}
	}
	if c.request == "" {
		c.sum([]byte(c.r.Method), []byte(c.r.URL.RequestURI()))
		c.request = hex.EncodeToString(c.body.Sum(nil))
	}
	id := sha256.Sum256([]byte(c.actor.ID + "\x00" + key + "\x00" + part))
	return &once{hex.EncodeToString(id[:]), c.request}, nil
}

// find gives what was kept under the key, and refuses a key of another request.
func (o *once) find(tx *engine.Tx) (*kept, error) {
	if o == nil {
		return nil, nil
	}
	found, err := tx.Get(storage.Ref{Kind: kindOnce, ID: o.id})
	if err != nil || found[0] == nil {
		return nil, err
	}
	k := &kept{}
	if err := storage.Unmarshal(found[0].Data, k); err != nil {
		return nil, err
	}
	if tx.Now().Sub(k.At) > remembered {
		return nil, tx.Delete(found[0].Ref())
	}
	if k.Sum != o.sum {
		return nil, errKeyUsed
	}
	return k, nil
}

func (o *once) keep(tx *engine.Tx, k *kept) error {
	if o == nil {
		return nil
	}
	found, err := tx.Get(storage.Ref{Kind: kindOnce, ID: o.id})
	if err != nil {
		return err
	}
	r := &storage.Record{Kind: kindOnce, ID: o.id}
	if found[0] != nil {
		r.Version = found[0].Version
	}
	k.At, k.Sum = tx.Now(), o.sum
	if r.Data, err = storage.Marshal(k); err != nil {
		return err
	}
	r.Index = []storage.Entry{{Index: indexOnceAt, Key: storage.Key(storage.Time(k.At), o.id)}}
	return tx.Put(r)
}

// sweeper forgets old keys, now and then.
type sweeper struct{ last atomic.Int64 }

const (
	sweepEvery = 10 * time.Minute
	sweepMost  = 1_000
)

// sweep forgets keys that are older than a day, where it was not done lately.
func (s *sweeper) sweep(c *call) error {
	now, last := c.s.engine.Now(), s.last.Load()
	if now.Sub(time.UnixMilli(last)) < sweepEvery || !s.last.CompareAndSwap(last, now.UnixMilli()) {
		return nil
	}
	return c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error {
		var old []storage.Ref
		r := storage.Range{Index: indexOnceAt, To: storage.Time(tx.Now().Add(-remembered)), Limit: sweepMost, Keys: true}
		for hit, err := range tx.Scan(r) {
			if err != nil {
				return err
			}
			old = append(old, hit.Ref)
		}
		return tx.Delete(old...)
	})
}

// created is the answer to a deed that made something.
func created(location string, body any) (*answer, error) {
	return &answer{status: http.StatusCreated, location: location, body: body}, nil
}
