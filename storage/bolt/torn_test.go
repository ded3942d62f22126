package bolt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/voronka/voronka/storage"
)

const (
	pageSize = 4096
	sector   = 512 // what a disk writes whole or not at all
)

// torn is a file as a power cut may leave it in the middle of a commit that takes it from was to is. Until the disk has said that it has
// the pages, each sector of each of them may be the old one, the new one, or anything. Then comes the meta page that makes them count,
// of which the same is true.
func torn(random *rand.Rand, was, is []byte) (data []byte, meta bool) {
	meta = random.IntN(3) == 0
	long := len(was)
	if len(is) > long && !meta {
		long += random.IntN(len(is) - long + 1)
	}
	if meta {
		long = len(is)
	}
	data = make([]byte, long)
	copy(data, was)
	for at := 0; at+pageSize <= len(is); at += pageSize {
		now := is[at : at+pageSize]
		if at+pageSize <= len(was) && bytes.Equal(was[at:at+pageSize], now) {
			continue
		}
		first := at < 2*pageSize
		for s := 0; s < pageSize && at+s+sector <= long; s += sector {
			to := data[at+s : at+s+sector]
			switch how := random.IntN(3); {
			case first && !meta: // not written yet
			case !first && meta, how == 0: // on disk
				copy(to, now[s:])
			case how == 1:
				for i := range to {
					to[i] = byte(random.Uint32())
				}
			}
		}
	}
	return data, meta
}

// Whatever a power cut leaves of a commit, the file opens, and holds what it held before the commit or, once the disk had all pages, what
// it held behind it.
func TestTorn(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	path := filepath.Join(t.TempDir(), "test.db")
	s := open(t, path)
	s.db.AllocSize = 1 << 16
	read := func() []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	look := func(s *Store) string {
		all, wrong, err := content(s)
		if err != nil || len(wrong) > 0 {
			t.Errorf("%v, %v", wrong, err)
		}
		return all
	}
	commits := 30
	if testing.Short() {
		commits = 8
	}
	var olds, news int
	for n := range commits {
		was, before := read(), look(s)
		if err := s.Update(bg, func(tx storage.Tx) error { return scribble(tx, rand.New(rand.NewPCG(seed, uint64(n)))) }); err != nil {
			t.Fatal(err)
		}
		is, after := read(), look(s)
		for try := range 4 {
			data, meta := torn(random, was, is)
			cut := filepath.Join(t.TempDir(), "cut.db")
			os.WriteFile(cut, data, 0o600)
			c, err := Open(cut, Options{})
			if err != nil {
				t.Fatalf("seed %d, commit %d, try %d: %v", seed, n, try, err)
			}
			got := look(c)
			if err := put(c, "goes on", nil); err != nil {
				t.Error(err)
			}
			c.Close()
			if found := flaws(t, cut); len(found) > 0 {
				t.Errorf("seed %d, commit %d, try %d: %v", seed, n, try, found)
			}
			switch {
			case got == before:
				olds++
			case got == after && meta:
				news++
			default:
				t.Errorf("seed %d, commit %d, try %d: it holds neither what was nor what is", seed, n, try)
			}
		}
	}
	t.Logf("%d files hold what was, %d what is", olds, news)
	if olds == 0 {
		t.Error("no commit was torn: the test proves nothing")
	}
}

// scribble writes, overwrites and deletes some records, small and large.
func scribble(tx storage.Tx, random *rand.Rand) error {
	for range 1 + random.IntN(30) {
		r := &storage.Record{Kind: "card", ID: fmt.Sprint(random.IntN(100))}
		found, err := tx.Get(r.Ref())
		if err != nil {
			return err
		}
		if found[0] != nil {
			r.Version = found[0].Version
		}
		if random.IntN(4) == 0 {
			if err := tx.Delete(r.Ref()); err != nil {
				return err
			}
			continue
		}
		size := random.IntN(500)
		if random.IntN(10) == 0 {
			size = 20_000
		}
		r.Data = bytes.Repeat([]byte("x"), size)
		r.Index = []storage.Entry{{Index: "due", Key: fmt.Sprint(random.IntN(1000))}, {Index: "key", Key: r.ID}}
		if err := tx.Put(r); err != nil {
			return err
		}
	}
	return nil
}
