package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/crm/robot"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// app is the product over a store: the engine, what sales adds to it, and the robots.
type app struct {
	engine *engine.Engine
	cards  *card.Cards
	worker *engine.Worker
}

// newApp wires them.
func newApp(store storage.Store, o engine.Options) *app {
	a := &app{cards: card.New(card.Options{})}
	o.Domain = a.cards
	a.engine = engine.Open(store, o)
	host, _ := os.Hostname()
	a.worker = &engine.Worker{
		Engine:   a.engine,
		Name:     fmt.Sprintf("%s/%s", host, uuid.NewString()), // jobs that a dead process held are nobody's until their lease ends
		Handlers: robot.Handlers(a.cards),
		Throw: func(tx *engine.Tx, id, worker, code, message string, vars map[string]engine.Value) error {
			return a.cards.ThrowJob(tx, access.System("robot"), id, worker, code, message, vars)
		},
		Log: o.Log,
	}
	return a
}

// check tells everything wrong with a model that was parsed without an error, as an upload of it would.
func check(model *bpmn.Definitions) []bpmn.Problem {
	return funnel.CheckModel(newApp(nil, engine.Options{}).engine, model)
}

// logger writes lines for people to a terminal, and JSON to anything else.
func logger(out io.Writer, level zerolog.Level) zerolog.Logger {
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			out = zerolog.ConsoleWriter{Out: f, TimeFormat: "15:04:05"}
		}
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

// settle lets the robots do what is due now.
func (a *app) settle(ctx context.Context) error {
	_, err := a.worker.Settle(ctx)
	return err
}
