package bench

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/voronka/voronka/storage"
)

// tape is what one deed asked of the store, to ask the same of it without the deed: the same reads, records, entries, bytes and
// notices, about other things. What the deed was about stands in the tape's ids and keys as words; each is another one whenever it is
// played.
type tape struct {
	calls []call
	found []line // the records that the deed read
}

// call is one call of a transaction: of its fields, one is set.
type call struct {
	get    []place
	scan   *span
	put    []line
	remove []place
	notify [2]text // topic and payload
}

type place struct {
	kind string
	id   text
}

func (p place) ref(words []string) storage.Ref {
	return storage.Ref{Kind: p.kind, ID: p.id.with(words)}
}

// span is a scan, and how many hits of it were looked at.
type span struct {
	over            storage.Range
	from, to, after text
	hits            int
}

// line is a record. Where it was read before, or put, the call and the place in it that know its version.
type line struct {
	place
	known    bool
	call, at int
	data     []byte
	index    []entry
}

type entry struct {
	index string
	key   text
	value []byte
}

// record runs a deed that uses the store given, and returns a tape of each of its Updates.
func record(store storage.Store, deed func(storage.Store) error) ([]*tape, error) {
	r := &recorder{Store: store}
	return r.tapes, deed(r)
}

// recorder is a store that tapes its Updates.
type recorder struct {
	storage.Store
	tapes []*tape
}

func (r *recorder) Update(ctx context.Context, fn func(storage.Tx) error) error {
	var last *recording
	err := r.Store.Update(ctx, func(tx storage.Tx) error {
		last = &recording{Tx: tx, tape: &tape{}, known: map[storage.Ref][2]int{}}
		return fn(last)
	})
	if err == nil {
		r.tapes = append(r.tapes, last.tape)
	}
	return err
}

// recording is a transaction that is taped.
type recording struct {
	storage.Tx
	tape  *tape
	known map[storage.Ref][2]int // where the tape learns a record's version
}

func (r *recording) Get(refs ...storage.Ref) ([]*storage.Record, error) {
	found, err := r.Tx.Get(refs...)
	if err != nil {
		return nil, err
	}
	for n, ref := range refs {
		if found[n] == nil {
			continue
		}
		if _, again := r.known[ref]; !again {
			r.tape.found = append(r.tape.found, taped(found[n]))
		}
		r.known[ref] = [2]int{len(r.tape.calls), n}
	}
	r.tape.calls = append(r.tape.calls, call{get: places(refs)})
	return found, nil
}

func (r *recording) Scan(over storage.Range) iter.Seq2[storage.Hit, error] {
	s := &span{over: over, from: plain(over.From), to: plain(over.To), after: plain(over.After)}
	r.tape.calls = append(r.tape.calls, call{scan: s})
	return func(yield func(storage.Hit, error) bool) {
		for hit, err := range r.Tx.Scan(over) {
			s.hits++
			if !yield(hit, err) {
				return
			}
		}
	}
}

func (r *recording) Put(records ...*storage.Record) error {
	lines := make([]line, len(records))
	for n, one := range records {
		lines[n] = taped(one)
		at, known := r.known[one.Ref()]
		lines[n].known, lines[n].call, lines[n].at = known, at[0], at[1]
		if one.Version > 0 && !known {
			return fmt.Errorf("put %s %s without having read it: it can't be taped", one.Kind, one.ID)
		}
		r.known[one.Ref()] = [2]int{len(r.tape.calls), n}
	}
	r.tape.calls = append(r.tape.calls, call{put: lines})
	return r.Tx.Put(records...)
}

func (r *recording) Delete(refs ...storage.Ref) error {
	r.tape.calls = append(r.tape.calls, call{remove: places(refs)})
	return r.Tx.Delete(refs...)
}

func (r *recording) Notify(topic, payload string) {
	r.tape.calls = append(r.tape.calls, call{notify: [2]text{plain(topic), plain(payload)}})
	r.Tx.Notify(topic, payload)
}

func places(refs []storage.Ref) []place {
	all := make([]place, len(refs))
	for n, ref := range refs {
		all[n] = place{ref.Kind, plain(ref.ID)}
	}
	return all
}

func taped(r *storage.Record) line {
	l := line{place: place{r.Kind, plain(r.ID)}, data: bytes.Clone(r.Data)}
	for _, e := range r.Index {
		l.index = append(l.index, entry{e.Index, plain(e.Key), bytes.Clone(e.Value)})
	}
	return l
}

// added is what stands behind an id in the id of a record that the deed added, as a page of its history; empty where it added none.
func (t *tape) added(behind string) string {
	for _, c := range t.calls {
		for _, l := range c.put {
			if rest, ok := strings.CutPrefix(l.id.with(nil), behind); ok && rest != "" && !l.known {
				return rest
			}
		}
	}
	return ""
}

// about takes these words out of all ids and keys.
func (t *tape) about(words ...string) {
	open := func(at *text) { *at = cut(at.with(nil), words) }
	lines := func(all []line) {
		for n := range all {
			open(&all[n].id)
			for m := range all[n].index {
				open(&all[n].index[m].key)
			}
		}
	}
	lines(t.found)
	for n := range t.calls {
		c := &t.calls[n]
		lines(c.put)
		for m := range c.get {
			open(&c.get[m].id)
		}
		for m := range c.remove {
			open(&c.remove[m].id)
		}
		if s := c.scan; s != nil {
			open(&s.from)
			open(&s.to)
			open(&s.after)
		}
		if c.notify[1].parts != nil {
			open(&c.notify[1])
		}
	}
}

// lay writes the records that the deed was about as it found them, so that the tape can be played about these words.
func (t *tape) lay(tx storage.Tx, words ...string) error {
	for _, l := range t.found {
		if len(l.id.holes) == 0 {
			continue // everybody's, and there already
		}
		if err := tx.Put(l.record(words)); err != nil {
			return err
		}
	}
	return nil
}

// play does what the deed did, about these words.
func (t *tape) play(tx storage.Tx, words ...string) error {
	seen := make([][]*storage.Record, len(t.calls))
	for n := range t.calls {
		var err error
		switch c := &t.calls[n]; {
		case c.get != nil:
			seen[n], err = tx.Get(refs(c.get, words)...)
		case c.put != nil:
			if seen[n], err = c.records(seen, words); err == nil {
				err = tx.Put(seen[n]...)
			}
		case c.scan != nil:
			err = c.scan.play(tx, words)
		case c.remove != nil:
			err = tx.Delete(refs(c.remove, words)...)
		default:
			tx.Notify(c.notify[0].with(nil), c.notify[1].with(words))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func refs(places []place, words []string) []storage.Ref {
	all := make([]storage.Ref, len(places))
	for n, p := range places {
		all[n] = p.ref(words)
	}
	return all
}

// records are those of a Put, with the versions seen.
func (c *call) records(seen [][]*storage.Record, words []string) ([]*storage.Record, error) {
	all := make([]*storage.Record, len(c.put))
	for n := range c.put {
		l := &c.put[n]
		all[n] = l.record(words)
		if !l.known {
			continue
		}
		was := seen[l.call][l.at]
		if was == nil {
			return nil, fmt.Errorf("%s %s is not there", l.kind, all[n].ID)
		}
		all[n].Version = was.Version
	}
	return all, nil
}

func (l *line) record(words []string) *storage.Record {
	r := &storage.Record{Kind: l.kind, ID: l.id.with(words), Data: l.data, Index: make([]storage.Entry, len(l.index))}
	for n, e := range l.index {
		r.Index[n] = storage.Entry{Index: e.index, Key: e.key.with(words), Value: e.value}
	}
	return r
}

func (s *span) play(tx storage.Tx, words []string) error {
	over := s.over
	over.From, over.To, over.After = s.from.with(words), s.to.with(words), s.after.with(words)
	hits := 0
	for _, err := range tx.Scan(over) {
		if err != nil {
			return err
		}
		if hits++; hits >= s.hits && s.hits > 0 {
			break
		}
	}
	return nil
}

func plain(s string) text { return text{parts: []string{s}} }

// text is a string with holes, each for one of some words.
type text struct {
	parts []string // one more than holes
	holes []int
}

// cut takes the words out of a string, the first of them first where two begin at the same place.
func cut(s string, words []string) text {
	var t text
	for {
		at, which := len(s), -1
		for n, w := range words {
			if i := strings.Index(s, w); w != "" && i >= 0 && i < at {
				at, which = i, n
			}
		}
		t.parts = append(t.parts, s[:at])
		if which < 0 {
			return t
		}
		t.holes = append(t.holes, which)
		s = s[at+len(words[which]):]
	}
}

// with fills the holes.
func (t text) with(words []string) string {
	if len(t.holes) == 0 {
		return t.parts[0]
	}
	var b strings.Builder
	size := len(t.parts[0])
	for n, w := range t.holes {
		size += len(words[w]) + len(t.parts[n+1])
	}
	b.Grow(size)
	b.WriteString(t.parts[0])
	for n, w := range t.holes {
		b.WriteString(words[w])
		b.WriteString(t.parts[n+1])
	}
	return b.String()
}
