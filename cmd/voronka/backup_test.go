package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
)

// A backup of a server at work is sound, has everything that was acknowledged before it was asked for, and is served and worked on like
// any other.
func TestHotBackup(t *testing.T) {
	k := &killing{T: t, place: &folder{}, random: drawn(t)}
	k.born()
	cmd, said1 := k.start()
	var told [3]atomic.Int64
	var movers [3]mover
	var over atomic.Bool
	var working sync.WaitGroup
	for n := range movers {
		if !movers[n].begin(k) {
			t.Fatal("no card is made")
		}
		working.Go(func() {
			for !over.Load() && movers[n].work(k) {
				told[n].Store(int64(movers[n].told))
			}
		})
	}
	defer working.Wait()
	defer over.Store(true)
	backups := 4
	if testing.Short() {
		backups = 1
	}
	for round := range backups {
		var before [3]int64
		k.patiently(func() bool { return told[0].Load() > before[0]+5 })
		for n := range told {
			before[n] = told[n].Load()
		}
		data := filepath.Join(t.TempDir(), fmt.Sprint("restored", round))
		if err := os.Mkdir(data, 0o700); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(data, databaseName)
		if out, err := said(t, "", "backup", "--server", k.at, "--token", string(k.token), "--to", to); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		sound(t, data)
		store, err := openStore(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		a, err := openApp(t.Context(), store, engine.Options{})
		if err == nil {
			err = a.engine.View(t.Context(), func(tx *engine.Tx) error {
				s := &sight{killing: k, app: a, tx: tx, when: "restored"}
				for n := range movers {
					if has := int64(s.number(movers[n].card, "turns")); has < before[n] {
						t.Errorf("backup %d has %d moves of a card, %d were acknowledged before", round, has, before[n])
					}
				}
				return nil
			})
		}
		store.Close()
		if err != nil {
			t.Fatal(err)
		}
		restored := &killing{T: t, place: &folder{dir: data}, random: k.random, token: k.token}
		second, said2 := restored.start()
		again := &mover{counter{card: movers[0].card}}
		if !again.adopt(restored) || !again.work(restored) {
			t.Error("what was restored does not go on")
		}
		restored.kill(second, said2)
		sound(t, data)
		time.Sleep(10 * time.Millisecond)
	}
	over.Store(true)
	working.Wait()
	k.kill(cmd, said1)
	k.workers = []worker{&movers[0], &movers[1], &movers[2]}
	k.verify("after the backups")
}

// adopt takes a card as it stands.
func (m *mover) adopt(k *killing) bool {
	var card struct {
		Fields struct{ Turns int }
	}
	if k.ask("GET", "/cards/"+m.card, "", nil, &card) != 200 {
		return false
	}
	m.told, m.pending = card.Fields.Turns, 0
	return true
}

// A file that is no backup, or half of one, is not served.
func TestRestoreOfHalf(t *testing.T) {
	data := ringData(t)
	to := filepath.Join(t.TempDir(), databaseName)
	if out, err := said(t, "", "backup", "--data", data, "--to", to); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, half := range [][]byte{whole[:len(whole)/2], []byte("no backup at all")} {
		os.WriteFile(to, half, 0o600)
		if _, err := said(t, "", "serve", "--data", filepath.Dir(to), "--listen", "127.0.0.1:0"); err == nil {
			t.Errorf("%d bytes of %d are served", len(half), len(whole))
		}
	}
}
