package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"go.etcd.io/bbolt"
)

// Compact takes from the file at path the room that deleted and overwritten records left, and gives its size before and after. It needs
// as much free space as the file will take. It writes a new file beside, compares it with the old one, and then puts it in its place:
// whenever it is stopped, there is a whole file at path. It returns storage.ErrLocked where the file is in use.
func Compact(ctx context.Context, path string) (before, after int64, err error) {
	if _, err := os.Stat(path); err != nil {
		return 0, 0, err // and none is made
	}
	s, err := Open(path, Options{})
	if err != nil {
		return 0, 0, err
	}
	defer s.Close() // and until then nobody else opens the old one
	beside, was := path+".compact", path+".old"
	if err := forget(beside, was); err != nil { // what a crash left
		return 0, 0, err
	}
	defer os.Remove(beside)
	if before, err = sizeOf(path); err != nil {
		return 0, 0, err
	}
	if err = s.copyTo(ctx, beside); err != nil {
		return 0, 0, full(fmt.Errorf("write %s: %w", beside, err))
	}
	if after, err = sizeOf(beside); err != nil {
		return 0, 0, err
	}
	_ = os.Link(path, was) // where a disk can't, the rename alone must do
	err = os.Rename(beside, path)
	if err == nil {
		err = syncDir(path)
	}
	if err != nil {
		return 0, 0, err
	}
	return before, after, forget(was)
}

func forget(paths ...string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// syncDir makes the names in the folder of a file last, where the system can.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err == nil {
		err = errors.Join(dir.Sync(), dir.Close())
	}
	for _, cant := range []error{errors.ErrUnsupported, syscall.EINVAL, fs.ErrPermission} { // not everywhere is a folder to be opened and kept
		if errors.Is(err, cant) {
			return nil
		}
	}
	return full(err)
}

// compacted is how many bytes are copied in one commit.
const compacted = 64 << 20

// copyTo writes all that the store holds into a new file, which is on disk when it returns.
func (s *Store) copyTo(ctx context.Context, path string) error {
	to, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, NoSync: true, NoStatistics: true})
	if err != nil {
		return err
	}
	if err = bbolt.Compact(to, s.db, compacted); err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = trimmed(to, path)
	}
	if err == nil {
		err = to.Sync()
	}
	if err == nil {
		err = s.equals(ctx, to)
	}
	return errors.Join(err, to.Close())
}

// trimmed gives back the room at the end of a file that nothing has been written to yet.
func trimmed(db *bbolt.DB, path string) error {
	return db.View(func(tx *bbolt.Tx) error { return os.Truncate(path, tx.Size()) })
}

// equals refuses a copy that differs from the store in anything.
func (s *Store) equals(ctx context.Context, to *bbolt.DB) error {
	return s.db.View(func(a *bbolt.Tx) error {
		return to.View(func(b *bbolt.Tx) error {
			for _, name := range [][]byte{records, entries, about} {
				mine, theirs := a.Bucket(name), b.Bucket(name)
				if theirs == nil || mine.Sequence() != theirs.Sequence() {
					return fmt.Errorf("the copy has other %s", name)
				}
				c, d := mine.Cursor(), theirs.Cursor()
				k, v := c.First()
				l, w := d.First()
				for k != nil || l != nil {
					if !bytes.Equal(k, l) || !bytes.Equal(v, w) {
						return fmt.Errorf("the copy differs at %q", bytes.Join([][]byte{k, l}, []byte(" and ")))
					}
					if err := ctx.Err(); err != nil {
						return err
					}
					k, v = c.Next()
					l, w = d.Next()
				}
			}
			return nil
		})
	})
}
