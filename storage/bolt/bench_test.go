package bolt

import (
	"bytes"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
)

// The deed of the benchmarks is a step of a process instance: read the instance and its card, write the instance (1.6 KB) with two
// of its five entries moved, and a line of history. Each figure is for one deed.

const instances = 20_000

var body = bytes.Repeat([]byte(`{"variable":"v"}`), 100)

func instance(i, step int) *storage.Record {
	id := fmt.Sprintf("instance-%08d", i)
	return &storage.Record{Kind: "instance", ID: id, Data: body, Index: []storage.Entry{
		{Index: "definition", Key: storage.Key("funnel", id)},
		{Index: "card", Key: id},
		{Index: "due", Key: storage.Time(time.Unix(int64(i+step*60), 0))},
		{Index: "owner", Key: storage.Key("ann", id)},
		{Index: "stage", Key: storage.Key("funnel", fmt.Sprint("stage", step%7), id)},
	}}
}

func card(i int) *storage.Record {
	return &storage.Record{Kind: "card", ID: fmt.Sprintf("instance-%08d", i), Data: body[:300]}
}

func line(i, step int) *storage.Record {
	return &storage.Record{Kind: "history", ID: fmt.Sprintf("instance-%08d/%06d", i, step), Data: body[:200]}
}

func fill(b *testing.B, s storage.Store) {
	b.Helper()
	for i := 0; i < instances; i += 1000 {
		if err := s.Update(bg, func(tx storage.Tx) error {
			var all []*storage.Record
			for j := i; j < i+1000; j++ {
				all = append(all, instance(j, 0), card(j))
			}
			return tx.Put(all...)
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// share runs n deeds in as many goroutines as there are callers; deed i is on an instance that no other works on at that time.
func share(b *testing.B, callers int, deed func(i, step int) error) {
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	start, used := time.Now(), processor()
	for range callers {
		all.Go(func() {
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				if err := deed(n*7919%instances, 1+n/instances); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "deeds/s")
	b.ReportMetric(float64((processor()-used).Microseconds())/float64(b.N), "cpu-µs")
}

// processor is the time that the process used: what counts where others use the machine too.
func processor() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func step(s storage.Store) func(i, step int) error {
	return func(i, step int) error {
		return s.Update(bg, func(tx storage.Tx) error {
			next := instance(i, step)
			found, err := tx.Get(next.Ref(), storage.Ref{Kind: "card", ID: next.ID})
			if err != nil {
				return err
			}
			r := found[0]
			r.Data, r.Index = next.Data, next.Index
			return tx.Put(r, line(i, step+int(r.Version)<<8))
		})
	}
}

// bare is the same keys and as many bytes in bbolt with nothing around it.
func bare(tx *bbolt.Tx, i, step int) error {
	r, e := tx.Bucket(records), tx.Bucket(entries)
	last, next := instance(i, step-1), instance(i, step)
	place := []byte(next.Ref().Place())
	n := version(r.Get(place))
	r.Get([]byte("card\x00" + next.ID))
	for j := range next.Index {
		if from, to := last.Index[j].Place(last.Ref()), next.Index[j].Place(next.Ref()); from != to {
			if err := e.Delete([]byte(from)); err != nil {
				return err
			}
			if err := e.Put([]byte(to), []byte{}); err != nil {
				return err
			}
		}
	}
	next.Version = n + 1
	if err := r.Put(place, encode(next, next.Index)); err != nil {
		return err
	}
	h := line(i, step+int(n)<<8)
	h.Version = 1
	return r.Put([]byte(h.Ref().Place()), encode(h, nil))
}

// grouped is bare by a goroutine that does all that waits in one commit.
func grouped(b *testing.B, db *bbolt.DB) func(i, step int) error {
	type ask struct {
		i, step int
		done    chan error
	}
	queue := make(chan ask, 256)
	b.Cleanup(func() { close(queue) })
	go func() {
		for first := range queue {
			group := []ask{first}
			for len(queue) > 0 {
				group = append(group, <-queue)
			}
			err := db.Update(func(tx *bbolt.Tx) error {
				for _, a := range group {
					if err := bare(tx, a.i, a.step); err != nil {
						return err
					}
				}
				return nil
			})
			for _, a := range group {
				a.done <- err
			}
		}
	}()
	return func(i, step int) error {
		a := ask{i, step, make(chan error, 1)}
		queue <- a
		return <-a.done
	}
}

func BenchmarkUpdate(b *testing.B) {
	for _, callers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			took := map[string]float64{}
			for _, how := range []string{"bare", "grouped", "store"} {
				b.Run(how, func(b *testing.B) {
					s := open(b, filepath.Join(b.TempDir(), "test.db"))
					fill(b, s)
					was := s.commits.Load()
					b.ReportAllocs()
					switch how {
					case "bare":
						share(b, callers, func(i, step int) error {
							return s.db.Update(func(tx *bbolt.Tx) error { return bare(tx, i, step) })
						})
					case "grouped":
						share(b, callers, grouped(b, s.db))
					case "store":
						share(b, callers, step(s))
						b.ReportMetric(float64(b.N)/float64(s.commits.Load()-was), "deeds/commit")
					}
					took[how] = float64(b.Elapsed()) / float64(b.N)
					if how == "store" && took["bare"] > 0 {
						b.ReportMetric(took["store"]/took["bare"], "of-bare")
						b.ReportMetric(took["store"]/took["grouped"], "of-grouped")
					}
				})
			}
		})
	}
}

// One hot counter, from 64 callers.
func BenchmarkHot(b *testing.B) {
	for _, how := range []string{"get", "scan"} {
		b.Run(how, func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "test.db"))
			put(s, "hot", body)
			share(b, 64, func(int, int) error {
				return s.Update(bg, func(tx storage.Tx) error {
					if how == "scan" {
						for _, err := range tx.Scan(storage.Range{Kind: "card"}) {
							if err != nil {
								return err
							}
						}
					}
					found, err := tx.Get(storage.Ref{Kind: "card", ID: "hot"})
					if err != nil {
						return err
					}
					return tx.Put(found...)
				})
			})
		})
	}
}

func BenchmarkView(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "test.db"))
	fill(b, s)
	for _, c := range []struct {
		name string
		view func(storage.Reader) error
	}{
		{"get", func(r storage.Reader) error {
			_, err := r.Get(storage.Ref{Kind: "instance", ID: "instance-00000777"})
			return err
		}},
		{"scan 50", func(r storage.Reader) error { return drain(r, storage.Range{Index: "stage", Limit: 50}) }},
		{"scan 50 keys", func(r storage.Reader) error { return drain(r, storage.Range{Index: "stage", Limit: 50, Keys: true}) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.View(bg, c.view); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func drain(r storage.Reader, over storage.Range) error {
	for _, err := range r.Scan(over) {
		if err != nil {
			return err
		}
	}
	return nil
}
