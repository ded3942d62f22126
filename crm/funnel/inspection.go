package funnel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// Inspection looks for what is wrong with what was uploaded beside diagrams: labels and templates of definitions that are not there. It
// is shown all records of a store in the order of storage.Pages.
type Inspection struct {
	Found func(storage.Flaw)
}

// Knows tells whether records of a kind are looked at.
func (n *Inspection) Knows(kind string) bool {
	return slices.Contains([]string{kindLabels, kindTemplate}, kind)
}

// Look is shown the next records, all of one kind.
func (n *Inspection) Look(tx *engine.Tx, page []*storage.Record) error {
	for _, r := range page {
		if !n.Knows(r.Kind) {
			return nil
		}
		var labels Labels
		var template []byte
		err := storage.Unmarshal(r.Data, map[string]any{kindLabels: &labels, kindTemplate: &template}[r.Kind])
		if err != nil {
			n.Found(storage.Flaw{Ref: r.Ref(), What: fmt.Sprintf("can't be read: %s.", err), Mend: "Upload it again with its diagram."})
		}
		definition, _, _ := strings.Cut(r.ID, "/")
		if _, err := tx.Definition(definition); err != nil {
			n.Found(storage.Flaw{Ref: r.Ref(), What: fmt.Sprintf("its definition is gone: %s.", err), Mend: "Nothing is lost by it: it can stay."})
		}
	}
	return nil
}

// End is called behind the last record.
func (n *Inspection) End(*engine.Tx) error { return nil }
