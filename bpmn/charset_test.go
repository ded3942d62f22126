package bpmn

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

func utf16of(s string, big, mark bool) []byte {
	s = strings.Replace(s, `encoding="UTF-8"`, `encoding="UTF-16"`, 1)
	if mark {
		s = "\uFEFF" + s
	}
	var order binary.AppendByteOrder = binary.LittleEndian
	if big {
		order = binary.BigEndian
	}
	var data []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		data = order.AppendUint16(data, unit)
	}
	return data
}

func charmapOf(t *testing.T, s, name string, table *charmap.Charmap) []byte {
	t.Helper()
	data, err := table.NewEncoder().String(strings.Replace(s, "UTF-8", name, 1))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(data)
}

// TestEncodings: the same diagram in each encoding is the same model, with the same places.
func TestEncodings(t *testing.T) {
	const cyrillic, latin = "Позвонить ученику", "Grüße für André"
	text := func(name string) string {
		return string(diagram("<!-- " + name + " --><task id=\"t\"\n name=\"" + name + "\"/>"))
	}
	for _, c := range []struct {
		name, encoding, want string
		data                 []byte
	}{
		{cyrillic, "UTF-8", "UTF-8", []byte(text(cyrillic))},
		{cyrillic, "UTF-8 with a mark", "UTF-8", []byte("\uFEFF" + text(cyrillic))},
		{cyrillic, "UTF-8 undeclared", "UTF-8", []byte(strings.Replace(text(cyrillic), ` encoding="UTF-8"`, "", 1))},
		{cyrillic, "utf-8 in small letters", "UTF-8", []byte(strings.Replace(text(cyrillic), "UTF-8", "utf-8", 1))},
		{"🚗 " + cyrillic, "UTF-16LE", "UTF-16", utf16of(text("🚗 "+cyrillic), false, true)},
		{"🚗 " + cyrillic, "UTF-16BE", "UTF-16", utf16of(text("🚗 "+cyrillic), true, true)},
		{cyrillic, "UTF-16BE without a mark", "UTF-16", utf16of(text(cyrillic), true, false)},
		{cyrillic, "windows-1251", "windows-1251", charmapOf(t, text(cyrillic), "Windows-1251", charmap.Windows1251)},
		{cyrillic, "cp1251", "windows-1251", charmapOf(t, text(cyrillic), "cp1251", charmap.Windows1251)},
		{cyrillic, "KOI8-R", "KOI8-R", charmapOf(t, text(cyrillic), "koi8-r", charmap.KOI8R)},
		{cyrillic, "ISO-8859-5", "ISO-8859-5", charmapOf(t, text(cyrillic), "ISO-8859-5", charmap.ISO8859_5)},
		{latin, "windows-1252", "windows-1252", charmapOf(t, text(latin), "windows-1252", charmap.Windows1252)},
		{latin, "ISO-8859-1", "ISO-8859-1", charmapOf(t, text(latin), "ISO-8859-1", charmap.ISO8859_1)},
		{"Call back", "US-ASCII", "US-ASCII", []byte(strings.Replace(text("Call back"), "UTF-8", "US-ASCII", 1))},
	} {
		t.Run(c.encoding, func(t *testing.T) {
			d, problems := Parse(c.data)
			if d == nil || len(problems) > 0 {
				t.Fatal(problems)
			}
			n := d.Node("t")
			if d.Encoding != c.want || n.Name != c.name {
				t.Errorf("got %q in %q, want %q in %q", n.Name, d.Encoding, c.name, c.want)
			}
			if want := (Place{4, len([]rune(c.name)) + 10}); n.Place != want {
				t.Errorf("the task is at %v, want %v", n.Place, want)
			}
		})
	}
}

func TestEncodingsRefused(t *testing.T) {
	text := string(diagram(`<task id="t" name="Позвонить"/>`))
	for _, c := range []struct {
		name, code, says string
		line, column     int
		data             []byte
	}{
		{"unknown", "encoding_unknown", `"Shift_JIS"`, 1, 1, []byte(strings.Replace(text, "UTF-8", "Shift_JIS", 1))},
		{"not ASCII", "encoding_bytes", "US-ASCII", 4, 20, []byte(strings.Replace(text, "UTF-8", "US-ASCII", 1))},
		{"mark and another name", "encoding_mismatch", "windows-1251", 1, 1, []byte("\uFEFF" + strings.Replace(text, "UTF-8", "windows-1251", 1))},
		{"UTF-16 in name only", "encoding_mismatch", "UTF-16", 1, 1, []byte(strings.Replace(text, "UTF-8", "UTF-16", 1))},
		{"UTF-16 under another name", "encoding_mismatch", "koi8-r", 1, 1, utf16of(strings.Replace(text, "UTF-8", "koi8-r", 1), true, true)},
		{"a byte without a character", "encoding_bytes", "windows-1252", 4, 20, []byte(strings.Replace(string(diagram("<task id=\"t\" name=\"\x81\"/>")), "UTF-8", "windows-1252", 1))},
		{"a lone surrogate", "encoding_bytes", "UTF-16", 1, 2, []byte("\xff\xfe<\x00\x00\xd8a\x00")},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, problems := Parse(c.data)
			if d != nil || len(problems) != 1 {
				t.Fatal(d, problems)
			}
			if p := problems[0]; p.Code != c.code || p.Line != c.line || p.Column != c.column || !strings.Contains(p.Message, c.says) {
				t.Errorf("got %+v", p)
			}
		})
	}
}
