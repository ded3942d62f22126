package card

import (
	"context"
	"fmt"
	"testing"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/memory"
)

// Labels that come anew beside the same diagram are read by every server over the store.
func TestLabelsComeAnew(t *testing.T) {
	store := memory.New()
	d := over(t, store)
	other := New(Options{})
	engines := map[*Cards]*engine.Engine{d.Cards: d.engine, other: engine.Open(store, engine.Options{Domain: other})}
	for _, name := range []string{"Meet", "Meet the client"} {
		d.must(d.update(func(tx *engine.Tx) error {
			_, problems, err := funnel.Upload(tx, access.System("test"), []funnel.File{
				{Name: "deal.bpmn", Data: []byte(ring())}, {Name: "deal.en.properties", Data: []byte("a = " + name)},
			})
			if bpmn.Severe(problems) {
				t.Fatal(problems)
			}
			return err
		}))
		for cards, e := range engines {
			d.must(e.View(context.Background(), func(tx *engine.Tx) error {
				for language, want := range map[string]string{"en": name, "ru": "A", "": "A"} {
					f, err := cards.Funnel(tx, "deal:1", language)
					if err != nil {
						return err
					}
					if got := f.Stage("a").Name; got != want {
						t.Errorf("in %q the stage is called %q, not %q", language, got, want)
					}
				}
				return nil
			}))
		}
	}
}

// However many versions are looked at, so many are kept, the last one among them.
func TestFunnelsAreBounded(t *testing.T) {
	c := New(Options{})
	one := &funnel.Funnel{}
	for n := range 3 * mostFunnels {
		v := version{fmt.Sprint(n), ""}
		for range 2 {
			f, err := c.kept(v, nil, 0, func() (*funnel.Funnel, error) {
				if _, there := c.funnels.Load(v); there {
					t.Fatal("it is compiled twice")
				}
				return one, nil
			})
			if f != one || err != nil {
				t.Fatal(f, err)
			}
		}
	}
	many := 0
	c.funnels.Range(func(any, any) bool { many++; return true })
	if many > mostFunnels {
		t.Errorf("%d are kept", many)
	}
}
