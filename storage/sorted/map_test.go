package sorted

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A map and a copy taken on the way, against a plain map.
func TestAgainstPlainMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m, old Map[int]
		plain, plainOld := map[string]int{}, map[string]int{}
		key := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("%03x", rapid.IntRange(0, 600).Draw(t, "key")) })
		same := func(m *Map[int], plain map[string]int) {
			from, to, reverse := key.Draw(t, "from"), key.Draw(t, "to"), rapid.Bool().Draw(t, "reverse")
			if rapid.Bool().Draw(t, "open") {
				from, to = "", ""
			}
			var want, got []string
			for _, k := range slices.Sorted(maps.Keys(plain)) {
				if from <= k && (to == "" || k < to) {
					want = append(want, k)
				}
			}
			if reverse {
				slices.Reverse(want)
			}
			for k, v := range m.Range(from, to, reverse) {
				if plain[k] != v {
					t.Fatalf("%s is %d, want %d", k, v, plain[k])
				}
				got = append(got, k)
			}
			if !slices.Equal(got, want) || m.Len() != len(plain) {
				t.Fatalf("%q to %q: got %v of %d, want %v of %d", from, to, got, m.Len(), want, len(plain))
			}
		}
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			for i := range rapid.IntRange(0, 120).Draw(t, "changes") {
				k := key.Draw(t, "changed")
				if rapid.IntRange(0, 3).Draw(t, "deed") == 0 {
					if v, ok := m.Delete(k); v != plain[k] || !ok && v != 0 {
						t.Fatalf("deleted %d, want %d", v, plain[k])
					}
					delete(plain, k)
				} else {
					if v, _ := m.Put(k, i); v != plain[k] {
						t.Fatalf("replaced %d, want %d", v, plain[k])
					}
					plain[k] = i
				}
				v, ok := m.Get(k)
				if want, there := plain[k]; v != want || ok != there {
					t.Fatalf("%s is %d %t, want %d %t", k, v, ok, want, there)
				}
			}
			same(&m, plain)
			same(&old, plainOld)
			if rapid.Bool().Draw(t, "copy") {
				old, plainOld = m.Copy(), maps.Clone(plain)
			} else if rapid.Bool().Draw(t, "change the copy") {
				k := key.Draw(t, "changed in the copy")
				old.Put(k, -1)
				plainOld[k] = -1
			}
		}
	})
}

func BenchmarkPut(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var m Map[int]
			keys := make([]string, n)
			for i := range n {
				keys[i] = fmt.Sprintf("instance\x00%016x", i*7919%n)
				m.Put(keys[i], i)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Copy()
				m.Put(keys[i%n], i)
			}
		})
	}
}
