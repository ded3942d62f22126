package engine

import (
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/storage"
)

// Leaf tells whether BPMN calls this a token: it is no scope of others.
func (t *Token) Leaf() bool {
	return t.In != 0 && len(t.kids) == 0 && (t.Loop == nil || t.State == Stuck)
}

// Label is the name of the token's element, with its holes filled.
func (t *Token) Label() string {
	if t.Task != nil && t.Task.Name != "" {
		return t.Task.Name
	}
	return t.node.Name
}

// Lane is the name of the lane that the token's element stands in; its id where it has no name.
func (t *Token) Lane() string {
	for n := t.node; n != nil; n = n.scope {
		if n.Lane != nil {
			if n.Lane.Name != "" {
				return n.Lane.Name
			}
			return n.Lane.ID
		}
	}
	return ""
}

// Node is the token's element in the drawing.
func (t *Token) Node() *bpmn.Node { return t.node.Node }

// Scope is the token of the scope around; nil of the process.
func (t *Token) Scope() *Token { return t.in }

// Inside are the tokens inside a scope. Read only.
func (t *Token) Inside() []*Token { return t.kids }

// Awaited is what a start event waits for.
type Awaited struct {
	Process string     `json:"process"`
	Element string     `json:"element"`
	Kind    WaitKind   `json:"kind"`
	Name    string     `json:"name"`
	Due     *time.Time `json:"due,omitempty"`
}

// Starts are what the start events of the newest definitions wait for, by process.
func (tx *Tx) Starts() ([]Awaited, error) {
	all := []Awaited{}
	for hit, err := range tx.Scan(storage.Range{Kind: kindProcess}) {
		if err != nil {
			return nil, err
		}
		l, err := readLatest(hit.Record)
		if err != nil {
			return nil, err
		}
		for _, w := range l.Starts {
			if !w.Got && (w.Kind != WaitTimer || w.Due != nil) {
				all = append(all, Awaited{l.id, w.Element, w.Kind, w.Name, w.Due})
			}
		}
	}
	return all, nil
}
