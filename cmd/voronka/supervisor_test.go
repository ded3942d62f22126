package main

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A supervisor hears when the server is ready, that it goes on, and that it stops: over a real socket, of a real process.
func TestSupervisor(t *testing.T) {
	for _, socket := range []string{filepath.Join(t.TempDir(), "notify"), "@voronka-" + filepath.Base(t.TempDir())} {
		t.Run(socket, func(t *testing.T) {
			l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
			if err != nil {
				t.Skip(err) // a name that is no file is known to Linux only
			}
			defer l.Close()
			t.Setenv("NOTIFY_SOCKET", socket)
			t.Setenv("WATCHDOG_USEC", "150000")
			t.Setenv("VORONKA_DRAIN", "300ms")
			s := started(t, "--data", t.TempDir())
			heard := map[string]int{}
			until := func(word string) {
				t.Helper()
				message := make([]byte, 4096)
				for begun := heard[word]; heard[word] == begun; {
					_ = l.SetReadDeadline(time.Now().Add(20 * time.Second))
					n, err := l.Read(message)
					if err != nil {
						t.Fatalf("%s was not said: %v", word, err)
					}
					for line := range strings.Lines(string(message[:n])) {
						heard[strings.TrimSpace(line)]++
					}
				}
			}
			until("READY=1")
			if heard["STOPPING=1"] > 0 || heard["STATUS=Opening the store"] != 1 {
				t.Errorf("%v", heard)
			}
			until("WATCHDOG=1")
			until("WATCHDOG=1")
			if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			until("STOPPING=1")
			until("WATCHDOG=1") // it is not killed while it finishes
			if err := s.cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	if _, err := said(t, "", "serve", "--data", t.TempDir()); err == nil || !strings.Contains(err.Error(), "tell systemd: ") {
		t.Errorf("a supervisor that is not there: %v", err)
	}
}

// Of a scheduler that stands still the supervisor hears no more; of one that looks only now and then it does.
func TestWatchdog(t *testing.T) {
	for _, c := range []struct {
		name  string
		looks time.Duration
		want  int // beats in ten minutes, one every ten seconds
	}{{"every half minute", 30 * time.Second, 60}, {"never", time.Hour, 12}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				here, there := net.Pipe()
				beats := 0
				go func() {
					for message := make([]byte, 100); ; beats++ {
						if n, err := there.Read(message); err != nil || string(message[:n]) != "WATCHDOG=1" {
							return
						}
					}
				}()
				s := &supervisor{conn: here, every: 10 * time.Second}
				began := time.Now()
				ctx, end := context.WithCancel(t.Context())
				go s.watch(ctx, func() time.Time { return began.Add(time.Since(began).Truncate(c.looks)) })
				time.Sleep(10*time.Minute - time.Second)
				end()
				here.Close()
				synctest.Wait()
				if beats != c.want {
					t.Errorf("%d beats, not %d", beats, c.want)
				}
			})
		})
	}
}
