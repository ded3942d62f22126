package bench

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A server that stands still for a second of ten. By clients that wait for their answers that is one slow answer; by a clock it is a
// second of them.
func TestOpenLoopCountsWhatAStillServerKeepsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		ask := func(context.Context, int) error {
			if at := time.Since(begun); at >= 5*time.Second && at < 6*time.Second {
				time.Sleep(6*time.Second - at)
			}
			time.Sleep(time.Millisecond)
			return nil
		}
		open := &Load{Rate: 100, Span: 10 * time.Second}
		got, err := open.measure(t.Context(), 1, ask)
		if err != nil {
			t.Fatal(err)
		}
		if got.Done != 1000 || got.Failed != 0 || got.Unsent != 0 || got.PerSecond < 99 || got.Rate != 100 {
			t.Errorf("%+v", got)
		}
		// A hundred had to wait, and those behind them until the one client had made up for it: nobody beyond the 89th in a hundred.
		if got.P50 > 1.1 || got.P90 < 10 || got.P99 < 880 || got.P99 > 930 || got.Max != 1001 {
			t.Errorf("%+v", got)
		}
		begun = time.Now()
		got, err = (&Load{Span: 10 * time.Second}).measure(t.Context(), 1, ask)
		if err != nil || got.Done < 8000 || got.P99 > 1.1 || got.Max != 1001 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// Whatever happens to them, requests of an open loop are all accounted for.
func TestOpenLoopThatIsTooFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, broken := 0, errors.New("broken")
		got, err := (&Load{Rate: 1000, Span: 2 * time.Second}).measure(t.Context(), 1, func(context.Context, int) error {
			time.Sleep(10 * time.Millisecond)
			if n++; n%4 == 0 {
				return broken
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.Done != 150 || got.Failed != 50 || got.Unsent != 1800 || got.Done+got.Failed+got.Unsent != 2000 || got.Error != "broken" {
			t.Errorf("%+v", got)
		}
		if got.Max < 1800 || got.P50 < 900 || got.PerSecond < 74 || got.PerSecond > 76 {
			t.Errorf("%+v", got) // the unsent are as late as they were at the end
		}
	})
}

func TestLoadThatIsRefused(t *testing.T) {
	broken := errors.New("broken")
	refuse := func(context.Context, int) error { time.Sleep(time.Millisecond); return broken }
	for _, l := range []Load{{Span: 20 * time.Millisecond}, {Span: 20 * time.Millisecond, Rate: 500}} {
		if _, err := l.measure(t.Context(), 2, refuse); err != broken {
			t.Errorf("nothing but refusals: %v", err)
		}
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, stop)
		l.Span = time.Minute
		if _, err := l.measure(ctx, 2, refuse); !errors.Is(err, context.Canceled) {
			t.Errorf("cut off: %v", err)
		}
	}
}
