package bench

import (
	"fmt"
	"testing"
	"time"
)

// figures are those of some sizes, in a benchmark that measures by itself.
func figures(b *testing.B, sizes Sizes) *Figures {
	sizes.Span = 3 * time.Second
	f, err := (&Bench{Ground: onDisk(b), Sizes: sizes, Serve: served(b)}).Run(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() { // the figures are what counts
	}
	b.ReportMetric(0, "ns/op")
	return f
}

// Moves of cards, durable: a second, and as a share of the store alone doing the same reads and writes.
func BenchmarkMove(b *testing.B) {
	for _, clients := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			m := figures(b, Sizes{Clients: []int{clients}, Pool: 2048}).Moves[clients]
			b.ReportMetric(m.PerSecond, "moves/s")
			b.ReportMetric(m.BarePerSecond, "bare/s")
			b.ReportMetric(m.Ratio, "of-bare")
		})
	}
}

// Moves of cards that all count one counter up, as a share of those that don't.
func BenchmarkCounting(b *testing.B) {
	for _, clients := range []int{64, 256} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			c := figures(b, Sizes{Counting: []int{clients}, Pool: 2048}).HotCounter[clients]
			b.ReportMetric(c.PerSecond, "moves/s")
			b.ReportMetric(c.Ratio, "of-moves")
		})
	}
}

// Whole instances in one deed: microseconds in memory; durable, how many times as long as the store alone takes.
func BenchmarkInstance(b *testing.B) {
	f := figures(b, Sizes{Kept: 100_000, Parked: 10_000})
	b.ReportMetric(f.Instance.Memory, "µs")
	b.ReportMetric(f.Instance.MemoryKept, "µs-at-100k")
	b.ReportMetric(f.Instance.Durable, "times-bare")
	b.ReportMetric(f.Instance.DurableMany, "times-bare-64")
	b.ReportMetric(f.Parked.Bytes, "B/parked")
}

// Jobs written, claimed and completed: how many times as long as a transaction of the store alone.
func BenchmarkJob(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			j := figures(b, Sizes{Jobs: []int{clients}}).Job[clients]
			b.ReportMetric(j.PerSecond, "jobs/s")
			b.ReportMetric(j.Ratio, "times-bare")
		})
	}
}

// Moves of cards over HTTP, client and server in this process, as a share of the store alone without HTTP.
func BenchmarkHTTP(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			m := figures(b, Sizes{Web: []int{clients}, Pool: 2048}).HTTP.Moves[clients]
			b.ReportMetric(m.PerSecond, "moves/s")
			b.ReportMetric(m.Ratio, "of-bare")
		})
	}
}
