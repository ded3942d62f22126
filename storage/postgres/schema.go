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
	format = 1 // of the tables, as this version writes them
	views  = 1 // of views.sql: counted up with each change of it
)

//go:embed schema.sql
var tablesSQL string

//go:embed views.sql
var viewsSQL string

// recognize checks that the schema is a store of a format that is known, or makes one where there is nothing. Several may do that at
// once: one makes it, and the others find it.
func recognize(ctx context.Context, c *pgx.Conn, schema string) error {
	for try := 1; ; try++ {
		about, err := readAbout(ctx, c)
		if code(err) == "42P01" { // there is no such table
			err = create(ctx, c, schema)
		} else if err == nil {
			return check(ctx, c, about)
		}
		switch {
		case err == nil:
			return nil
		case try == 10 && code(err) == "42P07": // a table of that name is there all the time
			return fmt.Errorf("%w: schema %s has tables that are not Voronka's", storage.ErrFormat, schema)
		case try == 10 || !slices.Contains([]string{"42P06", "42P07", "42710", "23505", "40001", "40P01", "XX000"}, code(err)):
			return err
		}
		if err := sleep(ctx, time.Duration(try)*5*time.Millisecond); err != nil {
			return err
		}
	}
}

func readAbout(ctx context.Context, c *pgx.Conn) (map[string]string, error) {
	rows, err := c.Query(ctx, "SELECT name, value FROM about")
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

func check(ctx context.Context, c *pgx.Conn, about map[string]string) error {
	n, err := strconv.Atoi(about["format"])
	switch {
	case err != nil || n < 1:
		return fmt.Errorf("%w: it is damaged", storage.ErrFormat)
	case n > format:
		return fmt.Errorf("%w: it is of format %d, this version of Voronka reads up to %d; use the version that wrote it, or a newer one",
			storage.ErrFormat, n, format)
	}
	if n, _ := strconv.Atoi(about["views"]); n >= views { // a newer replica has made them
		return nil
	}
	return all(ctx, c, viewsSQL, fmt.Sprintf("UPDATE about SET value = '%d' WHERE name = 'views'", views))
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
	return all(ctx, c, made, viewsSQL, fmt.Sprintf("INSERT INTO about (name, value) VALUES ('format', '%d'), ('views', '%d')", format, views))
}

// all runs pieces of SQL in one transaction.
func all(ctx context.Context, c *pgx.Conn, pieces ...string) error {
	_, err := c.PgConn().Exec(ctx, "BEGIN;\n"+strings.Join(pieces, ";\n")+";\nCOMMIT").ReadAll()
	if err != nil && !c.IsClosed() {
		_, e := c.PgConn().Exec(ctx, "ROLLBACK").ReadAll()
		err = errors.Join(err, e)
	}
	return err
}
