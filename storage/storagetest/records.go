package storagetest

import (
	"bytes"
	"strings"

	"github.com/voronka/voronka/storage"
)

func versions(k *kit) {
	r := doc("card", "a", `1`)
	k.update(func(tx storage.Tx) error {
		r.Version = 0
		return tx.Put(r)
	})
	k.same(r.Version, 1)
	k.update(func(tx storage.Tx) error {
		r.Version = 1
		if err := tx.Put(r); err != nil {
			return err
		}
		k.same(r.Version, 2)
		r.Data = []byte(`2`)
		return tx.Put(r)
	})
	k.same(r.Version, 3)
	got := k.get("card", "a")
	k.same(got.Version, 3)
	k.same(string(got.Data), "2")

	k.update(func(tx storage.Tx) error { return tx.Delete(r.Ref(), storage.Ref{Kind: "card", ID: "never was"}) })
	if k.get("card", "a") != nil {
		k.Fatal("still there after Delete")
	}
	k.is(k.store.Update(bg, func(tx storage.Tx) error { return tx.Put(r) }), storage.ErrStale)
	r.Version = 0
	k.update(func(tx storage.Tx) error { return tx.Put(r) })
	k.same(k.get("card", "a").Version, 1)
}

func stale(k *kit) {
	k.put(doc("card", "a", `1`), doc("card", "a", `2`)) // version 2
	for _, version := range []uint64{0, 1, 3} {
		r, new := doc("card", "a", `3`), doc("card", "new", `3`)
		var err error
		k.update(func(tx storage.Tx) error {
			r.Version = version
			err = tx.Put(new, r)
			return nil // having put nothing
		})
		k.is(err, storage.ErrStale)
		k.same(r.Version, version)
		k.same(new.Version, 0)
		if k.get("card", "new") != nil {
			k.Fatal("a refused Put wrote a part")
		}
	}
	r := doc("card", "none", `3`)
	r.Version = 1
	k.is(k.store.Update(bg, func(tx storage.Tx) error { return tx.Put(r) }), storage.ErrStale)
	k.same(string(k.get("card", "a").Data), "2")
}

// staleAtLast: a function that meant to make what is there already is told so, whatever it comes to by itself.
func staleAtLast(k *kit) {
	k.put(doc("card", "a", `1`, entry("due", "1")))
	again := func(also func(tx storage.Tx) error) error {
		return k.store.Update(bg, func(tx storage.Tx) error {
			if err := tx.Put(doc("card", "a", `2`, entry("due", "2"))); err != nil {
				return err
			}
			return also(tx)
		})
	}
	k.is(again(func(storage.Tx) error { return nil }), storage.ErrStale)
	k.is(again(func(storage.Tx) error { return errNo }), storage.ErrStale)
	k.is(again(func(tx storage.Tx) error { return tx.Delete(storage.Ref{Kind: "card", ID: "a"}) }), storage.ErrStale)
	k.is(again(func(tx storage.Tx) error {
		_, err := list(tx, storage.Range{Index: "due"})
		return err
	}), storage.ErrStale)
	k.sameList(k.scan(storage.Range{Index: "due"}), `"1":card/a v1 1`)
}

// setBack: a record brought from outside can be put again after a deed that was not committed, and by a deed that is run again.
func setBack(k *kit) {
	r := doc("card", "a", `1`)
	k.is(k.store.Update(bg, func(tx storage.Tx) error {
		for range 2 {
			if err := tx.Put(r); err != nil {
				return err
			}
		}
		return errNo
	}), errNo)
	k.same(r.Version, 0)
	k.ok(catch(func() {
		k.store.Update(bg, func(tx storage.Tx) error {
			tx.Put(r)
			panic(errNo)
		})
	}, errNo))
	k.same(r.Version, 0)

	k.put(doc("card", "b", `1`))
	first := true
	k.update(func(tx storage.Tx) error {
		if _, err := tx.Get(storage.Ref{Kind: "card", ID: "b"}); err != nil {
			return err
		}
		if err := tx.Put(r); err != nil {
			return err
		}
		if first {
			first = false
			k.meanwhile(func() { k.put(doc("card", "b", `2`)) })
		}
		return nil
	})
	k.same(r.Version, 1)
	k.same(k.get("card", "a").Version, 1)
}

func invalid(k *kit) {
	long := strings.Repeat("x", 2000)
	for _, r := range []*storage.Record{
		nil,
		{ID: "a"},
		{Kind: "card"},
		{Kind: long, ID: "a"},
		{Kind: "a\x00b", ID: "a"},
		{Kind: "card", ID: long},
		{Kind: "card", ID: "a\x00b"},
		{Kind: "card", ID: "\xff"},
		doc("card", "a", ``, entry("", "key")),
		doc("card", "a", ``, entry(long, "key")),
		doc("card", "a", ``, entry("due\x00", "key")),
		doc("card", "a", ``, entry("due", long)),
	} {
		k.is(k.store.Update(bg, func(tx storage.Tx) error { return tx.Put(doc("card", "good", `{}`), r) }), storage.ErrInvalid)
	}
	twice := doc("card", "twice", `{}`)
	k.is(k.store.Update(bg, func(tx storage.Tx) error { return tx.Put(twice, twice) }), storage.ErrInvalid)
	k.view(func(r storage.Reader) error {
		for _, bad := range []storage.Range{{}, {Kind: "a\x00"}, {Index: long}} {
			_, err := list(r, bad)
			k.is(err, storage.ErrInvalid)
		}
		found, err := r.Get(storage.Ref{}, storage.Ref{Kind: "card\x00go", ID: "od"}, storage.Ref{Kind: long, ID: long})
		k.same(found, "[<nil> <nil> <nil>]")
		return err
	})
	k.update(func(tx storage.Tx) error { return tx.Delete(storage.Ref{}, storage.Ref{Kind: "card\x00go", ID: "od"}) })
	k.sameList(k.ids(storage.Range{Kind: "card"}))
	k.put(doc("card", strings.Repeat("x", 512), ``, entry("due", ""), entry("due", strings.Repeat("\x00", 1024)))) // the least and the most
	k.same(len(k.get("card", strings.Repeat("x", 512)).Index), 2)
}

func ownWrites(k *kit) {
	k.put(doc("card", "a", `1`), doc("card", "b", `1`))
	k.update(func(tx storage.Tx) error {
		found, err := tx.Get(storage.Ref{Kind: "card", ID: "a"}, storage.Ref{Kind: "card", ID: "c"})
		if err != nil {
			return err
		}
		a := found[0]
		a.Data = []byte(`2`)
		a.Index = []storage.Entry{{Index: "due", Key: "x", Value: []byte("v")}}
		if err := tx.Put(a, doc("card", "c", `3`)); err != nil {
			return err
		}
		if err := tx.Delete(storage.Ref{Kind: "card", ID: "b"}); err != nil {
			return err
		}
		found, err = tx.Get(storage.Ref{Kind: "card", ID: "a"}, storage.Ref{Kind: "card", ID: "b"}, storage.Ref{Kind: "card", ID: "c"})
		if err != nil {
			return err
		}
		k.same(*found[0], storage.Record{Kind: "card", ID: "a", Version: 2, Data: []byte(`2`), Index: a.Index})
		k.same(found[1] == nil, true)
		k.same(*found[2], storage.Record{Kind: "card", ID: "c", Version: 1, Data: []byte(`3`)})
		return tx.Put(doc("card", "b", `4`)) // after the Delete it does not exist
	})
	k.same(k.get("card", "b").Version, 1)
	k.same(k.get("card", "a").Version, 2)
}

func ownBytes(k *kit) {
	r := doc("card", "a", `"one"`, storage.Entry{Index: "due", Key: "k", Value: []byte("value")})
	k.update(func(tx storage.Tx) error {
		r.Version = 0
		if err := tx.Put(r); err != nil {
			return err
		}
		got, err := one(tx, r.Ref())
		copy(got.Data, "XXX")
		copy(got.Index[0].Value, "XXX")
		got.Index[0].Key = "XXX"
		return err
	})
	copy(r.Data, "XXXXX")
	copy(r.Index[0].Value, "XXXXX")
	for range 2 {
		got := k.get("card", "a")
		k.same(string(got.Data), `"one"`)
		k.same(string(got.Index[0].Value), `value`)
		k.same(got.Index[0].Key, `k`)
		copy(got.Data, "XXXXX")
		copy(got.Index[0].Value, "XXXXX")
		var hit storage.Hit
		k.view(func(r storage.Reader) error {
			for hit = range r.Scan(storage.Range{Index: "due"}) {
			}
			return nil
		})
		k.same(describe(hit), `"k":card/a=value v1 "one"`)
		copy(hit.Record.Data, "XXXXX")
		copy(hit.Value, "XXXXX")
	}
}

func allOrNothing(k *kit) {
	k.put(doc("card", "a", `1`, entry("due", "1")))
	k.is(k.store.Update(bg, func(tx storage.Tx) error {
		if err := overwrite(tx, doc("card", "a", `2`, entry("due", "2")), doc("card", "b", `2`, entry("due", "3"))); err != nil {
			return err
		}
		return errNo
	}), errNo)
	k.sameList(k.scan(storage.Range{Index: "due"}), `"1":card/a v1 1`)
	k.sameList(k.scan(storage.Range{Kind: "card"}), `"a":card/a v1 1`)
	k.is(k.store.View(bg, func(storage.Reader) error { return errNo }), errNo)
	k.ok(catch(func() { k.store.View(bg, func(storage.Reader) error { panic(errNo) }) }, errNo))
}

func getMany(k *kit) {
	k.put(doc("card", "a", `1`), doc("deal", "a", `2`))
	k.view(func(r storage.Reader) error {
		found, err := r.Get()
		k.same(len(found), 0)
		k.ok(err)
		a, none, deal := storage.Ref{Kind: "card", ID: "a"}, storage.Ref{Kind: "card", ID: "b"}, storage.Ref{Kind: "deal", ID: "a"}
		found, err = r.Get(deal, none, a, deal)
		k.ok(err)
		k.same(len(found), 4)
		k.same(found[1] == nil, true)
		k.same(string(found[0].Data)+string(found[2].Data)+string(found[3].Data), "212")
		return nil
	})
}

func large(k *kit) {
	for _, n := range []int{0, 1, 4000, 4096, 70_000, 5_000_000} {
		data := bytes.Repeat([]byte("7"), n)
		k.put(doc("card", "a", string(data), entry("due", "x")))
		if got := k.get("card", "a"); !bytes.Equal(got.Data, data) {
			k.Fatalf("%d bytes came back as %d", n, len(got.Data))
		}
	}
}

// over: what fn let escape says so, and does no harm.
func over(k *kit) {
	k.put(doc("card", "a", `1`))
	var r storage.Reader
	var tx storage.Tx
	k.view(func(reader storage.Reader) error { r = reader; return nil })
	k.update(func(t storage.Tx) error { tx = t; return nil })
	for _, r := range []storage.Reader{r, tx} {
		_, err := r.Get(storage.Ref{Kind: "card", ID: "a"})
		k.is(err, storage.ErrOver)
		_, err = list(r, storage.Range{Kind: "card"})
		k.is(err, storage.ErrOver)
	}
	k.is(tx.Put(doc("card", "b", `1`)), storage.ErrOver)
	k.is(tx.Delete(storage.Ref{Kind: "card", ID: "a"}), storage.ErrOver)
	if _, ok := r.(storage.Tx); ok {
		k.Error("a View's reader can write")
	}
	k.sameList(k.ids(storage.Range{Kind: "card"}), "a")
}

// copies: what a View lists and an Update restores is the same store again.
func copies(k *kit) {
	k.put(doc("b", "1", `1`), doc("a", "1", `1`, storage.Entry{Index: "due", Key: "\x00x", Value: []byte("v")}), doc("aa", "é", ``), doc("a", "2", `2`))
	k.put(doc("a", "1", `2`, storage.Entry{Index: "due", Key: "\x00x", Value: []byte("v")}))
	kinds := func(r storage.Reader) string {
		l, ok := r.(storage.Lister)
		if !ok {
			k.Skip("it does not list its kinds")
		}
		kinds, err := l.Kinds()
		k.ok(err)
		indexes, err := l.Indexes()
		k.ok(err)
		return strings.Join(append(kinds, indexes...), " ")
	}
	k.view(func(r storage.Reader) error {
		k.same(kinds(r), "a aa b due")
		return nil
	})
	restore := func(records ...*storage.Record) error {
		return k.store.Update(bg, func(tx storage.Tx) error {
			r, ok := tx.(storage.Restorer)
			if !ok {
				k.Skip("it does not restore")
			}
			return r.Restore(records...)
		})
	}
	r := k.get("a", "1")
	k.is(restore(r), storage.ErrStale)
	k.is(restore(doc("a", "3", `1`)), storage.ErrInvalid)
	k.update(func(tx storage.Tx) error { return tx.Delete(r.Ref(), storage.Ref{Kind: "aa", ID: "é"}) })
	other := doc("c", "1", `3`)
	other.Version = 7
	k.ok(restore(r, other))
	k.same(*k.get("a", "1"), *r)
	k.same(*k.get("c", "1"), *other)
	k.same(r.Version, 2)
	k.sameList(k.scan(storage.Range{Index: "due"}), `"\x00x":a/1=v v2 2`)
	k.put(doc("c", "1", `4`))
	k.same(k.get("c", "1").Version, 8)
	k.put(doc("b", "1", `1`, entry("dues", "1"), entry("a", "1")))
	k.view(func(r storage.Reader) error {
		k.same(kinds(r), "a b c a due dues")
		return nil
	})
}
