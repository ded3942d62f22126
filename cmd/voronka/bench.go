package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/voronka/voronka/cmd/voronka/bench"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/server"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/postgres"
)

func benchCommand() *cobra.Command {
	b := benchmark{}
	c := &cobra.Command{
		Use:   "bench [--inprocess [--quick]] [--server URL --token TOKEN] [--report FILE] [--json]",
		Short: "Measure how fast it is, beside the store alone; or put a running server under load",
		Long: `Measures beside the store alone ("bare"), which does the same reads, records, keys and bytes in the same run, in turns of a fifth of
a second. What counts is the ratio. Everything stands in a folder or schema of its own, which is gone afterwards.

  bench              moves of cards and reads over HTTP, by a server of its own: a minute
  bench --inprocess  in this process, without HTTP: about fifteen minutes, or with --quick at most 45 seconds
  bench --report F   both, written to a page in Markdown
  bench --server U   puts a running server under load: by --clients that wait for their answers, or with --rate by requests that come
                     whether or not those before are answered, and whose latency counts from when they should have begun. The funnel
                     "` + "bench_ring" + `" is deployed there and --cards are made in it, and both stay there: take a server for trying out.

What --json prints, all but the first two with figures by the number of clients or cards; ms and us are milli- and microseconds:

  instance     memory_us (of one, in memory), memory_us_at_100k (with 100,000 kept), durable_ratio and durable_ratio_64 (time to bare)
  parked       bytes, goroutines: of one that waits for a person and a timer, in memory
  moves        per_second, bare_per_second, ratio, p50_ms, p99_ms
  hot_counter  per_second, ratio_to_moves: of moves that count one counter up
and not with --quick:
  job          per_second, bare_per_second (transactions), ratio (time to one of them): written, claimed and completed
  cards        create_per_second, import_per_second (500 in a deed), open_ms, first_board_ms, cold_open_ms, cold_first_board_ms (with nothing
               in memory), moves_ratio (to moves among 1,000), and of board, card and search: per_second, p50_ms, p95_ms, p99_ms
  growth       history_lines, history_ratio, waiting_timers, waiting_ratio: moves among these, to moves without
  timers       due, within_s, fired, p50_late_ms, p99_late_ms, max_late_ms
  http         moves as above; board, card and search by 16 clients

With --server it prints by scenario and clients: per_second, rate, p50_ms, p90_ms, p99_ms, p999_ms, max_ms, done, failed, unsent, error.`,
		Args: cobra.NoArgs,
		Example: "  voronka bench --inprocess --quick\n" +
			"  voronka bench --inprocess --quick --json --store postgres://voronka@db/voronka\n" +
			"  voronka bench --server http://127.0.0.1:8080 --token $TOKEN --scenario moves,board --clients 16 --rate 500 --for 30s",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := b.check(c.Flags().Changed); err != nil {
				return err
			}
			b.in, b.out, b.err = c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr()
			if b.server != "" {
				return b.load(c.Context())
			}
			return b.measure(c.Context(), b.sizes())
		},
	}
	f := c.Flags()
	f.BoolVar(&b.inProcess, "inprocess", false, "measure in this process, without HTTP")
	f.BoolVar(&b.quick, "quick", false, "with --inprocess: the most important figures, within 45 seconds")
	f.BoolVar(&b.json, "json", false, "print JSON")
	f.StringVar(&b.store, "store", "bolt", "what to measure on: bolt, memory, or a database as postgres://user:password@host/database")
	f.StringVar(&b.data, "data", "", "a folder on the disk to measure on; the one for temporary files if left out")
	f.IntSliceVar(&b.cards, "cards", nil, "how many cards are read and moved among, as 100000,1000000; with --server how many are made")
	f.IntSliceVar(&b.clients, "clients", nil, "how many clients side by side: 1,16,64,256 if left out")
	f.DurationVar(&b.span, "for", 0, "how long each measurement takes; with --server 10s if left out")
	f.StringVar(&b.report, "report", "", "write everything that can be measured to this file, in Markdown")
	f.StringVar(&b.commit, "commit", version(), "with --report: what is measured")
	f.StringVar(&b.server, "server", os.Getenv("VORONKA_SERVER"), "address of a running server to put under load, as http://127.0.0.1:8080")
	f.StringVar(&b.token, "token", os.Getenv("VORONKA_TOKEN"), "with --server: an API token")
	f.StringVar(&b.login, "login", "", "with --server: sign in as this person, in place of a token; the password is read from standard input")
	f.StringSliceVar(&b.scenarios, "scenario", []string{"moves"}, "with --server: "+strings.Join(bench.Scenarios, ", "))
	f.Float64Var(&b.rate, "rate", 0, "with --server: requests a second, whether or not those before are answered")
	c.MarkFlagsMutuallyExclusive("inprocess", "server", "report")
	c.MarkFlagsMutuallyExclusive("token", "login")
	c.MarkFlagsMutuallyExclusive("json", "report")
	return c
}

// benchmark is the command line.
type benchmark struct {
	inProcess, quick, json bool
	store, data            string
	cards, clients         []int
	span                   time.Duration
	report, commit         string
	server, token, login   string
	scenarios              []string
	rate                   float64

	in       io.Reader
	out, err io.Writer
}

// check refuses what can't be meant.
func (b *benchmark) check(given func(flag string) bool) error {
	if b.inProcess || b.report != "" {
		b.server = "" // which may have come from the environment
	}
	if b.server == "" {
		for _, flag := range []string{"token", "login", "scenario", "rate"} {
			if given(flag) {
				return fmt.Errorf("--%s is for a running server: say which by --server", flag)
			}
		}
	} else {
		for _, flag := range []string{"quick", "store", "data", "commit"} {
			if given(flag) {
				return fmt.Errorf("--%s is not for a running server", flag)
			}
		}
		if b.token == "" && b.login == "" {
			return errors.New("say who you are on the server: --token or --login")
		}
	}
	if b.quick && !b.inProcess {
		return errors.New("--quick is for --inprocess")
	}
	for _, n := range slices.Concat(b.cards, b.clients) {
		if n < 1 {
			return fmt.Errorf("%d is too few cards or clients", n)
		}
	}
	switch {
	case len(b.cards) > 1 && b.server != "":
		return errors.New("--cards is one number with --server")
	case b.span < 0 || b.rate < 0:
		return errors.New("--for and --rate are more than nothing")
	case b.store != "bolt" && b.store != "memory" && !inDatabase(b.store):
		return fmt.Errorf("--store %s is none: bolt, memory or postgres://user:password@host/database", shown(b.store))
	case b.data != "" && b.store != "bolt":
		return errors.New("--data is for --store bolt")
	}
	return nil
}

// measure measures on stores of its own.
func (b *benchmark) measure(ctx context.Context, z bench.Sizes) error {
	run := &bench.Bench{Sizes: z, Ground: b.ground, Serve: b.serve}
	if b.store == "bolt" && bench.InMemory(b.folder()) {
		fmt.Fprintf(b.err, "%s stands in memory, where nothing lasts: name a folder on a disk by --data\n", b.folder())
	}
	tell, done := b.progress()
	run.Progress = tell
	f, err := run.Run(ctx)
	done()
	if err != nil {
		return err
	}
	switch {
	case b.report != "":
		return b.write(f)
	case b.json:
		return json.NewEncoder(b.out).Encode(f)
	}
	return f.Print(b.out)
}

func (b *benchmark) sizes() bench.Sizes {
	cards := b.cards
	if len(cards) == 0 {
		cards = []int{100_000}
	}
	var z bench.Sizes
	switch {
	case b.quick:
		z = bench.Quick()
		if len(b.cards) > 0 {
			z.Crowds, z.Few, z.Within = b.cards, bench.Full().Few, 0
		}
	case b.inProcess:
		z = bench.Full(cards...)
	case b.report != "":
		z = bench.Full(cards...)
		z.Web = bench.HTTP().Web
	default:
		z = bench.HTTP()
	}
	if b.span > 0 {
		z.Span, z.Within = b.span, 0
	}
	if len(b.clients) > 0 {
		for _, into := range []*[]int{&z.Clients, &z.Counting, &z.Jobs, &z.Web} {
			if len(*into) > 0 {
				*into = b.clients
			}
		}
		z.Pool = max(z.Pool, slices.Max(b.clients))
	}
	return z
}

// progress is drawn for a person who looks on.
func (b *benchmark) progress() (tell func(string, float64), done func()) {
	if !terminal(b.err) {
		return nil, func() {}
	}
	return bench.Bar(b.err)
}

// folder is where files are measured on.
func (b *benchmark) folder() string {
	if b.data == "" {
		return os.TempDir()
	}
	return b.data
}

// ground is a place of its own for an empty store.
func (b *benchmark) ground(context.Context) (*bench.Ground, error) {
	switch b.store {
	case "memory":
		s := memory.New()
		return &bench.Ground{
			Open: func(context.Context) (storage.Store, error) { return s, nil },
			Drop: func() error { return nil },
		}, nil
	case "bolt":
		dir, err := os.MkdirTemp(b.folder(), "voronka-bench-")
		if err != nil {
			return nil, err
		}
		return &bench.Ground{
			Open:   func(ctx context.Context) (storage.Store, error) { return openStore(ctx, dir) },
			Keeps:  true,
			Forget: func() error { return bench.Forget(filepath.Join(dir, databaseName)) },
			Drop:   func() error { return os.RemoveAll(dir) },
		}, nil
	}
	at, err := ownSchema(b.store)
	if err != nil {
		return nil, err
	}
	return &bench.Ground{
		Open:  func(ctx context.Context) (storage.Store, error) { return openStore(ctx, at) },
		Keeps: true,
		Drop:  func() error { return postgres.Drop(context.Background(), at) },
	}, nil
}

// ownSchema is the URL of a schema in the same database that is nobody's.
func ownSchema(place string) (string, error) {
	u, err := url.Parse(place)
	if err != nil {
		return "", fmt.Errorf("--store is no URL that can be read: %w", errors.Unwrap(err))
	}
	q := u.Query()
	q.Set("search_path", "voronka_bench_"+strings.ToLower(rand.Text()[:12]))
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// serve serves a store as the server does, log included, on an address of this machine that is free.
func (b *benchmark) serve(ctx context.Context, s storage.Store) (string, func(), error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	log := zerolog.New(io.Discard).Level(zerolog.InfoLevel).With().Timestamp().Logger()
	inside, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = newApp(s, engine.Options{Log: log}).serve(inside, s, l, server.Options{Log: log}) // what goes wrong is seen by whoever asks it
	}()
	return "http://" + l.Addr().String(), func() { stop(); <-ended }, nil
}

// write writes the page, and makes nothing of a file where it can't.
func (b *benchmark) write(f *bench.Figures) error {
	m, err := bench.LookAt(b.folder())
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := (&bench.Page{Machine: m, Commit: b.commit, Date: time.Now(), Store: shown(b.store), Figures: f}).Markdown(&text); err != nil {
		return err
	}
	return os.WriteFile(b.report, []byte(text.String()), 0o644)
}

// load puts a running server under load.
func (b *benchmark) load(ctx context.Context) (err error) {
	t, err := bench.NewTarget(b.server, b.token)
	if err != nil {
		return err
	}
	if b.login != "" {
		password, err := bufio.NewReader(b.in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := t.SignIn(ctx, b.login, strings.TrimRight(password, "\r\n")); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, t.SignOut(context.WithoutCancel(ctx))) }()
	l := &bench.Load{Scenarios: b.scenarios, Clients: b.clients, Rate: b.rate, Span: b.span, Cards: 2000}
	if len(b.cards) > 0 {
		l.Cards = b.cards[0]
	}
	if len(l.Clients) == 0 {
		l.Clients = []int{1, 16, 64, 256}
	}
	if l.Span == 0 {
		l.Span = 10 * time.Second
	}
	tell, done := b.progress()
	l.Progress = tell
	all, err := l.Run(ctx, t)
	done()
	if err != nil {
		return err
	}
	if b.json {
		return json.NewEncoder(b.out).Encode(all)
	}
	return bench.PrintLoad(b.out, all)
}
