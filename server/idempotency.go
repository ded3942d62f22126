package server

import (
	"crypto/hmac"
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
	Sum      string          `json:"sum"` // of the method, the path and the body, under the key itself
	Status   int             `json:"status"`
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

// update does a deed and makes its answer in one Update. With an Idempotency-Key, a deed that was done before is not done again: its
// answer is given again.
func (c *call) update(do deed, show show) (*answer, error) {
	key, err := c.once("")
	if err != nil {
		return nil, err
	}
	return c.updateOnce(key, do, show)
}

func (c *call) updateOnce(key *once, do deed, show show) (a *answer, err error) {
	replayed := false
	err = c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error {
		before, err := key.find(tx)
		if replayed = before != nil; err != nil || replayed {
			a = before.answer()
			return err
		}
		subject, err := do(tx)
		if err == nil {
			err = tx.Settle()
		}
		if err == nil {
			a, err = show(tx, subject)
		}
		if err != nil {
			return err
		}
		return key.keep(tx, a)
	})
	if err != nil {
		return nil, err
	}
	if replayed {
		c.w.Header().Set("Idempotency-Replayed", "true")
		return a, nil
	}
	if key != nil {
		c.s.sweeper.sweep(c)
	}
	return a, nil
}

// answer is the first answer again.
func (k *kept) answer() *answer {
	if k == nil {
		return nil
	}
	a := &answer{status: k.Status, location: k.Location, version: k.Version}
	if k.Body != nil {
		a.raw, a.media = append(k.Body, '\n'), mediaJSON
	}
	return a
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
		sum := hmac.New(sha256.New, []byte(key)) // a bare one would let a password be guessed that stood in the body
		sum.Write(c.body.Sum(nil))
		c.request = hex.EncodeToString(sum.Sum(nil))
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

// keep writes the answer of a deed down, in the deed's own transaction.
func (o *once) keep(tx *engine.Tx, a *answer) error {
	if o == nil {
		return nil
	}
	k := &kept{At: tx.Now(), Sum: o.sum, Status: http.StatusNoContent}
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
	data, err := storage.Marshal(k)
	if err != nil {
		return err
	}
	return tx.Put(&storage.Record{Kind: kindOnce, ID: o.id, Data: data, Index: []storage.Entry{
		{Index: indexOnceAt, Key: storage.Key(storage.Time(k.At), o.id)},
	}})
}

// sweeper forgets old keys, now and then.
type sweeper struct{ last atomic.Int64 }

const (
	sweepEvery = 10 * time.Minute
	sweepMost  = 1_000
)

// sweep forgets keys that are older than a day, where it was not done lately. The deed before it is done, whatever becomes of this.
func (s *sweeper) sweep(c *call) {
	now, last := c.s.engine.Now(), s.last.Load()
	since := now.Sub(time.UnixMilli(last))
	if since >= 0 && since < sweepEvery || !s.last.CompareAndSwap(last, now.UnixMilli()) {
		return
	}
	var old []storage.Ref
	err := c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error {
		old = nil
		r := storage.Range{Index: indexOnceAt, To: storage.Time(tx.Now().Add(-remembered)), Limit: sweepMost, Keys: true}
		for hit, err := range tx.Scan(r) {
			if err != nil {
				return err
			}
			old = append(old, hit.Ref)
		}
		return tx.Delete(old...)
	})
	switch {
	case err != nil:
		c.s.opts.Log.Warn().Err(err).Str(engine.FieldRequest, traceOf(c.r).id).Msg("old idempotency keys are not forgotten yet")
	case len(old) == sweepMost:
		s.last.Store(0) // there are more
	}
}

// created is the answer to a deed that made something.
func created(location string, body any) (*answer, error) {
	return &answer{status: http.StatusCreated, location: location, body: body}, nil
}
