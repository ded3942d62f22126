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

// Guard slows down the guessing of passwords. It counts by login and address together, and by address, so that nobody can lock
// out somebody else elsewhere.
type Guard struct{ pairs, addresses Limiter }

// NewGuard makes a Guard: five tries of one login from one address and then one in a minute; thirty tries from one address and then
// one in two seconds.
func NewGuard() *Guard {
	return &Guard{pairs: Limiter{Every: time.Minute, Burst: 5}, addresses: Limiter{Every: 2 * time.Second, Burst: 30}}
}

// Allow counts a try to sign in, or tells how long to wait.
func (g *Guard) Allow(login, address string, now time.Time) (wait time.Duration, ok bool) {
	address = Network(address)
	if wait, ok := g.addresses.Allow(address, now); !ok {
		return wait, false
	}
	return g.pairs.Allow(pair(login, address), now)
}

// Succeeded tells that the password was right.
func (g *Guard) Succeeded(login, address string) { g.pairs.Forget(pair(login, Network(address))) }

// pair is a login and an address as one key. A login longer than any is cut, for strangers choose it.
func pair(login, address string) string {
	login = normal(login)
	return login[:min(len(login), 4*maxLogin)] + "\x00" + address
}

// Network is what of an address one stranger can't change at will: all of IPv4, the first half of IPv6.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	p, _ := ip.Prefix(64)
	return p.String()
}
