package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/voronka/voronka/cmd/voronka/bench"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/storagetest"
)

func tiny() bench.Sizes {
	return bench.Sizes{Clients: []int{2}, Web: []int{2}, Span: 20 * time.Millisecond, Pool: 8}
}

// On each store the figures come out, and nothing is left behind.
func TestBench(t *testing.T) {
	data := t.TempDir()
	places := map[string]benchmark{"bolt": {store: "bolt", data: data}, "memory": {store: "memory"}}
	if url := storagetest.Postgres(t); url != "" {
		places["postgres"] = benchmark{store: url}
	}
	for name, b := range places {
		t.Run(name, func(t *testing.T) {
			var out, said bytes.Buffer
			b.json, b.out, b.err = true, &out, &said
			if err := b.measure(t.Context(), tiny()); err != nil {
				t.Fatal(err)
			}
			var f bench.Figures
			if err := json.Unmarshal(out.Bytes(), &f); err != nil {
				t.Fatal(err)
			}
			if f.Moves[2].Ratio <= 0 || f.HTTP.Moves[2].Ratio <= 0 || f.HTTP.Search.PerSecond <= 0 || said.Len() > 0 && !bench.InMemory(data) {
				t.Errorf("%s\n%s", &out, &said)
			}
			out.Reset()
			b.json = false
			if err := b.measure(t.Context(), tiny()); err != nil || !strings.Contains(out.String(), "Moves of cards, durable\n") {
				t.Errorf("%v\n%s", err, &out)
			}
			ctx, stop := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, stop)
			z := tiny()
			z.Span = time.Minute
			if err := b.measure(ctx, z); !errors.Is(err, context.Canceled) {
				t.Errorf("cut off: %v", err)
			}
			nothingLeft(t, b)
		})
	}
}

func nothingLeft(t *testing.T, b benchmark) {
	t.Helper()
	if b.data != "" {
		if left, err := os.ReadDir(b.data); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
	if !inDatabase(b.store) {
		return
	}
	c, err := pgx.Connect(t.Context(), b.store)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	left := 0
	if err := c.QueryRow(t.Context(), "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'voronka_bench_%'").Scan(&left); err != nil || left > 0 {
		t.Errorf("%d schemas are left behind: %v", left, err)
	}
}

// A page is written where it is asked for, with what it was measured on.
func TestBenchReport(t *testing.T) {
	data, page := t.TempDir(), filepath.Join(t.TempDir(), "BENCHMARKS.md")
	b := benchmark{store: "bolt", data: data, report: page, commit: "abc1234", err: &bytes.Buffer{}}
	if err := b.measure(t.Context(), tiny()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "| commit | abc1234 |") || !strings.Contains(string(text), "## Over HTTP") {
		t.Errorf("%v\n%s", err, text)
	}
	nothingLeft(t, b)
	b.report = filepath.Join(data, "nowhere", "BENCHMARKS.md")
	if err := b.measure(t.Context(), tiny()); err == nil {
		t.Error("a page was written into a folder that is not there")
	}
	b.data = filepath.Join(data, "nowhere")
	if err := b.measure(t.Context(), tiny()); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// What is asked for decides what is measured.
func TestBenchSizes(t *testing.T) {
	for name, c := range map[string]struct {
		b          benchmark
		web, cards bool
	}{
		"": {b: benchmark{}, web: true}, "inprocess": {b: benchmark{inProcess: true}, cards: true}, "report": {b: benchmark{report: "x"}, web: true, cards: true},
		"quick": {b: benchmark{inProcess: true, quick: true}}, "quick with cards": {b: benchmark{inProcess: true, quick: true, cards: []int{7}}, cards: true},
	} {
		if z := c.b.sizes(); len(z.Web) > 0 != c.web || len(z.Crowds) > 0 != c.cards || z.Few > 0 != c.cards {
			t.Errorf("%s: %+v", name, z)
		}
	}
	if z := (&benchmark{inProcess: true, quick: true}).sizes(); z.Within == 0 || z.Within > 45*time.Second {
		t.Errorf("a quick run takes %v", z.Within)
	}
	if z := (&benchmark{inProcess: true, clients: []int{3, 5000}, span: time.Second}).sizes(); z.Clients[0] != 3 || z.Jobs[1] != 5000 || len(z.Web) != 0 || z.Pool != 5000 || z.Span != time.Second {
		t.Errorf("%+v", z)
	}
}

func TestBenchRefuses(t *testing.T) {
	for args, says := range map[string]string{
		"--quick":                                              "--quick is for --inprocess",
		"--inprocess --store nothing":                          "--store nothing is none: bolt, memory or postgres://",
		"--inprocess --store memory --data x":                  "--data is for --store bolt",
		"--inprocess --cards 0":                                "too few",
		"--inprocess --clients -1":                             "too few",
		"--inprocess --clients many":                           "invalid",
		"--inprocess --for -1s":                                "more than nothing",
		"--inprocess --rate 5":                                 "--rate is for a running server",
		"--inprocess --login ann":                              "--login is for a running server",
		"--inprocess --server http://x":                        "none of the others can be",
		"--inprocess --report x":                               "none of the others can be",
		"--report x --json":                                    "none of the others can be",
		"--server http://x":                                    "--token or --login",
		"--server http://x --token t --quick":                  "--quick is not for a running server",
		"--server http://x --token t --data x":                 "--data is not for a running server",
		"--server x --token t":                                 "is no address",
		"--server http://x --token t --cards 1,2":              "one number",
		"--inprocess --quick --store postgres://u:secret@:x/y": "invalid port",
		"leftover": "unknown command",
	} {
		_, err := said(t, "", append([]string{"bench"}, strings.Fields(args)...)...)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// A server is put under load by whoever signs in there.
func TestBenchOfServer(t *testing.T) {
	s := memory.New()
	hash, err := access.HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if err := newApp(s, engine.Options{}).engine.Update(t.Context(), func(tx *engine.Tx) error {
		_, err := access.Create(tx, access.System("test"), access.User{ID: "boss", Name: "Boss", Roles: []string{"admin"}, Language: "en", Active: true}, hash)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	at, stop, err := (&benchmark{}).serve(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	args := []string{"bench", "--server", at, "--login", "boss", "--scenario", "moves,search", "--clients", "2", "--cards", "4", "--for", "50ms"}
	out, err := said(t, "correct horse\n", append(args, "--json")...)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[int]bench.Loaded
	if err := json.Unmarshal([]byte(out), &all); err != nil || all["moves"][2].Done == 0 || all["search"][2].Done == 0 || all["moves"][2].Failed > 0 {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = said(t, "correct horse\n", append(args, "--rate", "100")...); err != nil || !strings.Contains(out, "p99.9") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := said(t, "wrong\n", args...); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("%v\n%s", err, out)
	}
}
