package engine

import (
	"strconv"
	"strings"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/schedule"
	"github.com/voronka/voronka/storage"
)

// expiryPages is how many records of history one deed forgets: a long history goes in several, and a stop between two loses nothing.
const expiryPages = 500

// lifetime compiles how long finished instances of a process are kept: camunda:historyTimeToLive, as days or a period. Empty: as
// long as the options say.
func (c *compiler) lifetime(p *bpmn.Process) {
	text := strings.TrimSpace(p.Extensions.TimeToLive)
	if text == "" {
		return
	}
	if days, err := strconv.Atoi(text); err == nil && days >= 0 {
		c.keep = &schedule.Period{Days: days}
		return
	}
	period, err := schedule.ParsePeriod(text)
	if err != nil || period.After(time.Unix(0, 0)).Before(time.Unix(0, 0)) {
		c.problem("time_to_live_invalid", p.Element, "historyTimeToLive %q of %q: write a number of days, or a period like P30D", text, p.ID)
		return
	}
	c.keep = &period
}

// expires is when an instance that is over now is forgotten; nil: never.
func (tx *Tx) expires(i *Instance) *time.Time {
	switch keep := i.prog.keep; {
	case keep != nil:
		return at(keep.After(tx.now))
	case tx.engine.opts.Keep > 0:
		return at(tx.now.Add(tx.engine.opts.Keep))
	}
	return nil
}

// forget deletes an instance that has expired, and its history, page by page, its turns first.
func (tx *Tx) forget(i *Instance) error {
	if more, err := tx.forgetTurns(i); more || err != nil {
		return err
	}
	var pages []storage.Ref
	r := storage.Range{Kind: kindHistory, From: i.ID + "/", To: i.ID + "0", Limit: expiryPages, Keys: true}
	for hit, err := range tx.Scan(r) {
		if err != nil {
			return err
		}
		pages = append(pages, hit.Ref)
	}
	if len(pages) == expiryPages {
		return tx.Delete(pages...)
	}
	if d := tx.engine.opts.Domain; d != nil {
		if err := d.Forgetting(tx, i); err != nil {
			return err
		}
	}
	return tx.Delete(append(pages, storage.Ref{Kind: kindInstance, ID: i.ID})...)
}
