package bolt

import (
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
)

// layout is where records stand in their bucket. Those of a kind stand together, in order of id: kind, zero, id. Those of the kinds that
// stand beside each other come before all these, in order of id and only then of kind: zero, id, zero, kind. So a deed on a card finds
// the card, its process and its history on one page, where it would change one of each kind: among a hundred thousand cards a move writes
// 6.3 pages so, and 8.6 otherwise.
type layout struct{ beside []string }

// besides reads the layout of a file.
func besides(tx *bbolt.Tx) layout {
	var l layout
	if said := string(tx.Bucket(about).Get(besideKey)); said != "" {
		l.beside = strings.Split(said, "\x00")
	}
	return l
}

// save writes the layout into a new file.
func (l layout) save(tx *bbolt.Tx) error {
	return tx.Bucket(about).Put(besideKey, []byte(strings.Join(l.beside, "\x00")))
}

func (l layout) has(kind string) bool { return slices.Contains(l.beside, kind) }

// place is where a record stands.
func (l layout) place(ref storage.Ref) string {
	if l.has(ref.Kind) {
		return "\x00" + ref.ID + "\x00" + ref.Kind
	}
	return ref.Place()
}

// bounds is where a scan finds what r is over, others among them where kinds stand beside each other: from <= place < to.
func (l layout) bounds(r storage.Range) (from, to string) {
	if r.Index != "" || !l.has(r.Kind) {
		return r.Bounds()
	}
	// No id has a zero byte: what begins with one behind a bound begins behind the record that has the rest for its id.
	bound := func(id string) string {
		id, _, behind := strings.Cut(id, "\x00")
		if behind {
			id += "\x01"
		}
		return "\x00" + id
	}
	from, to = bound(r.From), "\x01"
	if r.To != "" {
		to = bound(r.To)
	}
	after := l.place(storage.Ref{Kind: r.Kind, ID: r.After})
	if r.After != "" && r.Reverse {
		to = min(to, after)
	} else if r.After != "" {
		from = max(from, after+"\x00")
	}
	return from, to
}

// id is that of the record of a kind at a place; not ok: the record is of another kind.
func (l layout) id(kind, place string) (id string, ok bool) {
	if !l.has(kind) {
		return place[len(kind)+1:], true
	}
	id, ok = strings.CutSuffix(place[1:], "\x00"+kind)
	return id, ok
}

// kinds are those of which there are records, in order.
func (l layout) kinds(records *bbolt.Bucket) []string {
	all := names(records, "\x01")
	c := records.Cursor()
	left := slices.Clone(l.beside)
	for place, _ := c.First(); len(left) > 0 && place != nil && place[0] == 0; place, _ = c.Next() {
		if at := slices.IndexFunc(left, func(kind string) bool { return strings.HasSuffix(string(place), "\x00"+kind) }); at >= 0 {
			all, left = append(all, left[at]), slices.Delete(left, at, at+1)
		}
	}
	slices.Sort(all)
	return all
}

// names are what stands before the first zero byte of the places of a bucket, from a place on.
func names(b *bbolt.Bucket, from string) (all []string) {
	c := b.Cursor()
	for place, _ := c.Seek([]byte(from)); place != nil; {
		name, _, _ := strings.Cut(string(place), "\x00")
		all = append(all, name)
		place, _ = c.Seek([]byte(name + "\x01"))
	}
	return all
}
