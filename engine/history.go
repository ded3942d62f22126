package engine

import (
	"encoding/json"
	"time"

	"github.com/voronka/voronka/storage"
)

// Line is one thing that happened to an instance. The lines of one deed are one record.
type Line struct {
	At      time.Time       `json:"at"`
	Kind    string          `json:"kind"` // a LineKind, or a word of the domain's
	Element string          `json:"element,omitempty"`
	Token   int             `json:"token,omitempty"`
	Who     string          `json:"who,omitempty"` // whoever did it, in the domain's words; empty: the engine
	Data    json.RawMessage `json:"data,omitempty"`
}

// The kinds of lines that the engine writes.
const (
	LineStarted   = "started"   // the instance was started
	LineEnded     = "ended"     // the instance is over; Data is its state
	LineEntered   = "entered"   // a token waits at the element
	LineCompleted = "completed" // the element was left normally
	LineCancelled = "cancelled" // the element was left because something interrupted it
	LineFailed    = "failed"    // an attempt of a job failed; Data is the message
	LineIncident  = "incident"  // Data is the incident
	LineResolved  = "resolved"  // Data is the incident
	LineMoved     = "moved"     // a token was moved by hand
	LineDropped   = "dropped"   // a token was cancelled by hand; Data is why
	LinePlaced    = "placed"    // a token was started by hand; Data is why
	LineReopened  = "reopened"  // an instance that was over goes on at the element; Data is why
	LineMigrated  = "migrated"  // Data names the definitions
)

// Log adds a line to the instance's history; At is filled in.
func (tx *Tx) Log(i *Instance, l Line) {
	l.At = tx.now
	if i.lines == nil {
		i.lines = make([]Line, 0, 4)
	}
	i.lines = append(i.lines, l)
	i.dirty = true
}

// Mark puts an index entry on the page of history that this deed writes, for whoever counts what happened: it costs one key, and is
// forgotten with the page. Two of one index and key in a deed are one.
func (tx *Tx) Mark(i *Instance, e storage.Entry) {
	i.marks = append(i.marks, e)
	i.dirty = true
}

func (tx *Tx) log(i *Instance, kind string, t *Token) {
	tx.Log(i, Line{Kind: kind, Element: t.Element, Token: t.ID})
}

// History gives the lines of an instance in order, from the page behind the given one, at most the given number of pages (0: all),
// and the last page read. Lines of this transaction are not among them.
func (tx *Tx) History(instance string, after, pages int) ([]Line, int, error) {
	var all []Line
	last := after
	r := storage.Range{Kind: kindHistory, From: pageID(instance, after+1), To: instance + "0", Limit: pages}
	for hit, err := range tx.Scan(r) {
		if err != nil {
			return nil, 0, err
		}
		var lines []Line
		if err := storage.Unmarshal(hit.Record.Data, &lines); err != nil {
			return nil, 0, err
		}
		all = append(all, lines...)
		last++
	}
	return all, last, nil
}
