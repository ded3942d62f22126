package bolt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/storagetest"
)

var bg = context.Background()

// TestMain runs the children of the tests below, which are killed or starved.
func TestMain(m *testing.M) {
	switch path := os.Getenv("STORE"); os.Getenv("CHILD") {
	case "writes":
		childWrites(path)
	case "is starved":
		childIsStarved(path)
	case "compacts":
		childCompacts(path)
	case "compacts without room":
		childCompactsWithoutRoom(path)
	default:
		os.Exit(m.Run())
	}
}

func child(t *testing.T, what, path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "CHILD="+what, "STORE="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestReopen(t *testing.T) {
	storagetest.Reopen(t, func(t *testing.T) func() storage.Store {
		path := filepath.Join(t.TempDir(), "test.db")
		return func() storage.Store { return open(t, path) }
	})
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s := open(t, path)
	if _, err := Open(path, Options{Wait: 10 * time.Millisecond}); !errors.Is(err, storage.ErrLocked) {
		t.Fatal(err)
	}
	s.Close()
	open(t, path)
}

func TestFormat(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	edit := func(name string, fn func(tx *bbolt.Tx) error) string {
		path := filepath.Join(dir, name)
		db, err := bbolt.Open(path, 0o600, nil)
		if err == nil {
			err = errors.Join(db.Update(fn), db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	open(t, filepath.Join(dir, "newer")).Close()
	for _, path := range []string{
		write("text", bytes.Repeat([]byte("not a store\n"), 5000)),
		write("short", []byte("PK")),
		write("zeros", make([]byte, 1<<16)),
		edit("of others", func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("users")); return err }),
		edit("without buckets", func(tx *bbolt.Tx) error { _, err := tx.CreateBucket(about); return err }),
		edit("newer", func(tx *bbolt.Tx) error { return tx.Bucket(about).Put(formatKey, []byte(strconv.Itoa(format+1))) }),
	} {
		_, err := Open(path, Options{})
		if !errors.Is(err, storage.ErrFormat) {
			t.Errorf("%s: %v", path, err)
		}
		if strings.HasSuffix(path, "newer") && !strings.Contains(err.Error(), fmt.Sprint("format ", format+1)) {
			t.Error(err)
		}
	}
	if _, err := Open(filepath.Join(dir, "no", "such"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	open(t, write("empty", nil))
}

func put(s *Store, id string, data []byte) error {
	return s.Update(bg, func(tx storage.Tx) error {
		return tx.Put(&storage.Record{Kind: "card", ID: id, Data: data, Index: []storage.Entry{{Index: "due", Key: id}}})
	})
}

func ids(t testing.TB, s *Store, r storage.Range) (ids []string) {
	t.Helper()
	r.Keys = true
	if err := s.View(bg, func(reader storage.Reader) error {
		for h, err := range reader.Scan(r) {
			if err != nil {
				return err
			}
			ids = append(ids, h.Key)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "test.db"))
	done := make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				if err := put(s, fmt.Sprintf("%06d", i), bytes.Repeat([]byte("x"), 1000)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for i := range 5 {
		var copied bytes.Buffer
		time.Sleep(5 * time.Millisecond)
		if err := s.Backup(bg, &copied); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, fmt.Sprint(i))
		os.WriteFile(path, copied.Bytes(), 0o600)
		c := open(t, path)
		records, entries := ids(t, c, storage.Range{Kind: "card"}), ids(t, c, storage.Range{Index: "due"})
		if len(records) != len(entries) || len(records) > 0 && records[len(records)-1] != fmt.Sprintf("%06d", len(records)-1) {
			t.Fatalf("%d records, %d entries", len(records), len(entries))
		}
	}
	close(done)
	all.Wait()
	ctx, cancel := context.WithCancel(bg)
	if err := s.Backup(ctx, cancels(cancel)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

type cancels context.CancelFunc

func (c cancels) Write(p []byte) (int, error) { c(); return len(p), nil }

// Many callers share a commit, and a commit that fails fails for each of them and for nobody after them.
func TestCommitTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	begun, commit := make(chan bool), make(chan error)
	s, err := Open(path, Options{commit: func() error { begun <- true; return <-commit }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	first := make(chan error, 1)
	go func() { first <- put(s, "first", nil) }()
	<-begun
	const n = 64
	rest := make(chan error, n)
	for i := range n {
		go func() { rest <- put(s, fmt.Sprint(i), nil) }()
	}
	ctx, cancel := context.WithCancel(bg)
	gone := make(chan error)
	go func() {
		gone <- s.Update(ctx, func(tx storage.Tx) error { return tx.Put(&storage.Record{Kind: "card", ID: "gone"}) })
	}()
	for len(s.queue) < n+1 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-gone; err != context.Canceled {
		t.Fatal(err)
	}
	commit <- nil
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	<-begun
	commit <- fmt.Errorf("write: %w", syscall.ENOSPC)
	for range n {
		if err := <-rest; !errors.Is(err, storage.ErrFull) {
			t.Fatal(err)
		}
	}
	if got := ids(t, s, storage.Range{Kind: "card"}); len(got) != 1 {
		t.Fatal(got)
	}
	go func() { <-begun; commit <- nil }()
	if err := put(s, "later", nil); err != nil {
		t.Fatal(err)
	}
	if s.commits.Load() != 2 {
		t.Fatalf("%d commits", s.commits.Load())
	}
}

// A commit that fails before it is there changes nothing, and the next one is as good as ever. One that is there to be read, and of
// which the disk did not say that it stays, is unknown; and then nothing is read or written until the file is opened again.
func TestDiskFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	var before, after error
	s, err := Open(path, Options{commit: func() error { return before }, committed: func() error { return after }})
	if err != nil {
		t.Fatal(err)
	}
	before = fmt.Errorf("write: %w", syscall.EIO)
	if err := put(s, "a", nil); !errors.Is(err, storage.ErrFailed) || errors.Is(err, storage.ErrUnknown) {
		t.Fatal(err)
	}
	before = nil
	if err := put(s, "b", nil); err != nil {
		t.Fatal(err)
	}
	after = fmt.Errorf("sync: %w", syscall.EIO)
	if err := put(s, "c", nil); !errors.Is(err, storage.ErrUnknown) {
		t.Fatal(err)
	}
	after = nil
	if err := put(s, "d", nil); !errors.Is(err, storage.ErrFailed) || errors.Is(err, storage.ErrUnknown) {
		t.Fatal(err)
	}
	if err := s.View(bg, func(storage.Reader) error { t.Error("read"); return nil }); !errors.Is(err, storage.ErrFailed) {
		t.Fatal(err)
	}
	s.Close()
	if got := ids(t, open(t, path), storage.Range{Kind: "card"}); !slices.Equal(got, []string{"b", "c"}) {
		t.Fatal(got)
	}
}

// A file that may not grow is full; when it may again, the store goes on.
func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if out, err := child(t, "is starved", path).Output(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := ids(t, open(t, path), storage.Range{Index: "due"}); len(got) == 0 || got[len(got)-1] != "zz" {
		t.Fatal(got)
	}
}

func childIsStarved(path string) {
	s, err := Open(path, Options{})
	must(err == nil, err)
	var was syscall.Rlimit
	must(syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was) == nil)
	must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 24 << 20, Max: was.Max}) == nil)
	good := 0
	for err = nil; err == nil && good < 1000; good++ {
		err = put(s, fmt.Sprintf("%04d", good), make([]byte, 1<<20))
	}
	must(errors.Is(err, storage.ErrFull), err, good)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			err := put(s, fmt.Sprint("no", i), make([]byte, 8<<20))
			must(errors.Is(err, storage.ErrFull), err)
		})
	}
	all.Wait()
	must(put(s, "small", nil) == nil) // there is room for this one still
	must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was) == nil)
	err = put(s, "zz", make([]byte, 30<<20))
	must(err == nil, err)
	n := 0
	must(s.View(bg, func(r storage.Reader) error {
		for _, err := range r.Scan(storage.Range{Kind: "card"}) {
			must(err == nil, err)
			n++
		}
		return nil
	}) == nil)
	must(n == good-1+2, n, good)
	must(s.Close() == nil)
}

func must(ok bool, why ...any) {
	if !ok {
		panic(fmt.Sprint(why...))
	}
}

// A killed process leaves each deed that it was told of, and no half of any.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	told := map[string]bool{}
	for round := range 5 {
		cmd := child(t, "writes", path)
		cmd.Env = append(cmd.Env, fmt.Sprint("ROUND=", round))
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		var kill sync.Once // some time after the first deed was told of, however busy the machine is
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if id, ok := strings.CutSuffix(lines.Text(), "."); ok {
				told[id] = true
				kill.Do(func() { time.AfterFunc(time.Duration(50+37*round)*time.Millisecond, func() { cmd.Process.Kill() }) })
			}
		}
		cmd.Wait()
		s := open(t, path)
		there := map[string]int{}
		for _, r := range []storage.Range{{Kind: "card"}, {Kind: "deal"}, {Index: "due"}} {
			for _, id := range ids(t, s, r) {
				there[id]++
			}
		}
		for id, n := range there {
			if n != 3 {
				t.Errorf("%s is there in %d of 3 places", id, n)
			}
		}
		for id := range told {
			if there[id] == 0 {
				t.Errorf("%s was acknowledged and is gone", id)
			}
		}
		s.Close()
	}
	if len(told) == 0 {
		t.Fatal("nothing was written")
	}
}

func childWrites(path string) {
	s, err := Open(path, Options{})
	must(err == nil, err)
	for worker := range 8 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d", os.Getenv("ROUND"), worker, i)
				err := s.Update(bg, func(tx storage.Tx) error {
					return tx.Put(&storage.Record{Kind: "card", ID: id, Data: make([]byte, 500), Index: []storage.Entry{{Index: "due", Key: id}}},
						&storage.Record{Kind: "deal", ID: id})
				})
				must(err == nil, err)
				os.Stdout.WriteString(id + ".\n")
			}
		}()
	}
	select {}
}

// A deed that panics in its turn does not stop the writer.
func TestTurnIsGivenBack(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "test.db"))
	for range 3 {
		func() {
			defer func() { recover() }()
			s.Update(bg, func(tx storage.Tx) error {
				for range tx.Scan(storage.Range{Kind: "card"}) {
				}
				panic("in its turn")
			})
		}()
	}
	if err := put(s, "a", nil); err != nil {
		t.Fatal(err)
	}
}

// An entry that stays as it is, is not written; a deed that only reads commits nothing.
func TestNothingToWrite(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "test.db"))
	put(s, "a", nil)
	was := s.commits.Load()
	if err := s.Update(bg, func(tx storage.Tx) error {
		_, err := tx.Get(storage.Ref{Kind: "card", ID: "a"})
		for range tx.Scan(storage.Range{Kind: "card"}) {
		}
		tx.Notify("a", "b")
		return err
	}); err != nil || s.commits.Load() != was {
		t.Fatal(err, s.commits.Load()-was)
	}
	if err := s.Update(bg, func(t storage.Tx) error {
		found, err := t.Get(storage.Ref{Kind: "card", ID: "a"})
		if err != nil {
			return err
		}
		found[0].Data = []byte("new")
		if err = t.Put(found[0]); err == nil && len(t.(*tx).work().entries) != 0 {
			err = errors.New("an entry was written that did not change")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// What a function makes of the end of its first run, which read what is no longer so, is of no interest.
func TestAgain(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "test.db"))
	for what, of := range map[string]func(error) error{
		"returns": func(err error) error { return err },
		"panics":  func(err error) error { panic(err) },
		"ignores": func(error) error { return nil },
	} {
		put(s, what, nil) // a record of its own: one that was changed behind a deed's back is read in a turn from then on
		runs, scans := 0, 0
		err := s.Update(bg, func(tx storage.Tx) error {
			runs++
			found, err := tx.Get(storage.Ref{Kind: "card", ID: what})
			if err != nil {
				return err
			}
			if runs == 1 {
				if err := change(s, what); err != nil { // on a snapshot it may
					return err
				}
			}
			for _, err := range tx.Scan(storage.Range{Kind: "card", From: what}) {
				if err != nil {
					return of(err)
				}
				scans++
				break
			}
			return tx.Put(found...)
		})
		if err != nil || runs != 2 || scans != 1 {
			t.Errorf("a function that %s: %v after %d runs and %d records", what, err, runs, scans)
		}
	}
	found := 0
	for range 2 { // and one whose reads still hold runs once
		s.Update(bg, func(tx storage.Tx) error {
			found++
			_, err := tx.Get(storage.Ref{Kind: "card", ID: "none"})
			for range tx.Scan(storage.Range{Kind: "card"}) {
			}
			return err
		})
	}
	if found != 2 {
		t.Errorf("%d runs of 2", found)
	}
}

// change writes a record anew.
func change(s *Store, id string) error {
	return s.Update(bg, func(tx storage.Tx) error {
		found, err := tx.Get(storage.Ref{Kind: "card", ID: id})
		if err != nil {
			return err
		}
		return tx.Put(found...)
	})
}

// A deed that comes to read what was changed behind another's back does so in its turn, and need not run again; until it has cooled.
func TestHot(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "test.db"))
	put(s, "own", nil)
	put(s, "counter", nil)
	runs, version := 0, uint64(0)
	deed := func(before, after func() error) {
		runs = 0
		if err := s.Update(bg, func(tx storage.Tx) error {
			runs++
			if _, err := tx.Get(storage.Ref{Kind: "card", ID: "own"}); err != nil {
				return err
			}
			if runs == 1 && before != nil {
				if err := before(); err != nil {
					return err
				}
			}
			found, err := tx.Get(storage.Ref{Kind: "card", ID: "counter"})
			if err != nil {
				return err
			}
			if runs == 1 && after != nil {
				if err := after(); err != nil {
					return err
				}
			}
			version = found[0].Version
			return tx.Put(found...)
		}); err != nil {
			t.Fatal(err)
		}
	}
	others := func() error { return change(s, "counter") }
	if deed(nil, others); runs != 2 || version != 2 {
		t.Errorf("%d runs, version %d", runs, version)
	}
	if deed(others, nil); runs != 1 || version != 4 {
		t.Errorf("hot: %d runs, version %d", runs, version)
	}
	if deed(func() error { return errors.Join(others(), change(s, "own")) }, nil); runs != 2 || version != 6 {
		t.Errorf("hot, and what was read before is changed: %d runs, version %d", runs, version)
	}
	for range 2 * patience { // what is behind the other one cools last
		deed(nil, nil)
	}
	if deed(nil, nil); s.hot.any.Load() {
		t.Errorf("it stays hot: %v", s.hot.left)
	}
	for n := range mostHot + 1 {
		s.hot.found(fmt.Sprint(n), true)
	}
	if len(s.hot.left) > mostHot {
		t.Errorf("%d are hot", len(s.hot.left))
	}
}

// What a deed saw in its turn of another one that is not committed yet, it says to nobody before that one is: neither what it read nor
// that it refuses. Where the other one fails it is as if both had never run.
func TestNothingIsKnownBeforeTheCommit(t *testing.T) {
	refused := errors.New("refused")
	for _, fails := range []bool{false, true} {
		begun, commit := make(chan bool), make(chan error)
		s, err := Open(filepath.Join(t.TempDir(), "test.db"), Options{commit: func() error { begun <- true; return <-commit }})
		if err != nil {
			t.Fatal(err)
		}
		first := make(chan error, 1)
		go func() { first <- put(s, "first", nil) }()
		<-begun // the writer is busy: what follows is one group
		write := make(chan error, 1)
		go func() { write <- put(s, "a", nil) }()
		for len(s.queue) < 1 {
			time.Sleep(time.Millisecond)
		}
		look := func(then error) chan error {
			said := make(chan error, 1)
			go func() {
				said <- s.Update(bg, func(tx storage.Tx) error {
					n := 0
					for _, err := range tx.Scan(storage.Range{Kind: "card"}) {
						if err != nil {
							return err
						}
						n++
					}
					if n != 2 {
						return fmt.Errorf("it sees %d records", n)
					}
					return then
				})
			}()
			return said
		}
		looks := []chan error{look(nil), look(refused)}
		for len(s.queue) < 3 {
			time.Sleep(time.Millisecond)
		}
		commit <- nil
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		<-begun
		time.Sleep(20 * time.Millisecond)
		for n, said := range looks {
			select {
			case err := <-said:
				t.Errorf("%d says %v of what is not committed", n, err)
			default:
			}
		}
		want := []error{nil, nil, refused}
		if fails {
			commit <- fmt.Errorf("write: %w", syscall.ENOSPC)
			want = []error{storage.ErrFull, storage.ErrFull, storage.ErrFull}
		} else {
			commit <- nil
		}
		for n, said := range append([]chan error{write}, looks...) {
			if err := <-said; !errors.Is(err, want[n]) {
				t.Errorf("the commit fails: %t, and %d says %v, not %v", fails, n, err, want[n])
			}
		}
		s.Close()
	}
}

// While a commit is under way deeds are accepted on top of it, and see in their turn what it will have left. It fails, and they fail
// with it, for what they saw never was; then the next is as good as ever.
func TestAcceptedOnTop(t *testing.T) {
	for _, fails := range []bool{false, true} {
		begun, commit := make(chan bool), make(chan error)
		s, err := Open(filepath.Join(t.TempDir(), "test.db"), Options{commit: func() error { begun <- true; return <-commit }})
		if err != nil {
			t.Fatal(err)
		}
		// Somebody else is at it, so the writer does not wait for the commit.
		inside, leave, left := make(chan bool), make(chan bool), make(chan error, 1)
		go func() {
			left <- s.Update(bg, func(storage.Tx) error { inside <- true; <-leave; return nil })
		}()
		<-inside
		said := map[string]chan error{}
		start := func(name string, deed func() error) {
			c := make(chan error, 1)
			said[name] = c
			go func() { c <- deed() }()
		}
		start("first", func() error { return put(s, "first", nil) })
		<-begun
		start("plain", func() error { return put(s, "plain", nil) })
		for seen := false; !seen; {
			id, turn := fmt.Sprint("turn ", len(said)), make(chan []string, 1)
			start(id, func() error {
				return s.Update(bg, func(tx storage.Tx) error {
					var found []string
					for h, err := range tx.Scan(storage.Range{Kind: "card", Keys: true}) {
						if err != nil {
							return err
						}
						found = append(found, h.Key)
					}
					turn <- found
					return tx.Put(&storage.Record{Kind: "card", ID: id})
				})
			})
			select {
			case found := <-turn:
				if !slices.Contains(found, "first") {
					t.Fatalf("in its turn it finds %q", found)
				}
				seen = slices.Contains(found, "plain")
			case <-time.After(10 * time.Second):
				t.Fatal("nobody is accepted while a commit is under way")
			}
		}
		for name, c := range said {
			select {
			case err := <-c:
				t.Errorf("%s hears %v before anything is committed", name, err)
			default:
			}
		}
		var want, outcome error
		if fails {
			want, outcome = storage.ErrFull, fmt.Errorf("write: %w", syscall.ENOSPC)
		}
		commit <- outcome
		go func() {
			for range begun { // the later ones are as good as ever
				commit <- nil
			}
		}()
		for name, c := range said {
			if err := <-c; !errors.Is(err, want) {
				t.Errorf("the commit fails: %t, and %s hears %v", fails, name, err)
			}
		}
		leave <- true
		if err := <-left; err != nil {
			t.Error(err)
		}
		if err := put(s, "later", nil); err != nil {
			t.Error(err)
		}
		all := []string{"later"}
		if !fails {
			all = slices.Sorted(maps.Keys(said))
			all = slices.Insert(all, 1, "later")
		}
		if got := ids(t, s, storage.Range{Kind: "card"}); !slices.Equal(got, all) {
			t.Errorf("the commit fails: %t, and %q are there", fails, got)
		}
		s.Close()
		close(begun)
	}
}

// A deed that was about to write, and in its second run refuses because of what somebody else wrote meanwhile, is refused.
func TestRefusedInItsTurn(t *testing.T) {
	refused := errors.New("refused")
	for what, then := range map[string]func() error{
		"refuses": func() error { return refused },
		"rests":   func() error { return nil },
	} {
		s := open(t, filepath.Join(t.TempDir(), "test.db"))
		if err := put(s, "a", []byte("1")); err != nil {
			t.Fatal(err)
		}
		runs := 0
		err := s.Update(bg, func(tx storage.Tx) error {
			runs++
			found, err := tx.Get(storage.Ref{Kind: "card", ID: "a"})
			if err != nil {
				return err
			}
			if runs > 1 {
				return then()
			}
			if err := s.Update(bg, func(tx storage.Tx) error { // on a snapshot it may
				found, err := tx.Get(storage.Ref{Kind: "card", ID: "a"})
				if err != nil {
					return err
				}
				return tx.Put(found...)
			}); err != nil {
				return err
			}
			return tx.Put(found...)
		})
		if want := then(); !errors.Is(err, want) || runs != 2 {
			t.Errorf("a deed that %s: %v after %d runs, not %v", what, err, runs, want)
		}
	}
}

// Which pages are free stands in a file that was closed, however many they are, so that the next Open need not look for them.
func TestFreePagesAreWrittenDown(t *testing.T) {
	for _, many := range []int{1, 2 * mostFree} {
		path := filepath.Join(t.TempDir(), "test.db")
		s := open(t, path)
		if err := s.Update(bg, func(tx storage.Tx) error {
			return tx.Put(&storage.Record{Kind: "card", ID: "large", Data: make([]byte, many*os.Getpagesize())})
		}); err != nil {
			t.Fatal(err)
		}
		for n := range 3 { // until no View can need the old pages any more
			if err := s.Update(bg, func(tx storage.Tx) error {
				if n > 0 {
					return tx.Put(&storage.Record{Kind: "card", ID: fmt.Sprint(n)})
				}
				return tx.Delete(storage.Ref{Kind: "card", ID: "large"})
			}); err != nil {
				t.Fatal(err)
			}
		}
		if s.db.NoFreelistSync != (many > mostFree) {
			t.Errorf("with %d free pages each commit writes them down: %v", many, !s.db.NoFreelistSync)
		}
		s.Close()
		s = open(t, path)
		if err := s.db.View(func(tx *bbolt.Tx) error {
			for id := 0; ; id++ {
				page, err := tx.Page(id)
				if err != nil || page == nil {
					return errors.Join(err, errors.New("no page says which are free"))
				}
				if page.Type == "freelist" {
					return nil
				}
			}
		}); err != nil {
			t.Errorf("%d free pages: %v", many, err)
		}
	}
}
