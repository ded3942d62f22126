package postgres

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voronka/voronka/storage"
)

// The deed of the benchmarks is that of storage/bolt: read the instance and its card, write the instance (1.6 KB) with two of its five
// entries moved, and a line of history. Each figure is for one deed.

const instances = 20_000

var body = bytes.Repeat([]byte(`{"variable":"v"},`), 94)

func instance(i, step int) *storage.Record {
	id := fmt.Sprintf("instance-%08d", i)
	data := append(append([]byte{'['}, body...), "0]"...)
	return &storage.Record{Kind: "instance", ID: id, Data: data, Index: []storage.Entry{
		{Index: "definition", Key: storage.Key("funnel", id)},
		{Index: "card", Key: id},
		{Index: "due", Key: storage.Time(time.Unix(int64(i+step*60), 0))},
		{Index: "owner", Key: storage.Key("ann", id)},
		{Index: "stage", Key: storage.Key("funnel", fmt.Sprint("stage", step%7), id)},
	}}
}

func about(i int) *storage.Record {
	return &storage.Record{Kind: "card", ID: fmt.Sprintf("instance-%08d", i), Data: fmt.Appendf(nil, "%q", body[:300])}
}

func line(i, step int) *storage.Record {
	return &storage.Record{Kind: "history", ID: fmt.Sprintf("instance-%08d/%06d", i, step), Data: fmt.Appendf(nil, "%q", body[:200])}
}

func fill(b *testing.B, s storage.Store) {
	b.Helper()
	for i := 0; i < instances; i += 1000 {
		if err := s.Update(bg, func(tx storage.Tx) error {
			var all []*storage.Record
			for j := i; j < i+1000; j++ {
				all = append(all, instance(j, 0), about(j))
			}
			return tx.Put(all...)
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// share runs n deeds in as many goroutines as there are callers; deed i is on an instance that no other works on at that time.
func share(b *testing.B, from, n, callers int, deed func(i, step int) error) time.Duration {
	next, last := atomic.Int64{}, int64(from+n)
	next.Store(int64(from))
	var all sync.WaitGroup
	start := time.Now()
	for range callers {
		all.Go(func() {
			for n := next.Add(1); n <= last; n = next.Add(1) {
				if err := deed(int(n*7919%instances), int(1+n/instances)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
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

// bare sends the same statements in two round trips over the same connections, with nothing around them but what it takes to do it
// again where it was refused.
func bare(s *Store) func(i, step int) error {
	try := func(i, step int) error {
		c, err := s.pool.Acquire(bg)
		if err != nil {
			return err
		}
		defer c.Release()
		last, next, h := instance(i, step-1), instance(i, step), line(i, step)
		bytesOf := func(s ...string) (args [][]byte) {
			for _, s := range s {
				args = append(args, []byte(s))
			}
			return args
		}
		look := []call{
			{statement: begin},
			{statement: get, args: bytesOf("instance", next.ID)},
			{statement: get, args: bytesOf("card", next.ID)},
		}
		if err := send(bg, c.Conn().PgConn(), look); err != nil {
			return err
		}
		n := count(look[1].rows[0][0])
		h = line(i, step+int(n)<<8)
		lines, moved := newRows(insert), newRows(enter)
		lines.add(nil, append(bytesOf("history", h.ID), number(1), h.Data, nil))
		write := lines.end([]call{
			{statement: update, args: append(bytesOf("instance", next.ID), number(n+1), next.Data, storage.AppendEntries(nil, next.Index))},
		})
		for j := range next.Index {
			if from, to := last.Index[j].Place(last.Ref()), next.Index[j].Place(next.Ref()); from != to {
				name := next.Index[j].Index
				moved.add(nil, append(bytesOf(name, from[len(name)+1:], "instance", next.ID), nil, truth(true)))
				moved.add(nil, append(bytesOf(name, to[len(name)+1:], "instance", next.ID), nil, truth(false)))
			}
		}
		write = moved.end(write)
		if err := send(bg, c.Conn().PgConn(), append(write, call{statement: commit})); err != nil {
			_ = send(bg, c.Conn().PgConn(), []call{{statement: end}})
			return err
		}
		return nil
	}
	return func(i, step int) (err error) {
		for range most {
			if err = try(i, step); code(err) != "40001" {
				break
			}
		}
		return err
	}
}

// The store and the bare statements take turns, so that what else the machine does is done to both.
func BenchmarkUpdate(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			s, t := open(b, fresh(b)), open(b, fresh(b))
			fill(b, s)
			fill(b, t)
			deed, same := step(s), bare(t)
			var took [2]time.Duration
			b.ResetTimer()
			const slices = 20
			for n := range slices {
				from, to := b.N*n/slices, b.N*(n+1)/slices
				took[0] += share(b, from, to-from, callers, deed)
				took[1] += share(b, from, to-from, callers, same)
			}
			b.ReportMetric(float64(b.N)/took[0].Seconds(), "deeds/s")
			b.ReportMetric(float64(b.N)/took[1].Seconds(), "bare/s")
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "of-bare")
			b.ReportMetric(float64(s.runs.Load())/float64(b.N), "runs/deed")
		})
	}
}

// One hot counter in every deed, from many callers.
func BenchmarkHot(b *testing.B) {
	for _, callers := range []int{16, 64, 256} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			s := open(b, fresh(b))
			fill(b, s)
			if err := s.Update(bg, func(tx storage.Tx) error {
				return tx.Put(&storage.Record{Kind: "counter", ID: "hot", Data: []byte("0")})
			}); err != nil {
				b.Fatal(err)
			}
			hot := func(i, step int) error {
				return s.Update(bg, func(tx storage.Tx) error {
					next := instance(i, step)
					found, err := tx.Get(next.Ref(), storage.Ref{Kind: "card", ID: next.ID}, storage.Ref{Kind: "counter", ID: "hot"})
					if err != nil {
						return err
					}
					r := found[0]
					r.Data, r.Index = next.Data, next.Index
					return tx.Put(r, line(i, step+int(r.Version)<<8), found[2])
				})
			}
			cold := step(s)
			var took [2]time.Duration
			was, runs := uint64(0), uint64(0)
			b.ResetTimer()
			const slices = 20
			for n := range slices {
				from, to := b.N*n/slices, b.N*(n+1)/slices
				took[1] += share(b, from, to-from, callers, cold)
				was = s.runs.Load()
				took[0] += share(b, from, to-from, callers, hot)
				runs += s.runs.Load() - was
			}
			b.ReportMetric(float64(b.N)/took[0].Seconds(), "deeds/s")
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "of-cold")
			b.ReportMetric(float64(runs)/float64(b.N), "runs/deed")
		})
	}
}

func BenchmarkView(b *testing.B) {
	s := open(b, fresh(b))
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
