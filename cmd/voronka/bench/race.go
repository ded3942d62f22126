package bench

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// pace is how fast something went.
type pace struct {
	took  time.Duration
	turns []float64 // how much was done a second in each
	each  histogram
}

// perSecond is how much is done a second, from the middle half of the turns: the slowest and the fastest say more of who else uses the
// machine.
func (p *pace) perSecond() float64 {
	slices.Sort(p.turns)
	quarter, sum := len(p.turns)/4, 0.0
	half := p.turns[quarter : len(p.turns)-quarter]
	for _, rate := range half {
		sum += rate
	}
	return sum / float64(len(half))
}

// deed is done over and over by each of some clients; the number is the client's.
type deed func(ctx context.Context, client int) error

// slice is how long one rival runs before it is the next one's turn, unless it does too little in that time.
const slice = 200 * time.Millisecond

// race lets deeds take turns, each by so many clients side by side, until each had its span. The first slice of each is for warming up.
func (b *Bench) race(ctx context.Context, clients int, rivals ...deed) ([]*pace, error) {
	span := b.span(len(rivals))
	turn := min(slice, span/2)
	paces := make([]*pace, len(rivals))
	for n, do := range rivals {
		warm := &pace{}
		if err := run(ctx, clients, turn, do, warm); err != nil {
			return nil, err
		}
		paces[n] = &pace{}
		turn = max(turn, min(8*warm.each.at(0.5), span/2)) // so that its end, when some clients are done already, weighs little
		b.passed(warm.took)
	}
	for round := 0; paces[0].took < span; round++ {
		for n := range rivals {
			if round%2 == 1 {
				n = len(rivals) - 1 - n // there and back, so that what gets slower by and by does so for all
			}
			if err := run(ctx, clients, turn, rivals[n], paces[n]); err != nil {
				return nil, err
			}
			b.passed(turn)
		}
	}
	b.races--
	return paces, nil
}

// span is how long each rival of the next race runs: what the sizes say, or less where the time runs out.
func (b *Bench) span(rivals int) time.Duration {
	span := b.Sizes.Span
	if left := time.Until(b.ends); !b.ends.IsZero() {
		span = min(span, left/time.Duration(max(1, b.races)*rivals)-slice)
	}
	return max(span, b.Sizes.Span/8)
}

// run lets clients do a deed for a while.
func run(ctx context.Context, clients int, span time.Duration, do deed, p *pace) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var done atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for client := range clients {
		all.Go(func() {
			for more := true; more && ctx.Err() == nil; more = time.Since(begun) < span { // once at least
				at := time.Now()
				if err := do(ctx, client); err != nil {
					stop(err)
					return
				}
				p.each.add(time.Since(at))
				done.Add(1)
			}
		})
	}
	all.Wait()
	took := time.Since(begun)
	p.took += took
	p.turns = append(p.turns, float64(done.Load())/took.Seconds())
	return context.Cause(ctx)
}

// spread does something for each number up to many, by 64 clients side by side.
func spread(ctx context.Context, many int, do deed) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var last atomic.Int64
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for n := last.Add(1); n <= int64(many) && ctx.Err() == nil; n = last.Add(1) {
				if err := do(ctx, int(n-1)); err != nil {
					stop(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
