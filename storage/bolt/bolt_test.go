package bolt

import (
	"path/filepath"
	"testing"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/storagetest"
)

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	for name, beside := range map[string][]string{"each kind for itself": nil, "kinds beside each other": {"card", "word", "care"}} {
		t.Run(name, func(t *testing.T) {
			storagetest.Run(t, func(t *testing.T) storage.Store {
				s, err := Open(filepath.Join(t.TempDir(), "test.db"), Options{Beside: beside})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { s.Close() })
				return s
			})
		})
	}
}
