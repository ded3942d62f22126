package postgres

import (
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/voronka/voronka/storage"
)

// A store of an older format is brought up to date by whoever opens it first, however many do at once, and nothing of it is lost.
func TestUpgrade(t *testing.T) {
	old, err := os.ReadFile("testdata/format1.sql")
	if err != nil {
		t.Fatal(err)
	}
	url, new := fresh(t), fresh(t)
	open(t, new)
	exec(t, url, "CREATE SCHEMA "+schema(t, url)+";\n"+string(old))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := Open(bg, url, Options{Conns: 1})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	all.Wait()
	if was, is := made(t, url), made(t, new); !slices.Equal(was, is) {
		t.Errorf("an old store becomes\n%q\nand a new one is\n%q", was, is)
	}
	if err := open(t, url).View(bg, func(r storage.Reader) error {
		found, err := r.Get(storage.Ref{Kind: "card", ID: "c1"})
		if err != nil || found[0] == nil {
			t.Fatal("the card is gone:", err)
		}
		if c := found[0]; c.Version != 3 || string(c.Data) != `{"funnel":"lead","title":"Анна"}` || len(c.Index) != 1 || c.Index[0].Key != "abc" {
			t.Errorf("%+v", c)
		}
		for h, err := range r.Scan(storage.Range{Index: "due"}) {
			if err != nil || h.Ref.ID != "c1" || string(h.Value) != "z" {
				t.Errorf("%+v, %v", h, err)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// made is what stands in a schema: columns, indexes, and what is known about it.
func made(t *testing.T, url string) []string {
	t.Helper()
	c, err := pgx.Connect(bg, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(bg)
	rows, _ := c.Query(bg, `
		SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, column_default) FROM information_schema.columns WHERE table_schema = current_schema()
		UNION ALL SELECT replace(indexdef, current_schema(), '') FROM pg_indexes WHERE schemaname = current_schema()
		UNION ALL SELECT name || ' ' || value FROM about ORDER BY 1`)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	return all
}
