package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
)

// format is that of the file, as this version writes it.
//
//	1  records bear no sum
//	2  they do: see encode.go
//	3  some kinds stand beside each other, and the file says which: see layout.go
const format = 3

var (
	records = []byte("records")
	entries = []byte("entries")
	about   = []byte("voronka")

	formatKey = []byte("format")
	behindKey = []byte("behind") // while a file is brought up to a format: the last record that was
	besideKey = []byte("beside") // the kinds of a layout
)

// recognize checks that the file is a store of a format that is known, makes one of an empty file, and brings an older one up to this
// format.
func (s *Store) recognize() error {
	wished := layout{slices.Compact(slices.Sorted(slices.Values(s.options.Beside)))}
	for {
		n := 0
		err := s.db.View(func(tx *bbolt.Tx) (err error) {
			if n, err = formatOf(tx); err == nil && n == format {
				s.layout, s.stamp = besides(tx), tx.Bucket(records).Sequence()
			}
			return err
		})
		switch {
		case err != nil || n == format:
			return err
		case s.options.ReadOnly && n == 0:
			return fmt.Errorf("%w: there is nothing in it", storage.ErrFormat)
		case s.options.ReadOnly:
			return fmt.Errorf("%w: it is of format %d, and is brought up to %d when it is first served", storage.ErrFormat, n, format)
		}
		if err := s.db.Update(func(tx *bbolt.Tx) error { return bringUp(tx, n, wished) }); err != nil {
			return full(err)
		}
	}
}

// bringUp brings a file of an older format, or an empty one, some of the way to this one.
func bringUp(tx *bbolt.Tx, from int, l layout) (err error) {
	switch from {
	case 0:
		return create(tx, l)
	case 1:
		err = addSums(tx)
	case 2:
		err = settle(tx, l)
	}
	if err != nil {
		err = fmt.Errorf("bring the file up to format %d: %w", from+1, err)
	}
	return err
}

// formatOf is the format of a file; 0: it is empty. One that is being brought up to a format is still of the one before.
func formatOf(tx *bbolt.Tx) (int, error) {
	b := tx.Bucket(about)
	if b == nil {
		if first, _ := tx.Cursor().First(); first == nil {
			return 0, nil
		}
		return 0, fmt.Errorf("%w: it is not a store of Voronka", storage.ErrFormat)
	}
	n, err := strconv.Atoi(string(b.Get(formatKey)))
	switch {
	case err != nil || n < 1 || tx.Bucket(records) == nil || tx.Bucket(entries) == nil:
		return 0, fmt.Errorf("%w: it is damaged", storage.ErrFormat)
	case n > format:
		return 0, fmt.Errorf("%w: it is of format %d, this version of Voronka reads up to %d; use the version that wrote it, or a newer one",
			storage.ErrFormat, n, format)
	case b.Get(behindKey) != nil:
		return n - 1, nil
	}
	return n, nil
}

// create makes a store of an empty file.
func create(tx *bbolt.Tx, l layout) error {
	for _, name := range [][]byte{records, entries, about} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	if err := l.save(tx); err != nil {
		return err
	}
	return tx.Bucket(about).Put(formatKey, []byte(strconv.Itoa(format)))
}

// upgraded is how many bytes of records are brought up to a format in one commit. A test has less.
var upgraded = 16 << 20

// begin marks a file as one that is being brought up to a format, and gives the last record that was. From the first commit on, older
// versions refuse the file.
func begin(tx *bbolt.Tx, format string) (behind []byte, err error) {
	state := tx.Bucket(about)
	behind = bytes.Clone(state.Get(behindKey))
	if err := state.Put(formatKey, []byte(format)); err != nil {
		return nil, err
	}
	if behind == nil {
		err = state.Put(behindKey, []byte{})
	}
	return behind, err
}

// addSums gives some of the records of format 1 their sums, behind those that have them.
func addSums(tx *bbolt.Tx) error {
	behind, err := begin(tx, "2")
	if err != nil {
		return err
	}
	b, state := tx.Bucket(records), tx.Bucket(about)
	c := b.Cursor()
	place, raw := c.Seek(behind)
	if len(behind) > 0 && bytes.Equal(place, behind) {
		place, raw = c.Next()
	}
	var all []write
	for size := 0; place != nil && size < upgraded; place, raw = c.Next() {
		if len(raw) < 8 {
			return errors.New("a record is damaged")
		}
		value := append(make([]byte, 0, len(raw)+head-8), raw[:8]...)
		value = append(append(value, make([]byte, head-8)...), raw[8:]...)
		setSum(value)
		all = append(all, write{string(place), value})
		size += len(value)
	}
	for _, w := range all {
		if err := w.to(b); err != nil {
			return err
		}
	}
	if place == nil {
		return state.Delete(behindKey)
	}
	return state.Put(behindKey, []byte(all[len(all)-1].place))
}

// settle takes some of the records of format 2 to where the layout wants them. The layout is that with which it was begun.
func settle(tx *bbolt.Tx, l layout) error {
	if _, err := begin(tx, "3"); err != nil {
		return err
	}
	b, state := tx.Bucket(records), tx.Bucket(about)
	if state.Get(besideKey) != nil {
		l = besides(tx)
	} else if err := l.save(tx); err != nil {
		return err
	}
	size := 0
	for _, kind := range l.beside {
		var all []write
		c := b.Cursor()
		from := storage.Ref{Kind: kind}.Place()
		for place, raw := c.Seek([]byte(from)); bytes.HasPrefix(place, []byte(from)) && size < upgraded; place, raw = c.Next() {
			all = append(all, write{string(place), bytes.Clone(raw)})
			size += len(raw)
		}
		for _, w := range all {
			to := l.place(storage.Ref{Kind: kind, ID: w.place[len(from):]})
			if err := errors.Join(b.Delete([]byte(w.place)), b.Put([]byte(to), w.value)); err != nil {
				return err
			}
		}
		if size >= upgraded {
			return nil
		}
	}
	return state.Delete(behindKey)
}
