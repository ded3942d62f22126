package card

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// Paper is what is known of a document of a card. It is the value of its field.
type Paper struct {
	Number  string `json:"number,omitempty"`
	Date    string `json:"date,omitempty"` // 2026-01-31
	Created bool   `json:"created,omitempty"`
	Sent    bool   `json:"sent,omitempty"`
	Kept    bool   `json:"kept,omitempty"`
	By      string `json:"by,omitempty"` // who did the last of it
	Files   []File `json:"files,omitempty"`
}

// donePart is what a paper says of a verb that was done.
var donePart = map[funnel.Verb]string{funnel.Create: "created", funnel.Send: "sent", funnel.Keep: "kept"}

// LineDocument says that something was done with a document; Data is a Handling.
const LineDocument = "document"

// Handling is what was done with a document.
type Handling struct {
	Key    string      `json:"key"`
	Verb   funnel.Verb `json:"verb"`
	Number string      `json:"number,omitempty"`
	File   string      `json:"file,omitempty"` // its id
}

// Handle notes that a document was made or sent, by a person's hand or by a robot: making one gives it its number and date. Keeping one
// is Keep.
func (c *Cards) Handle(tx *engine.Tx, actor access.Actor, id, key string, verb funnel.Verb, version uint64) (*Paper, error) {
	h, err := c.take(tx, actor, id, version)
	if err != nil {
		return nil, err
	}
	f := h.said.Field(key)
	if m := h.mayWrite(key, f); m != nil {
		return nil, refused([]Missing{*m})
	}
	if verb == funnel.Keep || !f.Document.Can(verb) {
		return nil, &Refusal{[]Missing{{Kind: MissingDocument, Key: key, Label: f.Label, Message: h.say(sayNoVerb, f.Label)}}}
	}
	paper := h.paper(key)
	if verb == funnel.Send {
		paper.Sent = true
	} else if !paper.Created {
		paper.Created, paper.Date = true, expression.DateOf(tx.Now().In(h.f.Zone)).String()
		if paper.Number, err = h.number(f.Document.Number); err != nil {
			return nil, err
		}
	}
	return paper, h.file(key, paper, Handling{Key: key, Verb: verb, Number: paper.Number})
}

// paper is what is known of a document so far.
func (h *hand) paper(key string) *Paper {
	p := &Paper{}
	if v := h.i.Variable(key); v != nil {
		_ = storage.Unmarshal(v, p)
	}
	return p
}

func (h *hand) file(key string, p *Paper, done Handling) error {
	p.By = h.actor.ID
	raw, err := storage.Marshal(p)
	if err != nil {
		return err
	}
	h.log(LineDocument, "", done)
	return h.tx.Set(h.i.ID, map[string]engine.Value{key: raw})
}

// number is the next number of a document; "" where it has none. seq() counts for each text that comes out around it: a number with
// the year and branch in it is counted by year and branch.
func (h *hand) number(t *expression.Text) (string, error) {
	if t == nil {
		return "", nil
	}
	counted := false
	at := *h.scope
	at.seq = func(int) (string, error) { counted = true; return "#", nil }
	series, err := at.fill(t)
	if err != nil || !counted {
		return series, err
	}
	at.seq = func(digits int) (string, error) { return h.draw(series, digits) }
	return at.fill(t)
}

func (s *scope) fill(t *expression.Text) (string, error) {
	v, err := t.Run(s.env(""))
	return expression.Format(v, s.f.Zone), err
}

// kindSequence is the record of a series: the last number drawn.
const kindSequence = "sequence"

func (h *hand) draw(series string, digits int) (string, error) {
	id := h.f.ID + "/" + strings.ToValidUTF8(strings.ReplaceAll(series, "\x00", ""), "")
	if len(id) > 512 {
		id = id[:512]
	}
	found, err := h.tx.Get(storage.Ref{Kind: kindSequence, ID: id})
	if err != nil {
		return "", err
	}
	r, last := found[0], 0
	if r == nil {
		r = &storage.Record{Kind: kindSequence, ID: id}
	} else if err := storage.Unmarshal(r.Data, &last); err != nil {
		return "", err
	}
	if r.Data, err = storage.Marshal(last + 1); err != nil {
		return "", err
	}
	return fmt.Sprintf("%0*d", min(max(digits, 1), 18), last+1), h.tx.Put(r)
}

// Papers are the documents that a card's stages ask for, with what was done with each, in order of the diagram.
type Papers struct {
	Key   string        `json:"key"`
	Label string        `json:"label"`
	Verbs []funnel.Verb `json:"verbs"`
	Paper
}

func (h *hand) papers() []Papers {
	all := []Papers{}
	for _, f := range h.said.Fields {
		if f.Document != nil && h.sees(f) {
			all = append(all, Papers{f.Key, f.Label, slices.Clone(f.Document.Verbs), *h.paper(f.Key)})
		}
	}
	return all
}

// sees tells whether the actor may see a field.
func (h *hand) sees(f *funnel.Field) bool { return f.SeenBy(h.actor) }
