package bench

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts how long things took, in buckets that are at most 1/64 wide of what is in them: from a nanosecond to centuries, in
// 30 KB. Any number of goroutines may count.
type histogram struct {
	buckets [(64 - fine) << fine]atomic.Uint64
	count   atomic.Uint64
	longest atomic.Int64
}

const fine = 6 // bits of a figure that its bucket tells apart

func bucket(n uint64) int {
	if n < 1<<fine {
		return int(n)
	}
	shift := bits.Len64(n) - fine - 1
	return shift<<fine + int(n>>shift)
}

// lowest is the lowest figure of a bucket.
func lowest(bucket int) uint64 {
	if bucket < 2<<fine {
		return uint64(bucket)
	}
	shift := bucket>>fine - 1
	return uint64(bucket-shift<<fine) << shift
}

func (h *histogram) add(took time.Duration) {
	took = max(took, 0)
	h.buckets[bucket(uint64(took))].Add(1)
	h.count.Add(1)
	for {
		longest := h.longest.Load()
		if int64(took) <= longest || h.longest.CompareAndSwap(longest, int64(took)) {
			return
		}
	}
}

// at is what a share of all did not exceed, from 0 to 1: the middle of that one's bucket. 0 where there is nothing.
func (h *histogram) at(share float64) time.Duration {
	total := h.count.Load()
	if total == 0 {
		return 0
	}
	rank, seen := max(1, uint64(share*float64(total)+0.5)), uint64(0)
	for n := range h.buckets {
		if seen += h.buckets[n].Load(); seen >= rank {
			from := lowest(n)
			return min(time.Duration(from+(lowest(n+1)-from)/2), time.Duration(h.longest.Load()))
		}
	}
	return time.Duration(h.longest.Load())
}
