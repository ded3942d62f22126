package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
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

	// A copy that is interrupted is no installation, and is made whole by doing it again.
	for n := 1; ; n++ {
		to := memory.New()
		if _, err := copyStore(ctx, from, &failing{to, n}, silent); err == nil {
			if n < 5 {
				t.Errorf("%d writes are not much of an interruption", n)
			}
			break
		}
		if _, err := openApp(ctx, to, engine.Options{}); !errors.Is(err, errUnfinished) {
			t.Errorf("half a copy is opened: %v", err)
		}
		if _, err := copyStore(ctx, to, memory.New(), silent); !errors.Is(err, errUnfinished) {
			t.Errorf("half a copy is copied: %v", err)
		}
		if _, err := copyStore(ctx, from, to, silent); err != nil || dump(t, to) != want {
			t.Errorf("interrupted at write %d, it is not whole when it is done again: %v", n, err)
		}
	}
}

// failing is a store that writes so many times.
type failing struct {
	storage.Store
	left int
}

func (f *failing) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if f.left--; f.left < 0 {
		return errors.New("no more")
	}
	return f.Store.Update(ctx, fn)
}

// A demo goes into a database and back. The boards are the same in all three, and what serves the database shows them.
func TestCopyDemo(t *testing.T) {
	data, back, url := school(t), filepath.Join(t.TempDir(), "data"), storagetest.Postgres(t)
	t.Cleanup(func() { _ = postgres.Drop(context.Background(), url) })
	for _, way := range [][2]string{{data, url}, {url, back}} {
		if out, err := said(t, "", "copy", "--from", way[0], "--to", way[1]); err != nil || !strings.Contains(out, "copied and verified") {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	want := boards(t, data)
	for _, place := range []string{url, back} {
		if got := boards(t, place); got != want {
			t.Errorf("%s: the boards\n%.2000s\nare\n%.2000s", place, want, got)
		}
	}
	s := started(t, "--store", url)
	if n := visit(t, s.url, "head_of_sales").standing("deals_b2c"); n < 10 {
		t.Errorf("%d cards are on the board of the copy", n)
	}
	for _, way := range [][2]string{{url, t.TempDir()}, {data, url}} { // while it serves
		if _, err := said(t, "", "copy", "--from", way[0], "--to", way[1]); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Errorf("copied under a server: %v", err)
		}
	}
	stopped(t, s)
	if _, err := said(t, "", "copy", "--from", data, "--to", url); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("twice: %v", err)
	}
	held, err := openData(data)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if _, err := said(t, "", "copy", "--from", data, "--to", t.TempDir()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("from a folder that is served: %v", err)
	}
	if _, err := said(t, "", "copy", "--from", filepath.Join(data, "nothing"), "--to", t.TempDir()); err == nil || !strings.Contains(err.Error(), "no data folder") {
		t.Errorf("from nowhere: %v", err)
	}
}

// school is a data folder with the demo in it, which is made once.
func school(t *testing.T) string {
	t.Helper()
	made, err := seeded()
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, databaseName), made, 0o600); err != nil {
		t.Fatal(err)
	}
	return data
}

var seeded = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "voronka-school-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	store, err := openData(dir)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(seed(context.Background(), store, time.Now()), store.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, databaseName))
})

// boards are the boards of the school in a store.
func boards(t *testing.T, place string) string {
	t.Helper()
	store, err := openStore(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	a, err := openApp(t.Context(), store, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := a.engine.View(t.Context(), func(tx *engine.Tx) error {
		for _, funnel := range []string{"leads", "deals_b2c", "deals_b2b"} {
			board, err := a.cards.Board(tx, access.System("test"), funnel, card.View{})
			if err != nil {
				return err
			}
			if err := json.NewEncoder(&out).Encode(board); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out.String()
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
