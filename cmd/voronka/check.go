package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/postgres"
)

func checkCommand() *cobra.Command {
	data, place, mend := "", "", false
	cmd := &cobra.Command{
		Use:   "check (--data DIR | --store URL) [--mend]",
		Short: "Tell whether a data folder or a database is sound",
		Long: "Reads everything and tells what is wrong: damaged pages and records, entries that are not those of their records, and what\n" +
			"cards, processes, contacts, files and their history refer to and is not there; and with each what mends it. It changes\n" +
			"nothing, unless it is told to mend the entries, which follow from the records. No server may use the data folder; to check\n" +
			"one that is in use, check a backup of it. It ends with 1 if something is wrong.",
		Args: cobra.NoArgs,
		Example: "  voronka check --data /var/lib/voronka\n" +
			"  voronka check --store postgres://voronka@db/voronka",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (data == "") == (place == "") {
				return errors.New("say what to check: the --data folder, or the --store in a database")
			}
			c := &checking{out: cmd.OutOrStdout(), say: &progress{out: cmd.ErrOrStderr(), now: time.Now}}
			if mend {
				if err := c.mend(cmd.Context(), data+place); err != nil {
					return err
				}
			}
			store, err := c.open(cmd.Context(), data, place)
			if err != nil {
				return err
			}
			if store != nil {
				defer store.Close()
				if err := c.check(cmd.Context(), store); err != nil {
					return fmt.Errorf("check %s: %w", shown(data+place), err)
				}
			}
			return c.end()
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "the data folder, of which no server may be running")
	cmd.Flags().StringVar(&place, "store", "", "the database: postgres://user:password@host/database")
	cmd.Flags().BoolVar(&mend, "mend", false, "first write anew the entries of records that are not as they should be")
	return cmd
}

// checking is one check, and what it has found.
type checking struct {
	out     io.Writer
	say     *progress
	records int
	flaws   int
	older   bool // the records are of an older version: their entries are written anew when they are first served
	unknown map[string]int
}

// most is how many flaws are told one by one.
const most = 1000

func (c *checking) found(f storage.Flaw) {
	if c.older && f.Mend == engine.MendEntries {
		return
	}
	if c.flaws++; c.flaws <= most {
		fmt.Fprintf(c.out, "%s %s\n", f, f.Mend)
	}
}

// end says the outcome.
func (c *checking) end() error {
	for _, kind := range slices.Sorted(maps.Keys(c.unknown)) {
		fmt.Fprintf(c.out, "What %d records of kind %s mean is not known to this version.\n", c.unknown[kind], kind)
	}
	if c.flaws == 0 {
		fmt.Fprintf(c.out, "%d records are sound.\n", c.records)
		return nil
	}
	if c.flaws > most {
		fmt.Fprintf(c.out, "… and %d more.\n", c.flaws-most)
	}
	fmt.Fprintf(c.out, "%d things are wrong with %d records.\n", c.flaws, c.records)
	return answerNo{}
}

// open opens what is to be checked, to be read only. No store and no error: its pages are damaged, and that is all that can be said.
func (c *checking) open(ctx context.Context, data, place string) (storage.Store, error) {
	if place != "" {
		if !inDatabase(place) {
			return nil, fmt.Errorf("--store %s is no postgres:// URL; a data folder is --data", shown(place))
		}
		return postgres.Open(ctx, place, postgres.Options{})
	}
	file := filepath.Join(data, databaseName)
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("%s has no %s: that is no data folder", data, databaseName)
	}
	err := bolt.Check(file, c.found)
	if err != nil || c.flaws > 0 {
		return nil, inUse(data, err)
	}
	store, err := bolt.Open(file, bolt.Options{ReadOnly: true})
	if err != nil {
		return nil, inUse(data, err)
	}
	return store, nil
}

// inUse says of a data folder that is in use what else can be checked.
func inUse(data string, err error) error {
	if errors.Is(err, storage.ErrLocked) {
		return fmt.Errorf("%s is in use by another voronka: stop it, or check what voronka backup makes of it", data)
	}
	return err
}

// inspector looks at the records of a package, one page of a kind after the other.
type inspector interface {
	Knows(kind string) bool
	Look(tx *engine.Tx, page []*storage.Record) error
	End(tx *engine.Tx) error
}

// plain are the kinds of records that refer to nothing: it is enough that they can be read.
var plain = []string{aboutRef.Kind, "backup", "idempotency", "turn"}

// check looks at everything in one View.
func (c *checking) check(ctx context.Context, store storage.Store) error {
	a := newApp(store, engine.Options{})
	n, err := a.format(ctx)
	if err != nil {
		return err
	}
	c.older, c.unknown = n < format, map[string]int{}
	inspectors := []inspector{
		&engine.Inspection{Found: c.found}, &card.Inspection{Cards: a.cards, Found: c.found}, &funnel.Inspection{Found: c.found},
		&contact.Inspection{Found: c.found}, &access.Inspection{Found: c.found},
	}
	return a.engine.View(ctx, func(tx *engine.Tx) error {
		err := storage.Verify(tx.Tx, func(page []*storage.Record) error {
			return c.page(tx, inspectors, page)
		}, c.found)
		for _, i := range inspectors {
			if err == nil {
				err = i.End(tx)
			}
		}
		return err
	})
}

func (c *checking) page(tx *engine.Tx, inspectors []inspector, page []*storage.Record) error {
	c.records += len(page)
	kind := page[0].Kind
	c.say.at("looked at", c.records, kind)
	if !slices.Contains(plain, kind) && !slices.ContainsFunc(inspectors, func(i inspector) bool { return i.Knows(kind) }) {
		c.unknown[kind] += len(page)
	}
	for _, r := range page {
		if len(r.Data) > 0 && !json.Valid(r.Data) {
			c.found(storage.Flaw{Ref: r.Ref(), What: "it is no JSON.", Mend: storage.MendBackup})
		}
	}
	for _, i := range inspectors {
		if err := i.Look(tx, page); err != nil {
			return err
		}
	}
	return nil
}

// mend writes entries anew.
func (c *checking) mend(ctx context.Context, place string) error {
	store, err := openStore(ctx, place)
	if err != nil {
		return err
	}
	defer store.Close()
	renewed, err := newApp(store, engine.Options{}).renew(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "The entries of %d records were written anew.\n", renewed)
	return nil
}
