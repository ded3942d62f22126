package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/storage"
)

// Definition is one version of a process. It never changes; instances stay on theirs until they are migrated.
type Definition struct {
	ID       string    `json:"-"` // process, colon, version
	Process  string    `json:"process"`
	Name     string    `json:"name"`
	Version  int       `json:"version"` // from 1
	XML      string    `json:"xml"`     // SHA-256 of the file, in hex; Source gives its bytes
	File     string    `json:"file"`    // its name when it was uploaded
	Deployed time.Time `json:"deployed"`
	By       string    `json:"by,omitempty"`
}

// latest is the record of a process: its newest version, and what its start events wait for.
type latest struct {
	Definition string           `json:"definition"`
	Version    int              `json:"version"`
	Starts     []*Wait          `json:"starts,omitempty"`
	Held       map[string]Value `json:"held,omitempty"` // what came for a parallel-multiple start event that still waits for more

	id     string
	record *storage.Record
}

// Source is a file to deploy.
type Source struct {
	File string
	XML  []byte
}

// Check tells everything that is wrong with a model: with its BPMN, with what of it this engine does, and with its expressions
// and timers. A model without an error among the problems can be deployed.
func (e *Engine) Check(d *bpmn.Definitions) []bpmn.Problem {
	problems := bpmn.Check(d)
	for _, p := range d.Processes {
		if !Runs(p) {
			continue
		}
		_, more := compile(p, e.names(p), e.beside)
		problems = append(problems, more...)
		p.Walk(func(n *bpmn.Node) {
			if _, kind, _ := d.Find(n.CalledElement); strings.HasPrefix(kind, "global") {
				problems = append(problems, bpmn.Warningf("call_global", n.Element, "%s calls the %s %q, which is not run here, and will be an incident: draw the task itself, or a process around it", n, kind, n.CalledElement))
			}
		})
	}
	bpmn.Sort(problems)
	return problems
}

// Runs tells whether a process is one to execute: it has something in it and does not say isExecutable="false".
func Runs(p *bpmn.Process) bool { return len(p.Nodes) > 0 && (p.Executable || !p.Declared) }

// Deploy stores the processes of the files as new versions, by whom. A process whose file is the same bytes as its newest version
// keeps that version. Problems, if any is an error, come back with nothing deployed.
func (tx *Tx) Deploy(files []Source, by string) ([]Definition, []bpmn.Problem, error) {
	var all []Definition
	var problems []bpmn.Problem
	seen := map[string]string{}
	var models []*bpmn.Definitions
	for _, f := range files {
		model, found := bpmn.Parse(f.XML)
		if model != nil && !bpmn.Severe(found) {
			found = append(found, tx.engine.Check(model)...)
			for _, p := range model.Processes {
				if other, twice := seen[p.ID]; twice && Runs(p) {
					found = append(found, bpmn.Errorf("process_duplicate", p.Element, "process %q stands in %s too", p.ID, other))
				}
				seen[p.ID] = f.File
			}
		}
		problems = append(problems, found...)
		models = append(models, model)
	}
	if bpmn.Severe(problems) {
		return nil, problems, nil
	}
	for n, f := range files {
		for _, p := range models[n].Processes {
			if !Runs(p) {
				continue
			}
			d, err := tx.deploy(f, p, by)
			if err != nil {
				return nil, problems, fmt.Errorf("deploy %s: %w", p.ID, err)
			}
			all = append(all, *d)
		}
	}
	return all, problems, nil
}

func (tx *Tx) deploy(f Source, p *bpmn.Process, by string) (*Definition, error) {
	sum := sha256.Sum256(f.XML)
	hash := hex.EncodeToString(sum[:])
	old, err := tx.latest(p.ID)
	if err != nil {
		return nil, err
	}
	if old == nil {
		old = &latest{id: p.ID, record: &storage.Record{Kind: kindProcess, ID: p.ID}}
	} else {
		d, err := tx.Definition(old.Definition)
		if err != nil || d.XML == hash {
			return d, err
		}
	}
	d := &Definition{Process: p.ID, Name: p.Name, Version: old.Version + 1, XML: hash, File: f.File, Deployed: tx.now, By: by}
	d.ID = fmt.Sprintf("%s:%d", p.ID, d.Version)
	prog, _ := compile(p, tx.engine.names(p), tx.engine.beside)
	prog.definition = d
	old.Definition, old.Version, old.Starts = d.ID, d.Version, nil
	if err := tx.armStarts(old, prog); err != nil {
		return nil, err
	}
	data, err := storage.Marshal(d)
	if err != nil {
		return nil, err
	}
	records := []*storage.Record{{Kind: kindDefinition, ID: d.ID, Data: data, Index: d.index()}}
	xml, err := tx.Get(storage.Ref{Kind: kindXML, ID: hash})
	if err != nil {
		return nil, err
	}
	if xml[0] == nil {
		raw, err := storage.Marshal(f.XML)
		if err != nil {
			return nil, err
		}
		records = append(records, &storage.Record{Kind: kindXML, ID: hash, Data: raw})
	}
	if err := tx.Put(records...); err != nil {
		return nil, err
	}
	tx.learn(prog)
	tx.Notify(TopicDefinition, d.ID)
	return d, tx.putLatest(old)
}

func (d *Definition) index() []storage.Entry {
	return []storage.Entry{{Index: kindDefinition, Key: storage.Key(d.Process, fmt.Sprintf("%08d", d.Version))}}
}

// TopicDefinition is notified with the id of each definition deployed.
const TopicDefinition = "definition"

func (tx *Tx) latest(process string) (*latest, error) {
	found, err := tx.Get(storage.Ref{Kind: kindProcess, ID: process})
	if err != nil || found[0] == nil {
		return nil, err
	}
	return readLatest(found[0])
}

func readLatest(r *storage.Record) (*latest, error) {
	l := &latest{id: r.ID, record: r}
	return l, storage.Unmarshal(r.Data, l)
}

func (tx *Tx) putLatest(l *latest) error {
	data, err := storage.Marshal(l)
	if err != nil {
		return err
	}
	l.record.Data, l.record.Index = data, l.index()
	for _, w := range l.Starts {
		if w.Kind == WaitTimer && w.Due != nil && !w.Got {
			tx.Notify(TopicDue, storage.Time(*w.Due))
		}
	}
	return tx.Put(l.record)
}

// index is the secondary keys of a process: what its start events wait for.
func (l *latest) index() []storage.Entry {
	var all []storage.Entry
	for _, w := range l.Starts {
		if w.Got {
			continue
		}
		key := storage.Key(w.Name, storage.Time(w.Since), OuterID(l.id, w.ID))
		switch w.Kind {
		case WaitMessage:
			all = append(all, storage.Entry{Index: indexMessage, Key: storage.Key(w.Name, underStart, storage.Time(w.Since), OuterID(l.id, w.ID))})
		case WaitSignal:
			all = append(all, storage.Entry{Index: indexSignal, Key: key})
		case WaitCondition:
			all = append(all, storage.Entry{Index: indexCondition, Key: OuterID(l.id, w.ID)})
		case WaitTimer:
			if w.Due != nil {
				all = append(all, storage.Entry{Index: indexDue, Key: storage.Key(storage.Time(*w.Due), OuterID(l.id, w.ID))})
			}
		}
	}
	return all
}

// Definition gives a version by its id.
func (tx *Tx) Definition(id string) (*Definition, error) {
	if p := tx.programs[id]; p != nil {
		return p.definition, nil
	}
	if p := tx.engine.progs.get(id); p != nil {
		return p.definition, nil
	}
	found, err := tx.Get(storage.Ref{Kind: kindDefinition, ID: id})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, fmt.Errorf("definition %s: %w", id, ErrNotFound)
	}
	d := &Definition{ID: id}
	return d, storage.Unmarshal(found[0].Data, d)
}

// Latest gives the newest version of a process.
func (tx *Tx) Latest(process string) (*Definition, error) {
	l, err := tx.latest(process)
	if err != nil {
		return nil, err
	}
	if l == nil {
		return nil, fmt.Errorf("process %s: %w", process, ErrNotFound)
	}
	return tx.Definition(l.Definition)
}

// Definitions gives every version of every process, or of one where it is named, the oldest first.
func (tx *Tx) Definitions(process string) ([]Definition, error) {
	r := storage.Range{Index: kindDefinition}
	if process != "" {
		r = r.Prefix(process)
	}
	var all []Definition
	for hit, err := range tx.Scan(r) {
		if err != nil {
			return nil, err
		}
		d := Definition{ID: hit.Ref.ID}
		if err := storage.Unmarshal(hit.Record.Data, &d); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// Source gives the file of a definition, byte for byte as it was sent.
func (tx *Tx) Source(d *Definition) ([]byte, error) {
	found, err := tx.Get(storage.Ref{Kind: kindXML, ID: d.XML})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, fmt.Errorf("file of %s: %w", d.ID, ErrNotFound)
	}
	var xml []byte
	return xml, storage.Unmarshal(found[0].Data, &xml)
}

// Model gives the drawing of a definition. It is shared: read only.
func (tx *Tx) Model(definition string) (*bpmn.Process, error) {
	p, err := tx.program(definition)
	if err != nil {
		return nil, err
	}
	return p.process, nil
}

// program gives the compiled form of a definition, from memory where it is there.
func (tx *Tx) program(id string) (*program, error) {
	if p := tx.programs[id]; p != nil {
		return p, nil
	}
	if p := tx.engine.progs.get(id); p != nil {
		return p, nil
	}
	d, err := tx.Definition(id)
	if err != nil {
		return nil, err
	}
	xml, err := tx.Source(d)
	if err != nil {
		return nil, err
	}
	model, problems := bpmn.Parse(xml)
	if model == nil {
		return nil, fmt.Errorf("read definition %s: %s", id, problems[0].Message)
	}
	at := slices.IndexFunc(model.Processes, func(p *bpmn.Process) bool { return p.ID == d.Process })
	if at < 0 {
		return nil, fmt.Errorf("read definition %s: no process %s in its file", id, d.Process)
	}
	process := model.Processes[at]
	p, _ := compile(process, tx.engine.names(process), tx.engine.beside)
	p.definition = d
	tx.learn(p)
	return p, nil
}

// learn keeps a program: for this transaction, and once it is committed for all. What a transaction reads that is not committed may
// be undone, and come again as another drawing.
func (tx *Tx) learn(p *program) {
	if tx.programs == nil {
		tx.programs = map[string]*program{}
	}
	tx.programs[p.definition.ID] = p
	tx.then(func() { tx.engine.progs.put(p) })
}

// programs are the definitions compiled so far. A definition never changes, so what is here is always right. Where it becomes too much
// all are forgotten: those that are used come again.
type programs struct {
	byID sync.Map
	many atomic.Int64
}

const mostPrograms = 256

func (p *programs) get(id string) *program {
	found, _ := p.byID.Load(id)
	prog, _ := found.(*program)
	return prog
}

func (p *programs) put(prog *program) {
	if p.many.Add(1) > mostPrograms {
		p.byID.Clear()
		p.many.Store(1)
	}
	p.byID.Store(prog.definition.ID, prog)
}
