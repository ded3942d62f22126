package server

import (
	"errors"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// migrate takes the running instances of a version to another version of its process, or with ?dry_run=true only tells what would
// become of them. One that can't go holds up no other. Needs the right configure.
func migrate(c *call) (*answer, error) {
	var in struct {
		To       string            `json:"to"`
		Elements map[string]string `json:"elements"`
	}
	if err := c.need(access.Configure); err != nil {
		return nil, err
	}
	dry, err := c.flag("dry_run")
	if err != nil {
		return nil, err
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	if in.To == "" {
		return nil, badField("to", "required")
	}
	m := engine.Migration{From: c.path("id"), To: in.To, Elements: in.Elements}
	if err := c.view(func(tx *engine.Tx) error {
		from, err := tx.Definition(m.From)
		if err != nil {
			return err
		}
		to, err := tx.Definition(m.To)
		if err != nil || to.Process != from.Process {
			return badField("to", "unknown")
		}
		return nil
	}); err != nil {
		return nil, err
	}
	all := []migrated{}
	if err := c.s.engine.MigrateAll(c.ctx(), m, dry, func(one *engine.Migrated) { all = append(all, migrated{Migrated: one}) }); err != nil {
		return nil, err
	}
	if err := c.view(func(tx *engine.Tx) error {
		for n := range all {
			one, err := c.s.cards.Load(tx, all[n].Instance)
			if err != nil && !errors.Is(err, engine.ErrNotFound) {
				return err
			}
			if err == nil {
				all[n].Title = one.Title
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return ok(map[string]any{"instances": all})
}

// migrated is what became of one instance, with the title of the card that it is.
type migrated struct {
	*engine.Migrated
	Title string `json:"title,omitempty"`
}
