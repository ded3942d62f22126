package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

// supervisor is who started the program and wants to hear how it does: systemd, with Type=notify, see sd_notify(3). Where there is
// none, nothing is said.
type supervisor struct {
	conn  net.Conn
	every time.Duration // how often it wants to hear that all is well; 0: it does not
}

// newSupervisor finds it by what it put into the environment.
func newSupervisor() (*supervisor, error) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return &supervisor{}, nil
	}
	conn, err := net.Dial("unixgram", socket) // a name that begins with @ is an abstract one
	if err != nil {
		return nil, fmt.Errorf("tell systemd: %w", err)
	}
	s := &supervisor{conn: conn}
	within, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if pid := os.Getenv("WATCHDOG_PID"); err == nil && within > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		s.every = time.Duration(within) * time.Microsecond / 3
	}
	return s, nil
}

// say says a word or two of sd_notify. A supervisor that does not listen does not stop us.
func (s *supervisor) say(state string) {
	if s.conn != nil {
		_, _ = s.conn.Write([]byte(state))
	}
}

// attend tells the supervisor that the program is ready and, from then on, that all is well; and, when ctx ends, that it stops. What it
// returns ends that.
func (s *supervisor) attend(ctx context.Context, look func() time.Time) (end func()) {
	s.say("READY=1\nSTATUS=Serving")
	still := context.AfterFunc(ctx, func() { s.say("STOPPING=1\nSTATUS=Finishing what runs") })
	inside, stop := context.WithCancel(context.WithoutCancel(ctx))
	var watching sync.WaitGroup
	watching.Go(func() { s.watch(inside, look) })
	return func() {
		still()
		stop()
		watching.Wait()
	}
}

// lively is for how long the same may be seen before it counts as standing still.
const lively = 2 * time.Minute

// watch tells the supervisor that all is well for as long as what it is shown changes, until ctx ends. Where the scheduler stands still,
// as behind a lock that nobody lets go of, the supervisor hears no more and starts the program again.
func (s *supervisor) watch(ctx context.Context, look func() time.Time) {
	if s.every == 0 {
		return
	}
	beat := time.NewTicker(s.every)
	defer beat.Stop()
	for seen, since := look(), time.Now(); ; {
		if now := look(); !now.Equal(seen) {
			seen, since = now, time.Now()
		}
		if time.Since(since) < lively {
			s.say("WATCHDOG=1")
		}
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
	}
}
