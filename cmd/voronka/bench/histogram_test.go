package bench

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What a histogram says of any durations is what sorting them says, but for the width of a bucket.
func TestHistogram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Map(rapid.Uint64(), func(n uint64) time.Duration { return time.Duration(n >> 1 >> (n % 60)) }), 1, 300).Draw(t, "durations")
		h := &histogram{}
		for _, d := range all {
			h.add(d)
		}
		slices.Sort(all)
		for _, share := range []float64{0, 0.1, 0.5, 0.9, 0.99, 0.999, 1} {
			exact := all[min(len(all)-1, max(0, int(share*float64(len(all))+0.5)-1))]
			if off := h.at(share) - exact; max(off, -off) > exact>>fine {
				t.Fatalf("%v of %v is %v, not %v", share, all, h.at(share), exact)
			}
		}
		if h.at(1) > all[len(all)-1] {
			t.Fatalf("%v is more than the longest, %v", h.at(1), all[len(all)-1])
		}
	})
}

func TestHistogramBuckets(t *testing.T) {
	if h := (&histogram{}); h.at(0.5) != 0 {
		t.Error("an empty one says something")
	}
	h := &histogram{}
	h.add(-time.Second)
	if h.at(1) != 0 {
		t.Error("less than nothing is not nothing")
	}
	for n := range len(h.buckets) - 1 {
		if from, to := lowest(n), lowest(n+1); from >= to || bucket(from) != n || bucket(to-1) != n {
			t.Fatalf("bucket %d is from %d to %d", n, from, to)
		}
	}
	if last := bucket(1<<63 - 1); last != len(h.buckets)-1 {
		t.Errorf("the longest duration is in bucket %d of %d", last, len(h.buckets))
	}
}

func TestHistogramOfMany(t *testing.T) {
	h := &histogram{}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for m := range 1000 {
				h.add(time.Duration(n*1000 + m))
			}
		})
	}
	all.Wait()
	if h.count.Load() != 8000 || h.longest.Load() != 7999 {
		t.Errorf("%d, the longest %d", h.count.Load(), h.longest.Load())
	}
}
