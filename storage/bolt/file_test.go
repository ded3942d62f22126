package bolt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
		edit("newer", func(tx *bbolt.Tx) error { return tx.Bucket(about).Put([]byte("format"), []byte("2")) }),
	} {
		_, err := Open(path, Options{})
		if !errors.Is(err, storage.ErrFormat) {
			t.Errorf("%s: %v", path, err)
		}
		if strings.HasSuffix(path, "newer") && !strings.Contains(err.Error(), "format 2") {
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
	put(s, "a", nil)
	for what, of := range map[string]func(error) error{
		"returns": func(err error) error { return err },
		"panics":  func(err error) error { panic(err) },
		"ignores": func(error) error { return nil },
	} {
		runs, scans := 0, 0
		err := s.Update(bg, func(tx storage.Tx) error {
			runs++
			found, err := tx.Get(storage.Ref{Kind: "card", ID: "a"})
			if err != nil {
				return err
			}
			if runs == 1 {
				if err := s.Update(bg, func(tx storage.Tx) error { // on a snapshot it may
					found, _ := tx.Get(storage.Ref{Kind: "card", ID: "a"})
					return tx.Put(found...)
				}); err != nil {
					return err
				}
			}
			for _, err := range tx.Scan(storage.Range{Kind: "card"}) {
				if err != nil {
					return of(err)
				}
				scans++
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
			_, err := tx.Get(storage.Ref{Kind: "card", ID: "a"})
			for range tx.Scan(storage.Range{Kind: "card"}) {
			}
			return err
		})
	}
	if found != 2 {
		t.Errorf("%d runs of 2", found)
	}
}
