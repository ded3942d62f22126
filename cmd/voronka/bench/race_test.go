package bench

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Rivals take turns for the same time, and each client of each is at work: one rival is twice as fast as the other.
func TestRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Bench{Sizes: Sizes{Span: 2 * time.Second}, races: 1}
		sleep := func(d time.Duration) deed {
			return func(context.Context, int) error { time.Sleep(d); return nil }
		}
		paces, err := b.race(t.Context(), 3, sleep(time.Millisecond), sleep(2*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		if a, c := paces[0].perSecond(), paces[1].perSecond(); a != 3000 || c != 1500 {
			t.Errorf("%v and %v a second", a, c)
		}
		if paces[0].took != 2*time.Second || paces[1].took != paces[0].took || len(paces[0].turns) != 10 {
			t.Errorf("%v in %d turns, %v", paces[0].took, len(paces[0].turns), paces[1].took)
		}
		if p := paces[1].each.at(0.5); p < 1950*time.Microsecond || p > 2*time.Millisecond {
			t.Errorf("p50 is %v", p)
		}
		if b.races != 0 {
			t.Errorf("%d races are left", b.races)
		}
	})
}

// What does little in a turn gets a longer one.
func TestRaceOfSlowOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Bench{Sizes: Sizes{Span: 10 * time.Second}}
		paces, err := b.race(t.Context(), 1, func(context.Context, int) error { time.Sleep(100 * time.Millisecond); return nil })
		if err != nil || len(paces[0].turns) > 13 || paces[0].perSecond() != 10 {
			t.Errorf("%v, %v", paces[0].turns, err)
		}
	})
}

// Where the time runs out, spans are shorter, down to an eighth.
func TestSpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Bench{Sizes: Sizes{Span: 4 * time.Second}, races: 2, ends: time.Now().Add(100 * time.Second)}
		for _, want := range []time.Duration{4 * time.Second, 2300 * time.Millisecond, 500 * time.Millisecond, 500 * time.Millisecond} {
			if got := b.span(2); got != want {
				t.Errorf("%v, not %v", got, want)
			}
			b.ends = map[time.Duration]time.Time{
				4 * time.Second: time.Now().Add(10 * time.Second), 2300 * time.Millisecond: time.Now().Add(time.Second), 500 * time.Millisecond: time.Now().Add(-time.Second),
			}[want]
		}
	})
}

func TestRaceThatFails(t *testing.T) {
	b, broken := &Bench{Sizes: Sizes{Span: time.Minute}}, errors.New("broken")
	fine := func(context.Context, int) error { time.Sleep(time.Millisecond); return nil }
	if _, err := b.race(t.Context(), 4, fine, func(_ context.Context, n int) error {
		if n == 2 {
			return broken
		}
		return fine(nil, n)
	}); err != broken {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	if _, err := b.race(ctx, 4, fine); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := spread(t.Context(), 100, func(_ context.Context, n int) error {
		if n == 50 {
			return broken
		}
		return nil
	}); err != broken {
		t.Error(err)
	}
}

func TestSpread(t *testing.T) {
	done := make([]int, 1000)
	if err := spread(t.Context(), len(done), func(_ context.Context, n int) error { done[n]++; return nil }); err != nil {
		t.Fatal(err)
	}
	for n, times := range done {
		if times != 1 {
			t.Errorf("%d is done %d times", n, times)
		}
	}
}

// The slowest and the fastest quarter of the turns do not count.
func TestPace(t *testing.T) {
	p := &pace{turns: []float64{10, 1000, 12, 0, 11, 9, 10, 8}}
	if got := p.perSecond(); got != 10 {
		t.Error(got)
	}
	if got := (&pace{turns: []float64{3}}).perSecond(); got != 3 {
		t.Error(got)
	}
}
