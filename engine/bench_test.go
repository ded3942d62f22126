package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/memory"
)

// What is measured: a whole short process in one deed, and a job written, claimed and done. Each beside the bare store doing the
// same reads, keys and bytes in the same run; what counts is the ratio.

// sums runs to its end in one deed: a script, a choice, a script.
var sums = drawn("p", begin+`<sequenceFlow id="f1" sourceRef="begin" targetRef="add"/>`+
	`<scriptTask id="add" camunda:resultVariable="total"><script>amount + 5</script></scriptTask><sequenceFlow id="f2" sourceRef="add" targetRef="pick"/>`+
	`<exclusiveGateway id="pick" default="f4"/><sequenceFlow id="f3" sourceRef="pick" targetRef="double"><conditionExpression>total &gt; 10</conditionExpression></sequenceFlow>`+
	`<sequenceFlow id="f4" sourceRef="pick" targetRef="end"/>`+
	`<scriptTask id="double" camunda:resultVariable="twice"><script>total * 2</script></scriptTask><sequenceFlow id="f5" sourceRef="double" targetRef="end"/>`+end)

func stores(b *testing.B, run func(b *testing.B, s storage.Store)) {
	b.Run("memory", func(b *testing.B) { run(b, memory.New()) })
	b.Run("bolt", func(b *testing.B) {
		s, err := bolt.Open(filepath.Join(b.TempDir(), "store.db"), bolt.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		run(b, s)
	})
}

// share lets so many callers do b.N deeds, and gives the time of one.
func share(b *testing.B, callers int, deed func(n int) error) time.Duration {
	var next atomic.Int64
	var all sync.WaitGroup
	started := time.Now()
	for range callers {
		all.Go(func() {
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				if err := deed(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(started) / time.Duration(b.N)
}

// BenchmarkInstance runs a whole instance in one deed, with many finished ones kept.
func BenchmarkInstance(b *testing.B) {
	for _, kept := range []int{1_000, 100_000} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("kept=%d/callers=%d", kept, callers), func(b *testing.B) {
				stores(b, func(b *testing.B, s storage.Store) {
					e := engine.Open(s, engine.Options{})
					deploy(b, e, sums)
					start := func(tx *engine.Tx, id string) error {
						_, err := tx.StartAs(id, engine.Start{Process: "p", Variables: map[string]engine.Value{"amount": []byte("10")}})
						return err
					}
					for n := 0; n < kept; n += 1000 {
						if err := e.Update(context.Background(), func(tx *engine.Tx) error {
							for m := range 1000 {
								if err := start(tx, fmt.Sprintf("kept%08d", n+m)); err != nil {
									return err
								}
							}
							return nil
						}); err != nil {
							b.Fatal(err)
						}
					}
					r := &recorder{Store: s}
					if err := engine.Open(r, engine.Options{}).Update(context.Background(), func(tx *engine.Tx) error { return start(tx, "model0000000") }); err != nil {
						b.Fatal(err)
					}
					runtime.GC()
					b.ReportAllocs()
					b.ResetTimer()
					took := share(b, callers, func(n int) error {
						return e.Update(context.Background(), func(tx *engine.Tx) error { return start(tx, fmt.Sprintf("bench%07d", n)) })
					})
					b.StopTimer()
					finished(b, e, "bench0000001")
					r.compare(b, callers, took, "model0000000", "plain%07d")
				})
			})
		}
	}
}

func finished(b *testing.B, e *engine.Engine, id string) {
	if err := e.View(context.Background(), func(tx *engine.Tx) error {
		i, err := tx.Instance(id)
		if err == nil && (i.State != engine.Completed || values(i.Variables, " ") != "amount=10 total=15 twice=30") {
			b.Fatalf("left %s", describe(i))
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkJob writes a job, claims it and completes it: three deeds.
func BenchmarkJob(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			stores(b, func(b *testing.B, s storage.Store) {
				run := func(e *engine.Engine, instance string) error {
					id := ""
					if err := e.Update(context.Background(), func(tx *engine.Tx) error {
						_, err := tx.StartAs(instance, engine.Start{Process: "p"})
						return err
					}); err != nil {
						return err
					}
					if err := e.Update(context.Background(), func(tx *engine.Tx) error {
						i, err := tx.Instance(instance)
						if err != nil {
							return err
						}
						id = engine.OuterID(instance, i.Jobs[0].ID)
						_, _, err = tx.Claim(id, "w", time.Minute)
						return err
					}); err != nil {
						return err
					}
					return e.Update(context.Background(), func(tx *engine.Tx) error { return tx.CompleteJob(id, "w", nil) })
				}
				e := engine.Open(s, engine.Options{})
				deploy(b, e, service)
				r := &recorder{Store: s}
				if err := run(engine.Open(r, engine.Options{}), "model0000000"); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				took := share(b, callers, func(n int) error { return run(e, fmt.Sprintf("bench%07d", n)) })
				b.StopTimer()
				r.compare(b, callers, took, "model0000000", "plain%07d")
			})
		})
	}
}

// recorder notes what the engine asks of the store, to ask the same without the engine.
type recorder struct {
	storage.Store
	updates [][]call
}

// call is one call of a transaction.
type call struct {
	get    []storage.Ref
	put    []storage.Record
	notify []string
}

func (r *recorder) Update(ctx context.Context, fn func(storage.Tx) error) error {
	var calls []call
	err := r.Store.Update(ctx, func(tx storage.Tx) error {
		calls = nil
		return fn(&recorded{tx, &calls})
	})
	r.updates = append(r.updates, calls)
	return err
}

type recorded struct {
	storage.Tx
	calls *[]call
}

func (r *recorded) Get(refs ...storage.Ref) ([]*storage.Record, error) {
	if refs[0].Kind == "instance" || refs[0].Kind == "process" { // the programs are in memory, but for the first deed
		*r.calls = append(*r.calls, call{get: refs})
	}
	return r.Tx.Get(refs...)
}

func (r *recorded) Put(records ...*storage.Record) error {
	c := call{}
	for _, one := range records {
		c.put = append(c.put, *one)
	}
	*r.calls = append(*r.calls, c)
	return r.Tx.Put(records...)
}

func (r *recorded) Notify(topic, payload string) {
	*r.calls = append(*r.calls, call{notify: []string{topic, payload}})
	r.Tx.Notify(topic, payload)
}

// compare does what was recorded without the engine, under other ids, and reports how many times longer the engine took.
func (r *recorder) compare(b *testing.B, callers int, took time.Duration, model, ids string) {
	bare := share(b, callers, func(n int) error {
		id := fmt.Sprintf(ids, n)
		other := func(s string) string { return strings.ReplaceAll(s, model, id) }
		for _, calls := range r.updates {
			if err := r.Store.Update(context.Background(), func(tx storage.Tx) error {
				for _, c := range calls {
					if c.notify != nil {
						tx.Notify(c.notify[0], other(c.notify[1]))
					}
					if c.get != nil {
						refs := make([]storage.Ref, len(c.get))
						for n, ref := range c.get {
							refs[n] = storage.Ref{Kind: ref.Kind, ID: other(ref.ID)}
						}
						if _, err := tx.Get(refs...); err != nil {
							return err
						}
					}
					if c.put == nil {
						continue
					}
					records := make([]*storage.Record, len(c.put))
					for n := range c.put {
						one := c.put[n]
						one.ID, one.Data = other(one.ID), bytes.Clone(one.Data)
						one.Index = make([]storage.Entry, len(one.Index))
						for m, entry := range c.put[n].Index {
							one.Index[m] = storage.Entry{Index: entry.Index, Key: other(entry.Key), Value: entry.Value}
						}
						records[n] = &one
					}
					if err := tx.Put(records...); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	b.ReportMetric(float64(bare.Nanoseconds())/1000, "bare-µs")
	b.ReportMetric(float64(took)/float64(bare), "ratio")
}

// BenchmarkParked tells what an instance costs that waits for a person and a timer: bytes of its record with keys, of the heap (where
// the store is a file that is the engine's own share), and goroutines.
func BenchmarkParked(b *testing.B) {
	parked := drawn("p", begin+`<sequenceFlow id="f1" sourceRef="begin" targetRef="ask"/>`+user+
		`<boundaryEvent id="late" attachedToRef="ask"><timerEventDefinition><timeDuration>P3D</timeDuration></timerEventDefinition></boundaryEvent>`+
		`<sequenceFlow id="f2" sourceRef="late" targetRef="end"/><sequenceFlow id="f3" sourceRef="ask" targetRef="end"/>`+end)
	stores(b, func(b *testing.B, s storage.Store) {
		e := engine.Open(s, engine.Options{})
		deploy(b, e, parked)
		const many = 10_000
		start := func(from, to int) {
			if err := e.Update(context.Background(), func(tx *engine.Tx) error {
				for n := from; n < to; n++ {
					if _, err := tx.StartAs(fmt.Sprintf("parked%06d", n), engine.Start{Process: "p", Variables: map[string]engine.Value{"amount": []byte("100000"), "name": []byte(`"Ann"`)}}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
		heap := func() float64 {
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return float64(m.HeapAlloc)
		}
		start(0, 1000)
		before, goroutines := heap(), runtime.NumGoroutine()
		for n := 1000; n < 1000+many; n += 1000 {
			start(n, n+1000)
		}
		used := heap() - before
		size := 0
		if err := s.View(context.Background(), func(r storage.Reader) error {
			for _, kind := range []string{"instance", "history"} {
				for hit, err := range r.Scan(storage.Range{Kind: kind}) {
					if err != nil {
						return err
					}
					found, err := r.Get(hit.Ref)
					if err != nil {
						return err
					}
					size += len(hit.Record.Data) + len(hit.Ref.ID)
					for _, entry := range found[0].Index {
						size += len(entry.Index) + len(entry.Key) + len(entry.Value)
					}
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		for b.Loop() { // the figures are what counts
		}
		b.ReportMetric(used/many, "heap-B/instance")
		b.ReportMetric(float64(size)/(1000+many), "stored-B/instance")
		b.ReportMetric(float64(runtime.NumGoroutine()-goroutines)/many, "goroutines/instance")
		b.ReportMetric(0, "ns/op")
		runtime.KeepAlive(s)
	})
}
