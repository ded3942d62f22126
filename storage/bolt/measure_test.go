package bolt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/voronka/voronka/storage"
)

// What is deleted becomes free room in the file, and what is written takes it.
func TestMeasure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s := open(t, path)
	measure := func() storage.Measures {
		t.Helper()
		m, err := s.Measure(bg)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() != m.Bytes || m.Free < 0 || m.Free > m.Bytes || m.Room <= 0 {
			t.Errorf("%+v of a file of %d: %v", m, info.Size(), err)
		}
		return m
	}
	write := func(id string) {
		if err := put(s, id, bytes.Repeat([]byte("x"), 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	first := measure()
	for _, id := range []string{"a", "b", "c", "d"} {
		write(id)
	}
	full := measure()
	if full.Commits != first.Commits+4 || full.Bytes-full.Free < 4<<20 {
		t.Errorf("%+v, and after four commits of a megabyte %+v", first, full)
	}
	if err := s.Update(bg, func(tx storage.Tx) error {
		return tx.Delete(storage.Ref{Kind: "card", ID: "a"}, storage.Ref{Kind: "card", ID: "b"}, storage.Ref{Kind: "card", ID: "c"})
	}); err != nil {
		t.Fatal(err)
	}
	write("e") // frees the pages of the commit before
	if got := measure(); got.Free < full.Free+(1<<20) {
		t.Errorf("%d bytes are free; before three megabytes were deleted and one was written %d", got.Free, full.Free)
	}
	s.Close()
	if _, err := s.Measure(bg); !errors.Is(err, storage.ErrClosed) {
		t.Error(err)
	}
}
