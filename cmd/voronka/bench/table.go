package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// table is figures for people.
type table struct {
	title, about string
	rows         [][]string // the first is the head
}

// Print writes figures as tables for a terminal.
func (f *Figures) Print(w io.Writer) error {
	for n, t := range f.tables() {
		if n > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, t.title)
		out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, row := range t.rows {
			fmt.Fprintln(out, "  "+strings.Join(row, "\t")+"\t")
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// PrintLoad writes what a server did under load as a table for a terminal.
func PrintLoad(w io.Writer, all map[string]map[int]*Loaded) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "scenario\tclients\ta second\tp50 ms\tp90\tp99\tp99.9\tlongest\tdone\tfailed\tunsent\t")
	for _, scenario := range slices.Sorted(maps.Keys(all)) {
		for _, clients := range slices.Sorted(maps.Keys(all[scenario])) {
			l := all[scenario][clients]
			row := append([]string{scenario, strconv.Itoa(clients)}, texts(l.PerSecond, l.P50, l.P90, l.P99, l.P999, l.Max)...)
			row = append(row, strconv.Itoa(l.Done), strconv.Itoa(l.Failed), strconv.Itoa(l.Unsent))
			fmt.Fprintln(out, strings.Join(row, "\t")+"\t")
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	for _, scenario := range slices.Sorted(maps.Keys(all)) {
		for _, clients := range slices.Sorted(maps.Keys(all[scenario])) {
			if l := all[scenario][clients]; l.Error != "" {
				fmt.Fprintf(w, "%s, %d clients: %s\n", scenario, clients, l.Error)
			}
		}
	}
	return nil
}

// Page is a run for whoever was not there.
type Page struct {
	Machine *Machine
	Commit  string
	Date    time.Time
	Store   string
	Figures *Figures
}

// Markdown writes the page.
func (p *Page) Markdown(w io.Writer) error {
	m := p.Machine
	var b strings.Builder
	fmt.Fprintf(&b, `# Benchmarks

Written by `+"`make benchmarks`"+`, not by hand. "Bare" is the store alone, doing the same reads, records, keys and bytes in the same run; the two
take turns of a fifth of a second. What counts is the ratio.

| | |
| --- | --- |
| commit | %s |
| date | %s |
| machine | %s, %d cores, %s |
| system | %s, %s |
| disk | %s: 4 KB are kept after %s ms (p50), %s ms (p99) |
| store | %s |
`, p.Commit, p.Date.UTC().Format("2006-01-02 15:04 MST"), m.CPU, m.Cores, m.Memory, m.System, m.Go, m.Disk, figure(m.Sync), figure(m.Sync99), p.Store)
	for _, t := range p.Figures.tables() {
		fmt.Fprintf(&b, "\n## %s\n%s\n\n", t.title, t.about)
		for n, row := range t.rows {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
			if n == 0 {
				b.WriteString("|" + strings.Repeat(" ---: |", len(row)) + "\n")
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tables are all figures that were found. What is wished for stands in the last column.
func (f *Figures) tables() []table {
	var all []table
	add := func(title, about string, rows ...[]string) {
		if len(rows) > 1 {
			all = append(all, table{title, about, rows})
		}
	}
	moves := func(of map[int]Move, wish func(clients int) string) [][]string {
		rows := [][]string{{"clients", "moves a second", "bare", "ratio", "p50 ms", "p99 ms", "wished for"}}
		for _, clients := range slices.Sorted(maps.Keys(of)) {
			m := of[clients]
			rows = append(rows, append(append([]string{strconv.Itoa(clients)}, texts(m.PerSecond, m.BarePerSecond, m.Ratio, m.P50, m.P99)...), wish(clients)))
		}
		return rows
	}
	add("Moves of cards, durable", "A card's move through its gate, each client on cards of its own.", moves(f.Moves, func(clients int) string {
		switch clients {
		case 1:
			return "≥ 0.625"
		case 64, 256:
			return "≥ 0.6"
		}
		return ""
	})...)
	counting := [][]string{{"clients", "moves a second", "ratio to moves", "wished for"}}
	for _, clients := range slices.Sorted(maps.Keys(f.HotCounter)) {
		c := f.HotCounter[clients]
		counting = append(counting, append(append([]string{strconv.Itoa(clients)}, texts(c.PerSecond, c.Ratio)...), "≥ 0.7"))
	}
	add("Moves that count one counter up", "Each takes a number from a counter that is everybody's.", counting...)
	if i := f.Instance; i != (Instance{}) {
		add("Whole instances in one deed", "Start, script, gateway, script, end; finished ones are kept. Durable: how many times as long as bare.",
			[]string{"", "", "wished for"},
			[]string{"µs in memory", figure(i.Memory), "≤ 30"},
			[]string{"µs in memory, 100,000 kept", figure(i.MemoryKept), "the same"},
			[]string{"durable, 1 client", figure(i.Durable), "≤ 1.6"},
			[]string{"durable, 64 clients", figure(i.DurableMany), "≤ 1.8"})
	}
	if p := f.Parked; p != (Parked{}) {
		add("An instance that waits", "For a person and a timer, in memory, the store's share included.",
			[]string{"bytes", "goroutines"}, texts(p.Bytes, p.Goroutines))
	}
	jobs := [][]string{{"clients", "jobs a second", "bare transactions", "times one", "wished for"}}
	for _, clients := range slices.Sorted(maps.Keys(f.Job)) {
		j := f.Job[clients]
		jobs = append(jobs, append(append([]string{strconv.Itoa(clients)}, texts(j.PerSecond, j.BarePerSecond, j.Ratio)...), "≤ 3"))
	}
	add("Jobs", "Written by clients, claimed and completed by a worker: how many times as long as one bare transaction.", jobs...)
	if f.HTTP != nil {
		add("Over HTTP", "Server and clients in one process. Bare is the store alone, without HTTP.", moves(f.HTTP.Moves, func(clients int) string {
			if clients == 64 {
				return "≥ 0.35"
			}
			return ""
		})...)
		add("Reads over HTTP", fmt.Sprintf("By %d clients.", readers), reads("", f.HTTP.Board, f.HTTP.Card, f.HTTP.Search)...)
	}
	return append(all, f.slow()...)
}

// slow are those of the measurements that take long.
func (f *Figures) slow() []table {
	var all []table
	for _, many := range slices.Sorted(maps.Keys(f.Cards)) {
		c := f.Cards[many]
		rows := reads("", c.Board, c.Card, c.Search)
		about := fmt.Sprintf("Made %s a second each in a deed of its own, %s a second 500 in a deed. Moves keep %s of the pace that they have among 1,000.",
			figure(c.Create), figure(c.Import), figure(c.Moves))
		if c.Open > 0 {
			about += fmt.Sprintf(" A start takes %s ms to open and %s ms to the first board.", figure(c.Open), figure(c.FirstBoard))
		}
		if c.ColdOpen > 0 {
			about += fmt.Sprintf(" From the disk, with nothing of it in memory: %s ms and %s ms.", figure(c.ColdOpen), figure(c.ColdBoard))
		}
		all = append(all, table{fmt.Sprintf("%d cards", many), about, rows})
	}
	if g := f.Growth; g != (Growth{}) {
		all = append(all, table{"Moves among much else", "Moves a second, as a share of those where there is nothing else.", [][]string{
			{"", "", "ratio"},
			{"lines of history", strconv.Itoa(g.Lines), figure(g.History)},
			{"waiting timers", strconv.Itoa(g.Timers), figure(g.Waiting)},
		}})
	}
	if t := f.Timers; t != (Timers{}) {
		all = append(all, table{"Timers", fmt.Sprintf("Due one after the other within %s s: how late they fire.", figure(t.Seconds)), [][]string{
			{"due", "fired", "p50 ms", "p99 ms", "latest ms", "wished for"},
			append(append([]string{strconv.Itoa(t.Due), strconv.Itoa(t.Fired)}, texts(t.P50, t.P99, t.Max)...), "p99 ≤ 1000"),
		}})
	}
	return all
}

func reads(first string, board, card, search Read) [][]string {
	rows := [][]string{{first, "a second", "p50 ms", "p95 ms", "p99 ms"}}
	for _, r := range []struct {
		name string
		read Read
	}{{"board", board}, {"card", card}, {"search", search}} {
		rows = append(rows, append([]string{r.name}, texts(r.read.PerSecond, r.read.P50, r.read.P95, r.read.P99)...))
	}
	return rows
}

func texts(all ...float64) []string {
	made := make([]string, len(all))
	for n, f := range all {
		made[n] = figure(f)
	}
	return made
}

func figure(f float64) string { return strconv.FormatFloat(digits(f), 'f', -1, 64) }
