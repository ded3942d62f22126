package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/voronka/voronka/storage"
)

// A record is stored as
//
//	stamp    8 bytes, the number of the commit that wrote it: unlike a version it never comes back
//	version  uvarint
//	length   uvarint, of the entries
//	entries  each index, key and value, with its length as a uvarint before it
//	data     the rest

// encode gives what is stored for r, whose entries are sorted. The writer fills in the stamp.
func encode(r *storage.Record, entries []storage.Entry) []byte {
	size := storage.EntriesSize(entries)
	b := make([]byte, 8, 8+2*binary.MaxVarintLen64+size+len(r.Data))
	b = binary.AppendUvarint(b, r.Version)
	b = binary.AppendUvarint(b, uint64(size))
	b = storage.AppendEntries(b, entries)
	return append(b, r.Data...)
}

// stamp of what is stored; 0 where nothing is.
func stamp(raw []byte) uint64 {
	if len(raw) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(raw)
}

func setStamp(raw []byte, n uint64) { binary.BigEndian.PutUint64(raw, n) }

// version of what is stored; 0 where nothing is.
func version(raw []byte) uint64 {
	if len(raw) < 8 {
		return 0
	}
	n, _ := binary.Uvarint(raw[8:])
	return n
}

// decode makes a record of what is stored, in bytes of its own, with or without its entries.
func decode(ref storage.Ref, raw []byte, index bool) (*storage.Record, error) {
	r := &storage.Record{Kind: ref.Kind, ID: ref.ID}
	rest := raw[min(8, len(raw)):]
	number := func() (n uint64, ok bool) {
		n, size := binary.Uvarint(rest)
		rest = rest[max(size, 0):]
		return n, size > 0
	}
	n, ok := number()
	size, sound := number()
	if ok = ok && sound && size <= uint64(len(rest)); ok {
		r.Version = n
		r.Data = bytes.Clone(rest[size:])
		if index {
			r.Index, ok = storage.ParseEntries(rest[:size])
		}
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s %s is damaged", storage.ErrFormat, ref.Kind, ref.ID)
	}
	return r, nil
}
