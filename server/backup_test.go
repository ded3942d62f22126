package server_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/bolt"
)

// A backup made over HTTP is a whole store, which opens and has in it what was there.
func TestBackup(t *testing.T) {
	w := open(t)
	w.ask(ask{name: "not for everyone", who: "olga", method: "GET", path: "/api/v1/backup", status: 403})
	w.deploy("deals.bpmn")
	got := w.ask(ask{who: "daria", method: "GET", path: "/api/v1/backup", status: 200})
	file := filepath.Join(t.TempDir(), "voronka.db")
	if err := os.WriteFile(file, []byte(got.body), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := engine.Open(store, engine.Options{}).View(context.Background(), func(tx *engine.Tx) error {
		_, err := tx.Definition("deals:1")
		return err
	}); err != nil {
		t.Error(err)
	}
}
