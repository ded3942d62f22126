package bench

import (
	"context"
	"embed"
	"fmt"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine"
)

// The diagrams that are measured.
//
//go:embed diagrams/*.bpmn
var diagrams embed.FS

func diagram(name string) ([]byte, error) { return diagrams.ReadFile("diagrams/" + name + ".bpmn") }

func deploy(ctx context.Context, e *engine.Engine, name string) error {
	xml, err := diagram(name)
	if err != nil {
		return err
	}
	return e.Update(ctx, func(tx *engine.Tx) error {
		_, problems, err := tx.Deploy([]engine.Source{{File: name + ".bpmn", XML: xml}}, "bench")
		if err == nil && bpmn.Severe(problems) {
			err = fmt.Errorf("deploy %s: %v", name, problems)
		}
		return err
	})
}
