package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	module = "github.com/voronka/voronka/"
	top    = "../.."
)

// floors are the packages from the ground up: each may import those below it, and of its own floor those before it in the list.
var floors = [][]string{
	{"bpmn", "storage", "storage/sorted", "storage/memory", "storage/bolt", "storage/postgres", "storage/storagetest", "web"},
	{"engine/schedule", "engine/expression", "engine"},
	{
		"crm/funneltest", "crm/access", "crm/calendar", "crm/contact", "crm/product", "crm/funnel", "crm/card", "crm/document", "crm/activity",
		"crm/payment", "crm/robot", "crm/intake", "crm/report",
	},
	{"server", "examples/drivingschool"},
	{"cmd/voronka/bench", "cmd/voronka"},
}

// forbidden are arrows that point down and are wrong all the same, with the reason.
var forbidden = map[[2]string]string{
	{"storage", "bpmn"}:                  "a store never looks inside a record",
	{"engine", "storage/bolt"}:           "only cmd names a backend",
	{"engine", "storage/memory"}:         "only cmd names a backend",
	{"server", "storage/bolt"}:           "only cmd names a backend",
	{"server", "storage/memory"}:         "only cmd names a backend",
	{"engine", "web"}:                    "pages are the server's",
	{"bpmn", "storage"}:                  "a drawing knows nothing of where it is kept",
	{"server", "examples/drivingschool"}: "the demo is no part of the product",
}

// homes are the libraries that have one home each, so that the day one is replaced it is replaced there.
var homes = map[string]string{
	"github.com/beevik/etree":             "bpmn",
	"github.com/expr-lang/expr":           "engine/expression",
	"github.com/robfig/cron/v3":           "engine/schedule",
	"go.etcd.io/bbolt":                    "storage/bolt",
	"github.com/jackc/pgx/v5":             "storage/postgres",
	"github.com/gorilla/mux":              "server",
	"github.com/prometheus/client_golang": "server",
	"github.com/spf13/cobra":              "cmd/voronka",
	"github.com/goccy/go-json":            "storage",
	"github.com/nyaruka/phonenumbers":     "crm/contact",
	"golang.org/x/crypto":                 "crm/access",
	"github.com/schollz/progressbar":      "cmd/voronka/bench",
}

func TestLayers(t *testing.T) {
	floor, place := map[string]int{}, map[string]int{}
	for n, packages := range floors {
		for m, p := range packages {
			floor[p], place[p] = n, m
		}
	}
	eachFile(t, func(pkg, file string, test bool) {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(top, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		if _, known := floor[pkg]; !known {
			t.Errorf("%s: package %s stands on no floor: give it a place in the list", file, pkg)
			return
		}
		for _, i := range parsed.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if to, ours := strings.CutPrefix(path, module); ours {
				if test || to == pkg {
					continue // tests may stand on what they like
				}
				if floor[to] > floor[pkg] || floor[to] == floor[pkg] && place[to] > place[pkg] {
					t.Errorf("%s imports %s: arrows point down", file, to)
				}
				if why := forbidden[[2]string{pkg, to}]; why != "" {
					t.Errorf("%s imports %s: %s", file, to, why)
				}
				continue
			}
			for library, home := range homes {
				if (path == library || strings.HasPrefix(path, library+"/")) && pkg != home && !test {
					t.Errorf("%s imports %s, whose home is %s", file, path, home)
				}
			}
		}
	})
}

// sales are words that the engine must not know.
var sales = regexp.MustCompile(`(?i)\b(funnels?|deals?|sales?|crm|customers?|kanban|cards?)\b`)

func TestEngineKnowsNothingOfSales(t *testing.T) {
	eachFile(t, func(pkg, file string, test bool) {
		if pkg != "engine" && !strings.HasPrefix(pkg, "engine/") || test {
			return
		}
		text, err := os.ReadFile(filepath.Join(top, file))
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			if word := sales.FindString(line); word != "" {
				t.Errorf("%s:%d: %q is a word of sales: %s", file, n+1, word, strings.TrimSpace(line))
			}
		}
	})
}

// clocks are the only places that may ask the machine for the time: all else is told it.
func TestTimeComesIn(t *testing.T) {
	allowed := []string{"cmd/voronka", "cmd/voronka/bench", "engine/engine.go", "storage/bolt", "storage/storagetest"}
	eachFile(t, func(pkg, file string, test bool) {
		if test || slices.ContainsFunc(allowed, func(a string) bool { return pkg == a || file == a }) {
			return
		}
		text, err := os.ReadFile(filepath.Join(top, file))
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`\btime\.Now\(`).Match(text) {
			t.Errorf("%s calls time.Now: time comes in by Options", file)
		}
	})
}

func eachFile(t *testing.T, fn func(pkg, file string, test bool)) {
	t.Helper()
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(top, path)
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "node_modules" || d.Name() == "testdata" || rel == "bin") {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".go") {
			fn(filepath.ToSlash(filepath.Dir(rel)), filepath.ToSlash(rel), strings.HasSuffix(path, "_test.go"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
