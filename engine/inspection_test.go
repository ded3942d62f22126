package engine_test

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

// inspect is what an Inspection says of all that an engine keeps.
func inspect(t *testing.T, e *engine.Engine) (all []string) {
	t.Helper()
	if err := e.View(context.Background(), func(tx *engine.Tx) error {
		n := &engine.Inspection{Found: func(f storage.Flaw) { all = append(all, f.String()) }}
		err := storage.Verify(tx.Tx, func(page []*storage.Record) error { return n.Look(tx, page) }, n.Found)
		if err != nil {
			return err
		}
		return n.End(tx)
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// Wherever a scenario stands, an inspection finds nothing; with turns in the record and as instances.
func TestInspectionOfScenarios(t *testing.T) {
	for _, file := range scenarios(t) {
		t.Run(name(file), func(t *testing.T) {
			t.Parallel()
			for _, turns := range []int{0, -1} {
				p := &stage{t: t, way: plain{}, dir: filepath.Dir(file), path: filepath.Join(t.TempDir(), "store.db"), limits: engine.Limits{Turns: turns}}
				p.watch = func(*engine.Tx, []*engine.Instance) {
					if found := inspect(t, p.engine); len(found) > 0 {
						t.Errorf("%s", strings.Join(found, "\n"))
					}
				}
				p.play(read(t, file))
			}
		})
	}
}

// middle is what a store holds when so many deeds of a scenario are done.
func middle(t *testing.T, scenario string, deeds, turns int) []storage.Record {
	t.Helper()
	path := "testdata/" + scenario + ".txt"
	p := &stage{t: t, way: plain{}, dir: filepath.Dir(path), path: filepath.Join(t.TempDir(), "store.db"), limits: engine.Limits{Turns: turns}}
	p.begin()
	defer func() { p.store.Close() }()
	for line := range strings.Lines(read(t, path)) {
		if line = strings.TrimRight(line, "\n"); line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "  ") {
			continue
		}
		if err := p.deed(p.words(line)); err != nil {
			t.Fatal(err)
		}
		if deeds--; deeds == 0 {
			break
		}
	}
	return p.records()
}

// Each thing that can be wrong is said, of the record that it is wrong with.
func TestInspection(t *testing.T) {
	drop := func(kind, id string) func([]storage.Record) []storage.Record {
		return func(all []storage.Record) []storage.Record {
			return slices.DeleteFunc(all, func(r storage.Record) bool { return r.Kind == kind && strings.HasPrefix(r.ID, id) })
		}
	}
	rewrite := func(kind, old, new string) func([]storage.Record) []storage.Record {
		return func(all []storage.Record) []storage.Record {
			for n := range all {
				if all[n].Kind == kind {
					all[n].Data = bytes.ReplaceAll(all[n].Data, []byte(old), []byte(new))
				}
			}
			return all
		}
	}
	entries := func(kind string, entries ...storage.Entry) func([]storage.Record) []storage.Record {
		return func(all []storage.Record) []storage.Record {
			for n := range all {
				if all[n].Kind == kind {
					all[n].Index = entries
				}
			}
			return all
		}
	}
	for _, c := range []struct {
		scenario     string
		deeds, turns int
		edit         func([]storage.Record) []storage.Record
		want         string
	}{
		{"call/mapping", 2, 0, drop("history", "i002/00000001"), "page 1 of its history, the last one, is gone"},
		{"parallel/join", 4, 0, drop("history", "i002/00000002"), "the page of history before it is gone"},
		{"parallel/join", 4, 0, drop("history", "i002/00000001"), "of 3 pages of its history, pages 2 to 3 are there"},
		{"parallel/join", 4, 0, drop("history", "i002/00000003"), "page 3 of its history, the last one, is gone"},
		{"parallel/join", 4, 0, drop("instance", "i002"), "history i002: its instance is gone, and 3 pages are left"},
		{"parallel/join", 2, 0, rewrite("history", "[", "{"), "can't be read"},
		{"parallel/join", 2, 0, rewrite("instance", `"tokens":[`, `"tokens":{`), "instance i002: can't be read"},
		{"parallel/join", 2, 0, rewrite("instance", `"at":"a"`, `"at":"nowhere"`), `stands at "nowhere", which its definition`},
		{"parallel/join", 2, 0, rewrite("instance", `"in":1`, `"in":77`), "stands inside token 77, which is gone"},
		{"parallel/join", 2, 0, rewrite("instance", `"state":"active"`, `"state":"completed"`), "it is completed, and has"},
		{"parallel/join", 2, 0, drop("definition", ""), "can't be read: definition"},
		{"parallel/join", 2, 0, drop("xml", ""), "can't be read: "},
		{"parallel/join", 2, 0, rewrite("xml", `"P`, `"A`), "the file is not what was uploaded"},
		{"parallel/join", 2, 0, rewrite("process", `"version":1`, `"version":2`), "its newest version"},
		{"parallel/join", 2, 0, entries("instance"), "it should stand in index running"},
		{"parallel/join", 2, 0, entries("definition", storage.Entry{Index: "more", Key: "x"}), "it should stand in index definition"},
		{"parallel/join", 2, 0, entries("xml", storage.Entry{Index: "more", Key: "x"}), `it should not stand in index more under "x"`},
		{"call/mapping", 2, 0, drop("instance", "i002-"), "waits at \"go\" for instance i002-0002, which is gone"},
		{"call/mapping", 2, 0, rewrite("instance", `"token":3`, `"token":99`), "which it works for, is gone"},
		{"job/retry", 2, 0, rewrite("instance", `"token":3`, `"token":99`), "works for token 99, which is gone"},
		{"boundary/timer", 2, 0, rewrite("instance", `"for":"`, `"for":"no`), "which its definition"},
		{"boundary/timer", 2, 0, entries("instance"), "it should stand in index"},
	} {
		records := middle(t, c.scenario, c.deeds, c.turns)
		p := &stage{t: t, way: plain{}, store: memory.New(), seen: map[string]string{}, told: map[string]int{}}
		p.load(records)
		p.engine = p.over(p.store)
		if found := inspect(t, p.engine); len(found) > 0 {
			t.Fatalf("%s: %q", c.scenario, found)
		}
		p.store = memory.New()
		p.load(c.edit(records))
		p.engine = p.over(p.store)
		said := strings.Join(inspect(t, p.engine), "\n")
		for want := range strings.SplitSeq(c.want, "|") {
			if !strings.Contains(said, want) {
				t.Errorf("%s: no %q in\n%s", c.scenario, want, said)
			}
		}
	}
}
