package server

import (
	"mime"
	"net/http"
	"strings"
	"unicode"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// keepFile keeps one file in the file or document field ?field= of a card.
func keepFile(c *call) (*answer, error) {
	key := c.r.URL.Query().Get("field")
	files, _, err := c.parts()
	switch {
	case err != nil:
		return nil, err
	case key == "":
		return nil, badField("field", "required")
	case len(files) == 0:
		return nil, badField("file", "required")
	case len(files) > 1:
		return nil, badField("file", "too_many")
	}
	return c.update(func(tx *engine.Tx) (string, error) {
		one, err := c.card(tx, c.path("id"))
		if err != nil {
			return "", err
		}
		kept, err := c.s.cards.Keep(tx, c.actor, one.ID, key, files[0].name, files[0].data)
		if err != nil {
			return "", err
		}
		return kept.ID, nil
	}, func(tx *engine.Tx, id string) (*answer, error) {
		kept, _, err := c.s.cards.OpenFile(tx, c.actor, id)
		if err != nil {
			return nil, err
		}
		return created(apiPath+"/files/"+id, kept)
	})
}

// handleDocument notes that a document was made or sent.
func handleDocument(c *call) (*answer, error) {
	var in struct {
		Verb    funnel.Verb `json:"verb"`
		Version uint64      `json:"version"`
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	version, err := c.version(in.Version)
	if err != nil {
		return nil, err
	}
	return c.change(func(tx *engine.Tx, id string) error {
		_, err := c.s.cards.Handle(tx, c.actor, id, c.path("key"), in.Verb, version)
		return err
	})
}

// showFile gives a file of a card and a field that the actor sees, to be saved and never shown as a page of ours.
func showFile(c *call) (*answer, error) {
	var file *card.File
	var data []byte
	err := c.view(func(tx *engine.Tx) (err error) {
		if file, data, err = c.s.cards.OpenFile(tx, c.actor, c.path("id")); err != nil {
			return err
		}
		_, err = c.card(tx, file.Card)
		return err
	})
	if err != nil {
		return nil, err
	}
	attach(c.w.Header(), file.Name)
	return &answer{status: http.StatusOK, raw: data, media: file.Type}, nil
}

// attach makes a browser save what is answered under a name, and never run it.
func attach(h http.Header, name string) {
	h.Set("Content-Disposition", disposition(name))
	h.Set("Content-Security-Policy", filePolicy)
}

// disposition is the header that makes a file a download under its name, whatever the name is.
func disposition(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if text := mime.FormatMediaType("attachment", map[string]string{"filename": name}); text != "" {
		return text
	}
	return "attachment"
}
