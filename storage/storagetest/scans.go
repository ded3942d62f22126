package storagetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/voronka/voronka/storage"
)

func index(k *kit) {
	k.put(doc("card", "a", `1`, storage.Entry{Index: "owner", Key: "ann", Value: []byte("1")}, entry("due", "5")))
	k.put(doc("deal", "b", `1`, entry("due", "3"), entry("due", "9")))
	k.sameList(k.scan(storage.Range{Index: "due"}), `"3":deal/b v1 1`, `"5":card/a v1 1`, `"9":deal/b v1 1`)
	k.sameList(k.scan(storage.Range{Index: "owner", Keys: true}), `"ann":card/a=1`)

	k.put(doc("card", "a", `2`, storage.Entry{Index: "owner", Key: "ann", Value: []byte("2")}, entry("due", "4"), entry("due", "3")))
	k.sameList(k.scan(storage.Range{Index: "due"}), `"3":card/a v2 2`, `"3":deal/b v1 1`, `"4":card/a v2 2`, `"9":deal/b v1 1`)
	k.sameList(k.scan(storage.Range{Index: "owner"}), `"ann":card/a=2 v2 2`)

	k.update(func(tx storage.Tx) error { return tx.Delete(storage.Ref{Kind: "deal", ID: "b"}) })
	k.sameList(k.ids(storage.Range{Index: "due"}), "3", "4")
	k.put(doc("card", "a", `3`))
	k.sameList(k.ids(storage.Range{Index: "due"}))
	k.sameList(k.ids(storage.Range{Index: "owner"}))
	k.same(len(k.get("card", "a").Index), 0)
	k.sameList(k.ids(storage.Range{Index: "never"}))
}

func sameKey(k *kit) {
	k.put(doc("card", "a", `1`, storage.Entry{Index: "due", Key: "x", Value: []byte("1")}, entry("b", "x"), entry("due", "w"),
		storage.Entry{Index: "due", Key: "x", Value: []byte("2")}))
	k.sameList(k.scan(storage.Range{Index: "due", Keys: true}), `"w":card/a`, `"x":card/a=2`)
	var got []string
	for _, e := range k.get("card", "a").Index {
		got = append(got, fmt.Sprintf("%s %s %s", e.Index, e.Key, e.Value))
	}
	k.sameList(got, "b x ", "due w ", "due x 2")
	k.put(doc("card", "b", `1`, entry("due", "x")), doc("bill", "z", `1`, entry("due", "x")), doc("card", "ab", `1`, entry("due", "x")))
	all := []string{`"w":card/a`, `"x":bill/z`, `"x":card/a=2`, `"x":card/ab`, `"x":card/b`}
	k.sameList(k.scan(storage.Range{Index: "due", Keys: true}), all...)
	slices.Reverse(all)
	k.sameList(k.scan(storage.Range{Index: "due", Keys: true, Reverse: true}), all...)
	k.put(doc("card", "a", `2`))
	k.sameList(k.scan(storage.Range{Index: "due", Keys: true}), `"x":bill/z`, `"x":card/ab`, `"x":card/b`)
}

// order: keys are bytes, ids are text in order of its bytes.
func order(k *kit) {
	all := []string{
		"", "\x00", "\x00\x00", "\x00\x01", "\x00\xff", "\x01", "A", "A\x00", "A\x00\x01", "A\x00\x01b", "A\x00\xff", "A\x01",
		"Aa", "B", "a", "z", "Ä", "я", "\xff", "\xff\x00", "\xff\xff",
	}
	for i, key := range all {
		k.put(doc("card", fmt.Sprint(100-i), `{}`, entry("due", key), entry("dud", "before"), entry("duf", "behind")))
	}
	for i, from := range all {
		k.sameList(k.ids(storage.Range{Index: "due", From: from}), all[i:]...)
		k.sameList(k.ids(storage.Range{Index: "due", To: from}), all[:cut(i, len(all))]...)
		for j, to := range all {
			want := all[min(i, cut(j, len(all))):cut(j, len(all))]
			k.sameList(k.ids(storage.Range{Index: "due", From: from, To: to}), want...)
			want = slices.Clone(want)
			slices.Reverse(want)
			k.sameList(k.ids(storage.Range{Index: "due", From: from, To: to, Reverse: true}), want...)
		}
	}
	ids := []string{" ", "A", "Aa", "B", "a", "a b", "z", "é", "Ω", "я", "日本"}
	for _, id := range ids {
		k.put(doc("word", id, `{}`), doc("worc", id, `{}`), doc("wore", id, `{}`))
	}
	k.sameList(k.ids(storage.Range{Kind: "word"}), ids...)
	k.sameList(k.ids(storage.Range{Kind: "word", From: "Aa", To: "é"}), ids[2:7]...)
}

// cut is where a range ends whose To is key i: an empty To is open.
func cut(i, n int) int {
	if i == 0 {
		return n
	}
	return i
}

func prefix(k *kit) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.FixedZone("", 3*3600))
	n := 0
	for _, owner := range []string{"", "ann", "ann\x00", "anna", "\xff"} {
		for _, day := range []int{0, 1, 300, -40_000} {
			n++
			k.put(doc("card", fmt.Sprint(n), `{}`, entry("owner", storage.Key(owner, storage.Time(at.AddDate(0, 0, day)))), entry("only", storage.Key(owner))))
		}
	}
	for _, owner := range []string{"", "ann", "ann\x00", "anna", "\xff"} {
		var want []string
		for _, day := range []int{-40_000, 0, 1, 300} {
			want = append(want, storage.Key(owner, storage.Time(at.AddDate(0, 0, day))))
		}
		k.sameList(k.ids(storage.Range{Index: "owner"}.Prefix(owner)), want...)
		k.sameList(k.ids(storage.Range{Index: "only"}.Prefix(owner)))
		k.sameList(k.ids(storage.Range{Index: "owner", From: storage.Key(owner, ""), To: storage.Key(owner, storage.Time(at))}), want[0])
	}
}

func scanKind(k *kit) {
	for _, id := range []string{"b", "a", "d", "c"} {
		k.put(doc("card", id, `"`+id+`"`, entry("due", id)), doc("care", id, `{}`), doc("car", id, `{}`))
	}
	k.sameList(k.scan(storage.Range{Kind: "card"}), `"a":card/a v1 "a"`, `"b":card/b v1 "b"`, `"c":card/c v1 "c"`, `"d":card/d v1 "d"`)
	k.sameList(k.scan(storage.Range{Kind: "card", Keys: true, Limit: 1}), `"a":card/a`)
	k.sameList(k.ids(storage.Range{Kind: "card", From: "b", To: "d"}), "b", "c")
	k.sameList(k.ids(storage.Range{Kind: "card", From: "b", To: "b\x00"}), "b")
	k.sameList(k.ids(storage.Range{Kind: "card", From: "b\x00", To: "c\x00"}), "c")
	k.sameList(k.ids(storage.Range{Kind: "card", From: "b", To: "d", Reverse: true}), "c", "b")
	k.sameList(k.ids(storage.Range{Kind: "card", Reverse: true, Limit: 3}), "d", "c", "b")
	k.sameList(k.ids(storage.Range{Kind: "card", From: "d", To: "b"}))
	k.sameList(k.ids(storage.Range{Kind: "card", From: "d", To: "b", Reverse: true}))
	k.sameList(k.ids(storage.Range{Kind: "none"}))
	k.view(func(r storage.Reader) error { // scans inside scans, left early
		for h, err := range r.Scan(storage.Range{Kind: "card"}) {
			k.ok(err)
			for in, err := range r.Scan(storage.Range{Index: "due", From: h.Key}) {
				k.ok(err)
				k.same(in.Key, h.Key)
				got, err := one(r, in.Ref)
				k.ok(err)
				k.same(got.ID, h.Key)
				break
			}
			if h.Key == "c" {
				break
			}
		}
		return nil
	})
}

func cursor(k *kit) {
	for i := range 10 {
		k.put(doc("card", fmt.Sprint(i), `{}`, entry("due", fmt.Sprint(i/4)), entry("zero", "\x00\x01")))
	}
	for _, r := range []storage.Range{{Kind: "card"}, {Kind: "card", From: "2", To: "8"}, {Index: "due"}, {Index: "due", From: "1", To: "2"}, {Index: "zero"}} {
		for _, r.Reverse = range []bool{false, true} {
			all := k.scan(r)
			for r.Limit = range 4 {
				var got []string
				r.After = ""
				for page := 0; page <= len(all); page++ {
					was := len(got)
					k.view(func(tx storage.Reader) error {
						for h, err := range tx.Scan(r) {
							k.ok(err)
							got, r.After = append(got, describe(h)), h.Cursor
						}
						return nil
					})
					if len(got) == was || r.Limit == 0 {
						break
					}
				}
				k.sameList(got, all...)
			}
			r.Limit, r.After = 0, ""
		}
	}
	// The hit may be gone before the scan goes on behind it.
	var after string
	k.view(func(tx storage.Reader) error {
		for h, err := range tx.Scan(storage.Range{Index: "due", Limit: 6}) {
			k.ok(err)
			after = h.Cursor
		}
		return nil
	})
	k.update(func(tx storage.Tx) error { return tx.Delete(storage.Ref{Kind: "card", ID: "5"}) })
	k.sameList(k.scan(storage.Range{Index: "due", After: after, Keys: true}), `"1":card/6`, `"1":card/7`, `"2":card/8`, `"2":card/9`)
	k.sameList(k.scan(storage.Range{Index: "due", After: after, Keys: true, Reverse: true, Limit: 2}), `"1":card/4`, `"0":card/3`)
	k.sameList(k.ids(storage.Range{Kind: "card", After: "5", Limit: 1}), "6")
	// A cursor that somebody made up finds something or nothing.
	for _, after := range []string{"\x00", "\xff", "\x00\x01\x00", "~", "0"} {
		k.ids(storage.Range{Index: "due", After: after})
		k.ids(storage.Range{Index: "due", After: after, Reverse: true, From: "1", To: "2"})
	}
}

func scanOwnWrites(k *kit) {
	for _, id := range []string{"b", "d", "f", "h"} {
		k.put(doc("card", id, `1`, entry("due", id)))
	}
	k.update(func(tx storage.Tx) error {
		if err := overwrite(tx, doc("card", "a", `2`, entry("due", "a")), doc("card", "d", `2`, entry("due", "z")),
			doc("card", "e", `2`, entry("due", "d")), doc("card", "i", `2`)); err != nil {
			return err
		}
		if err := tx.Delete(storage.Ref{Kind: "card", ID: "f"}); err != nil {
			return err
		}
		for _, c := range []struct {
			r    storage.Range
			want []string
		}{
			{storage.Range{Kind: "card"}, []string{`"a":card/a v1 2`, `"b":card/b v1 1`, `"d":card/d v2 2`, `"e":card/e v1 2`, `"h":card/h v1 1`, `"i":card/i v1 2`}},
			{storage.Range{Index: "due"}, []string{`"a":card/a v1 2`, `"b":card/b v1 1`, `"d":card/e v1 2`, `"h":card/h v1 1`, `"z":card/d v2 2`}},
			{storage.Range{Index: "due", From: "b", To: "h"}, []string{`"b":card/b v1 1`, `"d":card/e v1 2`}},
		} {
			got, err := list(tx, c.r)
			if err != nil {
				return err
			}
			k.sameList(got, c.want...)
			slices.Reverse(c.want)
			c.r.Reverse = true
			if got, err = list(tx, c.r); err != nil {
				return err
			}
			k.sameList(got, c.want...)
			c.r.Limit = 2
			if got, err = list(tx, c.r); err != nil {
				return err
			}
			k.sameList(got, c.want[:2]...)
		}
		return nil
	})
}

// scanWhileWriting: a walk that moves what it finds ahead of itself comes to an end.
func scanWhileWriting(k *kit) {
	for i := range 5 {
		k.put(doc("card", fmt.Sprint(i), `{}`, entry("due", fmt.Sprint(i))))
	}
	k.update(func(tx storage.Tx) error {
		var seen []string
		if err := overwrite(tx, doc("card", "0", `{}`, entry("due", "0"), entry("due", "2"))); err != nil {
			return err
		}
		for h, err := range tx.Scan(storage.Range{Index: "due"}) {
			if err != nil {
				return err
			}
			seen = append(seen, h.Key)
			if err := overwrite(tx, doc("card", h.Ref.ID, `2`, entry("due", h.Key+"0"), entry("due", "9"+h.Key))); err != nil {
				return err
			}
			if h.Key == "1" {
				if err := tx.Delete(storage.Ref{Kind: "card", ID: "3"}); err != nil {
					return err
				}
			}
			if h.Ref.ID == "3" {
				k.same(string(h.Record.Data), "{}")
			}
		}
		k.sameList(seen, "0", "1", "2", "2", "3", "4")
		return nil
	})
	k.sameList(k.ids(storage.Range{Index: "due"}), "10", "20", "20", "30", "40", "91", "92", "92", "93", "94")
}

func scanMany(k *kit) {
	const n = 10_000
	var want []string
	for i := 0; i < n; i += 1000 {
		k.update(func(tx storage.Tx) error {
			var records []*storage.Record
			for j := i; j < i+1000; j++ {
				id := fmt.Sprintf("%05d", j*7919%n)
				records = append(records, doc("card", id, `{"some":"thing"}`, entry("due", id), entry("mod", id[4:])))
			}
			return tx.Put(records...)
		})
	}
	for i := range n {
		want = append(want, fmt.Sprintf("%05d", i))
	}
	k.sameList(k.ids(storage.Range{Kind: "card"}), want...)
	k.sameList(k.ids(storage.Range{Index: "due"}), want...)
	k.same(len(k.scan(storage.Range{Index: "mod", From: "3", To: "5"})), 2000)
	k.update(func(tx storage.Tx) error {
		got, err := keys(tx, storage.Range{Index: "due", From: "02000", Keys: true})
		if err != nil {
			return err
		}
		k.sameList(got, want[2000:]...)
		for i := 0; i < n; i += 2 {
			if err := tx.Delete(storage.Ref{Kind: "card", ID: want[i]}); err != nil {
				return err
			}
		}
		got, err = keys(tx, storage.Range{Index: "due", Reverse: true, Keys: true})
		k.same(len(got), n/2)
		return err
	})
	k.same(len(k.ids(storage.Range{Kind: "card"})), n/2)
}
