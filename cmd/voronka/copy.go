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
	"time"

	"github.com/spf13/cobra"

	"github.com/voronka/voronka/storage"
)

func copyCommand() *cobra.Command {
	from, to := "", ""
	cmd := &cobra.Command{
		Use:   "copy --from DIR|URL --to DIR|URL",
		Short: "Move an installation: copy everything from one store into another, empty one",
		Long: "Copies everything out of a data folder or a PostgreSQL database into another one that is empty, and then reads both again to\n" +
			"see that they are the same. Stop the servers of both first. The source stays as it is; what serves the target from then on\n" +
			"goes on where the source stood: every person, card, timer and version is there.",
		Args: cobra.NoArgs,
		Example: "  voronka copy --from /var/lib/voronka --to postgres://voronka@db/voronka\n" +
			"  voronka copy --from postgres://voronka@db/voronka --to /var/lib/voronka",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if _, err := os.Stat(filepath.Join(from, databaseName)); err != nil && !inDatabase(from) {
				return fmt.Errorf("%s has no %s: that is no data folder", from, databaseName)
			}
			source, err := openStore(ctx, from)
			if err != nil {
				return err
			}
			defer source.Close()
			target, err := openStore(ctx, to)
			if err != nil {
				return err
			}
			defer target.Close()
			say := &progress{out: cmd.ErrOrStderr(), now: time.Now}
			n, err := copyStore(ctx, source, target, say)
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

// copyStore copies one consistent state of a store into an empty one, reads the copy again to verify it, and counts the records.
func copyStore(ctx context.Context, from, to storage.Store, say *progress) (copied int, err error) {
	there, err := sum(ctx, to, say, "looked at")
	if err != nil {
		return 0, err
	}
	if there.records > 0 {
		return 0, errors.New("the target is not empty")
	}
	sent := newChecksum()
	err = pages(ctx, from, func(page []*storage.Record) error {
		for _, r := range page {
			sent.add(r)
		}
		say.at("copied", sent.records, page[0].Kind)
		return to.Update(ctx, func(tx storage.Tx) error { return tx.(storage.Restorer).Restore(page...) })
	})
	if err != nil {
		return 0, err
	}
	arrived, err := sum(ctx, to, say, "verified")
	switch {
	case err != nil:
		return 0, err
	case arrived.records != sent.records:
		return 0, fmt.Errorf("the target has %d records, the source %d: was a server running? Empty the target and begin again", arrived.records, sent.records)
	case arrived.String() != sent.String():
		return 0, fmt.Errorf("the target is not the same as the source: %s, not %s", arrived, sent)
	}
	return sent.records, nil
}

// sum is the checksum of all that is in a store.
func sum(ctx context.Context, s storage.Store, say *progress, done string) (*checksum, error) {
	c := newChecksum()
	return c, pages(ctx, s, func(page []*storage.Record) error {
		for _, r := range page {
			c.add(r)
		}
		say.at(done, c.records, page[0].Kind)
		return nil
	})
}

// Pages are as many records as make up about so many bytes.
const (
	pageBytes   = 4 << 20
	pageRecords = 2000
)

// pages gives all records of a store with their entries, in order of kind and id, from one View.
func pages(ctx context.Context, s storage.Store, fn func(page []*storage.Record) error) error {
	return s.View(ctx, func(r storage.Reader) error {
		lister, ok := r.(storage.Lister)
		if !ok {
			return errors.New("the store does not list what it has")
		}
		kinds, err := lister.Kinds()
		if err != nil {
			return err
		}
		size := 16
		for _, kind := range kinds {
			for at := (storage.Range{Kind: kind, Keys: true}); ; {
				var refs []storage.Ref
				at.Limit = size
				for h, err := range r.Scan(at) {
					if err != nil {
						return err
					}
					refs, at.After = append(refs, h.Ref), h.Cursor
				}
				if len(refs) == 0 {
					break
				}
				page, err := r.Get(refs...)
				if err != nil {
					return err
				}
				if err := fn(page); err != nil {
					return err
				}
				bytes := 0
				for _, record := range page {
					bytes += len(record.Data)
				}
				switch {
				case bytes > pageBytes:
					size = max(1, size/4)
				case bytes < pageBytes/4:
					size = min(2*size, pageRecords)
				}
			}
		}
		return nil
	})
}

// checksum is of records in the order they come in, with all that belongs to them.
type checksum struct {
	hash    hash.Hash
	records int
}

func newChecksum() *checksum { return &checksum{hash: sha256.New()} }

func (c *checksum) add(r *storage.Record) {
	c.records++
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

func (c *checksum) part(b []byte) {
	c.hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
	c.hash.Write(b)
}

func (c *checksum) String() string { return fmt.Sprintf("sha256:%x", c.hash.Sum(nil)) }

// progress says every now and then how far something is.
type progress struct {
	out  io.Writer
	now  func() time.Time
	last time.Time
}

func (p *progress) at(done string, records int, kind string) {
	now := p.now()
	if p.last.IsZero() {
		p.last = now
	}
	if now.Sub(p.last) >= time.Second {
		p.last = now
		fmt.Fprintf(p.out, "%s %d records, now of kind %s\n", done, records, kind)
	}
}
