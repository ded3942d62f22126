package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

// voting asks each of so many, and collects what they say.
func voting(task, attributes string) string {
	return line("p", begin, fmt.Sprintf(`<%[1]s id="vote" %[2]s><multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="person"><loopDataOutputRef>answers</loopDataOutputRef><outputDataItem id="answer" name="answer"/></multiInstanceLoopCharacteristics></%[1]s>`, task, attributes), `<userTask id="after"/>`)
}

// people are so many numbers as JSON.
func people(n int) engine.Value {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, ",%d", i)
	}
	return engine.Value("[" + strings.TrimPrefix(out.String(), ",") + "]")
}

// crowd is an instance with many turns.
type crowd struct {
	*bench
	store storage.Store
}

func newCrowd(t tester, process string, n int, o engine.Options) *crowd {
	c := &crowd{&bench{tester: t, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}, memory.New()}
	o.Now = func() time.Time { return c.now }
	c.Engine = engine.Open(c.store, o)
	deploy(t, c.Engine, process)
	c.start(map[string]engine.Value{"people": people(n)})
	c.fire()
	return c
}

// fire begins what is left to begin, page by page.
func (c *crowd) fire() {
	c.Helper()
	for {
		fired, err := c.FireDue(context.Background(), 0)
		if err != nil {
			c.Fatal(err)
		}
		if fired == 0 {
			return
		}
	}
}

func (c *crowd) kinds() map[string]int {
	all := map[string]int{}
	if err := c.View(context.Background(), func(tx *engine.Tx) error {
		for _, kind := range []string{"instance", "history", "items"} {
			for _, err := range tx.Scan(storage.Range{Kind: kind, Keys: true}) {
				if err != nil {
					return err
				}
				all[kind]++
			}
		}
		return nil
	}); err != nil {
		c.Fatal(err)
	}
	return all
}

func (c *crowd) turn(n int) *engine.Instance {
	c.Helper()
	var i *engine.Instance
	if err := c.View(context.Background(), func(tx *engine.Tx) (err error) {
		i, err = tx.Instance(fmt.Sprintf("%s.3.%08d", c.id, n))
		return err
	}); err != nil {
		c.Fatal(err)
	}
	return i
}

func (c *crowd) vote(n int) error {
	task := engine.OuterID(c.turn(n).ID, 2)
	return c.try(func(tx *engine.Tx) error {
		return tx.Complete(task, map[string]engine.Value{"answer": fmt.Append(nil, n*10)}, "")
	})
}

// Two hundred and fifty vote, the last first; what they gave is collected in order, and their parent never held it before.
func TestManyTurns(t *testing.T) {
	const many = 250
	c := newCrowd(t, voting("userTask", ""), many, engine.Options{Keep: time.Hour})
	if got := c.kinds(); got["instance"] != many+1 || got["items"] != 3 {
		t.Fatalf("%v in the store", got)
	}
	if v := string(c.turn(7).Tokens[1].Local["person"]); v != "6" {
		t.Errorf("the seventh turn has %s", v)
	}
	for n := many; n > 0; n-- {
		if err := c.vote(n); err != nil {
			t.Fatal(err)
		}
	}
	var want bytes.Buffer
	for n := range many {
		fmt.Fprintf(&want, ",%d", (n+1)*10)
	}
	i := c.read()
	if got := string(i.Variables["answers"]); got != "["+want.String()[1:]+"]" {
		t.Errorf("answers are %s", got)
	}
	if len(i.Tokens) != 2 || i.Tokens[1].Element != "after" || c.kinds()["items"] != 0 {
		t.Errorf("left %s and %v", describe(i), c.kinds())
	}
	c.must(func(tx *engine.Tx) error { return tx.Complete(c.task(), nil, "") })
	c.now = c.now.Add(2 * time.Hour)
	for range 20 {
		if _, err := c.FireDue(context.Background(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.kinds(); len(got) != 0 {
		t.Errorf("forgotten, but %v is left", got)
	}
}

// A boundary event that interrupts ends all turns, those too that have not begun.
func TestManyTurnsInterrupted(t *testing.T) {
	process := strings.Replace(voting("userTask", ""), `<userTask id="after"/>`, `<userTask id="after"/><boundaryEvent id="stop" attachedToRef="vote"><messageEventDefinition messageRef="Message_go"/></boundaryEvent><userTask id="stopped"/><sequenceFlow id="out" sourceRef="stop" targetRef="stopped"/>`, 1)
	for _, begun := range []bool{true, false} {
		c := &crowd{&bench{tester: t, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}, memory.New()}
		c.Engine = engine.Open(c.store, engine.Options{Now: func() time.Time { return c.now }})
		deploy(t, c.Engine, process)
		c.start(map[string]engine.Value{"people": people(150)})
		if begun {
			c.fire()
		}
		if err := c.vote(3); err != nil {
			t.Fatal(err)
		}
		c.must(func(tx *engine.Tx) error {
			_, err := tx.Message(engine.Message{Name: "go"})
			return err
		})
		c.fire()
		states := map[engine.State]int{}
		for n := range c.kinds()["instance"] - 1 {
			states[c.turn(n+1).State]++
		}
		if states[engine.Active] != 0 || states[engine.Completed] != 1 || begun != (states[engine.Cancelled] == 149) {
			t.Errorf("turns are %v", states)
		}
		if i := c.read(); i.Tokens[1].Element != "stopped" || c.kinds()["items"] != 0 {
			t.Errorf("left %s and %v", describe(i), c.kinds())
		}
	}
}

// Turns that come one after the other and wait for nothing go a page a deed.
func TestManyTurnsInARow(t *testing.T) {
	process := strings.Replace(voting("scriptTask", `camunda:resultVariable="answer"`), "<multiInstanceLoopCharacteristics", `<script>person * 2</script><multiInstanceLoopCharacteristics isSequential="true"`, 1)
	c := newCrowd(t, process, 1234, engine.Options{Limits: engine.Limits{Steps: 500}})
	i := c.read()
	if i.Tokens[1].Element != "after" || !bytes.HasPrefix(i.Variables["answers"], []byte("[0,2,4,")) || !bytes.HasSuffix(i.Variables["answers"], []byte(",2466]")) {
		t.Errorf("left %.300s", describe(i))
	}
}

// More turns than there may be are an incident.
func TestTooManyTurns(t *testing.T) {
	c := newCrowd(t, voting("userTask", ""), 201, engine.Options{Limits: engine.Limits{Cardinality: 200}})
	if i := c.read(); len(i.Incidents) != 1 || i.Incidents[0].Code != "cardinality_limit" {
		t.Errorf("left %s", describe(i))
	}
}

// BenchmarkTurn completes one turn of a multi-instance activity: with many it must cost what it costs with few.
func BenchmarkTurn(b *testing.B) {
	for _, kind := range []string{"userTask", "serviceTask"} {
		for _, many := range []int{100, 1_000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", kind, many), func(b *testing.B) {
				process := line("p", begin, fmt.Sprintf(`<%[1]s id="vote" camunda:type="external" camunda:topic="mail"><multiInstanceLoopCharacteristics><loopCardinality>%d</loopCardinality><loopDataOutputRef>answers</loopDataOutputRef><outputDataItem id="answer" name="answer"/></multiInstanceLoopCharacteristics></%[1]s>`, kind, many), `<userTask id="after"/>`)
				turns := 0
				var spent time.Duration
				for b.Loop() {
					b.StopTimer()
					c := newCrowd(b, process, 0, engine.Options{})
					var ids []string
					if err := c.View(context.Background(), func(tx *engine.Tx) error {
						all := []*engine.Instance{}
						for hit, err := range tx.Scan(storage.Range{Kind: "instance", Keys: true}) {
							if err != nil {
								return err
							}
							i, err := tx.Instance(hit.Ref.ID)
							if err != nil {
								return err
							}
							all = append(all, i)
						}
						for _, i := range all {
							for _, t := range i.Tokens {
								if t.Task != nil {
									ids = append(ids, engine.OuterID(i.ID, t.ID))
								}
							}
							for _, j := range i.Jobs {
								ids = append(ids, engine.OuterID(i.ID, j.ID))
							}
						}
						return nil
					}); err != nil || len(ids) != many {
						b.Fatalf("%d of %d: %v", len(ids), many, err)
					}
					b.StartTimer()
					started := time.Now()
					for _, id := range ids[:many-1] { // the last collects
						if err := c.try(func(tx *engine.Tx) error {
							if kind == "userTask" {
								return tx.Complete(id, map[string]engine.Value{"answer": []byte("1")}, "")
							}
							return tx.CompleteJob(id, "", map[string]engine.Value{"answer": []byte("1")})
						}); err != nil {
							b.Fatal(err)
						}
					}
					spent += time.Since(started)
					turns += many - 1
				}
				b.ReportMetric(float64(spent.Microseconds())/float64(turns), "µs/turn")
			})
		}
	}
}
