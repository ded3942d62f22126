package access

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter lets each key do something now and then: so many at once, and one more each time Every has passed. It remembers in memory
// only, and no more than a fixed number of keys.
type Limiter struct {
	Every time.Duration
	Burst int

	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

// maxKeys bounds what strangers can make a Limiter remember.
const maxKeys = 20_000

// Allow counts one try of the key, or tells how long to wait.
func (l *Limiter) Allow(key string, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.keys[key]
	if one == nil {
		l.room(now)
		one = rate.NewLimiter(rate.Every(l.Every), l.Burst)
		l.keys[key] = one
	}
	turn := one.ReserveN(now, 1)
	if wait := turn.DelayFrom(now); wait > 0 {
		turn.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// Forget takes back what was counted for the key.
func (l *Limiter) Forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.keys, key)
}

// room forgets the keys that have waited long enough to be as new, and then any.
func (l *Limiter) room(now time.Time) {
	if l.keys == nil {
		l.keys = map[string]*rate.Limiter{}
	}
	if len(l.keys) < maxKeys {
		return
	}
	for key, one := range l.keys {
		if one.TokensAt(now) >= float64(l.Burst) {
			delete(l.keys, key)
		}
	}
	for key := range l.keys {
		if len(l.keys) < maxKeys {
			return
		}
		delete(l.keys, key)
	}
}

// Guard slows down the guessing of passwords. It counts by login and network together, and by network, so that nobody can lock out
// somebody else elsewhere; and whoever has signed in from a network before is not held up by what others try there. It remembers in
// memory only: each process over one database lets as many tries through, which the cost of a hash bounds.
type Guard struct {
	pairs, networks Limiter

	mu       sync.Mutex
	regulars map[string]time.Time // pairs, and when they signed in last
}

// NewGuard makes a Guard: five tries of one login from one network and then one in a minute; thirty tries from one network and then
// one in two seconds.
func NewGuard() *Guard {
	return &Guard{
		pairs: Limiter{Every: time.Minute, Burst: 5}, networks: Limiter{Every: 2 * time.Second, Burst: 30}, regulars: map[string]time.Time{},
	}
}

// Allow counts a try to sign in, or tells how long to wait.
func (g *Guard) Allow(login, address string, now time.Time) (wait time.Duration, ok bool) {
	network := Network(address)
	if !g.regular(pair(login, network)) {
		if wait, ok := g.networks.Allow(network, now); !ok {
			return wait, false
		}
	}
	return g.pairs.Allow(pair(login, network), now)
}

// Succeeded tells that the password was right.
func (g *Guard) Succeeded(login, address string, now time.Time) {
	key := pair(login, Network(address))
	g.pairs.Forget(key)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.regulars[key] = now; len(g.regulars) > maxKeys {
		oldest := key
		for other, at := range g.regulars {
			if at.Before(g.regulars[oldest]) {
				oldest = other
			}
		}
		delete(g.regulars, oldest)
	}
}

func (g *Guard) regular(key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, is := g.regulars[key]
	return is
}

// pair is a login and a network as one key. A login longer than any is cut, for strangers choose it.
func pair(login, network string) string {
	login = normal(login)
	return login[:min(len(login), 4*maxLogin)] + "\x00" + network
}

// Network is what of an address one stranger can't change at will: all of IPv4; of IPv6 the 56 bits that one customer is given.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	p, _ := ip.Prefix(56)
	return p.String()
}
