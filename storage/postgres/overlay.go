package postgres

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/sorted"
)

// overlay is what deeds wrote over a ground, under the place of each record and each entry.
type overlay struct {
	records sorted.Map[change]
	entries sorted.Map[move]
}

// change is what becomes of a record.
type change struct {
	now  *stored // nil: it is deleted
	had  bool    // the database has it
	bold bool    // that it has not was not asked; it refuses to insert it twice
}

// move is what becomes of an entry.
type move struct {
	value []byte
	gone  bool
	had   bool // the database has it
}

func (o *overlay) copy() overlay { return overlay{o.records.Copy(), o.entries.Copy()} }

// put makes the record c. before and after are its entries, sorted.
func (o *overlay) put(ref storage.Ref, c change, before, after []storage.Entry) {
	o.records.Put(ref.Place(), c)
	storage.Diff(before, after,
		func(e storage.Entry) {
			place := e.Place(ref)
			old, ours := o.entries.Get(place)
			o.entries.Put(place, move{gone: true, had: old.had || !ours})
		},
		func(e storage.Entry) {
			place := e.Place(ref)
			old, ours := o.entries.Get(place)
			o.entries.Put(place, move{value: e.Value, had: old.had || !ours && has(before, e)})
		})
}

// has tells whether an entry of the same key is there.
func has(entries []storage.Entry, e storage.Entry) bool {
	for n := range entries {
		if entries[n].Key == e.Key && entries[n].Index == e.Index {
			return true
		}
	}
	return false
}

// calls is what makes the database so. Whoever writes goes through the tables in the same order, so that none waits for another
// who waits for him.
func (o *overlay) calls() []call {
	calls := make([]call, 0, o.records.Len()+o.entries.Len()+4)
	rows := newRows(insert)
	for place, c := range o.records.Range("", "", false) {
		kind, id, _ := strings.Cut(place, "\x00")
		ref := [][]byte{[]byte(kind), []byte(id)}
		switch {
		case c.now == nil && c.had:
			calls = append(calls, call{statement: remove, args: ref})
		case c.now == nil:
		case c.had:
			calls = append(calls, call{statement: update, args: append(ref, number(c.now.version), orNull(c.now.data), orNull(c.now.entries))})
		default:
			calls = rows.add(calls, append(ref, number(c.now.version), orNull(c.now.data), orNull(c.now.entries)))
		}
	}
	calls = rows.end(calls)
	rows = newRows(enter)
	for place, m := range o.entries.Range("", "", false) {
		if m.gone && !m.had {
			continue
		}
		name, key, _ := strings.Cut(place, "\x00")
		_, ref := storage.EntryAt(place)
		calls = rows.add(calls, [][]byte{[]byte(name), []byte(key), []byte(ref.Kind), []byte(ref.ID), orNull(m.value), truth(m.gone)})
	}
	return rows.end(calls)
}

// left are the places of entries that the database had and that are gone.
func (o *overlay) left() (places []string) {
	for place, m := range o.entries.Range("", "", false) {
		if m.gone && m.had {
			places = append(places, place)
		}
	}
	return places
}

func truth(b bool) []byte {
	if b {
		return []byte{1}
	}
	return []byte{0}
}

func orNull(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// rows gathers rows to insert by one statement, whose parameters are an array for each column.
type rows struct {
	statement statement
	types     []uint32 // of the columns
	columns   [][]byte
	count     uint32
	size      int
}

func newRows(s statement) *rows {
	if s == insert {
		return &rows{statement: s, types: []uint32{pgtype.TextOID, pgtype.TextOID, pgtype.Int8OID, pgtype.TextOID, pgtype.ByteaOID}}
	}
	return &rows{statement: s, types: []uint32{pgtype.TextOID, pgtype.ByteaOID, pgtype.TextOID, pgtype.TextOID, pgtype.ByteaOID, pgtype.BoolOID}}
}

const head = 20 // bytes of an array before its elements: dimensions, whether there are nulls, type, length, first index

func (r *rows) add(calls []call, row [][]byte) []call {
	if r.count == 1000 || r.size > 16<<20 {
		calls = r.end(calls)
	}
	if r.columns == nil {
		r.columns = make([][]byte, len(r.types))
		for n := range r.columns {
			r.columns[n] = make([]byte, head, head+256)
		}
	}
	for n, v := range row {
		length := uint32(len(v))
		if v == nil {
			length = math.MaxUint32
		}
		r.columns[n] = append(binary.BigEndian.AppendUint32(r.columns[n], length), v...)
		r.size += len(v)
	}
	r.count++
	return calls
}

// end appends the statement, if there are rows for it.
func (r *rows) end(calls []call) []call {
	if r.count == 0 {
		return calls
	}
	for n, column := range r.columns {
		for at, v := range []uint32{1, 1, r.types[n], r.count, 1} {
			binary.BigEndian.PutUint32(column[4*at:], v)
		}
	}
	calls = append(calls, call{statement: r.statement, args: r.columns})
	*r = rows{statement: r.statement, types: r.types}
	return calls
}
