package drivingschool

import (
	"fmt"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

func seeded(t *testing.T, until time.Time) *office {
	t.Helper()
	o := opened(t, Beginning(until).In(Zone).Format("2006-01-02 15:04"))
	began := time.Now()
	o.must(Seed(t.Context(), o.School, until))
	t.Logf("seeded in %s", time.Since(began).Round(time.Millisecond))
	return o
}

func TestSeed(t *testing.T) {
	o := seeded(t, local("2026-11-21 15:30"))
	o.view(func(tx *engine.Tx) error {
		for _, f := range []string{"leads", "deals_b2c", "deals_b2b"} {
			b, err := o.Cards.Board(tx, Actor("head_of_sales"), f, card.View{Limit: 500})
			if err != nil {
				return err
			}
			for _, c := range b.Columns {
				fmt.Printf("%s %s: %d, %d late, %d\n", f, c.ID, c.Count, c.Overdue, c.Amount/100)
				for _, i := range c.Cards {
					fmt.Printf("     %s %s %s %v %s\n", i.Title, i.Owner, i.Stand.Since.In(Zone).Format("Mon 02.01 15:04"), i.Stand.Done, i.Next.Text)
				}
			}
		}
		return nil
	})
}
