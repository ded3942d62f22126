// Package bolt keeps records in one file, for one process at a time.
//
// The file is a bbolt database of three buckets: "records" under kind and id, "entries" under index, key, kind and id, and
// "voronka" with the number of the format. Each in the order of bytes that scans run in: see storage.Ref.Place and
// storage.Entry.Place.
package bolt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/voronka/voronka/storage"
)

const format = 1 // of the file, as this version writes it

var (
	records = []byte("records")
	entries = []byte("entries")
	about   = []byte("voronka")
)

// Options are for Open. The zero value is what a server wants.
type Options struct {
	// Wait is how long Open waits for another process to let go of the file. Zero is a second.
	Wait time.Duration
	// Map is how many bytes the file may grow to before a growing file waits for the Views that run. It takes addresses only, no
	// memory. Zero is 16 GB where addresses have 64 bits, and where that costs nothing.
	Map int

	commit func() error // called before each commit, to fail in its place
}

// Store is a storage.Store and a storage.Backer in a file.
type Store struct {
	db        *bbolt.DB
	options   Options
	queue     chan *job
	written   chan struct{} // closed when the writer has ended
	broken    error         // the writer's: a commit neither happened nor did not
	commits   atomic.Uint64
	running   atomic.Int64 // Updates
	listeners storage.Listeners
	gate      storage.Gate
}

// Open opens the store in the file at path, making the file where there is none. It returns storage.ErrLocked where another
// process has it open and storage.ErrFormat where the file is something else, or of a newer version.
func Open(path string, o Options) (*Store, error) {
	if o.Wait == 0 {
		o.Wait = time.Second
	}
	if o.Map == 0 && runtime.GOOS != "windows" { // where the file would be as large at once
		o.Map = 1 << 30 << (^uint(0) >> 63 * 4)
	}
	_, err := os.Stat(path)
	fresh := errors.Is(err, os.ErrNotExist)
	s := &Store{options: o, queue: make(chan *job, 256), written: make(chan struct{})}
	if err := s.open(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if fresh { // so that a power cut does not take the file's name with all that is in it
		if dir, err := os.Open(filepath.Dir(path)); err == nil {
			err = errors.Join(dir.Sync(), dir.Close())
			if err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EINVAL) {
				s.db.Close()
				return nil, fmt.Errorf("open %s: %w", path, full(err))
			}
		}
	}
	go s.write()
	return s, nil
}

func (s *Store) open(path string) (err error) {
	defer func() { // bbolt panics over some damaged files
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", storage.ErrFormat, p)
		}
	}()
	s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:         s.options.Wait,
		NoFreelistSync:  true,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: s.options.Map,
		NoStatistics:    true,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return storage.ErrLocked
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return fmt.Errorf("%w: %w", storage.ErrFormat, err)
	case err != nil:
		return full(err)
	}
	if err = s.recognize(); err != nil {
		s.db.Close()
	}
	return err
}

// recognize checks that the file is a store of a format that is known, or makes one of an empty file.
func (s *Store) recognize() error {
	empty := false
	err := s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(about)
		if b == nil {
			first, _ := tx.Cursor().First()
			if empty = first == nil; empty {
				return nil
			}
			return fmt.Errorf("%w: it is not a store of Voronka", storage.ErrFormat)
		}
		n, err := strconv.Atoi(string(b.Get([]byte("format"))))
		switch {
		case err != nil || n < 1 || tx.Bucket(records) == nil || tx.Bucket(entries) == nil:
			return fmt.Errorf("%w: it is damaged", storage.ErrFormat)
		case n > format:
			return fmt.Errorf("%w: it is of format %d, this version of Voronka reads up to %d; use the version that wrote it, or a newer one",
				storage.ErrFormat, n, format)
		}
		return nil
	})
	if err != nil || !empty {
		return err
	}
	return full(s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{records, entries, about} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(about).Put([]byte("format"), []byte(strconv.Itoa(format)))
	}))
}

// full makes storage.ErrFull of an error that says that there is no room. bbolt passes on the words of some of them only.
func full(err error) error {
	for _, no := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if err != nil && (errors.Is(err, no) || strings.Contains(err.Error(), no.Error())) {
			return fmt.Errorf("%w: %w", storage.ErrFull, err)
		}
	}
	return err
}

// View is storage.Store.View. A View that takes long keeps the space of what is overwritten meanwhile from being used again.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	base, err := s.db.Begin(false)
	if err != nil {
		return err
	}
	t := newTx(ctx, base)
	defer t.end()
	return fn(reader{t})
}

// Listen is storage.Store.Listen.
func (s *Store) Listen(topic string, fn func(payload string)) (stop func()) {
	return s.listeners.Listen(topic, fn)
}

// Backup is storage.Backer.Backup: what is written to w is a file for Open. It is a View.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	return s.View(ctx, func(r storage.Reader) error {
		to := &until{ctx: ctx, w: w}
		_, err := r.(reader).Reader.(*tx).base.WriteTo(to)
		return cmp.Or(to.err, err) // bbolt passes on the words of some only
	})
}

// until is a writer that stops when ctx is done.
type until struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (u *until) Write(p []byte) (n int, err error) {
	if u.err = u.ctx.Err(); u.err == nil {
		n, u.err = u.w.Write(p)
	}
	return n, u.err
}

// Close is storage.Store.Close.
func (s *Store) Close() error {
	if !s.gate.Close() {
		return nil
	}
	close(s.queue)
	<-s.written
	return s.db.Close()
}
