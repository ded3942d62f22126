package server_test

import (
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/memory"
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

// copying is a store whose backups take until they are let end.
type copying struct {
	storage.Store
	began, end chan struct{}
}

func (c copying) Backup(_ context.Context, to io.Writer) error {
	close(c.began)
	<-c.end
	_, err := io.WriteString(to, "everything")
	return err
}

// A backup takes as much room as everything, so there is one at a time.
func TestOneBackupAtATime(t *testing.T) {
	store := copying{memory.New(), make(chan struct{}), make(chan struct{})}
	w := over(t, store)
	first := make(chan reply, 1)
	r := w.request(ask{who: "daria", method: "GET", path: "/api/v1/backup"})
	go func() {
		got := httptest.NewRecorder()
		w.s.ServeHTTP(got, r)
		first <- reply{got.Code, got.Header(), got.Body.String()}
	}()
	<-store.began
	w.ask(ask{who: "daria", method: "GET", path: "/api/v1/backup", status: 503, want: []string{`"code":"busy"`}})
	close(store.end)
	if got := <-first; got.status != 200 || got.body != "everything" {
		t.Error(got)
	}
}
