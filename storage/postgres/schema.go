package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/voronka/voronka/storage"
)

const (
	format = 2 // of the tables, as this version writes them
	views  = 1 // of views.sql: counted up with each change of it
)

//go:embed schema.sql
var tablesSQL string

//go:embed views.sql
var viewsSQL string

// upgrades make of the tables of a format those of the next. What they leave must be good for the version before as well, whose
// replicas go on until each is stopped and started anew; of format 1 no version was released.
var upgrades = map[int]string{
	1: `CREATE TABLE replicas (replica bigint PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now());
		ALTER TABLE entries ADD COLUMN gone boolean NOT NULL DEFAULT false;
		ALTER TABLE entries SET (fillfactor = 80)`,
}

// recognize makes the schema a store of this version's format: it makes one where there is nothing, brings an older one up to date, and
// refuses a newer one and what is no store. Of several that do so at once one does it, and the others find it done.
func recognize(ctx context.Context, c *pgx.Conn, schema string) error {
	for try := 1; ; try++ {
		about, err := readAbout(ctx, c, "")
		switch {
		case code(err) == "42P01": // there is no such table
			err = create(ctx, c, schema)
		case err == nil:
			err = upgrade(ctx, c, about)
		}
		switch {
		case err == nil:
			return nil
		case try == 10 && code(err) == "42P07": // a table of that name is there all the time
			return fmt.Errorf("%w: schema %s has tables that are not Voronka's", storage.ErrFormat, schema)
		case try == 10 || !slices.Contains([]string{"42P06", "42P07", "42710", "23505", "40001", "40P01", "XX000"}, code(err)):
			return err
		}
		select {
		case <-time.After(time.Duration(try) * 5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func readAbout(ctx context.Context, c *pgx.Conn, lock string) (map[string]string, error) {
	rows, err := c.Query(ctx, "SELECT name, value FROM about"+lock)
	if err != nil {
		return nil, err
	}
	about := map[string]string{}
	var name, value string
	_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error {
		about[name] = value
		return nil
	})
	return about, err
}

// check tells what of a schema is older than this version makes it.
func check(about map[string]string) (oldTables, oldViews bool, err error) {
	n, err := strconv.Atoi(about["format"])
	switch {
	case err != nil || n < 1:
		return false, false, fmt.Errorf("%w: it is damaged", storage.ErrFormat)
	case n > format:
		return false, false, fmt.Errorf("%w: it is of format %d, this version of Voronka reads up to %d; use the version that wrote it, or a newer one",
			storage.ErrFormat, n, format)
	}
	made, _ := strconv.Atoi(about["views"])
	return n < format, made < views, nil
}

// upgrade brings a schema up to date, which whoever else would do waits for.
func upgrade(ctx context.Context, c *pgx.Conn, about map[string]string) error {
	oldTables, oldViews, err := check(about)
	if err != nil || !oldTables && !oldViews {
		return err
	}
	return pgx.BeginFunc(ctx, c, func(pgx.Tx) error {
		about, err := readAbout(ctx, c, " FOR UPDATE")
		if err != nil {
			return err
		}
		if oldTables, oldViews, err = check(about); err != nil {
			return err
		}
		var pieces []string
		if n, _ := strconv.Atoi(about["format"]); oldTables {
			for ; n < format; n++ {
				pieces = append(pieces, upgrades[n])
			}
			pieces = append(pieces, fmt.Sprintf("UPDATE about SET value = '%d' WHERE name = 'format'", format))
		}
		if oldViews {
			pieces = append(pieces, viewsSQL, fmt.Sprintf("UPDATE about SET value = '%d' WHERE name = 'views'", views))
		}
		_, err = c.PgConn().Exec(ctx, strings.Join(pieces, ";\n")).ReadAll()
		return err
	})
}

func create(ctx context.Context, c *pgx.Conn, schema string) error {
	var there bool
	if err := c.QueryRow(ctx, "SELECT count(*) > 0 FROM pg_catalog.pg_namespace WHERE nspname = $1", schema).Scan(&there); err != nil {
		return err
	}
	made := tablesSQL
	if c.PgConn().ParameterStatus("crdb_version") != "" { // whose text is in order of bytes, and of no other
		made = strings.ReplaceAll(made, ` COLLATE "C"`, "")
	}
	if !there {
		made = "CREATE SCHEMA " + pgx.Identifier{schema}.Sanitize() + ";\n" + made
	}
	made += viewsSQL + fmt.Sprintf(";\nINSERT INTO about (name, value) VALUES ('format', '%d'), ('views', '%d')", format, views)
	return pgx.BeginFunc(ctx, c, func(pgx.Tx) error {
		_, err := c.PgConn().Exec(ctx, made).ReadAll()
		return err
	})
}

// Drop removes the store at a URL with all that is in it, if it is there. The URL has to name its schema in search_path.
func Drop(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return err // which hides the password
	}
	schema := config.RuntimeParams["search_path"]
	if schema == "" {
		return errors.New("the URL does not say by search_path which schema to drop")
	}
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = c.Close(ctx) }()
	_, err = c.Exec(ctx, "DROP SCHEMA IF EXISTS "+pgx.Identifier{schema}.Sanitize()+" CASCADE")
	return err
}
