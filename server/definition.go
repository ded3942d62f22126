package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// definition is one version of a process as lists show it.
type definition struct {
	ID       string      `json:"id"`
	Process  string      `json:"process"`
	Name     string      `json:"name"`
	Version  int         `json:"version"`
	Kind     funnel.Kind `json:"kind"` // empty: a plain process
	File     string      `json:"file"`
	Hash     string      `json:"hash"` // SHA-256 of the file
	Deployed time.Time   `json:"deployed"`
	By       string      `json:"by"`
	Newest   bool        `json:"newest"`
}

func describe(tx *engine.Tx, d engine.Definition) (definition, error) {
	model, err := tx.Model(d.ID)
	if err != nil {
		return definition{}, err
	}
	kind, _ := funnel.Of(model)
	newest, err := tx.Latest(d.Process)
	if err != nil {
		return definition{}, err
	}
	return definition{
		ID: d.ID, Process: d.Process, Name: d.Name, Version: d.Version, Kind: kind, File: d.File, Hash: d.XML, Deployed: d.Deployed.UTC(),
		By: d.By, Newest: newest.ID == d.ID,
	}, nil
}

// uploaded is the answer to an upload.
type uploaded struct {
	Definitions []definition   `json:"definitions"`
	Problems    []bpmn.Problem `json:"problems"` // warnings
}

// errDry ends the transaction of an upload that is only to be checked.
var errDry = errors.New("dry run")

// upload deploys diagrams with their labels and templates, all or none. With ?dry_run=true it does all that and takes it back.
// Needs the right configure.
func upload(c *call) (*answer, error) {
	if err := c.need(access.Configure); err != nil {
		return nil, err
	}
	dry, err := c.flag("dry_run")
	if err != nil {
		return nil, err
	}
	files, err := c.diagrams()
	if err != nil {
		return nil, err
	}
	if dry {
		return c.check(files)
	}
	var warnings []bpmn.Problem
	return c.update(func(tx *engine.Tx) (string, error) {
		made, problems, err := funnel.Upload(tx, c.actor, files)
		if err != nil {
			return "", err
		}
		if bpmn.Severe(problems) {
			return "", flawed(problems)
		}
		warnings = problems
		raw, err := json.Marshal(idsOf(made))
		return string(raw), err
	}, func(tx *engine.Tx, subject string) (*answer, error) {
		var ids []string
		if err := json.Unmarshal([]byte(subject), &ids); err != nil {
			return nil, err
		}
		answer := uploaded{[]definition{}, orEmpty(warnings)}
		for _, id := range ids {
			d, err := tx.Definition(id)
			if err != nil {
				return nil, err
			}
			one, err := describe(tx, *d)
			if err != nil {
				return nil, err
			}
			answer.Definitions = append(answer.Definitions, one)
		}
		return created("", answer)
	})
}

func idsOf(all []engine.Definition) []string {
	ids := make([]string, len(all))
	for n, d := range all {
		ids[n] = d.ID
	}
	return ids
}

func orEmpty[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// check tells what an upload would do.
func (c *call) check(files []funnel.File) (*answer, error) {
	var answer uploaded
	err := c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error {
		answer = uploaded{Definitions: []definition{}}
		made, problems, err := funnel.Upload(tx, c.actor, files)
		if err != nil {
			return err
		}
		if bpmn.Severe(problems) {
			return flawed(problems)
		}
		answer.Problems = orEmpty(problems)
		for _, d := range made {
			one, err := describe(tx, d)
			if err != nil {
				return err
			}
			answer.Definitions = append(answer.Definitions, one)
		}
		return errDry
	})
	if !errors.Is(err, errDry) {
		return nil, err
	}
	return ok(answer)
}

// diagrams reads the files of an upload: the parts of a multipart body, or one XML body, named by ?file=.
func (c *call) diagrams() ([]funnel.File, error) {
	switch media, _ := c.media(); media {
	case mediaXML, "text/xml":
		xml, err := c.read(c.s.limits.Upload)
		if err != nil {
			return nil, err
		}
		name := c.r.URL.Query().Get("file")
		if name == "" {
			name = "diagram.bpmn"
		}
		return []funnel.File{{Name: name, Data: xml}}, nil
	case mediaParts:
		parts, _, err := c.parts()
		if err != nil {
			return nil, err
		}
		var files []funnel.File
		for _, p := range parts {
			files = append(files, funnel.File{Name: p.name, Data: p.data})
		}
		if len(files) == 0 {
			return nil, badField("files", "required")
		}
		return files, nil
	case "":
		return nil, &malformed{c.say("body_empty")}
	}
	return nil, errMedia
}

// listDefinitions gives every version of every process that the actor sees, or of the one named by ?process=, the newest first.
func listDefinitions(c *call) (*answer, error) {
	all := []definition{}
	err := c.view(func(tx *engine.Tx) error {
		all = []definition{}
		found, err := tx.Definitions(c.r.URL.Query().Get("process"))
		if err != nil {
			return err
		}
		slices.Reverse(found)
		for _, d := range found {
			seen, err := c.seesDefinition(tx, d.ID)
			if err != nil {
				return err
			}
			if !seen {
				continue
			}
			one, err := describe(tx, d)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"definitions": all})
}

// showDefinition gives one version.
func showDefinition(c *call) (*answer, error) {
	var one definition
	err := c.view(func(tx *engine.Tx) error {
		d, err := c.definition(tx)
		if err != nil {
			return err
		}
		one, err = describe(tx, *d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(one)
}

// showXML gives the file of a version, byte for byte as it was sent.
func showXML(c *call) (*answer, error) {
	var d *engine.Definition
	var xml []byte
	err := c.view(func(tx *engine.Tx) (err error) {
		if d, err = c.definition(tx); err != nil {
			return err
		}
		xml, err = tx.Source(d)
		return err
	})
	if err != nil {
		return nil, err
	}
	h := c.w.Header()
	h.Set("ETag", strconv.Quote(d.XML))
	h.Set("Cache-Control", "private, no-cache")
	attach(h, d.File)
	if c.r.Header.Get("If-None-Match") == strconv.Quote(d.XML) {
		return &answer{status: http.StatusNotModified}, nil
	}
	return &answer{status: http.StatusOK, raw: xml, media: mediaXML}, nil
}

// showTerms will give the terms of reference of a version as a document.
func showTerms(c *call) (*answer, error) {
	if err := c.view(func(tx *engine.Tx) error { _, err := c.definition(tx); return err }); err != nil {
		return nil, err
	}
	return nil, &notBuilt{c.say("no_tor")}
}
