package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Load is what a server is put under.
type Load struct {
	Scenarios []string
	Clients   []int
	Rate      float64       // requests a second, whether or not those before are answered: an open loop; 0: each client waits for its answer
	Span      time.Duration // of each
	Cards     int           // that are made first
	Progress  func(doing string, done float64)
}

// Loaded is what a server did under load.
type Loaded struct {
	PerSecond float64 `json:"per_second"`
	Rate      float64 `json:"rate,omitempty"` // that was asked for
	P50       float64 `json:"p50_ms"`         // in an open loop from the time when the request should have begun
	P90       float64 `json:"p90_ms"`
	P99       float64 `json:"p99_ms"`
	P999      float64 `json:"p999_ms"`
	Max       float64 `json:"max_ms"`
	Done      int     `json:"done"`
	Failed    int     `json:"failed"`
	Unsent    int     `json:"unsent"`          // in an open loop: their time had come, and no client was free; they count as late as they were
	Error     string  `json:"error,omitempty"` // the first one
}

// Run puts a server under each load, one after the other: by scenario and clients.
func (l *Load) Run(ctx context.Context, t *Target) (map[string]map[int]*Loaded, error) {
	most := 1
	for _, clients := range l.Clients {
		most = max(most, clients)
	}
	cards, made := max(l.Cards, most), atomic.Int64{}
	tell := l.Progress
	if tell == nil {
		tell = func(string, float64) {}
	}
	var one sync.Mutex
	err := t.furnish(ctx, cards, func() {
		one.Lock()
		defer one.Unlock()
		tell("making cards", float64(made.Add(1))/float64(cards))
	})
	if err != nil {
		return nil, err
	}
	all := map[string]map[int]*Loaded{}
	for _, scenario := range l.Scenarios {
		all[scenario] = map[int]*Loaded{}
		for _, clients := range l.Clients {
			ask, err := t.asks(scenario, clients)
			if err != nil {
				return nil, err
			}
			stop := every(time.Second/4, func(since time.Duration) {
				tell(fmt.Sprintf("%s, %d clients", scenario, clients), min(1, since.Seconds()/l.Span.Seconds()))
			})
			found, err := l.measure(ctx, clients, ask)
			stop()
			if err != nil {
				return nil, fmt.Errorf("measure %s: %w", scenario, err)
			}
			all[scenario][clients] = found
		}
	}
	return all, nil
}

// measure asks for a while. That a request fails is counted; that all do is an error.
func (l *Load) measure(ctx context.Context, clients int, ask deed) (*Loaded, error) {
	c := &counter{ask: ask}
	begun := time.Now()
	if l.Rate > 0 {
		c.open(ctx, clients, l.Rate, l.Span)
	} else {
		c.closed(ctx, clients, l.Span)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.done.Load() == 0 && c.first != nil {
		return nil, c.first
	}
	return c.loaded(l.Rate, time.Since(begun)), nil
}

// counter counts what becomes of requests.
type counter struct {
	ask                  deed
	each                 histogram
	done, failed, unsent atomic.Int64
	once                 sync.Once
	first                error
}

// one makes a request of a client, whose latency counts from a time.
func (c *counter) one(ctx context.Context, client int, from time.Time) {
	err := c.ask(ctx, client)
	if ctx.Err() != nil {
		return
	}
	c.each.add(time.Since(from))
	if err == nil {
		c.done.Add(1)
		return
	}
	c.failed.Add(1)
	c.once.Do(func() { c.first = err })
}

// closed lets each client ask again as soon as it is answered.
func (c *counter) closed(ctx context.Context, clients int, span time.Duration) {
	var all sync.WaitGroup
	begun := time.Now()
	for client := range clients {
		all.Go(func() {
			for time.Since(begun) < span && ctx.Err() == nil {
				c.one(ctx, client, time.Now())
			}
		})
	}
	all.Wait()
}

// open asks at a rate: each request has its time, and whichever client is free makes it then, or as soon after as one is. The latency
// counts from that time: a server that stands still is not spared the requests that would have come meanwhile.
func (c *counter) open(ctx context.Context, clients int, rate float64, span time.Duration) {
	total, begun := int64(rate*span.Seconds()), time.Now()
	var next atomic.Int64
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for n := next.Add(1) - 1; n < total && ctx.Err() == nil; n = next.Add(1) - 1 {
				at := begun.Add(time.Duration(float64(n) / rate * float64(time.Second)))
				if wait := time.Until(at); wait > 0 {
					select {
					case <-time.After(wait):
					case <-ctx.Done():
						return
					}
				}
				if time.Since(begun) >= span {
					c.unsent.Add(1)
					c.each.add(time.Since(at))
					continue
				}
				c.one(ctx, client, at)
			}
		})
	}
	all.Wait()
}

func (c *counter) loaded(rate float64, took time.Duration) *Loaded {
	l := &Loaded{
		PerSecond: digits(float64(c.done.Load()) / took.Seconds()), Rate: rate,
		P50: milliseconds(c.each.at(0.5)), P90: milliseconds(c.each.at(0.9)), P99: milliseconds(c.each.at(0.99)), P999: milliseconds(c.each.at(0.999)),
		Max:  milliseconds(time.Duration(c.each.longest.Load())),
		Done: int(c.done.Load()), Failed: int(c.failed.Load()), Unsent: int(c.unsent.Load()),
	}
	if c.first != nil {
		l.Error = c.first.Error()
	}
	return l
}

// every calls fn again and again until it is stopped.
func every(pause time.Duration, fn func(since time.Duration)) (stop func()) {
	begun, ended, over := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		ticker := time.NewTicker(pause)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				fn(time.Since(begun))
			case <-ended:
				return
			}
		}
	}()
	return func() { close(ended); <-over }
}
