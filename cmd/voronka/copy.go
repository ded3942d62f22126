package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

func copyCommand() *cobra.Command {
	from, to := "", ""
	cmd := &cobra.Command{
		Use:   "copy --from DIR|URL --to DIR|URL",
		Short: "Move an installation: copy everything from one store into another, empty one",
		Long: "Copies everything out of a data folder or a PostgreSQL database into another one that is empty, and then reads the copy again\n" +
			"to see that it is the same. Stop the servers of both first: a copy is refused while one runs. The source stays as it is; what\n" +
			"serves the target from then on goes on where the source stood: every person, card, timer and version is there.\n\n" +
			"A copy that was interrupted is made by the same command again, which first empties what there is of it. Nothing serves a\n" +
			"target before its copy is whole.",
		Args: cobra.NoArgs,
		Example: "  voronka copy --from /var/lib/voronka --to postgres://voronka@db/voronka\n" +
			"  voronka copy --from postgres://voronka@db/voronka --to /var/lib/voronka",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if _, err := os.Stat(filepath.Join(from, databaseName)); err != nil && !inDatabase(from) {
				return fmt.Errorf("%s has no %s: that is no data folder", from, databaseName)
			}
			source, err := openAlone(ctx, from)
			if err != nil {
				return err
			}
			defer source.Close()
			target, err := openAlone(ctx, to)
			if err != nil {
				return err
			}
			defer target.Close()
			n, err := copyStore(ctx, source, target, &progress{out: cmd.ErrOrStderr(), now: time.Now})
			if err != nil {
				return fmt.Errorf("copy %s to %s: %w", shown(from), shown(to), err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d records are copied and verified.\n", n)
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the data folder or postgres://… URL to copy")
	cmd.Flags().StringVar(&to, "to", "", "the data folder or postgres://… URL to copy into; nothing may be in it")
	_ = cmd.MarkFlagRequired("from")
	_ = cmd.MarkFlagRequired("to")
	return cmd
}

// openAlone opens a store that no server has open.
func openAlone(ctx context.Context, where string) (storage.Store, error) {
	s, err := openStore(ctx, where)
	if err != nil {
		return nil, err
	}
	if shared, is := s.(interface {
		Others(ctx context.Context) ([]string, error)
	}); is {
		others, err := shared.Others(ctx)
		if err == nil && len(others) > 0 {
			err = fmt.Errorf("%s is in use by %s: stop it first; one that was killed counts for half a minute", shown(where), strings.Join(others, ", "))
		}
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// unfinished stands in a store into which a copy was begun, until it is whole. Nothing is done with such a store.
var unfinished = storage.Ref{Kind: "copy", ID: "unfinished"}

var errUnfinished = errors.New("a copy into it was begun and is not whole: make it again with voronka copy")

// copyStore copies one consistent state of a store into an empty one, reads the copy again to verify it, and counts the records.
func copyStore(ctx context.Context, from, to storage.Store, say *progress) (int, error) {
	if _, err := newApp(from, engine.Options{}).format(ctx); err != nil {
		return 0, fmt.Errorf("the source: %w", err)
	}
	if err := begin(ctx, to); err != nil {
		return 0, err
	}
	records, err := count(ctx, from, say)
	if err != nil {
		return 0, err
	}
	say.of = records
	sent := newChecksum()
	err = pages(ctx, from, func(page []*storage.Record) error {
		sent.add(page)
		say.at("copied", sent.records, page[0].Kind)
		return to.Update(ctx, func(tx storage.Tx) error { return tx.(storage.Restorer).Restore(page...) })
	})
	if err != nil {
		return 0, err
	}
	arrived := newChecksum()
	err = pages(ctx, to, func(page []*storage.Record) error {
		if page[0].Kind != unfinished.Kind {
			arrived.add(page)
		}
		say.at("verified", arrived.records, page[0].Kind)
		return nil
	})
	switch {
	case err != nil:
		return 0, err
	case arrived.String() != sent.String():
		return 0, fmt.Errorf("what arrived is not what was sent: %s, not %s", arrived, sent)
	}
	return sent.records, to.Update(ctx, func(tx storage.Tx) error { return tx.Delete(unfinished) })
}

// begin marks an empty store as one into which a copy is made. It empties one that was marked before.
func begin(ctx context.Context, to storage.Store) error {
	var kinds []string
	var marked bool
	if err := to.View(ctx, func(r storage.Reader) (err error) {
		found, err := r.Get(unfinished)
		if err != nil {
			return err
		}
		marked = found[0] != nil
		kinds, err = r.(storage.Lister).Kinds()
		return err
	}); err != nil {
		return err
	}
	switch {
	case marked:
		return empty(ctx, to, kinds)
	case len(kinds) > 0:
		return errors.New("the target is not empty: name another one, or remove what is there")
	}
	return to.Update(ctx, func(tx storage.Tx) error {
		return tx.Put(&storage.Record{Kind: unfinished.Kind, ID: unfinished.ID, Data: []byte("{}")})
	})
}

// empty removes all but the mark.
func empty(ctx context.Context, s storage.Store, kinds []string) error {
	for _, kind := range kinds {
		for kind != unfinished.Kind {
			var some []storage.Ref
			if err := s.View(ctx, func(r storage.Reader) error {
				for h, err := range r.Scan(storage.Range{Kind: kind, Limit: 1000, Keys: true}) {
					if err != nil {
						return err
					}
					some = append(some, h.Ref)
				}
				return nil
			}); err != nil {
				return err
			}
			if len(some) == 0 {
				break
			}
			if err := s.Update(ctx, func(tx storage.Tx) error { return tx.Delete(some...) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// count counts the records of a store.
func count(ctx context.Context, s storage.Store, say *progress) (n int, err error) {
	err = s.View(ctx, func(r storage.Reader) error {
		kinds, err := r.(storage.Lister).Kinds()
		for _, kind := range kinds {
			for _, err := range r.Scan(storage.Range{Kind: kind, Keys: true}) {
				if err != nil {
					return err
				}
				n++
				say.at("counted", n, kind)
			}
		}
		return err
	})
	return n, err
}

// pages gives all records of a store with their entries, in order of kind and id, from one View.
func pages(ctx context.Context, s storage.Store, fn func(page []*storage.Record) error) error {
	return s.View(ctx, func(r storage.Reader) error { return storage.Pages(r, fn, nil) })
}

// checksum is of records in the order they come in, with all that belongs to them.
type checksum struct {
	hash    hash.Hash
	records int
}

func newChecksum() *checksum { return &checksum{hash: sha256.New()} }

func (c *checksum) add(page []*storage.Record) {
	c.records += len(page)
	for _, r := range page {
		c.part([]byte(r.Kind))
		c.part([]byte(r.ID))
		c.part(binary.BigEndian.AppendUint64(nil, r.Version))
		c.part(r.Data)
		for _, e := range r.Index {
			c.part([]byte(e.Index))
			c.part([]byte(e.Key))
			c.part(e.Value)
		}
		c.part(binary.BigEndian.AppendUint64(nil, uint64(len(r.Index))))
	}
}

func (c *checksum) part(b []byte) {
	c.hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
	c.hash.Write(b)
}

func (c *checksum) String() string {
	return fmt.Sprintf("%d records of sha256:%x", c.records, c.hash.Sum(nil))
}

// progress says every second how far something is.
type progress struct {
	out  io.Writer
	now  func() time.Time
	of   int // records, where it is known
	last time.Time
}

func (p *progress) at(done string, records int, kind string) {
	now := p.now()
	if p.last.IsZero() {
		p.last = now
	}
	if now.Sub(p.last) < time.Second {
		return
	}
	p.last = now
	share := ""
	if p.of > 0 {
		share = fmt.Sprintf(" of %d (%d %%)", p.of, 100*records/p.of)
	}
	fmt.Fprintf(p.out, "%s %d%s records, now of kind %s\n", done, records, share, kind)
}
