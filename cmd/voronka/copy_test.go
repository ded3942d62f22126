package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/postgres"
	"github.com/voronka/voronka/storage/storagetest"
)

var silent = &progress{out: io.Discard, now: time.Now}

func dump(t *testing.T, s storage.Store) string {
	t.Helper()
	var all strings.Builder
	if err := pages(context.Background(), s, func(page []*storage.Record) error {
		for _, r := range page {
			fmt.Fprintf(&all, "%s %s %d %s %q\n", r.Kind, r.ID, r.Version, r.Data, r.Index)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// What goes from store to store, and back, is the same all the way: versions, data and entries.
func TestCopy(t *testing.T) {
	ctx := context.Background()
	from := memory.New()
	for i := range 3 { // some records more than once, so that their versions differ
		if err := from.Update(ctx, func(tx storage.Tx) error {
			for n := range 3000 {
				r := &storage.Record{Kind: []string{"card", "history", "a"}[n%3], ID: fmt.Sprintf("%05d", n), Data: fmt.Appendf(nil, `{"n": %d, "é":"\u0000"}`, n)}
				if i > 0 && n > 1000*i {
					continue
				}
				found, err := tx.Get(r.Ref())
				if err != nil {
					return err
				}
				if found[0] != nil {
					r.Version = found[0].Version
				}
				r.Index = []storage.Entry{{Index: "due", Key: fmt.Sprint(n % 7)}, {Index: "key", Key: "\x00\xff" + r.ID, Value: []byte{0, 0xff}}}
				if err := tx.Put(r); err != nil {
					return err
				}
			}
			return tx.Put(&storage.Record{Kind: "large", ID: fmt.Sprint(i), Data: []byte(`"` + strings.Repeat("x", 3<<20) + `"`)}, &storage.Record{Kind: "empty", ID: fmt.Sprint(i)})
		}); err != nil {
			t.Fatal(err)
		}
	}
	database, err := postgres.Open(ctx, storagetest.Postgres(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	folder, err := openData(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	want := dump(t, from)
	for _, pair := range [][2]storage.Store{{from, database}, {database, folder}, {folder, memory.New()}} {
		n, err := copyStore(ctx, pair[0], pair[1], silent)
		if err != nil || n != 3006 {
			t.Fatalf("%d records, %v", n, err)
		}
		if got := dump(t, pair[1]); got != want {
			t.Errorf("%d bytes arrived as %d others", len(want), len(got))
		}
	}
	if _, err := copyStore(ctx, from, folder, silent); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("into a store that is not empty: %v", err)
	}
}

// The command, from a folder to a database and back; the people of the folder are there.
func TestCopyCommand(t *testing.T) {
	url, back := storagetest.Postgres(t), t.TempDir()
	data := ringData(t)
	for _, way := range [][2]string{{data, url}, {url, back}} {
		if out, err := said(t, "", "copy", "--from", way[0], "--to", way[1]); err != nil || !strings.Contains(out, "copied and verified") {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if out, err := said(t, "", "user", "list", "--data", back); err != nil || !strings.Contains(out, "ann\t") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := said(t, "", "copy", "--from", data, "--to", url); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("twice: %v", err)
	}
	if _, err := said(t, "", "copy", "--from", filepath.Join(data, "nothing"), "--to", t.TempDir()); err == nil || !strings.Contains(err.Error(), "no data folder") {
		t.Errorf("from nowhere: %v", err)
	}
}

func TestShown(t *testing.T) {
	for where, want := range map[string]string{
		"/var/lib/voronka":                            "/var/lib/voronka",
		"postgres://ann:secret@db/voronka":            "postgres://ann:xxxxx@db/voronka",
		"postgresql://db/voronka?password=secret&a=b": "postgresql://db/voronka?a=b",
		"postgres://%zz:secret@db":                    "the database",
	} {
		if got := shown(where); got != want {
			t.Errorf("%s is shown as %s", where, got)
		}
	}
}
