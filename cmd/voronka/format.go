package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// format is the form of the records that this version keeps, and of their entries. Raise it when the entries of some kind change: those
// that an older version wrote are written anew when it is opened, and what a newer one wrote is refused. It goes with the records, into
// each store that they are copied to; the formats of bolt's file and of PostgreSQL's tables are their own.
const format = 1

// about is what the record about:format says: which form the others are in.
type about struct {
	Format  int    `json:"format"`
	Version string `json:"version"` // of the program that brought them to it
}

var aboutRef = storage.Ref{Kind: "about", ID: "format"}

// openApp is newApp over a store whose records are brought to the form of this version, where they are not in it.
func openApp(ctx context.Context, store storage.Store, o engine.Options) (*app, error) {
	a := newApp(store, o)
	n, err := a.format(ctx)
	if err != nil || n == format {
		return a, err
	}
	renewed, err := a.renew(ctx)
	if err != nil {
		return a, fmt.Errorf("bring the records up to form %d: %w", format, err)
	}
	if renewed > 0 {
		o.Log.Info().Int("from", n).Int("to", format).Int("renewed", renewed).Msg("records of an older version were brought up to this one")
	}
	return a, nil
}

// format is the form of what a store holds; 0 where nothing says so.
func (a *app) format(ctx context.Context) (n int, err error) {
	err = a.engine.View(ctx, func(tx *engine.Tx) error {
		n = 0
		found, err := tx.Get(aboutRef, unfinished)
		if err == nil && found[1] != nil {
			return errUnfinished
		}
		if err != nil || found[0] == nil {
			return err
		}
		var said about
		if err := storage.Unmarshal(found[0].Data, &said); err != nil {
			return fmt.Errorf("%w: what it is can't be read: %w", storage.ErrFormat, err)
		}
		if n = said.Format; n > format {
			return fmt.Errorf("%w: its records are of form %d, written by Voronka %s; this version reads up to %d: use that one, or a newer one",
				storage.ErrFormat, n, said.Version, format)
		}
		return nil
	})
	return n, err
}

// renew writes anew the entries of records that are not as they should be, then says which form the records are in, and tells how many
// there were. It may be stopped, and others may work with the store meanwhile. What can't be read stays as it is: see voronka check.
func (a *app) renew(ctx context.Context) (renewed int, err error) {
	var kinds []string
	if err := a.engine.View(ctx, func(tx *engine.Tx) (err error) {
		kinds, err = tx.Tx.(storage.Lister).Kinds()
		return err
	}); err != nil {
		return 0, err
	}
	for _, kind := range kinds {
		n, err := a.renewKind(ctx, kind)
		if renewed += n; err != nil {
			return renewed, err
		}
	}
	return renewed, a.engine.Update(ctx, sayFormat)
}

func sayFormat(tx *engine.Tx) error {
	found, err := tx.Get(aboutRef)
	if err != nil {
		return err
	}
	r := &storage.Record{Kind: aboutRef.Kind, ID: aboutRef.ID}
	if found[0] != nil {
		r.Version = found[0].Version
	}
	if r.Data, err = storage.Marshal(about{format, version()}); err != nil {
		return err
	}
	return tx.Put(r)
}

// renewedAtOnce is how many records one deed looks at.
const renewedAtOnce = 500

func (a *app) renewKind(ctx context.Context, kind string) (renewed int, err error) {
	for at := (storage.Range{Kind: kind, Limit: renewedAtOnce, Keys: true}); ; {
		var stale []*storage.Record
		var known bool
		var next string
		if err := a.engine.View(ctx, func(tx *engine.Tx) (err error) {
			var refs []storage.Ref
			next = ""
			for hit, err := range tx.Scan(at) {
				if err != nil {
					return err
				}
				refs, next = append(refs, hit.Ref), hit.Cursor
			}
			stale, known, err = staleOf(tx, refs)
			return err
		}); err != nil {
			return renewed, err
		}
		if len(stale) > 0 {
			if err := a.engine.Update(ctx, func(tx *engine.Tx) error { return renewAll(tx, stale) }); err != nil {
				return renewed, err
			}
			renewed += len(stale)
		}
		if next == "" || !known {
			return renewed, nil
		}
		at.After = next
	}
}

func renewAll(tx *engine.Tx, all []*storage.Record) error {
	refs := make([]storage.Ref, len(all))
	for n, r := range all {
		refs[n] = r.Ref()
	}
	stale, _, err := staleOf(tx, refs)
	if err != nil {
		return err
	}
	return tx.Put(stale...)
}

// staleOf gives those of the records that have other entries than they should, with these. known: entries of their kind follow from
// the record.
func staleOf(tx *engine.Tx, refs []storage.Ref) (stale []*storage.Record, known bool, err error) {
	all, err := tx.Get(refs...)
	if errors.Is(err, storage.ErrFormat) {
		all = nil
		for _, ref := range refs {
			if one, err := tx.Get(ref); err == nil {
				all = append(all, one...)
			}
		}
	} else if err != nil {
		return nil, false, err
	}
	for _, r := range all {
		if r == nil {
			continue
		}
		should, follow, err := entriesOf(tx, r)
		if known = known || follow || err != nil; err != nil || !follow {
			continue
		}
		if storage.FlawOfEntries(r, should, "") != nil {
			r.Index = should
			stale = append(stale, r)
		}
	}
	return stale, known, nil
}

// entriesOf are those that a record should have, by whoever keeps it. known: they follow from the record.
func entriesOf(tx *engine.Tx, r *storage.Record) (entries []storage.Entry, known bool, err error) {
	for _, of := range []func(*storage.Record) ([]storage.Entry, bool, error){tx.Entries, card.Entries, contact.Entries, access.Entries} {
		if entries, known, err = of(r); known || err != nil {
			return entries, known, err
		}
	}
	return nil, false, nil
}
