package postgres

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"strings"

	"github.com/voronka/voronka/storage"
)

// tx is a storage.Tx: what it writes stands over a ground.
type tx struct {
	ctx    context.Context
	ground *ground
	overlay
	deed  *deed // nil in a View
	notes []storage.Note
	wrote []storage.Ref // of the records that were there
	bold  bool          // a Put was believed that its record is new
	over  bool
}

// reader hides what a View must not do.
type reader struct{ storage.Reader }

// Kinds is storage.Lister.Kinds.
func (r reader) Kinds() ([]string, error) { return r.names(nextKind) }

// Indexes is storage.Lister.Indexes.
func (r reader) Indexes() ([]string, error) { return r.names(nextIndex) }

// names are what a statement gives that gives one behind another.
func (r reader) names(next statement) (all []string, err error) {
	t := r.Reader.(*tx)
	if err := t.err(); err != nil {
		return nil, err
	}
	last := []byte{}
	for {
		c := []call{{statement: next, args: [][]byte{last}}}
		if err := t.ground.trip(c); err != nil || len(c[0].rows) == 0 {
			return all, err
		}
		last = c[0].rows[0][0]
		all = append(all, string(last))
	}
}

func (t *tx) err() error {
	if t.over {
		return storage.ErrOver
	}
	return cmp.Or(t.ground.failed, t.ctx.Err())
}

// now is what there is of a record that is known, own changes included.
func (t *tx) now(ref storage.Ref) (s *stored, known bool) {
	if c, ours := t.records.Get(ref.Place()); ours {
		return c.now, true
	}
	s, known = t.ground.read[ref]
	return s, known
}

func (t *tx) Get(refs ...storage.Ref) ([]*storage.Record, error) {
	if err := t.err(); err != nil {
		return nil, err
	}
	if err := t.know(refs); err != nil {
		return nil, err
	}
	found := make([]*storage.Record, len(refs))
	for n, ref := range refs {
		s, _ := t.now(ref)
		if s == nil {
			continue
		}
		index, err := s.index(ref)
		if err != nil {
			return nil, err
		}
		found[n] = &storage.Record{Kind: ref.Kind, ID: ref.ID, Version: s.version, Data: bytes.Clone(s.data), Index: index}
	}
	return found, nil
}

// Expect is storage.Expecter.Expect.
func (t *tx) Expect(refs ...storage.Ref) { t.ground.expected = append(t.ground.expected, refs...) }

// know reads, in one round trip, what is not known yet.
func (t *tx) know(refs []storage.Ref) error {
	var missing []storage.Ref
	for _, ref := range refs {
		if _, known := t.now(ref); !known {
			missing = append(missing, ref)
		}
	}
	return t.ground.fetch(missing)
}

func (t *tx) Put(records ...*storage.Record) error {
	if err := t.err(); err != nil {
		return err
	}
	if err := storage.Check(records); err != nil {
		return err
	}
	var asked []storage.Ref
	for _, r := range records { // a new one is believed to be new: the database says so if it is not, and then the deed runs again
		if r.Version != 0 || t.deed.careful {
			asked = append(asked, r.Ref())
		}
	}
	if err := t.know(asked); err != nil {
		return err
	}
	for _, r := range records {
		if s, _ := t.now(r.Ref()); s.at() != r.Version {
			return fmt.Errorf("%s %s: version %d, not %d: %w", r.Kind, r.ID, s.at(), r.Version, storage.ErrStale)
		}
	}
	for _, r := range records {
		if err := t.keep(r, r.Version+1); err != nil {
			return err
		}
		t.deed.raised.Raise(r)
	}
	return nil
}

func (t *tx) keep(r *storage.Record, version uint64) error {
	after := storage.Sorted(r.Index)
	now := &stored{version: version, data: r.Data, entries: storage.AppendEntries(make([]byte, 0, storage.EntriesSize(after)), after)}
	return t.replace(r.Ref(), now, after)
}

// Restore is storage.Restorer.Restore.
func (t *tx) Restore(records ...*storage.Record) error {
	if err := t.err(); err != nil {
		return err
	}
	if err := storage.CheckRestored(records); err != nil {
		return err
	}
	refs := make([]storage.Ref, len(records))
	for n, r := range records {
		refs[n] = r.Ref()
	}
	if t.deed.careful {
		if err := t.know(refs); err != nil {
			return err
		}
	}
	for _, ref := range refs {
		if s, _ := t.now(ref); s != nil {
			return fmt.Errorf("%s %s is there already: %w", ref.Kind, ref.ID, storage.ErrStale)
		}
	}
	for _, r := range records {
		if err := t.keep(r, r.Version); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Delete(refs ...storage.Ref) error {
	if err := t.err(); err != nil {
		return err
	}
	if err := t.know(refs); err != nil {
		return err
	}
	for _, ref := range refs {
		if c, ours := t.records.Get(ref.Place()); ours && c.bold { // there would be nothing left for the database to refuse
			t.ground.failed = &again{taken, storage.ErrStale}
			return t.ground.failed
		}
		if s, _ := t.now(ref); s != nil {
			if err := t.replace(ref, nil, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// replace makes of a record what it is to be, and of its entries where they differ.
func (t *tx) replace(ref storage.Ref, now *stored, after []storage.Entry) error {
	old, known := t.now(ref)
	before, err := old.index(ref)
	if err != nil {
		t.ground.failed = err // a Put must not be half done
		return err
	}
	c, ours := t.records.Get(ref.Place())
	if old != nil {
		t.wrote = append(t.wrote, ref)
		if t.deed.lone && (*t.ground.store.hot.Load())[ref] > 0 {
			t.ground.failed = &again{conflict, errHot}
			return t.ground.failed
		}
	}
	if !ours {
		c.had, c.bold = old != nil, !known
		t.bold = t.bold || c.bold
	}
	c.now = now
	t.put(ref, c, before, after)
	return nil
}

func (t *tx) Notify(topic, payload string) {
	t.notes = append(t.notes, storage.Note{Topic: topic, Payload: payload})
}

// at is the version of what is stored.
func (s *stored) at() uint64 {
	if s == nil {
		return 0
	}
	return s.version
}

// index is the entries of what is stored, sorted.
func (s *stored) index(ref storage.Ref) ([]storage.Entry, error) {
	if s == nil {
		return nil, nil
	}
	entries, ok := storage.ParseEntries(s.entries)
	if !ok {
		return nil, fmt.Errorf("%w: %s %s is damaged", storage.ErrFormat, ref.Kind, ref.ID)
	}
	return entries, nil
}

func count(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

// place is one that a scan goes over, with what is there.
type place struct {
	at    string // as storage.Ref.Place and storage.Entry.Place have it
	value []byte
	*stored
}

func (t *tx) Scan(r storage.Range) iter.Seq2[storage.Hit, error] {
	return func(yield func(storage.Hit, error) bool) {
		err := cmp.Or(r.Check(), t.err())
		n := 0
		if err == nil {
			now := *t // as it is, whatever is written during the walk
			now.overlay = t.copy()
			for p, e := range now.walk(r) {
				if err = cmp.Or(e, t.err()); err != nil {
					break
				}
				if n++; !yield(now.hit(r, p), nil) || n == r.Limit {
					return
				}
			}
		}
		if err != nil {
			yield(storage.Hit{}, err)
		}
	}
}

// hit is what a scan gives for a place.
func (t *tx) hit(r storage.Range, p place) (h storage.Hit) {
	if r.Index == "" {
		h.Key = p.at[len(r.Kind)+1:]
		h.Ref, h.Cursor = storage.Ref{Kind: r.Kind, ID: h.Key}, h.Key
	} else {
		h.Key, h.Ref = storage.EntryAt(p.at)
		h.Value, h.Cursor = p.value, p.at[len(r.Index)+1:]
	}
	if !r.Keys {
		s := p.stored
		if c, ours := t.records.Get(h.Ref.Place()); ours {
			s = c.now
		}
		h.Record = &storage.Record{Kind: h.Ref.Kind, ID: h.Ref.ID, Version: s.version, Data: bytes.Clone(s.data)}
	}
	return h
}

// walk merges the pages of the ground with what stands over it, which must not change meanwhile.
func (t *tx) walk(r storage.Range) iter.Seq2[place, error] {
	from, to := r.Bounds()
	own := func(yield func(place, bool) bool) {
		if r.Index == "" {
			for at, c := range t.records.Range(from, to, r.Reverse) {
				if !yield(place{at: at}, c.now != nil) {
					return
				}
			}
			return
		}
		for at, m := range t.entries.Range(from, to, r.Reverse) {
			if !yield(place{at: at, value: bytes.Clone(m.value)}, !m.gone) {
				return
			}
		}
	}
	return func(yield func(place, error) bool) {
		pages := t.pages(r, from, to)
		for p, there := range own {
			for pages.next() && pages.at != p.at && pages.at < p.at != r.Reverse {
				if !yield(pages.place, nil) {
					return
				}
				pages.done()
			}
			if pages.next() && pages.at == p.at {
				pages.done()
			}
			if pages.err == nil && there && !yield(p, nil) {
				return
			}
		}
		for pages.next() {
			if !yield(pages.place, nil) {
				return
			}
			pages.done()
		}
		if pages.err != nil {
			yield(place{}, pages.err)
		}
	}
}

// pages walks over a range of the ground, a page at a time.
type pages struct {
	ground   *ground
	page     statement
	name     string
	from, to string // what is left
	reverse  bool
	most     int // of the next page
	limit    int
	rows     [][][]byte
	last     bool // there is no page behind these rows
	place         // the first of them, once next says that there is one
	err      error
}

const (
	firstPage = 64   // records; and four times as many keys
	fullPage  = 1024 // the same
)

func (t *tx) pages(r storage.Range, from, to string) *pages {
	p := &pages{ground: t.ground, page: pageRecords, name: r.Kind, from: from, to: to, reverse: r.Reverse, most: firstPage, limit: fullPage}
	if r.Index != "" {
		p.page, p.name = pageEntries, r.Index
	}
	if r.Keys {
		p.page += 2
		p.most, p.limit = 4*p.most, 4*p.limit
	}
	if r.Reverse {
		p.page++
	}
	if r.Limit > 0 { // and some, in place of those that are gone
		p.most = min(r.Limit+t.records.Len()+t.overlay.entries.Len(), p.limit)
	}
	return p
}

// next tells whether there is a place to look at.
func (p *pages) next() bool {
	if len(p.rows) == 0 && !p.last && p.err == nil && p.from < p.to {
		p.load()
	}
	if p.at == "" && len(p.rows) > 0 {
		p.place = p.read(p.rows[0])
	}
	return p.at != ""
}

// done goes on to the next.
func (p *pages) done() {
	p.place, p.rows = place{}, p.rows[1:]
}

func (p *pages) load() {
	from, to := p.from[len(p.name)+1:], pastKeys
	if p.to != p.name+"\x01" {
		to = p.to[len(p.name)+1:]
	}
	if p.page < pageEntries {
		from, to = asText(from), asText(to)
	}
	c := []call{{statement: p.page, args: [][]byte{[]byte(p.name), []byte(from), []byte(to), number(uint64(p.most))}}}
	if p.err = p.ground.trip(c); p.err != nil {
		return
	}
	p.rows = c[0].rows
	if p.last = len(p.rows) < p.most; !p.last {
		behind := p.read(p.rows[len(p.rows)-1]).at
		if p.reverse {
			p.to = behind
		} else {
			p.from = behind + "\x00"
		}
	}
	p.most = min(4*p.most, p.limit)
}

func (p *pages) read(row [][]byte) place {
	found := place{at: p.name + "\x00" + string(row[0])}
	row = row[1:]
	if p.page >= pageEntries {
		found.value, row = row[0], row[1:]
	}
	if len(row) > 0 {
		found.stored = &stored{version: count(row[0]), data: row[1]}
	}
	return found
}

// Behind every key and every id.
var (
	pastKeys = strings.Repeat("\xff", 1100)
	pastIDs  = strings.Repeat("\U0010ffff", 129)
)

// asText makes a bound of ids one that the database takes for a text, at the same place among those that it can have.
func asText(bound string) string {
	if bound == pastKeys {
		return pastIDs
	}
	if before, _, cut := strings.Cut(bound, "\x00"); cut {
		bound = before + "\x01"
	}
	return strings.ToValidUTF8(bound, "\U0010ffff")
}
