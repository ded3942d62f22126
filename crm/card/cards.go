// Package card runs cards — leads and deals — through their funnels: it makes them, writes their fields, lets them pass a stage
// only when everything asked for is there, and keeps what boards and lists need of them.
//
// A card is an instance of the engine and a record beside it. Where it stands is derived from the instance's tokens, its fields are
// the instance's variables; the record holds only what a board would otherwise have to work out. Deeds take the transaction first
// and compose; the record is written in one place, when the engine has come to rest (settled.go).
package card

import (
	"sync"
	"sync/atomic"

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
	many    atomic.Int64
}

// mostFunnels is how many are kept compiled. Where they become more all are forgotten: those that are used come again.
const mostFunnels = 256

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
	labels uint64        // and their version
	funnel *funnel.Funnel
}

// Funnel gives the funnel of a definition in a language, "" being the diagram's own; nil: a plain process. It is shared: read only.
func (c *Cards) Funnel(tx *engine.Tx, definition, language string) (*funnel.Funnel, error) {
	p, err := tx.Model(definition)
	if err != nil {
		return nil, err
	}
	own, err := c.kept(version{definition, ""}, p, 0, func() (*funnel.Funnel, error) {
		f, _ := funnel.Compile(nil, p, nil)
		return f, nil
	})
	if err != nil || own == nil || language == "" || language == own.Language {
		return own, err
	}
	labels, err := funnel.LabelsVersion(tx, definition, language)
	if err != nil || labels == 0 {
		return own, err
	}
	return c.kept(version{definition, language}, p, labels, func() (*funnel.Funnel, error) { return funnel.Load(tx, definition, language) })
}

// kept gives what was compiled before, and compiles it where that was of something else.
func (c *Cards) kept(v version, p *bpmn.Process, labels uint64, compile func() (*funnel.Funnel, error)) (*funnel.Funnel, error) {
	if found, ok := c.funnels.Load(v); ok {
		if k := found.(*compiled); k.of == p && k.labels == labels {
			return k.funnel, nil
		}
	}
	f, err := compile()
	if err != nil {
		return nil, err
	}
	if c.many.Add(1) > mostFunnels {
		c.funnels.Clear()
		c.many.Store(1)
	}
	c.funnels.Store(v, &compiled{p, labels, f})
	return f, nil
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
