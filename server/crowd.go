package server

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// crowd lets requests run, so many of one network at a time: whoever sends slowly, or does not read what was asked for, fills the places
// of one network and not all that there are.
type crowd struct {
	most int

	mu       sync.Mutex
	networks map[string]*places
}

// places are those of one network, and how many are here for them.
type places struct {
	taken chan struct{}
	here  int
}

// enter waits for a place until late or ctx ends; false: there is none. This machine's own requests need none.
func (c *crowd) enter(ctx context.Context, network string, late <-chan time.Time) (leave func(), ok bool) {
	if ip, err := netip.ParseAddr(network); err == nil && ip.IsLoopback() {
		return func() {}, true
	}
	one := c.come(network)
	select {
	case one.taken <- struct{}{}:
		return func() {
			<-one.taken
			c.gone(network, one)
		}, true
	case <-late:
	case <-ctx.Done():
	}
	c.gone(network, one)
	return nil, false
}

func (c *crowd) come(network string) *places {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.networks[network]
	if one == nil {
		one = &places{taken: make(chan struct{}, c.most)}
		c.networks[network] = one
	}
	one.here++
	return one
}

func (c *crowd) gone(network string, one *places) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one.here--; one.here == 0 {
		delete(c.networks, network)
	}
}
