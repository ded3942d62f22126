package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

// commits is a store that counts what writes.
type commits struct {
	storage.Store
	many atomic.Int32
}

func (c *commits) Update(ctx context.Context, fn func(storage.Tx) error) error {
	err := c.Store.Update(ctx, fn)
	if err == nil {
		c.many.Add(1)
	}
	return err
}

// atWork runs a worker of one slot for a process, and lets test do what it wants, with a function that waits until nothing moves.
func atWork(t *testing.T, handler func(engine.Claimed), test func(b *bench, c *commits)) {
	synctest.Test(t, func(t *testing.T) {
		c := &commits{Store: memory.New()}
		b := &bench{tester: t, Engine: engine.Open(c, engine.Options{})}
		deploy(t, b.Engine, service)
		ctx, stop := context.WithCancel(t.Context())
		w := &engine.Worker{Engine: b.Engine, Name: "w", Parallel: 1, Handlers: map[string]engine.Handler{
			"mail": func(_ context.Context, j engine.Claimed) (engine.Outcome, error) {
				handler(j)
				return engine.Outcome{}, nil
			},
		}}
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		test(b, c)
		synctest.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// A job that finds its worker idle goes to it with the deed that writes it: two commits, the other for its end.
func TestJobIsHandedOver(t *testing.T) {
	done := 0
	atWork(t, func(j engine.Claimed) {
		done++
		if j.Attempt != 1 || j.Element != "send" {
			t.Errorf("handed over is %+v", j)
		}
	}, func(b *bench, c *commits) {
		for n := 1; n <= 3; n++ {
			was := c.many.Load()
			b.start(nil)
			synctest.Wait()
			if got := c.many.Load() - was; done != n || got != 2 || b.read().State != engine.Completed {
				t.Errorf("%d are done, the last by %d commits; it is %s", done, got, b.read().State)
			}
		}
	})
}

// A job that finds its worker busy waits for it, behind those that wait longer.
func TestJobWaitsBehindOthers(t *testing.T) {
	var order []string
	var block chan bool
	atWork(t, func(j engine.Claimed) {
		order = append(order, j.Instance)
		<-block
	}, func(b *bench, _ *commits) {
		block = make(chan bool)
		var want []string
		for n := range 4 {
			b.start(nil)
			want = append(want, b.id)
			if j := b.read().Jobs[0]; (n == 0) != (j.State == engine.JobLeased) {
				t.Errorf("job %d is %s", n, j.State)
			}
		}
		for range want {
			block <- true
			synctest.Wait()
		}
		if len(order) != 4 || order[0] != want[0] {
			t.Errorf("done are %q of %q", order, want)
		}
	})
}

// A deed that fails after it handed a job over, or that ends the job itself, has nothing done and keeps nobody from working.
func TestJobIsTakenBack(t *testing.T) {
	done := 0
	atWork(t, func(engine.Claimed) { done++ }, func(b *bench, _ *commits) {
		start := func(tx *engine.Tx, then func(id string) error) error {
			i, err := tx.Start(engine.Start{Process: "p"})
			if err == nil {
				err = tx.Settle()
			}
			if err == nil && i.Jobs[0].State != engine.JobLeased {
				t.Error("it was not handed over")
			}
			if err == nil {
				err = then(i.ID)
			}
			return err
		}
		no := errors.New("no")
		if err := b.try(func(tx *engine.Tx) error { return start(tx, func(string) error { return no }) }); !errors.Is(err, no) {
			t.Error(err)
		}
		synctest.Wait()
		func() {
			defer func() { _ = recover() }()
			_ = b.try(func(tx *engine.Tx) error { return start(tx, func(string) error { panic(no) }) })
		}()
		synctest.Wait()
		b.must(func(tx *engine.Tx) error { return start(tx, tx.Cancel) })
		synctest.Wait()
		if done != 0 {
			t.Errorf("%d jobs were done that there are not", done)
		}
		b.start(nil)
		synctest.Wait()
		if done != 1 || b.read().State != engine.Completed {
			t.Errorf("%d jobs are done, and it is %s", done, b.read().State)
		}
	})
}
