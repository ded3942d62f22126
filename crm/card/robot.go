package card

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// LineRobot says what a robot did, or why it did not run; Data is a Told.
const LineRobot = "robot"

// Told is what a robot has to tell of itself.
type Told struct {
	Topic   string                  `json:"topic"`
	Done    bool                    `json:"done"`
	Because string                  `json:"because,omitempty"` // why it did not run
	Inputs  map[string]engine.Value `json:"inputs,omitempty"`
}

// Tell writes on a card what a robot did beside the element.
func (c *Cards) Tell(tx *engine.Tx, actor access.Actor, id, element string, t Told) error {
	h, err := c.take(tx, actor, id, 0)
	if err != nil {
		return err
	}
	h.log(LineRobot, element, t)
	return nil
}

// Set writes fields for a robot, which gives them as the engine keeps values: money as minor units. A value that is not of its
// field's type is refused, and then nothing is written.
func (c *Cards) Set(tx *engine.Tx, actor access.Actor, id string, values map[string]engine.Value) error {
	h, err := c.take(tx, actor, id, 0)
	if err != nil {
		return err
	}
	changes, fresh := map[string]Change{}, map[string]engine.Value{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		f := h.f.Field(key)
		if f == nil || f.Computed {
			return fmt.Errorf("%q is no field that can be written", key)
		}
		v := values[key]
		if _, err := expression.DecodeShape(h.f.Names().Known[key], v); err != nil {
			return fmt.Errorf("field %q: %w", key, err)
		}
		if string(v) == "null" {
			v = nil
		}
		if old := h.i.Variable(key); string(old) != string(v) {
			changes[key], fresh[key] = Change{old, v}, orNull(v)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	h.log(LineChanged, "", changes)
	return tx.Set(id, fresh)
}

// Root is the card that an instance belongs to: itself, or the one that called it as a track. Empty: it is no card's.
func (c *Cards) Root(tx *engine.Tx, instance string) (string, error) {
	for instance != "" {
		card, err := find(tx, instance)
		if err != nil || card != nil {
			return instance, err
		}
		i, err := tx.Instance(instance)
		if err != nil || i.Parent == nil {
			return "", err
		}
		instance = i.Parent.Instance
	}
	return "", nil
}

// OpenAt is the next moment of working time of a card's funnel: now, where it is working time; where it has no calendar too.
func (c *Cards) OpenAt(tx *engine.Tx, id string) (time.Time, error) {
	i, err := tx.Instance(id)
	if err != nil {
		return time.Time{}, err
	}
	f, err := c.Funnel(tx, i.Definition, "")
	if err != nil || f == nil {
		return tx.Now(), err
	}
	if hours := c.hours(tx, f); hours != nil {
		return hours.Next(tx.Now()), nil
	}
	return tx.Now(), nil
}

// Judge evaluates a condition about something else than the card, which it sees under a name beside the card's own fields.
func (c *Cards) Judge(tx *engine.Tx, id, condition, name string, it map[string]any) (bool, error) {
	i, err := tx.Instance(id)
	if err != nil {
		return false, err
	}
	s := c.scope(tx, i, nil)
	if s == nil {
		return false, fmt.Errorf("instance %s is no card", id)
	}
	names := *s.f.Names()
	names.Known = maps.Clone(names.Known)
	names.Known[name] = expression.Shape{Type: expression.Map}
	p, err := names.Compile(condition, expression.Bool)
	if err != nil {
		return false, err
	}
	env := s.env(condition)
	own := env.Lookup
	env.Lookup = func(n string) any {
		if n == name {
			return it
		}
		return own(n)
	}
	return p.Bool(env)
}

// Burden counts the open cards of an owner.
func (c *Cards) Burden(tx *engine.Tx, owner string) (int, error) {
	n := 0
	for _, err := range tx.Scan(storage.Range{Index: indexOwner, Keys: true}.Prefix(owner)) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}
