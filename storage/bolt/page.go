package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
)

// Check reads every page of the file at path, and tells what is wrong with them; nothing is written. Who finds nothing may Open the
// file. bbolt's own check, which takes the file at its word, may end the process over a page that is damaged: it comes second.
//
// A page is: its number, 8 bytes; its type and how many elements it has, 2 bytes each; how many pages more it is, 4 bytes; its
// elements, of 16 bytes; their keys and values. A number has its lowest byte first.
func Check(path string, found func(storage.Flaw)) error {
	flaws := 0
	say := func(format string, args ...any) {
		flaws++
		found(storage.Flaw{What: fmt.Sprintf(format, args...), Mend: storage.MendBackup})
	}
	if err := whole(path, Options{Wait: time.Second, ReadOnly: true}); errors.Is(err, storage.ErrFormat) {
		say("The file can't be opened: %s.", err)
		return nil
	} else if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	db, err := bbolt.Open(path, 0, &bbolt.Options{Timeout: time.Second, ReadOnly: true})
	if err != nil {
		return translate(err)
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) error {
		size := db.Info().PageSize
		t := &tree{file: file, size: size, seen: make([]bool, tx.Size()/int64(size)), say: say}
		t.page(uint64(tx.Cursor().Bucket().Root()), nil, nil, 0)
		if flaws > 0 {
			return nil
		}
		for err := range tx.Check() {
			say("The pages of the file are damaged: %s.", err)
		}
		return nil
	})
}

// tree reads the tree of pages and believes nothing of it.
type tree struct {
	file *os.File
	size int // of a page
	seen []bool
	say  func(format string, args ...any)
}

const (
	branch     = 1
	leaf       = 2
	header     = 16
	element    = 16
	deepest    = 64
	isBucket   = 1
	bucketHead = 16 // bytes that a bucket says of itself before a page that stands in it
)

// page reads the page with a number: its keys are >= from and, where to is not nil, < to.
func (t *tree) page(n uint64, from, to []byte, depth int) {
	if n < 2 || n >= uint64(len(t.seen)) || depth > deepest {
		t.say("Page %d is asked for, and there is none.", n)
		return
	}
	head := make([]byte, header)
	if _, err := t.file.ReadAt(head, int64(n)*int64(t.size)); err != nil {
		t.say("Page %d can't be read: %s.", n, err)
		return
	}
	more := uint64(binary.LittleEndian.Uint32(head[12:]))
	if said := binary.LittleEndian.Uint64(head); said != n || n+more >= uint64(len(t.seen)) {
		t.say("Page %d is damaged: it calls itself page %d of %d.", n, said, more+1)
		return
	}
	for i := range more + 1 {
		if t.seen[n+i] {
			t.say("Page %d is used twice.", n+i)
			return
		}
		t.seen[n+i] = true
	}
	raw := make([]byte, (more+1)*uint64(t.size))
	if _, err := t.file.ReadAt(raw, int64(n)*int64(t.size)); err != nil {
		t.say("Page %d can't be read: %s.", n, err)
		return
	}
	t.elements(fmt.Sprintf("Page %d", n), raw, from, to, depth)
}

// elements reads those of a page, and the pages that they lead to.
func (t *tree) elements(name string, raw, from, to []byte, depth int) {
	kind, count := binary.LittleEndian.Uint16(raw[8:]), int(binary.LittleEndian.Uint16(raw[10:]))
	if kind != branch && kind != leaf || header+count*element > len(raw) || kind == branch && count == 0 {
		t.say("%s is damaged: it is of type %x and has %d elements.", name, kind, count)
		return
	}
	keys := make([][]byte, count)
	for i := range keys {
		at := header + i*element
		number := func(n int) uint64 { return uint64(binary.LittleEndian.Uint32(raw[at+4*n:])) }
		begin, size, value := number(0), number(1), uint64(0)
		if kind == leaf {
			begin, size, value = number(1), number(2), number(3)
		}
		begin += uint64(at)
		if begin+size+value > uint64(len(raw)) {
			t.say("%s is damaged: its element %d ends behind it.", name, i)
			return
		}
		keys[i] = raw[begin : begin+size]
		if i > 0 && bytes.Compare(keys[i-1], keys[i]) >= 0 || bytes.Compare(keys[i], from) < 0 || to != nil && bytes.Compare(keys[i], to) >= 0 {
			t.say("%s is damaged: its key %d, %.80q, is not in order.", name, i, keys[i])
			return
		}
		if kind == leaf && number(0)&isBucket != 0 {
			t.bucket(name, raw[begin+size:begin+size+value], depth)
		}
	}
	if kind == leaf {
		return
	}
	for i := range keys {
		end := to
		if i+1 < len(keys) {
			end = keys[i+1]
		}
		t.page(binary.LittleEndian.Uint64(raw[header+i*element+8:]), keys[i], end, depth+1)
	}
}

// bucket reads a bucket, which says where its first page is, or, where that is nowhere, has it in itself.
func (t *tree) bucket(name string, value []byte, depth int) {
	switch {
	case len(value) < bucketHead:
		t.say("%s is damaged: it has half a bucket.", name)
	case binary.LittleEndian.Uint64(value) != 0:
		t.page(binary.LittleEndian.Uint64(value), nil, nil, depth+1)
	case len(value) < bucketHead+header || depth > deepest:
		t.say("%s is damaged: it has half a page.", name)
	default:
		t.elements(name, value[bucketHead:], nil, nil, depth+1)
	}
}
