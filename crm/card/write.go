package card

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// hand is a card in the hands of somebody who is about to do something with it.
type hand struct {
	*scope
	actor access.Actor
	said  *funnel.Funnel // in the actor's language
}

// take loads a card for a deed. A version that is not 0 must be the card's own, else storage.ErrStale.
func (c *Cards) take(tx *engine.Tx, actor access.Actor, id string, version uint64) (*hand, error) {
	if actor.ID == "" {
		return nil, access.ErrNobody
	}
	tx.Expect(id, access.Ref(actor.ID))
	card, err := c.Load(tx, id)
	if err != nil {
		return nil, err
	}
	if version != 0 && version != card.Version {
		return nil, storage.ErrStale
	}
	i, err := tx.Instance(id)
	if err != nil {
		return nil, err
	}
	f, err := c.Funnel(tx, i.Definition, "")
	if err != nil {
		return nil, err
	}
	said, err := c.Funnel(tx, i.Definition, actor.Language)
	if err != nil {
		return nil, err
	}
	return &hand{&scope{Cards: c, tx: tx, f: f, i: i, card: card}, actor, said}, nil
}

// say is a sentence in the actor's language.
func (h *hand) say(s sentence, args ...any) string { return s.in(h.actor.Language, args...) }

// open refuses what can't be done with a closed card.
func (h *hand) open() error {
	if h.card.Open() {
		return nil
	}
	return no(h.i.ID, h.card.Title, h.say(sayClosed, who(h.said, access.Holders(access.Override), h.actor.Language)))
}

// LineChanged says that fields were written; Data is a Change by key.
const LineChanged = "changed"

// Change is an old and a new value of a field.
type Change struct {
	Old expression.Value `json:"old,omitempty"`
	New expression.Value `json:"new,omitempty"`
}

// Write writes fields of a card, as the API sends their values. A version that is not 0 must be the card's own. Everything wrong comes
// back at once, and then nothing is written.
func (c *Cards) Write(tx *engine.Tx, actor access.Actor, id string, fields map[string]json.RawMessage, version uint64) error {
	h, err := c.take(tx, actor, id, version)
	if err != nil {
		return err
	}
	missing, err := h.write(fields)
	if err != nil {
		return err
	}
	return refused(missing)
}

// mostWrong is how many wrong fields one answer tells of: a small request is not to make a large answer.
const mostWrong = 100

// write writes the fields that can be, and tells what is wrong with the others: whoever gets that undoes the whole.
func (h *hand) write(fields map[string]json.RawMessage) ([]Missing, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	var missing []Missing
	changes, values := map[string]Change{}, map[string]engine.Value{}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if len(missing) == mostWrong {
			break
		}
		f := h.said.Field(key)
		if m := h.mayWrite(key, f); m != nil {
			missing = append(missing, *m)
			continue
		}
		v, fault := f.Read(fields[key], h.reading())
		if fault != nil {
			missing = append(missing, Missing{Kind: MissingField, Key: key, Label: f.Label, Message: sayFault(f.Label, fault, h.actor.Language)})
			continue
		}
		if m := h.dangling(f, v); m != nil {
			missing = append(missing, *m)
			continue
		}
		if old := h.i.Variable(key); string(old) != string(v) || h.fresh(key) {
			changes[key], values[key] = Change{old, v}, orNull(v)
		}
	}
	if len(changes) == 0 {
		return missing, nil
	}
	h.agree(writing{
		changed: func(key string) bool { return values[key] != nil },
		given:   func(key string) bool { return fields[key] != nil },
		value: func(key string) engine.Value {
			if c, written := changes[key]; written {
				return c.New
			}
			return h.i.Variable(key)
		},
		set: func(key string, v engine.Value) { changes[key], values[key] = Change{h.i.Variable(key), v}, orNull(v) },
	})
	h.log(LineChanged, "", changes)
	if err := h.freshen(changes); err != nil {
		return nil, err
	}
	if err := h.tx.Set(h.i.ID, values); err != nil {
		return nil, err
	}
	return missing, h.compute() // the gate of the same deed asks for what they come out as now
}

// freshen notes of the fields that are asked anew that they were written since the card came where it stands.
func (h *hand) freshen(changes map[string]Change) error {
	noted := false
	for n := range h.card.Stands {
		stand := &h.card.Stands[n]
		for key := range changes {
			a := h.askedBy(h.said.Stage(stand.Stage), key)
			if a != nil && a.Fresh && !slices.Contains(stand.Fresh, key) {
				stand.Fresh = append(stand.Fresh, key)
				noted = true
			}
		}
	}
	if !noted {
		return nil
	}
	return save(h.tx, h.card)
}

// dangling tells of a person or company that a value names and that there is not.
func (h *hand) dangling(f *funnel.Field, v expression.Value) *Missing {
	exists := func(id string) bool {
		_, err := contact.Lookup(h.tx, id)
		return err == nil
	}
	switch f.Type {
	case funnel.User:
		exists = func(id string) bool {
			_, err := access.Lookup(h.tx, id)
			return err == nil
		}
	case funnel.Contact, funnel.Company:
	default:
		return nil
	}
	var ids []string
	if f.Multiple {
		_ = storage.Unmarshal(orNull(v), &ids)
	} else if v != nil {
		ids = make([]string, 1)
		_ = storage.Unmarshal(v, &ids[0])
	}
	for _, id := range ids {
		if !exists(id) {
			return &Missing{Kind: MissingField, Key: f.Key, Label: f.Label, Message: h.say(sayNotFound, id)}
		}
	}
	return nil
}

func orNull(v engine.Value) engine.Value {
	if v == nil {
		return engine.Value("null")
	}
	return v
}

// reading is what values of this card are read by.
func (h *hand) reading() funnel.Reading { return reading(h.f) }

func reading(f *funnel.Funnel) funnel.Reading {
	return funnel.Reading{Currency: f.Currency, Zone: f.Zone, Phone: func(text string) (string, bool) {
		made, err := contact.Phone(text)
		return made, err == nil
	}}
}

// mayWrite tells why the actor can't write a field.
func (h *hand) mayWrite(key string, f *funnel.Field) *Missing {
	refuse := func(kind MissingKind, label string, s sentence, args ...any) *Missing {
		return &Missing{Kind: kind, Key: key, Label: label, Message: h.say(s, args...)}
	}
	switch {
	case f == nil:
		return refuse(MissingField, key, sayNoField, key)
	case f.Computed:
		return refuse(MissingField, f.Label, sayComputed, f.Label)
	case h.actor.System:
		return nil
	case f.Fixed || h.readonly(key):
		return refuse(MissingField, f.Label, sayReadonly, f.Label)
	case !h.sees(f): // by what becomes of it one could find out what is there
		return refuse(MissingRole, f.Label, sayEditRole, f.Label, who(h.said, f.See, h.actor.Language))
	case len(f.Edit) > 0 && !h.actor.HasAny(f.Edit):
		m := refuse(MissingRole, f.Label, sayEditRole, f.Label, who(h.said, f.Edit, h.actor.Language))
		m.Roles = f.Edit
		return m
	}
	return nil
}

// readonly tells whether a stage that the card stands in shows a field without letting people write it.
func (h *hand) readonly(key string) bool {
	a := h.asked(key)
	return a != nil && a.Readonly
}

// fresh tells whether a stage that the card stands in asks for a field anew, so that the same value counts as a new one.
func (h *hand) fresh(key string) bool {
	a := h.asked(key)
	return a != nil && a.Fresh
}

// asked is a field as a stage that the card stands in asks for it.
func (h *hand) asked(key string) *funnel.Ask {
	for n := range h.card.Stands {
		if a := h.askedBy(h.said.Stage(h.card.Stands[n].Stage), key); a != nil {
			return a
		}
	}
	return nil
}

func (h *hand) askedBy(stage *funnel.Stage, key string) *funnel.Ask {
	if stage == nil {
		return nil
	}
	for _, task := range append([]*funnel.Task{&stage.Task}, stage.Tracks...) {
		if at := slices.IndexFunc(task.Asks, func(a *funnel.Ask) bool { return a.Key == key }); at >= 0 {
			return task.Asks[at]
		}
	}
	return nil
}

// log adds a line of the actor's to the card's history.
func (h *hand) log(kind, element string, data any) {
	raw, _ := storage.Marshal(data)
	h.tx.Log(h.i, engine.Line{Kind: kind, Element: element, Who: h.actor.ID, Data: raw})
}

// LineAssigned says that the card got another owner; Data is a Change.
const LineAssigned = "assigned"

// Assign gives a card to another owner; "" takes it from the one it has. Whoever may act on a stage that it stands in may, its owner,
// and whoever may move against the drawing.
func (c *Cards) Assign(tx *engine.Tx, actor access.Actor, id, owner string, version uint64) error {
	h, err := c.take(tx, actor, id, version)
	if err != nil {
		return err
	}
	if err := h.mayAssign(); err != nil {
		return err
	}
	if owner != "" {
		if _, err := access.Lookup(tx, owner); err != nil {
			return &Refusal{[]Missing{{Kind: MissingField, Key: "owner", Label: owner, Message: h.say(sayNotFound, owner)}}}
		}
	}
	if owner == text(h.i, "owner") {
		return nil
	}
	value, err := expression.Encode(owner)
	if err != nil {
		return err
	}
	if owner == "" {
		value = engine.Value("null")
	}
	h.log(LineAssigned, "", Change{h.i.Variable("owner"), value})
	return tx.Set(id, map[string]engine.Value{"owner": value})
}

func (h *hand) mayAssign() error {
	if h.actor.May(access.Override) || h.card.Owner == h.actor.ID || h.card.Owner == "" {
		return nil
	}
	for n := range h.card.Stands {
		stage := h.said.Stage(h.card.Stands[n].Stage)
		if stage != nil && may(h.actor, &stage.Task, nil) {
			return nil
		}
	}
	first := h.said.Stages[0]
	if len(h.card.Stands) > 0 {
		first = cmp.Or(h.said.Stage(h.card.Stands[0].Stage), first)
	}
	return refused([]Missing{byRole(h.said, sayRole, &first.Task, first.Roles, h.actor.Language)})
}
