package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
	"github.com/voronka/voronka/storage/storagetest"
)

// faults are what befalls calls of the store in turn.
var faults = []storagetest.Fault{
	{Err: errors.New("input/output error")},
	{Err: storage.ErrFull},
	{Err: storage.ErrAway},
}

// Every scenario leaves the same where each call of the store fails once before it succeeds: a deed that meets it says so and changes
// nothing, and the engine goes on as if nothing had been.
func TestFaultsInScenarios(t *testing.T) {
	for _, file := range scenarios(t) {
		t.Run(name(file), func(t *testing.T) {
			t.Parallel()
			want := read(t, file)
			if got := play(t, file, want, faulting{}); got != want {
				t.Errorf("the scenario leaves something else:\n%s", difference(want, got))
			}
		})
	}
}

// faulting lets the calls of a deed meet a fault, one after the other, until it meets none. A deed of several commits is left alone: see
// TestFaultsOfTimers.
type faulting struct{ plain }

func (faulting) do(p *stage, deed func() error) error {
	if p.many {
		return deed()
	}
	before, serial := p.dump(), p.serial
	store := storagetest.NewFaulty(p.store)
	p.engine = p.over(store)
	for n := 1; ; n++ {
		f := faults[n%len(faults)]
		p.serial = serial
		store.Break(n, f)
		err := deed()
		if !store.Mend() {
			return err
		}
		if !errors.Is(err, f.Err) {
			p.t.Errorf("call %d meets %q, and the deed ends with %v", n, f.Err, err)
		}
		if p.dump() != before {
			p.t.Errorf("call %d meets %q, and something has changed", n, f.Err)
		}
	}
}

// bell is a process with a timer and a job.
const bell = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="bell" isExecutable="true">
    <startEvent id="begin"/>
    <intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <scriptTask id="count" camunda:resultVariable="rung"><script>(rung ?? 0) + 1</script></scriptTask>
    <serviceTask id="send" camunda:type="external" camunda:topic="send"/>
    <userTask id="rest"/>
    <sequenceFlow id="f1" sourceRef="begin" targetRef="wait"/>
    <sequenceFlow id="f2" sourceRef="wait" targetRef="count"/>
    <sequenceFlow id="f3" sourceRef="count" targetRef="send"/>
    <sequenceFlow id="f4" sourceRef="send" targetRef="rest"/>
  </process>
</definitions>`

// belfry is an engine with some bells, over a store that may fail.
type belfry struct {
	*testing.T
	store  *storagetest.Faulty
	engine *engine.Engine
	worker *engine.Worker
	now    time.Time
	ids    []string
	runs   map[string]int // of the robot, by instance
}

const bells = 4

func newBelfry(t *testing.T) *belfry {
	t.Helper()
	b := &belfry{T: t, store: storagetest.NewFaulty(memory.New()), now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), runs: map[string]int{}}
	t.Cleanup(func() { b.store.Close() })
	b.engine = engine.Open(b.store, engine.Options{Now: func() time.Time { return b.now }})
	b.worker = &engine.Worker{Engine: b.engine, Name: "w", Handlers: map[string]engine.Handler{"send": func(_ context.Context, j engine.Claimed) (engine.Outcome, error) {
		b.runs[j.Instance]++
		return engine.Outcome{}, nil
	}}}
	if err := b.engine.Update(context.Background(), func(tx *engine.Tx) error {
		if _, _, err := tx.Deploy([]engine.Source{{File: "bell.bpmn", XML: []byte(bell)}}, ""); err != nil {
			return err
		}
		b.ids = nil
		for range bells {
			i, err := tx.Start(engine.Start{Process: "bell"})
			if err != nil {
				return err
			}
			b.ids = append(b.ids, i.ID)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b
}

// rung checks that each timer fired once and each robot was heard once.
func (b *belfry) rung(when string) {
	b.Helper()
	if err := b.engine.View(context.Background(), func(tx *engine.Tx) error {
		for _, id := range b.ids {
			i, err := tx.Instance(id)
			if err != nil {
				return err
			}
			lines, _, err := tx.History(id, 0, 0)
			if err != nil {
				return err
			}
			said := map[string]int{}
			for _, l := range lines {
				said[l.Kind+" "+l.Element]++
			}
			if said["completed wait"] != 1 || said["completed send"] != 1 || said["job_done send"] != 1 || string(i.Variable("rung")) != "1" || len(i.Incidents) > 0 {
				b.Errorf("%s: %s has rung %s times: %v, %+v", when, id, i.Variable("rung"), said, i.Incidents)
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	if found := inspect(b.T, b.engine); len(found) > 0 {
		b.Errorf("%s: %v", when, found)
	}
}

// Timers fire once and robots are heard once, whichever call of the store fails, is late, is done and not said to be, or sees what was
// before.
func TestFaultsOfTimers(t *testing.T) {
	kinds := map[string]storagetest.Fault{
		"fails": faults[0], "full": faults[1], "away": faults[2],
		"unknown": {Err: storage.ErrUnknown, Done: true},
		"late":    {Late: time.Millisecond},
		"stale":   {Stale: true},
	}
	for name, f := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			met := 0
			for n := 1; ; n++ {
				b := newBelfry(t)
				b.now = b.now.Add(2 * time.Minute)
				ctx := context.Background()
				b.store.Break(n, f)
				_, _ = b.engine.FireDue(ctx, 10)
				_, _ = b.worker.Settle(ctx)
				if !b.store.Mend() {
					break
				}
				met++
				for range 3 { // what was put off for the fault is done later
					if _, err := b.engine.FireDue(ctx, 10); err != nil {
						t.Errorf("call %d: %v", n, err)
					}
					if _, err := b.worker.Settle(ctx); err != nil {
						t.Errorf("call %d: %v", n, err)
					}
					b.now = b.now.Add(10 * time.Minute)
				}
				b.rung(fmt.Sprintf("call %d", n))
				for id, runs := range b.runs {
					if runs > 2 {
						t.Errorf("call %d: the robot of %s ran %d times", n, id, runs)
					}
				}
			}
			if met < 20 {
				t.Errorf("%d calls met the fault: the test proves nothing", met)
			}
		})
	}
}

// What a robot did is written down when the store works again: it does not run twice for it, and no attempt counts as failed.
func TestOutcomeWaitsForTheStore(t *testing.T) {
	b := newBelfry(t)
	b.now = b.now.Add(2 * time.Minute)
	ctx := context.Background()
	if _, err := b.engine.FireDue(ctx, 10); err != nil {
		t.Fatal(err)
	}
	did := b.worker.Handlers["send"]
	b.worker.Handlers["send"] = func(ctx context.Context, j engine.Claimed) (engine.Outcome, error) {
		b.store.Break(1, storagetest.Fault{Err: storage.ErrFull, Lasts: true})
		time.AfterFunc(100*time.Millisecond, func() { b.store.Mend() })
		return did(ctx, j)
	}
	if n, err := b.worker.Settle(ctx); n != bells || err != nil {
		t.Fatalf("%d jobs, %v", n, err)
	}
	b.rung("after a full disk")
	for id, runs := range b.runs {
		if runs != 1 {
			t.Errorf("the robot of %s ran %d times", id, runs)
		}
	}
	// A worker that is told to stop does not wait for a store that does not work.
	b = newBelfry(t)
	b.now = b.now.Add(2 * time.Minute)
	if _, err := b.engine.FireDue(ctx, 10); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(ctx)
	b.worker.Handlers["send"] = func(context.Context, engine.Claimed) (engine.Outcome, error) {
		b.store.Break(1, storagetest.Fault{Err: storage.ErrFull, Lasts: true})
		stop()
		return engine.Outcome{}, nil
	}
	ended := make(chan error)
	go func() { ended <- b.worker.Run(stopped) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("it waits")
	}
}

// A robot that takes longer than its lease is given no second say: what the one that was given its job did is done once.
func TestLateRobot(t *testing.T) {
	b := newBelfry(t)
	b.now = b.now.Add(2 * time.Minute)
	ctx := context.Background()
	if _, err := b.engine.FireDue(ctx, 10); err != nil {
		t.Fatal(err)
	}
	var jobs []engine.Claimed
	noted := map[string]int{}
	note := func(j engine.Claimed) engine.Outcome {
		return engine.Outcome{Deed: func(tx *engine.Tx) error {
			i, err := tx.Instance(j.Instance)
			if err != nil {
				return err
			}
			tx.Log(i, engine.Line{Kind: "noted", Element: "send"})
			return nil
		}}
	}
	b.worker.Handlers["send"] = func(_ context.Context, j engine.Claimed) (engine.Outcome, error) {
		if jobs = append(jobs, j); len(jobs) == 1 { // it takes so long that the same worker is given the job again
			b.now = b.now.Add(6 * time.Minute)
			if _, err := b.worker.Settle(ctx); err != nil {
				t.Error(err)
			}
		}
		return note(j), nil
	}
	if _, err := b.worker.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if err := b.engine.View(ctx, func(tx *engine.Tx) error {
		for _, id := range b.ids {
			lines, _, err := tx.History(id, 0, 0)
			if err != nil {
				return err
			}
			for _, l := range lines {
				if l.Kind == "noted" {
					noted[id]++
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, id := range b.ids {
		if noted[id] != 1 {
			t.Errorf("what the robot of %s did is done %d times", id, noted[id])
		}
	}
	b.rung("after a late robot")
	if len(jobs) != bells+1 {
		t.Errorf("%d attempts", len(jobs))
	}
}
