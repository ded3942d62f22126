package drivingschool

import (
	"sync"
	"time"
)

// Clock is an engine's clock that stands where it is set, so that a quarter of a year goes by in seconds. It may be used from any
// goroutine.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock makes a clock that stands at a moment.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now is the moment at which the clock stands. Give it to engine.Options.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Set puts the clock on to a moment; it never goes back.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.at) {
		c.at = at
	}
}
