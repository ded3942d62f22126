package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/voronka/voronka/storage"
)

// A record is stored as
//
//	stamp    8 bytes, the number of the commit that wrote it: unlike a version it never comes back
//	sum      4 bytes, CRC-32C of what follows: a disk that forgets or invents is found out
//	version  uvarint
//	length   uvarint, of the entries
//	entries  each index, key and value, with its length as a uvarint before it
//	data     the rest

// head is how many bytes stand before the version.
const head = 8 + 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode gives what is stored for r, whose entries are sorted. The writer fills in the stamp.
func encode(r *storage.Record, entries []storage.Entry) []byte {
	size := storage.EntriesSize(entries)
	b := make([]byte, head, head+2*binary.MaxVarintLen64+size+len(r.Data))
	b = binary.AppendUvarint(b, r.Version)
	b = binary.AppendUvarint(b, uint64(size))
	b = storage.AppendEntries(b, entries)
	b = append(b, r.Data...)
	setSum(b)
	return b
}

func setSum(raw []byte) { binary.BigEndian.PutUint32(raw[8:], crc32.Checksum(raw[head:], castagnoli)) }

// sound tells whether what is stored is what was written.
func sound(raw []byte) bool {
	return len(raw) >= head && binary.BigEndian.Uint32(raw[8:]) == crc32.Checksum(raw[head:], castagnoli)
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
	if len(raw) < head {
		return 0
	}
	n, _ := binary.Uvarint(raw[head:])
	return n
}

// parts are the version, entries and data of what is stored, in its own bytes; not ok: it is damaged.
func parts(raw []byte) (version uint64, entries, data []byte, ok bool) {
	if !sound(raw) {
		return 0, nil, nil, false
	}
	version, n := binary.Uvarint(raw[head:])
	rest := raw[head+max(n, 0):]
	size, m := binary.Uvarint(rest)
	rest = rest[max(m, 0):]
	if n <= 0 || m <= 0 || size > uint64(len(rest)) {
		return 0, nil, nil, false
	}
	return version, rest[:size], rest[size:], true
}

// decode makes a record of what is stored, in bytes of its own, with or without its entries.
func decode(ref storage.Ref, raw []byte, index bool) (*storage.Record, error) {
	version, entries, data, ok := parts(raw)
	r := &storage.Record{Kind: ref.Kind, ID: ref.ID, Version: version, Data: bytes.Clone(data)}
	if ok && index {
		r.Index, ok = storage.ParseEntries(entries)
	}
	if !ok {
		return nil, damaged(ref)
	}
	return r, nil
}

func damaged(ref storage.Ref) error {
	return fmt.Errorf("%w: %s %s is damaged", storage.ErrFormat, ref.Kind, ref.ID)
}
