// Package bolt keeps records in one file, for one process at a time.
//
// The file is a bbolt database of three buckets: "records" under kind and id, or where some kinds stand beside each other under id and
// kind; "entries" under index, key, kind and id; and "voronka" with the number of the format. Each in the order of bytes that scans run
// in: see layout.go and storage.Entry.Place. format.go tells the formats apart.
package bolt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/voronka/voronka/storage"
)

// Options are for Open. The zero value is what a server wants.
type Options struct {
	// Wait is how long Open waits for another process to let go of the file. Zero is a second.
	Wait time.Duration
	// ReadOnly opens a file that must be there and stays as it is: Update refuses. Others may read it at the same time.
	ReadOnly bool
	// Map is how many bytes the file may grow to before a growing file waits for the Views that run. It takes addresses only, no
	// memory. Zero is 16 GB where addresses have 64 bits, and where that costs nothing.
	Map int
	// Beside are kinds whose records are read and written together where their ids are the same or begin alike: they are kept close to
	// each other, and a scan over one of these kinds passes by the others in its range. It counts when the file is made, or brought up to
	// the format that knows of it; from then on the file says which they are.
	Beside []string

	commit    func() error // called before each commit, to fail in its place
	committed func() error // called after each commit, to fail as the disk may when it is told to keep what was written
}

// Store is a storage.Store and a storage.Backer in a file.
type Store struct {
	db        *bbolt.DB
	options   Options
	layout    layout
	stamp     uint64 // of the last commit before the file was opened
	queue     chan *job
	written   chan struct{}         // closed when the writer has ended
	broken    atomic.Pointer[error] // a commit neither happened nor did not: nothing more is read or written
	commits   atomic.Uint64
	running   atomic.Int64 // Updates
	hot       hot
	listeners storage.Listeners
	gate      storage.Gate
}

// Open opens the store in the file at path, making the file where there is none. It returns storage.ErrLocked where another
// process has it open and storage.ErrFormat where the file is something else, damaged, or of a newer version. A file of an older
// version is brought up to this one, which takes a while where it is large; it goes on where it was stopped.
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
		if err := syncDir(path); err != nil {
			s.db.Close()
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	}
	go s.write()
	return s, nil
}

func (s *Store) open(path string) (err error) {
	var file *os.File
	defer func() { // bbolt panics over some damaged files
		if p := recover(); p != nil {
			file.Close()
			err = fmt.Errorf("%w: it is damaged: %v", storage.ErrFormat, p)
		}
	}()
	o := bbolt.Options{
		Timeout:         s.options.Wait,
		ReadOnly:        s.options.ReadOnly,
		NoFreelistSync:  true,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: s.options.Map,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			file = f
			return f, err
		},
	}
	for there := false; !there; {
		if err = whole(path, s.options); err != nil {
			return err
		}
		if s.db, err = bbolt.Open(path, 0o600, &o); err != nil {
			return translate(err)
		}
		if there, err = stands(path, file); err != nil || !there {
			s.db.Close()
		}
		if err != nil {
			return err
		}
	}
	if err = s.recognize(); err != nil {
		s.db.Close()
	}
	return err
}

// stands tells whether a file that was locked is still the one at its path: while it waited for the lock, a smaller one may have been
// put in its place.
func stands(path string, file *os.File) (bool, error) {
	at, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	own, err := file.Stat()
	return err == nil && os.SameFile(at, own), err
}

// whole refuses a file that is shorter than it should be: reading behind its end would be the end of the process.
func whole(path string, o Options) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Size() == 0 && o.ReadOnly:
		return fmt.Errorf("%w: it is empty", storage.ErrFormat)
	case err == nil && info.Size() == 0, errors.Is(err, os.ErrNotExist) && !o.ReadOnly:
		return nil // it will be made
	case err != nil:
		return err
	}
	var file *os.File // the one that is locked: another may be put in its place, and until then it may grow
	db, err := bbolt.Open(path, 0, &bbolt.Options{Timeout: o.Wait, ReadOnly: true, OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}})
	if err != nil {
		return translate(err)
	}
	defer db.Close()
	if info, err = file.Stat(); err != nil {
		return err
	}
	return db.View(func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: it is cut short: %d bytes of %d are there", storage.ErrFormat, info.Size(), tx.Size())
		}
		return nil
	})
}

// translate says in the words of the store what bbolt says of opening a file.
func translate(err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return storage.ErrLocked
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum),
		strings.Contains(err.Error(), "file size too small"):
		return fmt.Errorf("%w: %w", storage.ErrFormat, err)
	}
	return full(err)
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
	if broken := s.broken.Load(); broken != nil {
		return *broken
	}
	base, err := s.db.Begin(false)
	if err != nil {
		return err
	}
	t := &tx{ctx: ctx, layout: s.layout, over: &state{}}
	t.rest(base)
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
	s.writeFree()
	return s.db.Close()
}

// writeFree writes down which pages are free, where the last commit did not. If it can't, the next Open finds them.
func (s *Store) writeFree() {
	if s.commits.Load() > 0 && s.db.NoFreelistSync && s.broken.Load() == nil {
		s.db.NoFreelistSync = false
		_ = s.db.Update(func(*bbolt.Tx) error { return nil })
	}
}
