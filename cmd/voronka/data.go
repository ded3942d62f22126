package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/postgres"
)

// databaseName is the file of a data folder that holds everything.
const databaseName = "voronka.db"

// beside are the kinds that a deed on a card reads and writes.
var beside = []string{card.Kind, engine.KindInstance, engine.KindHistory}

// openData opens the store of a data folder, which is made where it is missing.
func openData(dir string) (*bolt.Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	store, err := bolt.Open(filepath.Join(dir, databaseName), bolt.Options{Beside: beside})
	switch {
	case errors.Is(err, storage.ErrLocked):
		return nil, fmt.Errorf("%s is in use by another voronka: stop it, or talk to it with --server", dir)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	return store, nil
}

// openStore opens a data folder, or the database at a URL.
func openStore(ctx context.Context, where string) (store storage.Store, err error) {
	if inDatabase(where) {
		store, err = postgres.Open(ctx, where, postgres.Options{})
	} else {
		store, err = openData(where)
	}
	if err != nil {
		return nil, err // and no store of some type that is nil
	}
	return store, nil
}

// inDatabase tells whether a place is the URL of a database, and no folder.
func inDatabase(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}

// shown is a place as it may be shown: a URL without its password.
func shown(where string) string {
	if !strings.Contains(where, "://") {
		return where
	}
	u, err := url.Parse(where)
	if err != nil {
		return "the database"
	}
	q := u.Query()
	q.Del("password")
	u.RawQuery = q.Encode()
	return u.Redacted()
}
