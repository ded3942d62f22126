// Package card runs cards — leads and deals — through their funnels: it makes them, writes their fields, lets them pass a stage
// only when everything asked for is there, and keeps what boards and lists need of them.
//
// A card is an instance of the engine and a record beside it. Where it stands is derived from the instance's tokens, its fields are
// the instance's variables; the record holds only what a board would otherwise have to work out. Deeds take the transaction first
// and compose; the record is written in one place, when the engine has come to rest (settled.go).
package card

import (
	"sync"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/calendar"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// Options are the settings of Cards. The zero value works.
type Options struct {
	FileSize int                                                          // bytes of one file: 20 MiB
	Calendar func(tx *engine.Tx, name string) (*calendar.Calendar, error) // of funnels that name one; nil: there are none
}

// Cards are the leads and deals of an engine, whose Domain they are. Their methods may be called from any goroutine.
type Cards struct {
	opts    Options
	funnels sync.Map // version → *compiled
}

// New makes the Domain; give it to engine.Open.
func New(o Options) *Cards {
	if o.FileSize == 0 {
		o.FileSize = 20 << 20
	}
	return &Cards{opts: o}
}

// version names a funnel in one language; "" is the diagram's own.
type version struct{ definition, language string }

type compiled struct {
	of     *bpmn.Process // what it was made of: a definition undone with its transaction may come back as another drawing
	funnel *funnel.Funnel
}

// funnel gives the funnel of a definition in a language; nil: a plain process.
func (c *Cards) funnel(tx *engine.Tx, definition, language string) (*funnel.Funnel, error) {
	p, err := tx.Model(definition)
	if err != nil {
		return nil, err
	}
	key := version{definition, language}
	if found, ok := c.funnels.Load(key); ok && found.(*compiled).of == p {
		return found.(*compiled).funnel, nil
	}
	f, err := c.made(tx, p, definition, language)
	if err == nil {
		c.funnels.Store(key, &compiled{p, f})
	}
	return f, err
}

func (c *Cards) made(tx *engine.Tx, p *bpmn.Process, definition, language string) (*funnel.Funnel, error) {
	if language == "" {
		f, _ := funnel.Compile(nil, p, nil)
		return f, nil
	}
	own, err := c.funnel(tx, definition, "")
	if err != nil || own == nil || own.Language == language {
		return own, err
	}
	return funnel.Load(tx, definition, language)
}

// hours is the calendar that a funnel counts working time in; nil where it names one that there is not.
func (c *Cards) hours(tx *engine.Tx, f *funnel.Funnel) *calendar.Calendar {
	if f.Hours != nil || c.opts.Calendar == nil {
		return f.Hours
	}
	named, err := c.opts.Calendar(tx, f.Calendar)
	if err != nil {
		return nil
	}
	return named
}
