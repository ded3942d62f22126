package funnel

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// File is one file of an upload: a diagram (.bpmn or .xml), its labels in another language (<diagram>.<language>.properties), or a
// template that its documents name.
type File struct {
	Name string
	Data []byte
}

// upload is the files of an upload, sorted out.
type upload struct {
	diagrams  []engine.Source
	labels    map[string]map[string]Labels // by diagram, by language
	templates []File
	problems  []bpmn.Problem
}

func sortOut(files []File) upload {
	u := upload{labels: map[string]map[string]Labels{}}
	for _, f := range files {
		name := path.Base(f.Name)
		switch strings.ToLower(path.Ext(name)) {
		case ".bpmn", ".xml", ".bpmn2", "":
			u.diagrams = append(u.diagrams, engine.Source{File: name, XML: f.Data})
		case ".properties":
			stem := strings.TrimSuffix(name, path.Ext(name))
			language := strings.TrimPrefix(path.Ext(stem), ".")
			labels, problems := ParseLabels(f.Data)
			if language == "" {
				problems = append(problems, bpmn.Errorf("labels_invalid", bpmn.Element{},
					"the name of %q does not say its language: call it <diagram>.en.properties", name))
			}
			u.problems = append(u.problems, in(name, problems)...)
			diagram := strings.TrimSuffix(stem, "."+language)
			if u.labels[diagram] == nil {
				u.labels[diagram] = map[string]Labels{}
			}
			u.labels[diagram][language] = labels
		default:
			u.templates = append(u.templates, File{name, f.Data})
		}
	}
	return u
}

// in says of problems which file they are in.
func in(file string, problems []bpmn.Problem) []bpmn.Problem {
	for n := range problems {
		problems[n].File = file
	}
	return problems
}

// funnels compiles the funnels of a model, in its own language and in those that it has labels for.
func (u *upload) funnels(file string, model *bpmn.Definitions) []*Funnel {
	var all []*Funnel
	stem := strings.TrimSuffix(file, path.Ext(file))
	for _, p := range model.Processes {
		if _, is := Of(p); !is || !engine.Runs(p) {
			continue
		}
		f, problems := Compile(model, p, nil)
		u.problems = append(u.problems, in(file, slices.Clone(problems))...)
		if f == nil {
			continue
		}
		f.file = file
		all = append(all, f)
		for _, language := range slices.Sorted(maps.Keys(u.labels[stem])) {
			_, labelled := Compile(model, p, u.labels[stem][language])
			u.problems = append(u.problems, in(stem+"."+language+".properties", news(problems, labelled))...)
		}
	}
	return all
}

// model checks one model, and gives its funnels.
func (u *upload) model(e *engine.Engine, file string, model *bpmn.Definitions) []*Funnel {
	u.problems = append(u.problems, in(file, e.Check(model))...)
	return u.funnels(file, model)
}

// CheckModel is Check of a single diagram that has been parsed without an error already.
func CheckModel(e *engine.Engine, model *bpmn.Definitions) []bpmn.Problem {
	var u upload
	u.problems = append(u.problems, Together(u.model(e, "", model))...)
	bpmn.Sort(u.problems)
	return bpmn.Few(slices.Compact(u.problems))
}

// news are the problems that the labels brought.
func news(known, all []bpmn.Problem) []bpmn.Problem {
	return slices.DeleteFunc(slices.Clone(all), func(p bpmn.Problem) bool { return slices.Contains(known, p) })
}

// Check tells everything that is wrong with the diagrams of an upload: their BPMN, what of it can be run, their funnels, and what
// does not fit between funnels.
func Check(e *engine.Engine, files []File) []bpmn.Problem { return checkAll(e, files, nil) }

func checkAll(e *engine.Engine, files []File, deployed []*Funnel) []bpmn.Problem {
	u := sortOut(files)
	together := deployed
	for _, d := range u.diagrams {
		model, problems := bpmn.Parse(d.XML)
		u.problems = append(u.problems, in(d.File, problems)...)
		if model == nil || bpmn.Severe(problems) {
			continue
		}
		funnels := u.model(e, d.File, model)
		for _, f := range funnels {
			together = slices.DeleteFunc(together, func(old *Funnel) bool { return old.ID == f.ID })
			together = append(together, f)
		}
	}
	u.problems = append(u.problems, Together(together)...)
	bpmn.Sort(u.problems)
	return bpmn.Few(slices.Compact(u.problems))
}

// Upload deploys the diagrams as new versions, with their labels and templates, by someone who may configure. A diagram that is the
// same bytes as its newest version makes none. Where a problem is an error nothing is deployed.
func Upload(tx *engine.Tx, actor access.Actor, files []File) ([]engine.Definition, []bpmn.Problem, error) {
	if !actor.May(access.Configure) {
		return nil, nil, &access.Denied{Right: access.Configure}
	}
	deployed, err := Newest(tx, "")
	if err != nil {
		return nil, nil, err
	}
	problems := checkAll(tx.Engine(), files, deployed)
	if bpmn.Severe(problems) {
		return nil, problems, nil
	}
	u := sortOut(files)
	if len(u.diagrams) == 0 {
		return nil, []bpmn.Problem{bpmn.Errorf("no_diagram", bpmn.Element{}, "the upload has no diagram: send a .bpmn file")}, nil
	}
	definitions, found, err := tx.Deploy(u.diagrams, actor.ID)
	if err != nil || bpmn.Severe(found) {
		return nil, found, err
	}
	for _, d := range definitions {
		stem := strings.TrimSuffix(d.File, path.Ext(d.File))
		for _, language := range slices.Sorted(maps.Keys(u.labels[stem])) {
			if err := keep(tx, kindLabels, d.ID+"/"+language, u.labels[stem][language]); err != nil {
				return nil, nil, fmt.Errorf("keep the labels of %s: %w", d.ID, err)
			}
		}
		for _, t := range u.templates {
			if err := keep(tx, kindTemplate, d.ID+"/"+t.Name, t.Data); err != nil {
				return nil, nil, fmt.Errorf("keep the template %s: %w", t.Name, err)
			}
		}
	}
	return definitions, problems, nil
}

// The records of an upload beside its diagrams.
const (
	kindLabels   = "labels"   // of a definition in a language
	kindTemplate = "template" // of a definition
)

func keep(tx *engine.Tx, kind, id string, v any) error {
	data, err := storage.Marshal(v)
	if err != nil {
		return err
	}
	found, err := tx.Get(storage.Ref{Kind: kind, ID: id})
	if err != nil {
		return err
	}
	r := &storage.Record{Kind: kind, ID: id, Data: data}
	if found[0] != nil {
		r.Version = found[0].Version
	}
	return tx.Put(r)
}

// Newest gives the newest version of every funnel, in order of their processes.
func Newest(tx *engine.Tx, language string) ([]*Funnel, error) {
	definitions, err := tx.Definitions("")
	if err != nil {
		return nil, err
	}
	newest := map[string]string{}
	for _, d := range definitions { // the oldest first
		newest[d.Process] = d.ID
	}
	var all []*Funnel
	for _, process := range slices.Sorted(maps.Keys(newest)) {
		f, err := Load(tx, newest[process], language)
		if err != nil {
			return nil, err
		}
		if f != nil {
			all = append(all, f)
		}
	}
	return all, nil
}

// Load compiles the funnel of a definition, with its labels in a language where it has some. nil: the process is no funnel.
func Load(tx *engine.Tx, definition, language string) (*Funnel, error) {
	d, err := tx.Definition(definition)
	if err != nil {
		return nil, err
	}
	xml, err := tx.Source(d)
	if err != nil {
		return nil, err
	}
	kept, err := labelsOf(tx, definition, language)
	if err != nil {
		return nil, err
	}
	var labels Labels
	if kept != nil {
		if err := storage.Unmarshal(kept.Data, &labels); err != nil {
			return nil, err
		}
	}
	model, problems := bpmn.Parse(xml)
	if model == nil {
		return nil, fmt.Errorf("read definition %s: %s", definition, problems[0].Message)
	}
	for _, p := range model.Processes {
		if _, is := Of(p); is && p.ID == d.Process {
			f, _ := Compile(model, p, labels)
			return f, nil
		}
	}
	return nil, nil
}

func labelsOf(tx *engine.Tx, definition, language string) (*storage.Record, error) {
	found, err := tx.Get(storage.Ref{Kind: kindLabels, ID: definition + "/" + language})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// LabelsVersion counts how often a definition was given labels in a language, which may come anew beside the same diagram.
func LabelsVersion(tx *engine.Tx, definition, language string) (uint64, error) {
	kept, err := labelsOf(tx, definition, language)
	if kept == nil {
		return 0, err
	}
	return kept.Version, nil
}

// Template gives a template of a definition; nil where it was not uploaded.
func Template(tx *engine.Tx, definition, name string) ([]byte, error) {
	found, err := tx.Get(storage.Ref{Kind: kindTemplate, ID: definition + "/" + name})
	if err != nil || found[0] == nil {
		return nil, err
	}
	var data []byte
	return data, storage.Unmarshal(found[0].Data, &data)
}
