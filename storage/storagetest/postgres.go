//go:build unix

package storagetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Postgres gives the URL of an empty place on a PostgreSQL server: a schema of its own that does not exist yet. The server is that of
// VORONKA_TEST_POSTGRES, or else one of this process, made of the installed binaries, that ends with the process. Where there is
// neither, the test is skipped, or fails if CI and VORONKA_TEST_POSTGRES_REQUIRED are set.
func Postgres(t testing.TB) string {
	t.Helper()
	at := os.Getenv("VORONKA_TEST_POSTGRES")
	if at == "" {
		server := quick
		if _, is := t.(*testing.B); is {
			server = durable
		}
		s, err := server()
		if err != nil {
			without(t, err)
		}
		at = s.URL
	}
	return Schema(at)
}

// Schema is the URL with a schema in it that nobody uses.
func Schema(at string) string {
	mark := "?"
	if strings.Contains(at, "?") {
		mark = "&"
	}
	return at + mark + "search_path=test_" + strings.ToLower(rand.Text()[:12])
}

func without(t testing.TB, err error) {
	t.Helper()
	say := t.Skipf
	if os.Getenv("CI") != "" && os.Getenv("VORONKA_TEST_POSTGRES_REQUIRED") != "" {
		say = t.Fatalf
	}
	say("no PostgreSQL to test on: %v; install it, or say where one is by VORONKA_TEST_POSTGRES=postgres://…", err)
}

// The servers of this process: one that does not wait for the disk, which only a machine that fails would be the worse for, and for
// benchmarks one that does.
var (
	quick   = sync.OnceValues(func() (*Server, error) { return newServer("off") })
	durable = sync.OnceValues(func() (*Server, error) { return newServer("on") })
)

// Server is a PostgreSQL server for tests, in a folder of its own.
type Server struct {
	URL string

	bin, dir string
	fsync    string
	owner    *syscall.Credential
	running  *exec.Cmd
	lifeline io.Closer // what the server's keeper reads: its end is the server's
}

// NewServer starts a server that the test may stop and start, and that ends with it.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s, err := newServer("on")
	if err != nil {
		without(t, err)
	}
	t.Cleanup(func() {
		s.Stop()
		os.RemoveAll(s.dir)
	})
	return s
}

func newServer(fsync string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, fsync: fsync}
	if s.dir, err = os.MkdirTemp("", "voronka-pg-"); err != nil {
		return nil, err
	}
	if err := s.disown(); err != nil {
		return nil, err
	}
	s.URL = "postgres://postgres@/postgres?host=" + url.QueryEscape(s.dir)
	made := s.command(filepath.Join(bin, "initdb"), "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions", "--no-sync")
	if out, err := made.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, s.start()
}

// binaries is the folder of the newest server installed.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			found = append(found, path)
		}
	}
	for _, path := range slices.Backward(found) {
		dir := filepath.Dir(path)
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("neither initdb nor postgres in /usr/lib/postgresql or in the path")
}

// disown gives the folder to somebody who is not root, for whom the server would not run.
func (s *Server) disown() error {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		s.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return os.Chown(s.dir, uid, gid)
	}
	return errors.New("the server does not run as root, and there is nobody else")
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Dir = s.dir
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner, Setpgid: true}
	return c
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// start runs the server below a keeper that ends it, and removes its folder, when this process is no more, however it ended.
func (s *Server) start() error {
	log := filepath.Join(s.dir, "log")
	before, _ := os.ReadFile(log)
	keeper := s.command("/bin/sh", "-c", `
		"$1"/postgres -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=200 -c max_pred_locks_per_transaction=256 -c fsync="$3" 2>>"$2/log" &
		server=$!
		read -r how
		kill -"${how:-QUIT}" $server
		wait $server
		[ -n "$how" ] || rm -rf "$2"`, "keeper", s.bin, s.dir, s.fsync)
	in, err := keeper.StdinPipe()
	if err != nil {
		return err
	}
	if err := keeper.Start(); err != nil {
		return err
	}
	s.running, s.lifeline = keeper, in
	ready := time.After(30 * time.Second)
	for {
		said, _ := os.ReadFile(log)
		if strings.Contains(string(said[len(before):]), "ready to accept connections") {
			return nil
		}
		select {
		case <-ready:
			return fmt.Errorf("the server does not start: %s", said)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Start starts a server that was stopped.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Stop ends the server at once, as a crash would: who is connected is cut off, and what was not committed is lost.
func (s *Server) Stop() {
	if s.running != nil {
		fmt.Fprintln(s.lifeline.(io.Writer), "QUIT")
		s.running.Wait()
		s.running = nil
	}
}
