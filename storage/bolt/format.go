package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
)

// format is that of the file, as this version writes it.
//
//	1  records bear no sum
//	2  they do: see encode.go
const format = 2

var (
	records = []byte("records")
	entries = []byte("entries")
	about   = []byte("voronka")

	formatKey = []byte("format")
	behindKey = []byte("behind") // while a file is brought up to a format: the last record that was
)

// recognize checks that the file is a store of a format that is known, makes one of an empty file, and brings an older one up to this
// format.
func (s *Store) recognize() error {
	n := 0
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		n, err = formatOf(tx)
		return err
	})
	switch {
	case err != nil || n == format:
		return err
	case s.options.ReadOnly && n == 0:
		return fmt.Errorf("%w: there is nothing in it", storage.ErrFormat)
	case s.options.ReadOnly:
		return fmt.Errorf("%w: it is of format %d, and is brought up to %d when it is first served", storage.ErrFormat, n, format)
	case n == 0:
		return full(s.db.Update(create))
	}
	for done := false; !done; {
		if err := s.db.Update(func(tx *bbolt.Tx) (err error) {
			done, err = addSums(tx)
			return err
		}); err != nil {
			return full(fmt.Errorf("bring the file up to format %d: %w", format, err))
		}
	}
	return nil
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
func create(tx *bbolt.Tx) error {
	for _, name := range [][]byte{records, entries, about} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return tx.Bucket(about).Put(formatKey, []byte(strconv.Itoa(format)))
}

// upgraded is how many bytes of records are brought up to a format in one commit. A test has less.
var upgraded = 16 << 20

// addSums gives some of the records of format 1 their sums, behind those that have them, and tells whether all have. From the first
// commit on, older versions refuse the file.
func addSums(tx *bbolt.Tx) (done bool, err error) {
	b, state := tx.Bucket(records), tx.Bucket(about)
	if err := state.Put(formatKey, []byte("2")); err != nil {
		return false, err
	}
	behind := bytes.Clone(state.Get(behindKey))
	c := b.Cursor()
	place, raw := c.First()
	if behind != nil {
		if place, raw = c.Seek(behind); bytes.Equal(place, behind) {
			place, raw = c.Next()
		}
	}
	var all []write
	for size := 0; place != nil && size < upgraded; place, raw = c.Next() {
		if len(raw) < 8 {
			return false, errors.New("a record is damaged")
		}
		value := append(make([]byte, 0, len(raw)+head-8), raw[:8]...)
		value = append(append(value, make([]byte, head-8)...), raw[8:]...)
		setSum(value)
		all = append(all, write{bytes.Clone(place), value})
		size += len(value)
	}
	for _, w := range all {
		if err := w.to(b); err != nil {
			return false, err
		}
	}
	if place == nil {
		return true, state.Delete(behindKey)
	}
	return false, state.Put(behindKey, all[len(all)-1].place)
}
