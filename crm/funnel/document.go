package funnel

import (
	"slices"
	"strings"

	"github.com/voronka/voronka/engine/expression"
)

// Verb is what is done with a document.
type Verb string

// The verbs.
const (
	Create Verb = "create" // made here from its template
	Send   Verb = "send"   // sent to the client
	Keep   Verb = "keep"   // a file of it is kept
)

// Document is what a field of type document says of itself.
type Document struct {
	Template string           `json:"template,omitempty"`
	Verbs    []Verb           `json:"verbs"`
	Number   *expression.Text `json:"-"` // nil: it has no number

	number string
}

func (c *compiler) document(f *Field, o occurrence) *Document {
	d := &Document{Template: o.prop("template").Value, Verbs: c.verbs(o), number: o.prop("number").Value}
	if len(d.Verbs) == 0 {
		c.fail("document_without_verb", o.here(), "document %q says not what is done with it: add the property verb = any of create, send, keep", f.Key)
	}
	if d.Template != "" && !slices.Contains(d.Verbs, Create) {
		c.warn("template_needless", o.at(o.prop("template").Place), "document %q has a template, but nobody creates it: add create to its verbs", f.Key)
	}
	return d
}

func (c *compiler) verbs(o occurrence) []Verb {
	p := o.prop("verb")
	var all []Verb
	for _, w := range list(p.Value) {
		v := Verb(w)
		switch {
		case v != Create && v != Send && v != Keep:
			c.fail("verb_unknown", o.at(p.Place), "%q is nothing that can be done with document %q: write create, send or keep", w, o.ID)
		case !slices.Contains(all, v):
			all = append(all, v)
		}
	}
	return all
}

// Can tells whether something is done with the document.
func (d *Document) Can(v Verb) bool { return d != nil && slices.Contains(d.Verbs, v) }

// Templates are the files that the documents are made from, for the upload to ask whether they came along.
func (f *Funnel) Templates() []string {
	var all []string
	for _, field := range f.Fields {
		if d := field.Document; d != nil && d.Template != "" && !slices.Contains(all, strings.TrimSpace(d.Template)) {
			all = append(all, strings.TrimSpace(d.Template))
		}
	}
	return all
}
