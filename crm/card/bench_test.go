package card

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/memory"
)

func disk(b *testing.B) storage.Store {
	store, err := bolt.Open(filepath.Join(b.TempDir(), "bench.db"), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return store
}

// ring is a funnel whose cards can go on for ever.
func ring() string {
	return draw("funnel.kind=deal\nfunnel.title=name\nfunnel.amount=price", node("startEvent", "start", ""),
		stage("a", form(field("name:string Name|required"), field("price:money Price|required|min=1"), field("born:date Born"), field("parent_name:string|prop:requiredWhen=age(born) < 18"))),
		stage("b", form(field("name:string"), field("price:money|rule.much=price > 10|prop:rule.much.text=Too little"))),
		node("exclusiveGateway", "x", ""), end("won", "won"), flows("start > a, a > b, b > x, x > won if price > 1000000, x > a"))
}

func BenchmarkAdvance(b *testing.B) {
	for name, store := range map[string]func() storage.Store{
		"memory": func() storage.Store { return memory.New() }, "disk": func() storage.Store { return disk(b) },
	} {
		b.Run(name, func(b *testing.B) {
			d := bench(b, store(), ring())
			id := d.create(ann, "deal", `name=Ivan; price="100"; born=1990-01-01`)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				d.must(d.advance(ann, id, "", ""))
			}
		})
	}
}

func bench(b *testing.B, store storage.Store, diagrams ...string) *desk {
	return over(b, store, diagrams...)
}

func BenchmarkCreate(b *testing.B) {
	d := bench(b, memory.New(), ring())
	b.ReportAllocs()
	for range b.N {
		d.create(ann, "deal", `name=Ivan Petrov; price="100"; born=1990-01-01`)
	}
}

// A board of 100,000 open deals in 12 columns, 50 cards of each.
func BenchmarkBoard(b *testing.B) {
	for name, store := range map[string]func() storage.Store{
		"memory": func() storage.Store { return memory.New() }, "disk": func() storage.Store { return disk(b) },
	} {
		b.Run(name, func(b *testing.B) { board(b, store()) })
	}
}

const columns, crowded = 12, 100_000

// crowd is a funnel with its columns full of open deals.
func crowd(b *testing.B, store storage.Store) *desk {
	const batch = 1000
	parts := []string{node("startEvent", "start", "")}
	way := "start > s0"
	for n := range columns {
		parts = append(parts, stage(fmt.Sprintf("s%d", n)))
		if n > 0 {
			way += fmt.Sprintf(", s%d > s%d", n-1, n)
		}
	}
	parts = append(parts, end("won", "won"), flows(way+", s11 > won"))
	d := bench(b, store, draw("funnel.kind=deal", parts...))
	for from := 0; from < crowded; from += batch {
		d.must(d.update(func(tx *engine.Tx) error {
			for n := from; n < from+batch; n++ {
				since := d.now.Add(-time.Duration(n) * time.Second)
				card := &Card{
					ID: fmt.Sprintf("c-%08d", n), Funnel: "deal", Definition: "deal:1", Kind: funnel.Deal, Title: fmt.Sprintf("Client %d", n), Amount: expression.Money(n), Currency: "RUB",
					Owner: fmt.Sprintf("owner%d", n%20), Stands: []Stand{{Stage: fmt.Sprintf("s%d", n%columns), Since: since, Token: 2, Task: true}}, Created: since,
				}
				if err := save(tx, card); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return d
}

func board(b *testing.B, store storage.Store) {
	d := crowd(b, store)
	b.ResetTimer()
	b.ReportAllocs()
	for range b.N {
		d.view(func(tx *engine.Tx) error {
			got, err := d.Board(tx, ann, "deal", View{})
			if err == nil && (len(got.Columns) != columns || got.Columns[0].Count < crowded/columns || len(got.Columns[11].Cards) != 50) {
				b.Errorf("%d columns", len(got.Columns))
			}
			return err
		})
	}
}
