package engine

import (
	"errors"
	"iter"

	"github.com/voronka/voronka/storage"
)

// A store that fails while it is asked ends the deed, whatever is made of its error: what a deed took for nothing, because it could not
// be read, must not be written down as nothing.

// heed notes an error of the store's. A stale or impossible record says nothing of the store: who brought it may go on.
func (tx *Tx) heed(err error) error {
	if err != nil && tx.broken == nil && !errors.Is(err, storage.ErrStale) && !errors.Is(err, storage.ErrInvalid) {
		tx.broken = err
	}
	return err
}

// outcome is how a deed ended whose function returned err: what it said of something that could not be read is of no interest.
func (tx *Tx) outcome(err error) error {
	if tx.broken != nil && !errors.Is(err, tx.broken) {
		return tx.broken
	}
	return err
}

// Get is storage.Reader.Get.
func (tx *Tx) Get(refs ...storage.Ref) ([]*storage.Record, error) {
	found, err := tx.Tx.Get(refs...)
	return found, tx.heed(err)
}

// Scan is storage.Reader.Scan.
func (tx *Tx) Scan(r storage.Range) iter.Seq2[storage.Hit, error] {
	return func(yield func(storage.Hit, error) bool) {
		for hit, err := range tx.Tx.Scan(r) {
			if !yield(hit, tx.heed(err)) {
				return
			}
		}
	}
}

// Put is storage.Tx.Put.
func (tx *Tx) Put(records ...*storage.Record) error { return tx.heed(tx.Tx.Put(records...)) }

// Delete is storage.Tx.Delete.
func (tx *Tx) Delete(refs ...storage.Ref) error { return tx.heed(tx.Tx.Delete(refs...)) }
