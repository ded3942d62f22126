package bench

import (
	"context"
	"runtime"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/memory"
)

// waiting is an instance that waits for a person, and for a timer beside the person.
var waiting = engine.Start{Process: "bench_parked", Variables: map[string]engine.Value{"amount": []byte("100000"), "name": []byte(`"Ann"`)}}

// parked lets instances wait in memory, and a scheduler with them.
func (b *Bench) parked(ctx context.Context, f *Parked) error {
	e := engine.Open(memory.New(), engine.Options{})
	if err := deploy(ctx, e, "parked"); err != nil {
		return err
	}
	inside, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = (&engine.Scheduler{Engine: e}).Run(inside) // which ends by ctx only
	}()
	defer func() { stop(); <-ended }()
	start := func(many int) error {
		return b.begin(ctx, e, many, func(int) engine.Start { return waiting })
	}
	if err := start(b.Sizes.Parked / 10); err != nil {
		return err
	}
	before, goroutines := heap(), runtime.NumGoroutine()
	if err := start(b.Sizes.Parked); err != nil {
		return err
	}
	many := float64(b.Sizes.Parked)
	f.Bytes, f.Goroutines = digits((heap()-before)/many), digits(float64(runtime.NumGoroutine()-goroutines)/many)
	runtime.KeepAlive(e)
	return nil
}

// heap is how many bytes are in use once all that is not has been collected.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
