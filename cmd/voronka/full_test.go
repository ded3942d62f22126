//go:build linux

package main

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// room limits how large a file a process may write; 0: as large as before.
func (k *killing) room(pid int, bytes uint64) {
	k.Helper()
	var was syscall.Rlimit
	limit := func(to, from *syscall.Rlimit) {
		if _, _, err := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), uintptr(syscall.RLIMIT_FSIZE), uintptr(unsafe.Pointer(to)), uintptr(unsafe.Pointer(from)), 0, 0); err != 0 {
			k.Fatal(err)
		}
	}
	limit(nil, &was)
	if was.Cur = bytes; bytes == 0 {
		was.Cur = was.Max
	}
	limit(&was, nil)
}

// On a full disk a person is told so, with nothing written and everything to be read; when there is room again the server goes on, and
// nobody has to start it anew.
func TestFullDisk(t *testing.T) {
	k := &killing{T: t, place: &folder{}, random: drawn(t)}
	k.born()
	cmd, said := k.start()
	m := &mover{}
	for range 5 {
		if !m.work(k) {
			t.Fatal("it does not move")
		}
	}
	k.room(cmd.Process.Pid, 24<<20)
	keep := func(n int) (status int, body string) {
		return k.tell("POST", "/cards/"+m.card+"/files?field=scan", &upload{fmt.Sprintf("%d.txt", n), strings.Repeat("x", 1<<20)})
	}
	n, status, body := 0, http.StatusCreated, ""
	for ; status == http.StatusCreated && n < 200; n++ {
		status, body = keep(n)
	}
	if status != http.StatusInsufficientStorage || !strings.Contains(body, `"code":"full"`) || !strings.Contains(body, `"hint":"`) || !strings.Contains(body, "место") {
		t.Fatalf("file %d: %d %s", n, status, body)
	}
	if status, body := k.tell("GET", "/cards/"+m.card, nil); status != http.StatusOK {
		t.Errorf("a card can't be read on a full disk: %d %s", status, body)
	}
	for range 3 { // again and again
		if status, body := keep(n); status != http.StatusInsufficientStorage {
			t.Errorf("%d %s", status, body)
		}
	}
	k.room(cmd.Process.Pid, 0)
	if status, body := keep(n); status != http.StatusCreated {
		t.Errorf("there is room again: %d %s", status, body)
	}
	if !m.work(k) || m.told != 6 {
		t.Errorf("it has moved %d times, and does not move on", m.told)
	}
	k.kill(cmd, said)
	k.workers = []worker{m}
	k.verify("after a full disk")
}
