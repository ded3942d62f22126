package card

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// File is what is known of a file that a card keeps.
type File struct {
	ID   string    `json:"id"`
	Name string    `json:"name"` // without a path
	Type string    `json:"type"` // by its bytes, and its name where they do not tell
	Size int       `json:"size"`
	Hash string    `json:"hash,omitempty"` // SHA-256, in hex
	Card string    `json:"card,omitempty"`
	Key  string    `json:"key,omitempty"` // of the field that it was kept in
	By   string    `json:"by,omitempty"`
	At   time.Time `json:"at"`
}

// Records of files: what is known of one, and its bytes.
const (
	kindFile  = "file"
	kindBytes = "file_bytes"
	indexFile = "card_file" // card, file
)

// LineFiled says that a file was put into a field; Data is a Handling.
const LineFiled = "filed"

// Keep keeps a file in a file or document field of a card: in place of the one before, beside it where the field holds several.
func (c *Cards) Keep(tx *engine.Tx, actor access.Actor, id, key, name string, data []byte) (*File, error) {
	h, err := c.take(tx, actor, id, 0)
	if err != nil {
		return nil, err
	}
	f := h.said.Field(key)
	if m := h.mayWrite(key, f); m != nil {
		return nil, refused([]Missing{*m})
	}
	refuse := func(s sentence, args ...any) (*File, error) {
		return nil, &Refusal{[]Missing{{Kind: MissingField, Key: key, Label: f.Label, Message: h.say(s, args...)}}}
	}
	switch {
	case f.Type != funnel.FileType && !f.Document.Can(funnel.Keep):
		return refuse(sayNoFile, f.Label)
	case len(data) == 0:
		return refuse(sayFileEmpty)
	case len(data) > c.opts.FileSize:
		return refuse(sayFileSize, c.opts.FileSize>>20)
	}
	sum := sha256.Sum256(data)
	file := &File{
		ID: tx.NewID(), Name: safeName(name), Size: len(data), Hash: hex.EncodeToString(sum[:]), Card: id, Key: key, By: actor.ID, At: tx.Now(),
	}
	file.Type = contentType(file.Name, data)
	if err := keepBytes(tx, file, data); err != nil {
		return nil, err
	}
	return file, h.keep(f, file)
}

// keep writes the field that a file stands in.
func (h *hand) keep(f *funnel.Field, file *File) error {
	done := Handling{Key: f.Key, Verb: funnel.Keep, File: file.ID}
	short := File{ID: file.ID, Name: file.Name, Type: file.Type, Size: file.Size, At: file.At}
	if f.Document != nil {
		paper := h.paper(f.Key)
		paper.Kept, paper.Files = true, append(paper.Files, short)
		return h.file(f.Key, paper, done)
	}
	var value any = short
	if f.Multiple {
		var all []File
		if v := h.i.Variable(f.Key); v != nil {
			_ = storage.Unmarshal(v, &all)
		}
		value = append(all, short)
	}
	raw, err := storage.Marshal(value)
	if err != nil {
		return err
	}
	h.log(LineFiled, "", done)
	return h.tx.Set(h.i.ID, map[string]engine.Value{f.Key: raw})
}

func keepBytes(tx *engine.Tx, file *File, data []byte) error {
	about, err := storage.Marshal(file)
	if err != nil {
		return err
	}
	raw, err := storage.Marshal(data)
	if err != nil {
		return err
	}
	return tx.Put(&storage.Record{Kind: kindFile, ID: file.ID, Data: about, Index: file.index()}, &storage.Record{Kind: kindBytes, ID: file.ID, Data: raw})
}

func (f *File) index() []storage.Entry {
	if f.Card == "" {
		return nil
	}
	return []storage.Entry{{Index: indexFile, Key: storage.Key(f.Card, f.ID)}}
}

// Forgetting deletes a card whose instance is deleted, with all files that it ever kept.
func (c *Cards) Forgetting(tx *engine.Tx, i *engine.Instance) error {
	gone := []storage.Ref{{Kind: kindCard, ID: i.ID}}
	for hit, err := range tx.Scan(storage.Range{Index: indexFile, Keys: true}.Prefix(i.ID)) {
		if err != nil {
			return err
		}
		gone = append(gone, hit.Ref, storage.Ref{Kind: kindBytes, ID: hit.Ref.ID})
	}
	delete(inMind(tx), i.ID)
	return tx.Delete(gone...)
}

// OpenFile gives a file that a card keeps, to a reader who may see the field that it was kept in; to another it is ErrHidden. Whether
// the reader sees the card, the caller asks.
func (c *Cards) OpenFile(tx *engine.Tx, reader access.Actor, id string) (*File, []byte, error) {
	if id == "" || len(id) > 512 {
		return nil, nil, fmt.Errorf("file %.100s: %w", id, engine.ErrNotFound)
	}
	found, err := tx.Get(storage.Ref{Kind: kindFile, ID: id}, storage.Ref{Kind: kindBytes, ID: id})
	if err != nil {
		return nil, nil, err
	}
	if found[0] == nil || found[1] == nil {
		return nil, nil, fmt.Errorf("file %s: %w", id, engine.ErrNotFound)
	}
	file, data := &File{}, []byte(nil)
	if err := storage.Unmarshal(found[0].Data, file); err != nil {
		return nil, nil, err
	}
	h, err := c.take(tx, reader, file.Card, 0)
	if err != nil {
		return nil, nil, err
	}
	if s := (&sight{Cards: c, tx: tx, reader: reader, funnels: []*funnel.Funnel{h.f}}); !s.field(file.Key) {
		return nil, nil, fmt.Errorf("file %s: %w", id, ErrHidden)
	}
	return file, data, storage.Unmarshal(found[1].Data, &data)
}

// safeName is a file's name without its path and without what no name needs.
func safeName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsGraphic(r) || strings.ContainsRune(`"<>|:*?`, r) {
			return -1
		}
		return r
	}, name))
	for len(name) > 200 {
		_, size := utf8.DecodeRuneInString(name)
		name = name[size:]
	}
	if strings.Trim(name, "./") == "" {
		return "file"
	}
	return name
}

// contentType is what a file's bytes are; its name only tells archives and texts apart. Nothing that a browser would run is believed.
func contentType(name string, data []byte) string {
	sniffed := http.DetectContentType(data)
	kind, _, _ := strings.Cut(sniffed, ";")
	switch kind {
	case "application/zip":
		if made := offices[strings.ToLower(path.Ext(name))]; made != "" {
			return made
		}
	case "text/html", "text/xml":
		return "text/plain; charset=utf-8"
	case "text/plain":
		if strings.ToLower(path.Ext(name)) == ".csv" {
			return mime.FormatMediaType("text/csv", map[string]string{"charset": "utf-8"})
		}
	}
	return sniffed
}

// offices are the archives that have a name of their own.
var offices = map[string]string{
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text",
	".ods":  "application/vnd.oasis.opendocument.spreadsheet",
}
