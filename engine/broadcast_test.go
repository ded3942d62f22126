package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/storagetest"
)

// listening hears a signal, over and over.
var listening = strings.Replace(drawn("p", begin+`<exclusiveGateway id="again"/><intermediateCatchEvent id="hear"><signalEventDefinition signalRef="Signal_news"/></intermediateCatchEvent>`+
	`<sequenceFlow id="f1" sourceRef="begin" targetRef="again"/><sequenceFlow id="f2" sourceRef="again" targetRef="hear"/><sequenceFlow id="f3" sourceRef="hear" targetRef="again"/>`),
	"<message", `<signal id="Signal_news" name="news"/><message`, 1)

// audience is instances that listen, started one after the other.
func newAudience(t *testing.T, n int) *crowd {
	c := &crowd{&bench{tester: t, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}, memory.New()}
	c.open(c.store)
	deploy(t, c.Engine, listening)
	for at := 0; at < n; at += 100 {
		c.must(func(tx *engine.Tx) error {
			for i := at; i < min(at+100, n); i++ {
				if _, err := tx.StartAs(fmt.Sprintf("n%05d", n-i), engine.Start{Process: "p"}); err != nil { // ids against time
					return err
				}
			}
			return nil
		})
		c.now = c.now.Add(time.Second)
	}
	return c
}

func (c *crowd) open(s storage.Store) {
	c.Engine = engine.Open(s, engine.Options{Now: func() time.Time { return c.now }})
}

// heard is how often each has heard it, by how many.
func (c *crowd) heard() map[int]int {
	all := map[int]int{}
	if err := c.View(context.Background(), func(tx *engine.Tx) error {
		for hit, err := range tx.Scan(storage.Range{Kind: "instance", Keys: true}) {
			if err != nil {
				return err
			}
			lines, _, err := tx.History(hit.Ref.ID, 0, 0)
			if err != nil {
				return err
			}
			times := 0
			for _, l := range lines {
				if l.Kind == engine.LineCompleted && l.Element == "hear" {
					times++
				}
			}
			all[times]++
		}
		return nil
	}); err != nil {
		c.Fatal(err)
	}
	return all
}

// A signal that a thousand wait for reaches them a page a deed, those who wait longest first, each once; one that is thrown meanwhile
// comes after it. A crash before or after any of these commits loses nothing and tells nobody twice.
func TestBroadcast(t *testing.T) {
	const many = 1000
	for _, crash := range []bool{false, true} {
		t.Run(fmt.Sprintf("crash=%t", crash), func(t *testing.T) {
			c := newAudience(t, many)
			signal := func() error {
				return c.try(func(tx *engine.Tx) error { return tx.Signal("news", map[string]engine.Value{"n": []byte("1")}) })
			}
			if err := signal(); err != nil {
				t.Fatal(err)
			}
			if got := c.heard(); got[1] != 200 || got[0] != many-200 {
				t.Fatalf("at once heard by %v", got)
			}
			if err := c.View(context.Background(), func(tx *engine.Tx) error {
				first, err := tx.Instance(fmt.Sprintf("n%05d", many))
				if err == nil && string(first.Variables["n"]) != "1" {
					t.Error("who waits longest has not heard it")
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := signal(); err != nil {
				t.Fatal(err)
			}
			if got := c.heard(); got[2] != 0 {
				t.Fatalf("the second signal overtook the first: %v", got)
			}
			for done := false; !done; {
				if crash {
					for _, moment := range []storagetest.Moment{storagetest.BeforeCommit, storagetest.AfterCommit} {
						c.open(storagetest.Crash(c.store, 1, moment))
						if _, err := c.FireDue(context.Background(), 0); err != nil && !errors.Is(err, storagetest.ErrCrash) {
							t.Fatal(err)
						}
					}
					c.open(c.store)
				}
				fired, err := c.FireDue(context.Background(), 0)
				if err != nil {
					t.Fatal(err)
				}
				if got := c.heard(); got[1] > 0 && got[1] < many && got[0] > 0 && got[2] > 0 {
					t.Fatalf("the second signal overtook the first: %v", got)
				}
				done = fired == 0
			}
			if got := c.heard(); got[2] != many {
				t.Errorf("heard by %v", got)
			}
			for _, kind := range []string{"broadcast", "audience"} {
				if n := len(c.refs(kind)); n > 0 {
					t.Errorf("%d %s records are left", n, kind)
				}
			}
		})
	}
}

func (c *crowd) refs(kind string) (all []storage.Ref) {
	if err := c.View(context.Background(), func(tx *engine.Tx) error {
		for hit, err := range tx.Scan(storage.Range{Kind: kind, Keys: true}) {
			if err != nil {
				return err
			}
			all = append(all, hit.Ref)
		}
		return nil
	}); err != nil {
		c.Fatal(err)
	}
	return all
}

// Who begins to wait after a signal was thrown does not hear it; who has gone does not either; one that refuses holds up no other.
func TestBroadcastPassesOver(t *testing.T) {
	const many = 450
	c := newAudience(t, many)
	filler := func(n int) engine.Value { return engine.Value(`"` + strings.Repeat("x", n) + `"`) }
	c.must(func(tx *engine.Tx) error { return tx.Set("n00050", map[string]engine.Value{"filler": filler(900)}) })
	c.Engine = engine.Open(c.store, engine.Options{Now: func() time.Time { return c.now }, Limits: engine.Limits{Record: 1500}})
	c.must(func(tx *engine.Tx) error { return tx.Signal("news", map[string]engine.Value{"n": filler(500)}) })
	c.must(func(tx *engine.Tx) error { return tx.Cancel("n00001") })
	c.must(func(tx *engine.Tx) error { _, err := tx.StartAs("late", engine.Start{Process: "p"}); return err })
	for range 300 {
		if _, err := c.FireDue(context.Background(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.heard(); got[1] != many-2 || got[0] != 3 {
		t.Errorf("heard by %v", got)
	}
	if left := slices.Concat(c.refs("broadcast"), c.refs("audience")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
