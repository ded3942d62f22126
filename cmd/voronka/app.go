package main

import (
	"context"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// newEngine wires an engine with what sales adds to it.
func newEngine(store storage.Store, o engine.Options) *engine.Engine {
	return engine.Open(store, o)
}

// check tells everything wrong with a model, as an upload would.
func check(model *bpmn.Definitions) []bpmn.Problem {
	return newEngine(nil, engine.Options{}).Check(model)
}

// deploy uploads files in a transaction.
func deploy(tx *engine.Tx, files []engine.Source, by string) ([]engine.Definition, []bpmn.Problem, error) {
	return tx.Deploy(files, by)
}

// work lets the built-in robots do what is due.
func (p *player) work(context.Context) error { return nil }
