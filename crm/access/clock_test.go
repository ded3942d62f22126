package access

import (
	"testing"
	"time"
)

// A clock that is set forth and back locks nobody out for longer than he would have been, and lets nobody guess faster.
func TestLimiterByAJumpyClock(t *testing.T) {
	now := time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)
	l := &Limiter{Every: time.Minute, Burst: 3}
	spend := func(at time.Time) (n int) {
		for n < 100 {
			if _, ok := l.Allow("ann", at); !ok {
				return n
			}
			n++
		}
		return n
	}
	if n := spend(now); n != 3 {
		t.Fatalf("%d tries", n)
	}
	back := now.Add(-time.Hour)
	if n := spend(back); n != 0 {
		t.Errorf("%d tries more, for the clock was set back", n)
	}
	if wait, ok := l.Allow("ann", back); ok || wait > time.Minute {
		t.Errorf("set back by an hour, it makes wait for %s", wait)
	}
	if _, ok := l.Allow("ann", back.Add(time.Minute)); !ok {
		t.Error("a minute later there is no try again")
	}
	if n := spend(now.Add(1000 * time.Hour)); n != 3 {
		t.Errorf("set forward, it lets %d tries through", n)
	}
	if n := spend(now); n != 0 {
		t.Errorf("forth and back give %d tries more", n)
	}
}

// A session is over by the clock alone: one that is set forward ends it and forgets nothing, so that it goes on when the clock is set
// right; one that is set back makes it none the longer.
func TestSessionByAJumpyClock(t *testing.T) {
	now := time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)
	until := now.Add(idle)
	s := &Session{Created: now, Seen: now, Expires: &until}
	for _, c := range []struct {
		at   time.Duration
		over bool
		due  bool
	}{{0, false, false}, {-1000 * time.Hour, false, false}, {seldom, false, true}, {idle - time.Second, false, true}, {idle, true, true}, {1000 * time.Hour, true, true}, {time.Hour, false, true}} {
		if at := now.Add(c.at); s.over(at) != c.over || s.Due(at) != c.due {
			t.Errorf("%s on: over %t, its use to be written %t", c.at, s.over(at), s.Due(at))
		}
	}
}
