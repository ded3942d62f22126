package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
)

// databaseName is the file of a data folder that holds everything.
const databaseName = "voronka.db"

// openData opens the store of a data folder, which is made where it is missing.
func openData(dir string) (*bolt.Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	store, err := bolt.Open(filepath.Join(dir, databaseName), bolt.Options{})
	switch {
	case errors.Is(err, storage.ErrLocked):
		return nil, fmt.Errorf("%s is in use by another voronka: stop it, or talk to it with --server", dir)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	return store, nil
}
