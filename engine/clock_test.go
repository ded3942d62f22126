package engine_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

// tallied counts how often a store is asked for anything.
type tallied struct {
	storage.Store
	calls atomic.Int64
}

func (c *tallied) View(ctx context.Context, fn func(storage.Reader) error) error {
	c.calls.Add(1)
	return c.Store.View(ctx, fn)
}

func (c *tallied) Update(ctx context.Context, fn func(storage.Tx) error) error {
	c.calls.Add(1)
	return c.Store.Update(ctx, fn)
}

// jumpy is an engine with bells, scheduler and worker, by a clock that is set forth and back. To be used in a bubble of synctest.
type jumpy struct {
	belfry
	counted *tallied
	ahead   atomic.Int64 // of the bubble's time
	mu      sync.Mutex   // over runs
	stop    func()
}

// robots are how often the robot of each bell has run.
func (j *jumpy) robots() map[string]int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.runs)
}

// newJumpy opens it. before is called before each run of the robot; it may be nil.
func newJumpy(t *testing.T, before func(*jumpy, engine.Claimed)) *jumpy {
	t.Helper()
	j := &jumpy{counted: &tallied{Store: memory.New()}}
	j.belfry = belfry{T: t, runs: map[string]int{}}
	j.engine = engine.Open(j.counted, engine.Options{Now: func() time.Time { return time.Now().Add(time.Duration(j.ahead.Load())) }})
	j.worker = &engine.Worker{Engine: j.engine, Name: "w", Handlers: map[string]engine.Handler{"send": func(_ context.Context, c engine.Claimed) (engine.Outcome, error) {
		if before != nil {
			before(j, c)
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		j.runs[c.Instance]++
		return engine.Outcome{}, nil
	}}}
	if err := j.engine.Update(t.Context(), func(tx *engine.Tx) error {
		_, _, err := tx.Deploy([]engine.Source{{File: "bell.bpmn", XML: []byte(bell)}}, "")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = (&engine.Scheduler{Engine: j.engine}).Run(ctx) })
	running.Go(func() { _ = j.worker.Run(ctx) })
	j.stop = func() { cancel(); running.Wait(); j.counted.Close() }
	return j
}

// ring sets a bell, which is to ring in a minute.
func (j *jumpy) ring() {
	j.Helper()
	if err := j.engine.Update(j.Context(), func(tx *engine.Tx) error {
		i, err := tx.Start(engine.Start{Process: "bell"})
		if err != nil {
			return err
		}
		j.ids = append(j.ids[:len(j.ids):len(j.ids)], i.ID)
		return nil
	}); err != nil {
		j.Fatal(err)
	}
}

// A clock that is set forth and back loses no timer and fires none twice, and nothing spins meanwhile.
func TestClockJumps(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("VORONKA_TEST_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	t.Logf("VORONKA_TEST_SEED=%d", seed)
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(seed, 0))
		j := newJumpy(t, nil)
		began := time.Now()
		worst := time.Duration(0)
		for range 200 {
			j.ring()
			time.Sleep(time.Duration(random.IntN(90)) * time.Second)
			switch random.IntN(4) {
			case 0:
				j.ahead.Add(int64(random.IntN(7200)) * int64(time.Second))
			case 1:
				back := time.Duration(random.IntN(7200)) * time.Second
				j.ahead.Add(-int64(back))
				worst += back
			}
		}
		time.Sleep(worst + 10*time.Minute) // until even the one that was put off most has rung
		synctest.Wait()
		took := time.Since(began)
		calls := j.counted.calls.Load()
		j.rung("at the end")
		j.stop()
		for id, runs := range j.robots() {
			if runs != 1 {
				t.Errorf("the robot of %s ran %d times", id, runs)
			}
		}
		if len(j.ids) != 200 || len(j.robots()) != 200 {
			t.Errorf("%d bells, %d robots", len(j.ids), len(j.robots()))
		}
		if most := took.Seconds() + 200*50; float64(calls) > most {
			t.Errorf("%d calls of the store in %s: something spins", calls, took)
		}
	})
}

// What a clock that is set forward makes due fires soon, though nobody says so; one that is set back fires it in its time.
func TestClockSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJumpy(t, nil)
		j.ring()
		time.Sleep(time.Second)
		j.ahead.Add(int64(time.Hour))
		time.Sleep(31 * time.Second)
		synctest.Wait()
		j.rung("set forward")
		j.ring()
		j.ahead.Add(-int64(2 * time.Hour))
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(j.robots()) != 1 {
			t.Errorf("it rang before its time: %v", j.robots())
		}
		before := j.counted.calls.Load()
		time.Sleep(30 * time.Minute)
		if calls := j.counted.calls.Load() - before; calls > 600 {
			t.Errorf("%d calls of the store in half an hour in which nothing happens", calls)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		j.rung("set back")
		j.stop()
	})
}

// A lease that a clock set forward ends is somebody else's from then on; what the first holder did is not done again.
func TestClockEndsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJumpy(t, func(j *jumpy, c engine.Claimed) {
			if c.Attempt == 1 {
				j.ahead.Add(int64(time.Hour))
				time.Sleep(time.Minute) // and meanwhile it is given to another one
			}
		})
		j.ring()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		j.rung("after its lease")
		j.stop()
		for id, runs := range j.robots() {
			if runs != 2 {
				t.Errorf("the robot of %s ran %d times", id, runs)
			}
		}
	})
}
