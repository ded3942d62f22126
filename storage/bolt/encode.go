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
	size := 0
	for _, e := range entries {
		size += length(len(e.Index)) + length(len(e.Key)) + length(len(e.Value))
	}
	b := make([]byte, 8, 8+2*binary.MaxVarintLen64+size+len(r.Data))
	b = binary.AppendUvarint(b, r.Version)
	b = binary.AppendUvarint(b, uint64(size))
	for _, e := range entries {
		b = append(binary.AppendUvarint(b, uint64(len(e.Index))), e.Index...)
		b = append(binary.AppendUvarint(b, uint64(len(e.Key))), e.Key...)
		b = append(binary.AppendUvarint(b, uint64(len(e.Value))), e.Value...)
	}
	return append(b, r.Data...)
}

// length of n bytes with their length before them.
func length(n int) int {
	size := n + 1
	for n >= 0x80 {
		n >>= 7
		size++
	}
	return size
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
	p := parser{bytes: raw}
	p.take(8)
	r.Version = p.number()
	head := p.take(p.number())
	if index && len(head) > 0 {
		own := parser{bytes: bytes.Clone(head), text: string(head)}
		r.Index = make([]storage.Entry, 0, 4)
		for len(own.bytes) > 0 && !own.bad {
			r.Index = append(r.Index, storage.Entry{Index: own.string(), Key: own.string(), Value: own.take(own.number())})
		}
		p.bad = p.bad || own.bad
	}
	if p.bad {
		return nil, fmt.Errorf("%w: %s %s is damaged", storage.ErrFormat, ref.Kind, ref.ID)
	}
	r.Data = bytes.Clone(p.bytes)
	return r, nil
}

// parser takes what is stored apart. text is nil, or what bytes says.
type parser struct {
	bytes []byte
	text  string
	bad   bool
}

func (p *parser) take(n uint64) []byte {
	if n > uint64(len(p.bytes)) {
		p.bad = true
		n = uint64(len(p.bytes))
	}
	taken := p.bytes[:n:n]
	p.bytes = p.bytes[n:]
	if n == 0 {
		return nil
	}
	return taken
}

func (p *parser) number() uint64 {
	n, size := binary.Uvarint(p.bytes)
	p.bad = p.bad || size <= 0
	p.take(uint64(max(size, 0)))
	return n
}

// string takes a part of text, with its length before it.
func (p *parser) string() string {
	n := p.number()
	at := len(p.text) - len(p.bytes)
	return p.text[at : at+len(p.take(n))]
}
