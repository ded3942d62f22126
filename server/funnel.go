package server

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// version is a funnel with the definition that it was made of.
type version struct {
	Definition string `json:"definition"`
	Version    int    `json:"version"`
	*funnel.Funnel
}

// newest gives the newest version of every funnel, tracks left out.
func (c *call) newest(tx *engine.Tx) ([]version, error) {
	definitions, err := tx.Definitions("")
	if err != nil {
		return nil, err
	}
	slices.Reverse(definitions)
	all, seen := []version{}, map[string]bool{}
	for _, d := range definitions {
		if seen[d.Process] {
			continue
		}
		seen[d.Process] = true
		f, err := c.funnel(tx, d.ID)
		if err != nil {
			return nil, err
		}
		if f != nil && f.Kind != funnel.Track {
			all = append(all, version{d.ID, d.Version, f})
		}
	}
	slices.SortFunc(all, func(a, b version) int { // leads before deals
		return cmp.Or(cmp.Compare(b.Kind, a.Kind), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// listFunnels gives the newest version of every funnel that the actor sees.
func listFunnels(c *call) (*answer, error) {
	var all []version
	err := c.view(func(tx *engine.Tx) (err error) {
		all, err = c.newest(tx)
		all = slices.DeleteFunc(all, func(v version) bool { return !c.sees(v.Funnel) })
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"funnels": all})
}

// showFunnel gives the newest version of a funnel.
func showFunnel(c *call) (*answer, error) {
	return c.showVersion(func(tx *engine.Tx) (*engine.Definition, error) { return tx.Latest(c.path("funnel")) })
}

// showDefinitionFunnel gives the funnel of one version, old ones included, for the cards that are still on it.
func showDefinitionFunnel(c *call) (*answer, error) {
	return c.showVersion(func(tx *engine.Tx) (*engine.Definition, error) { return tx.Definition(c.path("id")) })
}

func (c *call) showVersion(find func(tx *engine.Tx) (*engine.Definition, error)) (*answer, error) {
	var found struct {
		version
		Names map[string]string `json:"names"` // of the elements of the drawing
	}
	var hash string
	err := c.view(func(tx *engine.Tx) error {
		d, err := find(tx)
		if err != nil {
			return err
		}
		f, err := c.funnel(tx, d.ID)
		switch {
		case err != nil:
			return err
		case f == nil:
			return errNotFound
		case !c.sees(f):
			return errHidden
		}
		found.version, found.Names, hash = version{d.ID, d.Version, f}, f.Called(), d.XML
		return nil
	})
	if err != nil {
		return nil, err
	}
	tag := strconv.Quote(hash[:16] + "-" + strconv.Itoa(found.Version) + "-" + c.language())
	c.w.Header().Set("ETag", tag)
	c.w.Header().Set("Cache-Control", "private, no-cache")
	if c.r.Header.Get("If-None-Match") == tag {
		return &answer{status: http.StatusNotModified}, nil
	}
	return ok(found)
}
