package card

import (
	"errors"
	"maps"
	"slices"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// ErrHidden is something of a card that is there, but not for the reader.
var ErrHidden = errors.New("this is for other roles to see")

// sight is what one reader may see of the fields of an instance: of its own funnel, and of the card's that it works for.
type sight struct {
	*Cards
	tx      *engine.Tx
	reader  access.Actor
	funnels []*funnel.Funnel
	known   map[string]bool             // names that were asked for
	all     map[string][]*funnel.Funnel // versions, by process
}

// field tells whether the reader may see what stands under a name. A name that this version has no field for is asked of the other
// versions: what was for some to see stays so after a migration.
func (s *sight) field(name string) bool {
	if seen, known := s.known[name]; known {
		return seen
	}
	seen := true
	for _, f := range s.funnels {
		seen = seen && s.seenIn(f, name)
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[name] = seen
	return seen
}

func (s *sight) seenIn(f *funnel.Funnel, name string) bool {
	if field := f.Field(name); field != nil {
		return field.SeenBy(s.reader)
	}
	versions, err := s.versions(f)
	return err == nil && !slices.ContainsFunc(versions, func(other *funnel.Funnel) bool {
		field := other.Field(name)
		return field != nil && !field.SeenBy(s.reader)
	})
}

// versions are all versions of a funnel.
func (s *sight) versions(f *funnel.Funnel) ([]*funnel.Funnel, error) {
	if all, known := s.all[f.ID]; known {
		return all, nil
	}
	definitions, err := s.tx.Definitions(f.ID)
	if err != nil {
		return nil, err
	}
	var all []*funnel.Funnel
	for _, d := range definitions {
		one, err := s.Funnel(s.tx, d.ID, "")
		if err != nil {
			return nil, err
		}
		if one != nil {
			all = append(all, one)
		}
	}
	if s.all == nil {
		s.all = map[string][]*funnel.Funnel{}
	}
	s.all[f.ID] = all
	return all, nil
}

// input tells whether the reader may see what a robot at an element was given under a name, by whichever version it was given.
func (s *sight) input(element, name string) bool {
	for _, f := range s.funnels {
		versions, err := s.versions(f)
		if err != nil || slices.ContainsFunc(versions, func(v *funnel.Funnel) bool { return !v.InputSeenBy(s.reader, element, name) }) {
			return false
		}
	}
	return true
}

// values leaves of named values at an element those that the reader may see.
func (s *sight) values(element string, all map[string]engine.Value) map[string]engine.Value {
	all = maps.Clone(all)
	maps.DeleteFunc(all, func(name string, _ engine.Value) bool { return !s.field(name) || !s.input(element, name) })
	return all
}

// SeenValues leaves of the values that an instance had at an element, as an incident keeps them, those that the reader may see.
func (c *Cards) SeenValues(tx *engine.Tx, reader access.Actor, i *engine.Instance, element string, all map[string]engine.Value) (map[string]engine.Value, error) {
	s := &sight{Cards: c, tx: tx, reader: reader}
	root, err := c.Root(tx, i.ID)
	if err != nil {
		return nil, err
	}
	definitions := []string{i.Definition}
	if root != "" && root != i.ID {
		card, err := tx.Instance(root)
		if err != nil {
			return nil, err
		}
		definitions = append(definitions, card.Definition)
	}
	for _, d := range definitions {
		f, err := c.Funnel(tx, d, "")
		if err != nil {
			return nil, err
		}
		if f != nil {
			s.funnels = append(s.funnels, f)
		}
	}
	return s.values(element, all), nil
}

// line is a line of history as the reader may see it; false: not at all.
func (s *sight) line(l engine.Line) (engine.Line, bool) {
	switch l.Kind {
	case LineChanged, LineCreated:
		var fields map[string]engine.Value
		if storage.Unmarshal(l.Data, &fields) != nil {
			return l, false
		}
		maps.DeleteFunc(fields, func(name string, _ engine.Value) bool { return !s.field(name) })
		return rewritten(l, fields)
	case LineDocument, LineFiled:
		var done Handling
		return l, storage.Unmarshal(l.Data, &done) == nil && s.field(done.Key)
	case LineRobot:
		var told Told
		if storage.Unmarshal(l.Data, &told) != nil {
			return l, false
		}
		told.Inputs = s.values(l.Element, told.Inputs)
		return rewritten(l, told)
	case engine.LineIncident, engine.LineResolved:
		var incident engine.Incident
		if storage.Unmarshal(l.Data, &incident) != nil {
			return l, false
		}
		incident.Variables = s.values(l.Element, incident.Variables)
		return rewritten(l, incident)
	}
	return l, true
}

func rewritten(l engine.Line, data any) (engine.Line, bool) {
	raw, err := storage.Marshal(data)
	l.Data = raw
	return l, err == nil
}
