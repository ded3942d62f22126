package postgres

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/storagetest"
)

var bg = context.Background()

// open opens the store at url until the test ends.
func open(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(bg, url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// fresh is the URL of an empty schema, which is dropped when the test ends.
func fresh(t testing.TB) string {
	t.Helper()
	url := storagetest.Postgres(t)
	t.Cleanup(func() {
		if err := Drop(bg, url); err != nil {
			t.Error(err)
		}
	})
	return url
}

func TestDrop(t *testing.T) {
	url := fresh(t)
	s := open(t, url)
	put := func() error {
		return s.Update(bg, func(tx storage.Tx) error { return tx.Put(&storage.Record{Kind: "card", ID: "a", Data: []byte("1")}) })
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for range 2 { // what is gone may go again
		if err := Drop(bg, url); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, url)
	if err := put(); err != nil {
		t.Errorf("it was still there: %v", err)
	}
	for _, wrong := range []string{"postgres://nobody:secret@localhost:port/none", "postgres://localhost/none", "postgres://nobody:secret@localhost:1/none?search_path=x&connect_timeout=1"} {
		if err := Drop(bg, wrong); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func schema(t testing.TB, url string) string {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return config.RuntimeParams["search_path"]
}

func exec(t testing.TB, url, sql string) {
	t.Helper()
	c, err := pgx.Connect(bg, url)
	if err == nil {
		_, err = c.Exec(bg, sql)
		c.Close(bg)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestStore(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store { return open(t, fresh(t)) })
}

func TestReopen(t *testing.T) {
	storagetest.Reopen(t, func(t *testing.T) func() storage.Store {
		url := fresh(t)
		return func() storage.Store { return open(t, url) }
	})
}
