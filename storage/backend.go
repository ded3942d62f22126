package storage

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"
)

// What follows is for backends: the layout of those that keep everything in one order of bytes, and what each needs.

// Place is where an ordered backend keeps a record: kind and id. Records of a kind stand together in order of id.
func (r Ref) Place() string { return r.Kind + "\x00" + r.ID }

// Place is where an ordered backend keeps an entry of the record r: index, key, kind and id.
func (e Entry) Place(r Ref) string { return e.Index + "\x00" + Key(e.Key, r.Kind, r.ID) }

// EntryAt splits the place of an entry into what it was made of.
func EntryAt(place string) (key string, r Ref) {
	_, key, _ = strings.Cut(place, "\x00")
	if i := strings.LastIndex(key, "\x00\x01"); i >= 0 {
		key, r.ID = key[:i], key[i+2:]
	}
	if i := strings.LastIndex(key, "\x00\x01"); i >= 0 {
		key, r.Kind = key[:i], key[i+2:]
	}
	return strings.ReplaceAll(key, "\x00\xff", "\x00"), r
}

// Bounds is where an ordered backend finds r: from <= place < to. A Cursor is a place without the name of kind or index before it.
func (r Range) Bounds() (from, to string) {
	name := cmp.Or(r.Index, r.Kind)
	from, to = name+"\x00", name+"\x01"
	after := from + r.After
	if r.Index != "" {
		r.From, r.To = Key(r.From), Key(r.To)
	}
	if r.To != "" {
		to = from + r.To
	}
	from += r.From
	if r.After != "" && r.Reverse {
		to = min(to, after)
	} else if r.After != "" {
		from = max(from, after+"\x00")
	}
	return from, to
}

// Sorted returns the entries in order of Index and Key, each once: the last where two are the same. The slice given stays as it is,
// and may be what is returned.
func Sorted(entries []Entry) []Entry {
	if inOrder(entries) {
		return entries
	}
	s := slices.Clone(entries)
	slices.SortStableFunc(s, compare)
	n := 0
	for i := range s {
		if i+1 < len(s) && compare(s[i], s[i+1]) == 0 {
			continue
		}
		s[n] = s[i]
		n++
	}
	return s[:n]
}

func inOrder(entries []Entry) bool {
	for i := 1; i < len(entries); i++ {
		if compare(entries[i-1], entries[i]) >= 0 {
			return false
		}
	}
	return true
}

// Diff tells what changes when a record's entries from before become those of after, both Sorted: which are gone, and which are
// new or have another value.
func Diff(before, after []Entry, gone, put func(Entry)) {
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && compare(before[0], after[0]) < 0:
			gone(before[0])
			before = before[1:]
		case len(before) == 0 || compare(before[0], after[0]) > 0:
			put(after[0])
			after = after[1:]
		default:
			if !bytes.Equal(before[0].Value, after[0].Value) {
				put(after[0])
			}
			before, after = before[1:], after[1:]
		}
	}
}

func compare(a, b Entry) int {
	if c := strings.Compare(a.Index, b.Index); c != 0 {
		return c
	}
	return strings.Compare(a.Key, b.Key)
}

// Raised remembers the Versions that Put raised, for the case that the deed is not committed.
type Raised []struct {
	record  *Record
	version uint64
}

// Raise counts the version of r up by one.
func (u *Raised) Raise(r *Record) {
	*u = append(*u, struct {
		record  *Record
		version uint64
	}{r, r.Version})
	r.Version++
}

// Restore sets back what Raise raised.
func (u *Raised) Restore() {
	for _, r := range slices.Backward(*u) {
		r.record.Version = r.version
	}
	*u = nil
}

// Note is what Notify keeps until the commit. The zero one says that some may have been lost, of whatever topic.
type Note struct{ Topic, Payload string }

// Listeners calls who listens to a topic. The zero value has none.
type Listeners struct {
	mu     sync.Mutex
	topics map[string][]*func(string) // a slice is never changed once it is here
}

// Listen is Store.Listen. A call that is under way may end after stop.
func (l *Listeners) Listen(topic string, fn func(payload string)) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.topics == nil {
		l.topics = map[string][]*func(string){}
	}
	l.topics[topic] = append(slices.Clone(l.topics[topic]), &fn)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.topics[topic] = slices.DeleteFunc(slices.Clone(l.topics[topic]), func(f *func(string)) bool { return f == &fn })
		if len(l.topics[topic]) == 0 {
			delete(l.topics, topic)
		}
	}
}

// Tell calls the listeners of each note, one after the other.
func (l *Listeners) Tell(notes []Note) {
	for _, n := range notes {
		for _, fn := range l.of(n) {
			(*fn)(n.Payload)
		}
	}
}

// of is whom a note concerns.
func (l *Listeners) of(n Note) (fns []*func(string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n != (Note{}) {
		return l.topics[n.Topic]
	}
	for _, topic := range l.topics {
		fns = append(fns, topic...)
	}
	return fns
}

// Gate lets calls in until it is closed. The zero value is open.
type Gate struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

// Enter refuses with ErrClosed, or else counts a call that Leave must end.
func (g *Gate) Enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.inside.Add(1)
	return nil
}

// Leave ends a call.
func (g *Gate) Leave() { g.inside.Done() }

// Close lets no more calls in and waits for those inside. It tells whether it was open.
func (g *Gate) Close() bool {
	g.mu.Lock()
	open := !g.closed
	g.closed = true
	g.mu.Unlock()
	g.inside.Wait()
	return open
}
