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
	"github.com/voronka/voronka/server"
	"github.com/voronka/voronka/storage"
)

// app is the product over a store: the engine, what sales adds to it, and the robots.
type app struct {
	engine  *engine.Engine
	cards   *card.Cards
	worker  *engine.Worker
	metrics *server.Metrics
}

// newApp wires them.
func newApp(store storage.Store, o engine.Options) *app {
	a := &app{cards: card.New(card.Options{}), metrics: server.NewMetrics()}
	o.Domain, o.Watch = a.cards, a.metrics
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

// logger writes lines for people in the format console, and JSON in the format json. None: for people where it is a terminal.
func logger(out io.Writer, level zerolog.Level, format string) (log zerolog.Logger, err error) {
	switch {
	case format == "console" || format == "" && tty(out):
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: "15:04:05", NoColor: !terminal(out)}
	case format != "" && format != "json":
		return log, fmt.Errorf("--log-format %q is no format: console or json", format)
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger(), nil
}

// tty tells whether a terminal is at the other end.
func tty(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// settle lets the robots do what is due now.
func (a *app) settle(ctx context.Context) error {
	_, err := a.worker.Settle(ctx)
	return err
}
