package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/examples/drivingschool"
	"github.com/voronka/voronka/server"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

func demoCommand() *cobra.Command {
	d := demo{}
	c := &cobra.Command{
		Use:   "demo [--data DIR] [--listen ADDR] [--no-story]",
		Short: "Serve a driving school with a quarter of a year of its sales, and tell how they are made",
		Long: "Fills an empty data folder with the driving school «Povorot»: its diagrams, its people, and a quarter of a year of leads and deals;\n" +
			"then serves it, and tells in the terminal how a lead becomes a licence. Everyone's password is \"" + drivingschool.Password + "\", so it listens to\n" +
			"this machine only. A folder of an earlier demo is served as it was left.",
		Args:    cobra.NoArgs,
		Example: "  voronka demo --data .demo",
		RunE: func(c *cobra.Command, _ []string) error {
			d.out = c.OutOrStdout()
			return d.run(c.Context())
		},
	}
	c.Flags().StringVar(&d.data, "data", ".demo", "the data folder")
	c.Flags().StringVar(&d.listen, "listen", "127.0.0.1:8080", "address of this machine to listen on")
	c.Flags().BoolVar(&d.silent, "no-story", false, "serve only")
	c.Flags().StringVar(&d.language, "language", "ru", "what the story is told in: ru or en")
	c.Flags().Float64Var(&d.pace, "pace", 1, "how long the story stops between lines: 0 for not at all")
	return c
}

// demo is the driving school over a data folder.
type demo struct {
	data, listen, language string
	silent                 bool
	pace                   float64
	out                    io.Writer
}

func (d *demo) run(ctx context.Context) error {
	if err := d.check(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", d.listen)
	if err != nil {
		return err
	}
	store, err := openData(d.data)
	if err != nil {
		_ = l.Close()
		return err
	}
	defer store.Close()
	log, _ := logger(os.Stderr, zerolog.WarnLevel, "") // requests would talk over the story
	a, err := openApp(ctx, store, engine.Options{Log: log})
	if err == nil {
		err = d.fill(ctx, store, a)
	}
	if err != nil {
		_ = l.Close()
		return err
	}
	d.welcome(l.Addr())
	return d.serve(ctx, a, store, l, server.Options{Log: log, Demo: visitors()})
}

// check refuses what would let strangers in: everyone's password is known.
func (d *demo) check() error {
	if d.language != "ru" && d.language != "en" {
		return fmt.Errorf("--language %q: the story is told in ru or en", d.language)
	}
	if _, _, err := net.SplitHostPort(d.listen); err != nil {
		return fmt.Errorf("--listen %q is no address: write 127.0.0.1:8080", d.listen)
	}
	if !loopback(d.listen) {
		return fmt.Errorf("--listen %q: the demo listens to this machine only, because everyone's password is %q; write 127.0.0.1:8080, or serve a folder of your own",
			d.listen, drivingschool.Password)
	}
	return nil
}

// serve serves, and tells the story meanwhile.
func (d *demo) serve(ctx context.Context, a *app, store storage.Store, l net.Listener, o server.Options) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() {
		served <- a.serve(ctx, store, l, o)
		stop()
	}()
	if !d.silent {
		if err := d.tell(ctx); err != nil && ctx.Err() == nil {
			o.Log.Error().Err(err).Msg("the story")
		}
	}
	return <-served
}

// fill fills an empty folder with the seeded school.
func (d *demo) fill(ctx context.Context, store storage.Store, a *app) error {
	here, empty := false, false
	if err := a.engine.View(ctx, func(tx *engine.Tx) (err error) {
		if here, err = drivingschool.Here(tx); err != nil {
			return err
		}
		people, err := access.Users(tx)
		if err != nil {
			return err
		}
		definitions, err := tx.Definitions("")
		empty = len(people)+len(definitions) == 0
		return err
	}); err != nil || here {
		return err
	}
	if !empty {
		return fmt.Errorf("%s holds something else than a demo: name an empty folder", d.data)
	}
	if err := seed(ctx, store, time.Now()); err != nil {
		return fmt.Errorf("fill %s: %w", d.data, err)
	}
	return nil
}

// seed makes the school's past in memory, which takes thousands of commits, and writes it down in one: it is there as a whole or not
// at all.
func seed(ctx context.Context, store storage.Store, until time.Time) error {
	draft := &ledger{Store: memory.New(), kinds: map[string]bool{}}
	defer draft.Close()
	school, err := openSchool(ctx, draft, drivingschool.Beginning(until))
	if err != nil {
		return err
	}
	if err := drivingschool.Seed(ctx, school, until); err != nil {
		return err
	}
	return draft.copy(ctx, store)
}

// openSchool opens the school over a store, with a clock that stands.
func openSchool(ctx context.Context, store storage.Store, at time.Time) (drivingschool.School, error) {
	clock := drivingschool.NewClock(at)
	a := newApp(store, engine.Options{Now: clock.Now})
	return drivingschool.School{Engine: a.engine, Cards: a.cards, Worker: a.worker, Clock: clock},
		a.engine.Update(ctx, func(tx *engine.Tx) error { return drivingschool.Open(tx, drivingschool.Hash) })
}

// ledger is a store that knows what kinds of records were written to it.
type ledger struct {
	storage.Store
	kinds map[string]bool
}

func (l *ledger) Update(ctx context.Context, fn func(storage.Tx) error) error {
	return l.Store.Update(ctx, func(tx storage.Tx) error { return fn(entering{tx, l}) })
}

type entering struct {
	storage.Tx
	ledger *ledger
}

func (e entering) Put(records ...*storage.Record) error {
	for _, r := range records {
		e.ledger.kinds[r.Kind] = true
	}
	return e.Tx.Put(records...)
}

// copy writes all records to an empty store, in one commit.
func (l *ledger) copy(ctx context.Context, to storage.Store) error {
	var records []*storage.Record
	if err := l.View(ctx, func(r storage.Reader) error {
		var refs []storage.Ref
		for _, kind := range slices.Sorted(maps.Keys(l.kinds)) {
			for hit, err := range r.Scan(storage.Range{Kind: kind, Keys: true}) {
				if err != nil {
					return err
				}
				refs = append(refs, hit.Ref)
			}
		}
		var err error
		records, err = r.Get(refs...)
		return err
	}); err != nil {
		return err
	}
	for _, r := range records {
		r.Version = 0
	}
	return to.Update(ctx, func(tx storage.Tx) error { return tx.Put(records...) })
}

// visitors are the people whom the sign-in page offers.
func visitors() []server.DemoPerson {
	all := make([]server.DemoPerson, len(drivingschool.People))
	for n, p := range drivingschool.People {
		all[n] = server.DemoPerson{Login: p.ID, Name: p.Name, Password: drivingschool.Password, Roles: p.Roles}
	}
	return all
}

// welcome says where it is and who can sign in.
func (d *demo) welcome(at net.Addr) {
	in := func(ru, en string) string {
		if d.language == "en" {
			return en
		}
		return ru
	}
	branch := map[string]string{}
	for _, b := range drivingschool.Branches {
		branch[b.Code] = in(b.Name, b.Code)
	}
	fmt.Fprintf(d.out, "%s http://%s\n\n", in("Автошкола «Поворот»:", "The driving school «Povorot»:"), at)
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", in("логин", "login"), in("имя", "name"), in("роль", "role"), in("филиал", "branch"))
	for _, p := range drivingschool.People {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", p.ID, p.Name, drivingschool.RoleName(p.Roles[0], d.language), branch[p.Branch])
	}
	_ = table.Flush()
	for line := range strings.Lines(text.String()) {
		fmt.Fprintln(d.out, strings.TrimRight(line, " \n"))
	}
	fmt.Fprintf(d.out, "\n%s %s\n", in("Пароль у всех — "+drivingschool.Password+"; поэтому только на этой машине.", "Everyone's password is "+drivingschool.Password+"; so on this machine only."),
		in("Остановить: Ctrl-C", "To stop: Ctrl-C"))
}

// tell tells the story, on a store of its own with a clock of its own.
func (d *demo) tell(ctx context.Context) error {
	store := memory.New()
	defer store.Close()
	school, err := openSchool(ctx, store, drivingschool.StoryBegins())
	if err != nil {
		return err
	}
	return (&drivingschool.Story{
		School: school, Out: d.out, English: d.language == "en", Color: terminal(d.out), Pause: d.pause,
	}).Tell(ctx)
}

// pause is as long as a line takes to be read.
func (d *demo) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(d.pace * float64(1100*time.Millisecond))):
	}
}

// terminal tells whether a person is reading, who likes colours.
func terminal(out io.Writer) bool { return tty(out) && os.Getenv("NO_COLOR") == "" }
