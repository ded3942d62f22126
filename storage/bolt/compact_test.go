package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voronka/voronka/storage"
)

// holed is a file of which most has been deleted, and what it holds.
func holed(t *testing.T) (path, want string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test.db")
	s := open(t, path)
	const most = 16
	for i := range most {
		if err := put(s, fmt.Sprintf("%02d", i), bytes.Repeat([]byte("x"), 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Update(bg, func(tx storage.Tx) error {
		for i := range most - 3 {
			if err := tx.Delete(storage.Ref{Kind: "card", ID: fmt.Sprintf("%02d", i)}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want, wrong, err := content(s)
	if err != nil || len(wrong) > 0 {
		t.Fatal(wrong, err)
	}
	s.Close()
	return path, want
}

// same checks that a file is sound, alone, and holds what it should.
func same(t *testing.T, path, want string) {
	t.Helper()
	if found := flaws(t, path); len(found) > 0 {
		t.Error(found)
	}
	s := open(t, path)
	got, wrong, err := content(s)
	if err != nil || len(wrong) > 0 || got != want {
		t.Errorf("%d bytes of content, want %d: %s, %v", len(got), len(want), wrong, err)
	}
	s.Close()
}

func TestCompact(t *testing.T) {
	path, want := holed(t)
	before, after, err := Compact(bg, path)
	if err != nil || before < 16<<20 || after > 5<<20 {
		t.Fatalf("from %d to %d: %v", before, after, err)
	}
	if size, _ := sizeOf(path); size != after {
		t.Errorf("it says %d and has %d", after, size)
	}
	same(t, path, want)
	names, _ := filepath.Glob(path + "*")
	if len(names) != 1 {
		t.Error(names)
	}
	s := open(t, path)
	if err := put(s, "new", nil); err != nil {
		t.Error(err)
	}
	if _, _, err := Compact(bg, path); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("a store in use: %v", err)
	}
	s.Close()
	if _, _, err := Compact(bg, path+"2"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	if _, err := os.Stat(path + "2"); err == nil {
		t.Error("it was made")
	}
	gone, cancel := context.WithCancel(bg)
	cancel()
	if _, _, err := Compact(gone, path); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// Killed at any moment, it leaves a whole file at its place, and the next one is not in its way.
func TestCompactKilled(t *testing.T) {
	path, want := holed(t)
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := child(t, "compacts", path).Run(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	rounds := 6
	if testing.Short() {
		rounds = 3
	}
	killed := 0
	for round := range rounds {
		os.WriteFile(path, sound, 0o600)
		cmd := child(t, "compacts", path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(took * time.Duration(round+1) / time.Duration(rounds))
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			killed++
		}
		same(t, path, want)
		if _, _, err := Compact(bg, path); err != nil {
			t.Error(err)
		}
		same(t, path, want)
		if names, _ := filepath.Glob(path + "*"); len(names) != 1 {
			t.Error(names)
		}
	}
	t.Logf("killed %d of %d times", killed, rounds)
	if killed == 0 {
		t.Error("it was never killed: the test proves nothing")
	}
}

func childCompacts(path string) {
	_, _, err := Compact(bg, path)
	must(err == nil, err)
}

// Where there is no room for the copy, all stays as it was.
func TestCompactFull(t *testing.T) {
	path, want := holed(t)
	if err := child(t, "compacts without room", path).Run(); err != nil {
		t.Fatal(err)
	}
	same(t, path, want)
	if names, _ := filepath.Glob(path + "*"); len(names) != 1 {
		t.Error(names)
	}
}

func childCompactsWithoutRoom(path string) {
	must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 30}) == nil)
	_, _, err := Compact(bg, path)
	must(errors.Is(err, storage.ErrFull), err)
}

// Who waits for a file that is being made smaller opens the new one, and not what is left of the old.
func TestOpenWhileReplaced(t *testing.T) {
	path, want := holed(t)
	s := open(t, path)
	opened := make(chan *Store)
	go func() {
		waiting, err := Open(path, Options{Wait: 20 * time.Second})
		if err != nil {
			t.Error(err)
		}
		opened <- waiting
	}()
	time.Sleep(100 * time.Millisecond)
	if err := s.copyTo(bg, path+".compact"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".compact", path); err != nil {
		t.Fatal(err)
	}
	s.Close()
	waiting := <-opened
	if waiting == nil {
		return
	}
	if err := put(waiting, "new", nil); err != nil {
		t.Error(err)
	}
	waiting.Close()
	s = open(t, path)
	got, _, err := content(s)
	if err != nil || !strings.Contains(got, "card new 1") || len(got) <= len(want) {
		t.Errorf("what was written is not in the file at its place: %v", err)
	}
}
