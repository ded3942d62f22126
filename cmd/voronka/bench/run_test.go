package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/server"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/memory"
)

// onDisk is ground in a folder that goes with the test.
func onDisk(t testing.TB) func(context.Context) (*Ground, error) {
	return func(context.Context) (*Ground, error) {
		path := filepath.Join(t.TempDir(), "bench.db")
		return &Ground{
			Open: func(context.Context) (storage.Store, error) {
				return bolt.Open(path, bolt.Options{Beside: []string{card.Kind, engine.KindInstance, engine.KindHistory}})
			},
			Keeps:  true,
			Forget: func() error { return Forget(path) },
			Drop:   func() error { return nil },
		}, nil
	}
}

func inMemory(context.Context) (*Ground, error) {
	return &Ground{
		Open: func(context.Context) (storage.Store, error) { return memory.New(), nil },
		Drop: func() error { return nil },
	}, nil
}

// served serves a store over HTTP.
func served(t testing.TB) func(context.Context, storage.Store) (string, func(), error) {
	return func(_ context.Context, s storage.Store) (string, func(), error) {
		d := newDesk(s, nil)
		handler, err := server.New(server.Options{Engine: d.engine, Cards: d.cards})
		if err != nil {
			return "", nil, err
		}
		at := httptest.NewServer(handler)
		return at.URL, func() { handler.Close(); at.Close() }, nil
	}
}

// tiny is everything, in a moment.
func tiny() Sizes {
	return Sizes{
		Clients: []int{1, 4}, Counting: []int{8}, Jobs: []int{2}, Web: []int{2}, Span: 20 * time.Millisecond, Pool: 16,
		Kept: 200, Parked: 100, Crowds: []int{200}, Few: 16, History: 60, Waiting: 50, Timers: 50, Minute: 100 * time.Millisecond,
	}
}

// Every figure is found, is more than nothing, and goes with the others.
func TestRun(t *testing.T) {
	for name, ground := range map[string]func(context.Context) (*Ground, error){"bolt": onDisk(t), "memory": inMemory} {
		t.Run(name, func(t *testing.T) {
			told, was := 0.0, []string{}
			b := &Bench{Ground: ground, Sizes: tiny(), Serve: served(t), Progress: func(doing string, done float64) {
				if done < told || done > 1 {
					t.Errorf("%s: %v after %v", doing, done, told)
				}
				if told = done; !slices.Contains(was, doing) {
					was = append(was, doing)
				}
			}}
			f, err := b.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if told != 1 || len(was) < 9 {
				t.Errorf("told %v of %q", told, was)
			}
			whole(t, f, name == "bolt")
			for _, of := range []map[int]Move{f.Moves, f.HTTP.Moves} {
				for clients, m := range of {
					if math.Abs(m.Ratio-m.PerSecond/m.BarePerSecond) > m.Ratio/100 || m.P50 > m.P99 {
						t.Errorf("%d clients: %+v", clients, m)
					}
				}
			}
			if f.Growth.Lines < 60 || f.Growth.Timers != 50 || f.Timers.Due != 50 || f.Timers.Fired != 50 || f.Timers.P99 > f.Timers.Max {
				t.Errorf("%+v %+v", f.Growth, f.Timers)
			}
			shown(t, f)
		})
	}
}

// whole looks for figures that are nothing. In a store that does not last there is no start.
func whole(t *testing.T, f *Figures, lasts bool) {
	t.Helper()
	may := []string{"Parked.Goroutines", "Timers.P50"} // a timer may be in time
	if runtime.GOOS != "linux" {
		may = append(may, "ColdOpen", "ColdBoard")
	}
	if !lasts {
		may = append(may, "Open", "FirstBoard", "ColdBoard")
	}
	var look func(path string, v reflect.Value)
	look = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			look(path, v.Elem())
		case reflect.Struct:
			for n := range v.NumField() {
				look(path+"."+v.Type().Field(n).Name, v.Field(n))
			}
		case reflect.Map:
			if v.Len() == 0 {
				t.Errorf("%s is empty", path)
			}
			for _, key := range v.MapKeys() {
				look(path, v.MapIndex(key))
			}
		default:
			if v.IsZero() && !slices.ContainsFunc(may, func(end string) bool { return strings.HasSuffix(path, end) }) {
				t.Errorf("%s is nothing", path)
			}
		}
	}
	look("", reflect.ValueOf(f))
}

// shown looks at the tables and the page.
func shown(t *testing.T, f *Figures) {
	t.Helper()
	var text, page bytes.Buffer
	m, err := LookAt(t.TempDir())
	if err := errors.Join(err, f.Print(&text), (&Page{Machine: m, Commit: "abc", Date: time.Unix(0, 0), Store: "bolt", Figures: f}).Markdown(&page)); err != nil {
		t.Fatal(err)
	}
	if m.CPU == "" || m.Cores < 1 || m.Sync <= 0 || m.Sync99 < m.Sync || m.Go == "" {
		t.Errorf("%+v", m)
	}
	for _, title := range []string{"Moves of cards, durable", "Whole instances", "Jobs", "Over HTTP", "200 cards", "Moves among much else", "Timers"} {
		if !strings.Contains(text.String(), title) || !strings.Contains(page.String(), "\n## "+title) {
			t.Errorf("%s is not shown:\n%s\n%s", title, &text, &page)
		}
	}
	for _, word := range []string{"| commit | abc |", "1970-01-01 00:00 UTC", m.CPU} {
		if !strings.Contains(page.String(), word) {
			t.Errorf("the page does not say %s", word)
		}
	}
}

// What a quick run prints has exactly these names.
func TestQuickShape(t *testing.T) {
	quick := Quick()
	z := tiny()
	z.Clients, z.Counting = quick.Clients, quick.Counting
	z.Jobs, z.Web, z.Crowds, z.History, z.Waiting, z.Timers, z.Pool = quick.Jobs, quick.Web, quick.Crowds, quick.History, quick.Waiting, quick.Timers, 256
	f, err := (&Bench{Ground: onDisk(t), Sizes: z}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	move := "bare_per_second p50_ms p99_ms per_second ratio"
	want := map[string]any{
		"moves":       map[string]any{"1": move, "64": move},
		"instance":    "durable_ratio durable_ratio_64 memory_us memory_us_at_100k",
		"hot_counter": map[string]any{"256": "per_second ratio_to_moves"},
		"parked":      "bytes goroutines",
	}
	if got := names(t, got); !reflect.DeepEqual(got, any(want)) {
		t.Errorf("%v\nnot %v", got, want)
	}
}

// names is an object with its numbers replaced by their names.
func names(t *testing.T, v any) any {
	t.Helper()
	object := v.(map[string]any)
	var numbers []string
	inside := map[string]any{}
	for name, value := range object {
		if _, number := value.(float64); number {
			numbers = append(numbers, name)
		} else {
			inside[name] = names(t, value)
		}
	}
	if len(inside) > 0 && len(numbers) > 0 {
		t.Errorf("%v has numbers and more", object)
	}
	if len(inside) > 0 {
		return inside
	}
	slices.Sort(numbers)
	return strings.Join(numbers, " ")
}

// What goes wrong says in what, and the ground is given back.
func TestRunThatFails(t *testing.T) {
	broken := errors.New("broken")
	if _, err := (&Bench{Ground: func(context.Context) (*Ground, error) { return nil, broken }, Sizes: tiny()}).Run(t.Context()); !errors.Is(err, broken) {
		t.Error(err)
	}
	opened, dropped := 0, 0
	ground := func(open error) func(context.Context) (*Ground, error) {
		return func(context.Context) (*Ground, error) {
			return &Ground{
				Open: func(context.Context) (storage.Store, error) { opened++; return memory.New(), open },
				Drop: func() error { dropped++; return nil },
			}, nil
		}
	}
	if _, err := (&Bench{Ground: ground(broken), Sizes: tiny()}).Run(t.Context()); !errors.Is(err, broken) || dropped != 1 {
		t.Error(err, dropped)
	}
	z := tiny()
	z.Span = time.Minute
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, stop)
	if _, err := (&Bench{Ground: ground(nil), Sizes: z}).Run(ctx); !errors.Is(err, context.Canceled) || opened != dropped {
		t.Error(err, opened, dropped)
	}
	if _, err := (&Bench{Ground: ground(nil), Sizes: Sizes{Web: []int{1}, Pool: 4}, Serve: func(context.Context, storage.Store) (string, func(), error) { return "", nil, broken }}).Run(t.Context()); !errors.Is(err, broken) || !strings.Contains(err.Error(), "measure moves over HTTP") || opened != dropped {
		t.Error(err, opened, dropped)
	}
	if _, err := (&Bench{Ground: func(context.Context) (*Ground, error) {
		return &Ground{Open: func(context.Context) (storage.Store, error) { return memory.New(), nil }, Drop: func() error { return broken }}, nil
	}, Sizes: Sizes{Jobs: []int{1}, Span: time.Millisecond}}).Run(t.Context()); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := LookAt(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a folder that is not there was measured")
	}
	if err := Forget(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a file that is not there was forgotten")
	}
}
