package storagetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/voronka/voronka/storage"
)

// meanwhile runs fn beside what runs, waiting for it only as long as a store needs that lets nobody in meanwhile.
func (k *kit) meanwhile(fn func()) (wait func()) {
	done := make(chan bool)
	go func() {
		defer close(done)
		fn()
	}()
	wait = func() { <-done }
	k.Cleanup(wait)
	select {
	case <-done:
	case <-time.After(50 * time.Millisecond):
	}
	return wait
}

// together runs fn n times at once.
func together(n int, fn func(i int)) {
	var all sync.WaitGroup
	start := make(chan bool)
	for i := range n {
		all.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	all.Wait()
}

// catch runs fn, which must panic with want.
func catch(fn func(), want error) (err error) {
	defer func() {
		if got := recover(); got != want {
			err = fmt.Errorf("panic with %v, want %v", got, want)
		}
	}()
	fn()
	return nil
}

func number(r *storage.Record) int {
	if r == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(r.Data))
	return n
}

// add counts a record up.
func add(tx storage.Tx, id string, n int) (int, error) {
	r, err := one(tx, storage.Ref{Kind: "counter", ID: id})
	if err != nil {
		return 0, err
	}
	if r == nil {
		r = doc("counter", id, "")
	}
	n += number(r)
	r.Data = []byte(strconv.Itoa(n))
	r.Index = []storage.Entry{entry("counters", fmt.Sprintf("%09d", n))}
	return n, tx.Put(r)
}

func snapshot(k *kit) {
	k.put(doc("card", "a", `1`, entry("due", "1")), doc("card", "b", `1`))
	k.view(func(r storage.Reader) error {
		look := func() []string {
			a, err := list(r, storage.Range{Index: "due"})
			k.ok(err)
			b, err := list(r, storage.Range{Kind: "card"})
			k.ok(err)
			got, err := one(r, storage.Ref{Kind: "card", ID: "a"})
			k.ok(err)
			return append(append(a, b...), string(got.Data))
		}
		before := look()
		next, stop := pull(r.Scan(storage.Range{Kind: "card"}))
		defer stop()
		next()
		done := make(chan bool)
		go func() {
			defer close(done)
			k.put(doc("card", "a", `2`, entry("due", "2")), doc("card", "c", `2`))
			k.update(func(tx storage.Tx) error { return tx.Delete(storage.Ref{Kind: "card", ID: "b"}) })
		}()
		<-done // a View never makes an Update wait
		k.sameList(look(), before...)
		k.same(next(), "b")
		return nil
	})
	k.sameList(k.ids(storage.Range{Kind: "card"}), "a", "c")
}

func counter(k *kit) {
	const callers, rounds = 64, 20
	together(callers, func(i int) {
		for range rounds {
			if err := k.store.Update(bg, func(tx storage.Tx) error {
				if _, err := add(tx, "own"+strconv.Itoa(i), 1); err != nil {
					return err
				}
				_, err := add(tx, "hot", 1)
				return err
			}); err != nil {
				k.Error(err)
			}
		}
	})
	k.same(number(k.get("counter", "hot")), callers*rounds)
	k.same(k.get("counter", "hot").Version, callers*rounds)
	for i := range callers {
		k.same(number(k.get("counter", "own"+strconv.Itoa(i))), rounds)
	}
	k.same(len(k.ids(storage.Range{Index: "counters"})), callers+1)
}

// counterByScan: the next number is one more than the last one found.
func counterByScan(k *kit) {
	const callers, rounds = 16, 10
	together(callers, func(i int) {
		for range rounds {
			if err := k.store.Update(bg, func(tx storage.Tx) error {
				last := 0
				for h, err := range tx.Scan(storage.Range{Index: "number", Reverse: true, Limit: 1, Keys: true}) {
					if err != nil {
						return err
					}
					last, _ = strconv.Atoi(h.Key)
				}
				id := fmt.Sprintf("%05d", last+1)
				return tx.Put(doc("card", id, `{}`, entry("number", id)))
			}); err != nil {
				k.Error(err)
			}
		}
	})
	ids := k.ids(storage.Range{Kind: "card"})
	k.same(len(ids), callers*rounds)
	k.same(ids[len(ids)-1], fmt.Sprintf("%05d", callers*rounds))
}

// skew runs two deeds at once, many times: each looks for the other and leaves its own trace. One of them must see the other.
func (k *kit) skew(rounds int, first, second func(tx storage.Tx, round string) (sees bool, err error)) {
	for i := range rounds {
		var saw [2]bool
		together(2, func(j int) {
			if err := k.store.Update(bg, func(tx storage.Tx) (err error) {
				saw[j], err = []func(storage.Tx, string) (bool, error){first, second}[j](tx, fmt.Sprint(i))
				runtime.Gosched()
				return err
			}); err != nil {
				k.Error(err)
			}
		})
		if saw[0] == saw[1] {
			k.Fatalf("round %d: seen %v", i, saw)
		}
	}
}

func lookPoint(kind string) func(tx storage.Tx, round string) (bool, error) {
	return func(tx storage.Tx, round string) (bool, error) {
		r, err := one(tx, storage.Ref{Kind: kind, ID: round})
		return r != nil, err
	}
}

func lookRange(kind string) func(tx storage.Tx, round string) (bool, error) {
	return func(tx storage.Tx, round string) (bool, error) {
		got, err := list(tx, storage.Range{Index: kind + "s"}.Prefix(round))
		return len(got) > 0, err
	}
}

// leaves puts a record of kind after look.
func leaves(kind string, look func(storage.Tx, string) (bool, error)) func(storage.Tx, string) (bool, error) {
	return func(tx storage.Tx, round string) (bool, error) {
		saw, err := look(tx, round)
		if err != nil {
			return false, err
		}
		return saw, tx.Put(doc(kind, round, `{}`, entry(kind+"s", storage.Key(round, "x"))))
	}
}

func skewPoints(k *kit) {
	k.skew(300, leaves("message", lookPoint("subscription")), leaves("subscription", lookPoint("message")))
}

func skewRanges(k *kit) {
	k.skew(300, leaves("message", lookRange("subscription")), leaves("subscription", lookRange("message")))
}

func skewMixed(k *kit) {
	k.skew(300, leaves("message", lookRange("subscription")), leaves("subscription", lookPoint("message")))
	pointThenRange := func(tx storage.Tx, round string) (bool, error) {
		saw, err := lookPoint("call")(tx, round)
		if err == nil {
			_, err = lookRange("other")(tx, round)
		}
		return saw, err
	}
	k.skew(300, leaves("call", lookPoint("answer")), leaves("answer", pointThenRange))
}

// skewReborn: a record that was deleted and made anew meanwhile has its old version and is another one.
func skewReborn(k *kit) {
	k.put(doc("card", "a", `1`))
	first, wait := true, func() {}
	k.update(func(tx storage.Tx) error {
		r, err := one(tx, storage.Ref{Kind: "card", ID: "a"})
		if err != nil {
			return err
		}
		if first {
			first = false
			wait = k.meanwhile(func() {
				k.update(func(tx storage.Tx) error { return tx.Delete(storage.Ref{Kind: "card", ID: "a"}) })
				k.update(func(tx storage.Tx) error { return tx.Put(doc("card", "a", `2`)) })
			})
		}
		if r == nil {
			return nil
		}
		r.Data = append(r.Data, '0')
		return tx.Put(r)
	})
	wait()
	if a := k.get("card", "a"); a != nil && string(a.Data) != "2" && string(a.Data) != "20" {
		k.Fatalf("%s was made of what was no longer there", a.Data)
	}
}

// sums: what is moved from one record to another is never seen in both or in none.
func sums(k *kit) {
	const accounts = 8
	k.update(func(tx storage.Tx) error {
		for i := range accounts {
			if _, err := add(tx, strconv.Itoa(i), 100); err != nil {
				return err
			}
		}
		return nil
	})
	var refs []storage.Ref
	for i := range accounts {
		refs = append(refs, storage.Ref{Kind: "counter", ID: strconv.Itoa(i)})
	}
	together(8, func(i int) {
		for range 50 {
			from, to := rand.IntN(accounts), rand.IntN(accounts)
			var err error
			switch i % 4 {
			case 0, 1:
				err = k.store.Update(bg, func(tx storage.Tx) error {
					if _, err := add(tx, strconv.Itoa(from), -1); err != nil {
						return err
					}
					_, err := add(tx, strconv.Itoa(to), 1)
					return err
				})
			case 2:
				err = k.store.View(bg, func(r storage.Reader) error {
					sum := 0
					for h, err := range r.Scan(storage.Range{Index: "counters"}) {
						if err != nil {
							return err
						}
						if n, _ := strconv.Atoi(h.Key); n != number(h.Record) {
							return fmt.Errorf("entry %s of %s", h.Key, h.Record.Data)
						}
						sum += number(h.Record)
					}
					if sum != accounts*100 {
						return fmt.Errorf("a scan sums up to %d", sum)
					}
					return nil
				})
			case 3:
				err = k.store.Update(bg, func(tx storage.Tx) error {
					found, err := tx.Get(refs...)
					if err != nil {
						return err
					}
					sum := 0
					for _, r := range found {
						sum += number(r)
					}
					if sum != accounts*100 {
						return fmt.Errorf("a get sums up to %d", sum)
					}
					return nil
				})
			}
			if err != nil {
				k.Error(err)
			}
		}
	})
}

// harmless: among many who commit together, some fail in every way there is.
func harmless(k *kit) {
	k.put(doc("card", "old", `1`))
	for round := range 4 {
		scans := round%2 == 1 // where a store runs deeds one after the other
		together(40, func(i int) {
			id := fmt.Sprintf("%d-%d", round, i)
			deed := func(fail func() error) error {
				return k.store.Update(bg, func(tx storage.Tx) error {
					if scans {
						if _, err := list(tx, storage.Range{Kind: "card", Limit: 3}); err != nil {
							return err
						}
					}
					if _, err := add(tx, "hot", 1); err != nil {
						return err
					}
					if err := tx.Put(doc("card", id, `{}`, entry("due", id))); err != nil {
						return err
					}
					tx.Notify("card", id)
					return fail()
				})
			}
			var err, want error
			switch i % 5 {
			case 0:
				want = errNo
				err = deed(func() error { return errNo })
			case 1:
				err = catch(func() { deed(func() error { panic(errNo) }) }, errNo)
			case 2:
				done := make(chan bool)
				go func() {
					defer close(done)
					deed(func() error { runtime.Goexit(); return nil })
				}()
				<-done
			case 3:
				want = storage.ErrStale
				err = k.store.Update(bg, func(tx storage.Tx) error {
					if _, err := add(tx, "hot", 1); err != nil {
						return err
					}
					return tx.Put(doc("card", "old", `2`))
				})
			case 4:
				err = deed(func() error { return nil })
			}
			if !errors.Is(err, want) {
				k.Errorf("deed %s: %v, want %v", id, err, want)
			}
		})
	}
	k.same(number(k.get("counter", "hot")), 32)
	k.same(len(k.ids(storage.Range{Index: "due"})), 32)
	k.same(len(k.ids(storage.Range{Kind: "card"})), 33)
}

// heard collects payloads; wait gives them once there are n, and a moment for more.
type heard struct {
	mu  sync.Mutex
	all []string
}

func (h *heard) hear(payload string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, payload)
}

func (h *heard) wait(n int) []string {
	for range 500 {
		h.mu.Lock()
		all := slices.Clone(h.all)
		h.mu.Unlock()
		if len(all) >= n {
			return all
		}
		time.Sleep(10 * time.Millisecond)
	}
	return h.all
}

func notify(k *kit) {
	var a, b heard
	stop := k.store.Listen("a", func(p string) {
		k.view(func(r storage.Reader) error { // the commit is there to be seen
			got, err := one(r, storage.Ref{Kind: "card", ID: p})
			if got == nil {
				a.hear("too early: " + p)
			} else {
				a.hear(p)
			}
			return err
		})
	})
	defer k.store.Listen("b", b.hear)()
	defer k.store.Listen("b", b.hear)()
	say := func(id string, err error) {
		k.is(k.store.Update(bg, func(tx storage.Tx) error {
			tx.Notify("a", id)
			tx.Notify("nobody", id)
			k.ok(tx.Put(doc("card", id, `{}`)))
			return err
		}), err)
	}
	say("1", nil)
	say("2", errNo)
	say("3", nil)
	k.update(func(tx storage.Tx) error { tx.Notify("b", "wrote nothing"); return nil })
	k.sameList(a.wait(2), "1", "3")
	k.sameList(b.wait(2), "wrote nothing", "wrote nothing")
	stop()
	stop()
	say("4", nil)
	k.update(func(tx storage.Tx) error { tx.Notify("b", "end"); return nil })
	k.sameList(b.wait(4)[2:], "end", "end")
	k.sameList(a.wait(2), "1", "3")
}

func notifyOrder(k *kit) {
	const callers, rounds = 16, 10
	var got heard
	defer k.store.Listen("count", got.hear)()
	together(callers, func(int) {
		for range rounds {
			if err := k.store.Update(bg, func(tx storage.Tx) error {
				n, err := add(tx, "hot", 1)
				tx.Notify("count", strconv.Itoa(n))
				return err
			}); err != nil {
				k.Error(err)
			}
		}
	})
	var want []string
	for i := range callers * rounds {
		want = append(want, strconv.Itoa(i+1))
	}
	k.sameList(got.wait(callers*rounds), want...)
}

func cancelled(k *kit) {
	ctx, cancel := context.WithCancel(bg)
	put := func(then func()) error {
		return k.store.Update(ctx, func(tx storage.Tx) error {
			err := tx.Put(doc("card", "a", `{}`))
			then()
			return err
		})
	}
	k.is(put(cancel), context.Canceled) // before the commit
	k.is(put(func() {}), context.Canceled)
	k.is(k.store.View(ctx, func(storage.Reader) error { return nil }), context.Canceled)
	if k.get("card", "a") != nil {
		k.Fatal("cancelled and yet committed")
	}
	ctx, cancel = context.WithCancel(bg)
	k.is(k.store.Update(ctx, func(tx storage.Tx) error {
		if _, err := list(tx, storage.Range{Kind: "card"}); err != nil {
			return err
		}
		err := tx.Put(doc("card", "a", `{}`))
		cancel()
		return err
	}), context.Canceled)
	if k.get("card", "a") != nil {
		k.Fatal("cancelled and yet committed")
	}
}

func cancelledAnytime(k *kit) {
	together(16, func(i int) {
		for j := range 20 {
			id := fmt.Sprintf("%d-%d", i, j)
			ctx, cancel := context.WithTimeout(bg, time.Duration(rand.IntN(1000))*time.Microsecond)
			err := k.store.Update(ctx, func(tx storage.Tx) error {
				if j%3 == 0 {
					if _, err := list(tx, storage.Range{Kind: "card", Limit: 5}); err != nil {
						return err
					}
				}
				return tx.Put(doc("card", id, `{}`))
			})
			cancel()
			if there := k.get("card", id) != nil; there != (err == nil) {
				k.Errorf("%s: there is %t after %v", id, there, err)
			}
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				k.Error(err)
			}
		}
	})
}

func closed(k *kit) {
	inside, done := make(chan bool), make(chan bool)
	var ended bool
	go func() {
		defer close(done)
		if err := k.store.Update(bg, func(tx storage.Tx) error {
			select {
			case <-inside:
			default:
				close(inside)
			}
			time.Sleep(20 * time.Millisecond)
			ended = true
			return tx.Put(doc("card", "a", `{}`))
		}); err != nil {
			k.Error("closed under an Update:", err)
		}
	}()
	<-inside
	k.ok(k.store.Close())
	if !ended {
		k.Error("Close did not wait")
	}
	<-done
	nothing := func(storage.Tx) error { k.Error("ran"); return nil }
	k.is(k.store.Update(bg, nothing), storage.ErrClosed)
	k.is(k.store.View(bg, func(storage.Reader) error { k.Error("ran"); return nil }), storage.ErrClosed)
	k.store.Listen("a", func(string) {})()
	k.ok(k.store.Close())
}
