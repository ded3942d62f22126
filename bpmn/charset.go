package bpmn

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// charmaps are the one-byte encodings that are read besides UTF-8, UTF-16 and US-ASCII, by their names in lower case.
var charmaps = map[string]struct {
	name  string
	table *charmap.Charmap
}{
	"windows-1251": {"windows-1251", charmap.Windows1251},
	"cp1251":       {"windows-1251", charmap.Windows1251},
	"windows-1252": {"windows-1252", charmap.Windows1252},
	"cp1252":       {"windows-1252", charmap.Windows1252},
	"iso-8859-1":   {"ISO-8859-1", charmap.ISO8859_1},
	"iso_8859-1":   {"ISO-8859-1", charmap.ISO8859_1},
	"latin1":       {"ISO-8859-1", charmap.ISO8859_1},
	"iso-8859-5":   {"ISO-8859-5", charmap.ISO8859_5},
	"iso_8859-5":   {"ISO-8859-5", charmap.ISO8859_5},
	"koi8-r":       {"KOI8-R", charmap.KOI8R},
}

const readable = "UTF-8, UTF-16, US-ASCII, windows-1251, windows-1252, ISO-8859-1, ISO-8859-5 or KOI8-R"

var (
	bomUTF8    = []byte{0xEF, 0xBB, 0xBF}
	bomLittle  = []byte{0xFF, 0xFE}
	bomBig     = []byte{0xFE, 0xFF}
	bomLittle4 = []byte{0xFF, 0xFE, 0, 0}
	bomBig4    = []byte{0, 0, 0xFE, 0xFF}

	declaration = regexp.MustCompile(`^<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([^"'>]{0,100})["']`)
)

// decode brings a file to UTF-8 without a byte order mark and names the encoding that it was in (XML 1.0, appendix F).
// The problem says why it can't.
func decode(data []byte) (text []byte, encoding string, problem *Problem) {
	switch {
	case bytes.HasPrefix(data, bomLittle4), bytes.HasPrefix(data, bomBig4),
		bytes.HasPrefix(data, []byte{'<', 0, 0, 0}), bytes.HasPrefix(data, []byte{0, 0, 0, '<'}):
		return nil, "", unreadable("UTF-32")
	case bytes.HasPrefix(data, []byte{0x4C, 0x6F, 0xA7, 0x94}):
		return nil, "", unreadable("EBCDIC")
	case bytes.HasPrefix(data, bomLittle):
		return decodeUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, bomBig):
		return decodeUTF16(data[2:], binary.BigEndian)
	case bytes.HasPrefix(data, []byte{'<', 0}):
		return decodeUTF16(data, binary.LittleEndian)
	case bytes.HasPrefix(data, []byte{0, '<'}):
		return decodeUTF16(data, binary.BigEndian)
	case bytes.HasPrefix(data, bomUTF8):
		data = data[len(bomUTF8):]
		if said := declared(data); said != "" && !strings.EqualFold(said, "UTF-8") {
			return nil, "", mismatch(said, "UTF-8")
		}
		return data, "UTF-8", invalid(data, "UTF-8")
	}
	return decodeBytes(data)
}

// decodeBytes reads an encoding whose first bytes are those of ASCII: the declaration names it.
func decodeBytes(data []byte) ([]byte, string, *Problem) {
	said := declared(data)
	switch name := strings.ToLower(said); name {
	case "", "utf-8", "utf8":
		return data, "UTF-8", invalid(data, "UTF-8")
	case "us-ascii", "ascii":
		if i := bytes.IndexFunc(data, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			return nil, "", wrongBytes(data, i, "US-ASCII")
		}
		return data, "US-ASCII", invalid(data, "US-ASCII")
	case "utf-16", "utf-16le", "utf-16be":
		return nil, "", mismatch(said, "an encoding of single bytes")
	default:
		known, ok := charmaps[name]
		if !ok {
			return nil, "", unreadable(said)
		}
		text := make([]byte, 0, len(data)+len(data)/2)
		for _, b := range data {
			r := known.table.DecodeByte(b)
			if r == utf8.RuneError { // a byte without a character
				return nil, "", wrongBytes(text, len(text), known.name)
			}
			text = utf8.AppendRune(text, r)
		}
		return text, known.name, invalid(text, known.name)
	}
}

func decodeUTF16(data []byte, order binary.ByteOrder) ([]byte, string, *Problem) {
	text := make([]byte, 0, len(data)/2+len(data)/8)
	for i := 0; i+1 < len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if i+3 < len(data) {
				low = rune(order.Uint16(data[i+2:]))
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				return nil, "", wrongBytes(text, len(text), "UTF-16")
			}
			i += 2
		}
		text = utf8.AppendRune(text, r)
	}
	if len(data)%2 != 0 {
		return nil, "", wrongBytes(text, len(text), "UTF-16")
	}
	switch said := strings.ToLower(declared(text)); said {
	case "", "utf-16", "utf-16le", "utf-16be":
	default:
		return nil, "", mismatch(said, "UTF-16")
	}
	return text, "UTF-16", invalid(text, "UTF-16")
}

// declared is the encoding that the XML declaration names.
func declared(text []byte) string {
	if m := declaration.FindSubmatch(text[:min(len(text), 400)]); m != nil {
		return string(m[1])
	}
	return ""
}

// invalid finds the first character that XML 1.0 does not allow (2.2): broken UTF-8, control characters, U+FFFE, U+FFFF.
func invalid(text []byte, encoding string) *Problem {
	for i := 0; i < len(text); {
		if b := text[i]; b >= ' ' && b < utf8.RuneSelf || b == '\n' || b == '\t' || b == '\r' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return wrongBytes(text, i, encoding)
		}
		if r < ' ' || r == 0xFFFE || r == 0xFFFF {
			p := Errorf("character_invalid", Element{Place: placeOf(text, i)}, "the character U+%04X may not stand in XML; delete it", r)
			return &p
		}
		i += size
	}
	return nil
}

func wrongBytes(text []byte, at int, encoding string) *Problem {
	p := Errorf("encoding_bytes", Element{Place: placeOf(text, at)},
		"the bytes here are no character of %s, the encoding of this file; save it as UTF-8", encoding)
	return &p
}

func unreadable(encoding string) *Problem {
	p := Errorf("encoding_unknown", Element{Place: Place{1, 1}},
		"the encoding %q is not read; save the file as UTF-8 (what is read: %s)", clip(encoding), readable)
	return &p
}

func mismatch(said, is string) *Problem {
	p := Errorf("encoding_mismatch", Element{Place: Place{1, 1}},
		"the file says that its encoding is %q, but its bytes are %s; save it as UTF-8 and write encoding=\"UTF-8\"", clip(said), is)
	return &p
}

// clip keeps a quoted word short enough for a sentence.
func clip(s string) string {
	if utf8.RuneCountInString(s) <= 80 {
		return s
	}
	return fmt.Sprint(string([]rune(s[:min(len(s), 400)])[:80]), "…")
}
