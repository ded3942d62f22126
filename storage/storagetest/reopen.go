package storagetest

import (
	"fmt"
	"testing"

	"github.com/voronka/voronka/storage"
)

// Reopen checks that a store keeps what was committed when it is closed and opened again. place makes a fresh place and gives the
// function that opens the store in it, time and again.
func Reopen(t *testing.T, place func(t *testing.T) (open func() storage.Store)) {
	t.Run("all is there again", func(t *testing.T) {
		open := place(t)
		var want []string
		for i := range 3 {
			k := &kit{t, open()}
			id := fmt.Sprint(i)
			k.put(doc("card", id, id, storage.Entry{Index: "due", Key: "\x00" + id + "\xff", Value: []byte("v")}), doc("card", "same", id))
			k.is(k.store.Update(bg, func(tx storage.Tx) error {
				if err := tx.Put(doc("card", "failed", id)); err != nil {
					return err
				}
				return errNo
			}), errNo)
			want = append(want, fmt.Sprintf("%q:card/%d=v v1 %d", "\x00"+id+"\xff", i, i))
			k.ok(k.store.Close())
			k.store = open()
			k.sameList(k.scan(storage.Range{Index: "due"}), want...)
			k.same(k.get("card", "same").Version, i+1)
			k.same(len(k.ids(storage.Range{Kind: "card"})), i+2)
			k.ok(k.store.Close())
		}
	})
	t.Run("crashed before and after a commit", func(t *testing.T) {
		for _, m := range []Moment{BeforeCommit, AfterCommit} {
			open := place(t)
			k := &kit{t, Crash(open(), 2, m)}
			for _, want := range []error{nil, ErrCrash, ErrCrash} {
				k.is(k.store.Update(bg, func(tx storage.Tx) error {
					_, err := add(tx, "hot", 1)
					return err
				}), want)
			}
			k.is(k.store.View(bg, nil), ErrCrash)
			k.ok(k.store.Close())
			k.store = open()
			k.same(number(k.get("counter", "hot")), 1+int(m))
			k.ok(k.store.Close())
		}
	})
	t.Run("each deed between a close and an open", func(t *testing.T) {
		open := place(t)
		var s storage.Store
		for i := range 30 {
			s = open()
			k := &kit{t, s}
			k.update(func(tx storage.Tx) error {
				for h, err := range tx.Scan(storage.Range{Index: "counters", Reverse: true, Limit: 1}) {
					if err != nil {
						return err
					}
					k.same(number(h.Record), i)
				}
				_, err := add(tx, "hot", 1)
				return err
			})
			k.ok(s.Close())
		}
	})
}
