package storage

import (
	"bytes"
	"encoding/binary"
)

// AppendEntries appends the entries to b as a backend keeps them beside the data of their record: index, key and value of each, with
// its length as a uvarint before it. EntriesSize is how many bytes that takes.
func AppendEntries(b []byte, entries []Entry) []byte {
	for _, e := range entries {
		b = append(binary.AppendUvarint(b, uint64(len(e.Index))), e.Index...)
		b = append(binary.AppendUvarint(b, uint64(len(e.Key))), e.Key...)
		b = append(binary.AppendUvarint(b, uint64(len(e.Value))), e.Value...)
	}
	return b
}

// EntriesSize is the size of what AppendEntries appends.
func EntriesSize(entries []Entry) (size int) {
	for _, e := range entries {
		size += sized(len(e.Index)) + sized(len(e.Key)) + sized(len(e.Value))
	}
	return size
}

// sized is the size of n bytes with their length before them.
func sized(n int) int {
	size := n + 1
	for n >= 0x80 {
		n >>= 7
		size++
	}
	return size
}

// ParseEntries reads what AppendEntries wrote, into bytes of its own. It refuses what is damaged.
func ParseEntries(kept []byte) (entries []Entry, ok bool) {
	if len(kept) == 0 {
		return nil, true
	}
	text, own := string(kept), bytes.Clone(kept)
	at := 0
	part := func() (from, to int) {
		n, size := binary.Uvarint(own[at:])
		if size <= 0 || n > uint64(len(own)-at-size) {
			ok = false
			return at, at
		}
		from = at + size
		at = from + int(n)
		return from, at
	}
	entries = make([]Entry, 0, 4)
	for ok = true; ok && at < len(own); {
		var e Entry
		from, to := part()
		e.Index = text[from:to]
		from, to = part()
		e.Key = text[from:to]
		if from, to = part(); from < to {
			e.Value = own[from:to:to]
		}
		entries = append(entries, e)
	}
	return entries, ok
}
