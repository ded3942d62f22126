package engine

import (
	"maps"
	"slices"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
)

// Correlation by the keys of a drawing (BPMN 2.0.2, 8.4.2). A key is made of properties, each an expression over every message of a
// conversation. What it must be, the data of the process say where that subscribes to it, and it follows them; else the first message
// sent or taken says it, and later ones must bear the same. A turn of a multi-instance activity may have a conversation of its own.

// correlation is a key as messages of one kind bear it.
type correlation struct {
	id    string
	paths []*expression.Program // over the message, by property
	data  []*expression.Program // over the data of the process, by property; nil: it does not subscribe to all of them
}

// correlations compiles the keys that a message of the process bears.
func (c *compiler) correlations(m *bpmn.Message) []correlation {
	if m == nil {
		return nil
	}
	var all []correlation
	for _, k := range c.process.Keys {
		paths, ok := c.paths(k.Of(m), m.Element)
		if !ok {
			continue
		}
		data, _ := c.paths(k.Bindings, c.process.Element)
		all = append(all, correlation{k.ID, paths, data})
	}
	return all
}

// paths compiles the expressions of a key, each once; it tells whether there is one for every property.
func (c *compiler) paths(all []*bpmn.Expression, at bpmn.Element) (made []*expression.Program, whole bool) {
	for _, e := range all {
		if e == nil || e.Text == "" {
			return nil, false
		}
		p, known := c.path[e]
		if !known {
			p = c.expression(e, expression.Any, at)
			c.path[e] = p
		}
		if p == nil {
			return nil, false
		}
		made = append(made, p)
	}
	return made, len(made) > 0
}

// keyed are the keys of the message that a wait is for.
func (i *Instance) keyed(w *Wait) []correlation {
	n := i.prog.nodes[w.Element]
	switch {
	case n == nil || w.Kind != WaitMessage:
		return nil
	case w.Event < len(n.triggers):
		return n.triggers[w.Event].keys
	}
	return n.keys
}

// keyBy is the value of a key by the expressions given; empty where one of them is.
func (x *execution) keyBy(all []*expression.Program, lookup func(name string) any) (string, error) {
	env := x.env()
	env.Lookup = lookup
	parts := make([]string, len(all))
	for n, p := range all {
		v, err := p.Run(env)
		if err != nil {
			return "", evaluationTrouble(err)
		}
		if parts[n] = plain(v); parts[n] == "" {
			return "", nil
		}
	}
	switch len(parts) {
	case 0:
		return "", nil
	case 1:
		return parts[0], nil
	}
	return string(mustJSON(parts)), nil
}

// agreed is what a message must bear of a key to belong to the token's conversation; empty: no message has said it yet.
func (x *execution) agreed(k *correlation) (string, error) {
	if key, err := x.keyBy(k.data, x.lookup); key != "" || err != nil {
		return key, err
	}
	for t := x.t; t != nil; t = t.in {
		if key := t.Keys[k.id]; key != "" {
			return key, nil
		}
	}
	return "", nil
}

// agree keeps what the first message of a conversation bears: of the turn that the token is in, or of the instance.
func (x *execution) agree(k *correlation, key string) error {
	if had, err := x.agreed(k); had != "" || key == "" || err != nil {
		return err
	}
	t := x.t
	for t.in != nil && (t.Turn == 0 || !t.node.Loop.MultiInstance) {
		t = t.in
	}
	if t.Keys == nil {
		t.Keys = map[string]string{}
	}
	t.Keys[k.id] = key
	x.i.conversed, x.i.dirty = true, true
	return nil
}

// bears is the key of a message that the token sends, which its conversation has from then on. What does not go with the message is
// read from the sender.
func (x *execution) bears(all []correlation, vars map[string]Value) (first string, err error) {
	for n := range all {
		key, err := x.keyBy(all[n].paths, func(name string) any {
			if v, ok := vars[name]; ok {
				return x.decode(name, v)
			}
			return x.lookup(name)
		})
		if err == nil {
			err = x.agree(&all[n], key)
		}
		if err != nil {
			return "", err
		}
		if first == "" {
			first = key
		}
	}
	return first, nil
}

// said is what a message that came bears of a key; empty where it bears none.
func (x *execution) said(k *correlation, m Message) string {
	key, err := x.keyBy(k.paths, func(name string) any {
		if v, ok := m.Variables[name]; ok {
			return x.decode(name, v)
		}
		return nil
	})
	if err != nil {
		return "" // it is not of this conversation
	}
	return key
}

// heard notes what a message bears that the token takes.
func (x *execution) heard(all []correlation, m Message) error {
	for n := range all {
		key := x.said(&all[n], m)
		if key == "" && len(all) == 1 {
			key = m.Key
		}
		if err := x.agree(&all[n], key); err != nil {
			return err
		}
	}
	return nil
}

// belongs tells whether a message is of the conversation that a wait is in. Who names a key, or the instance, says so himself.
func (x *execution) belongs(w *Wait, all []correlation, m Message) bool {
	if m.Key != "" {
		return len(w.Keys) == 0 || slices.Contains(slices.Collect(maps.Values(w.Keys)), m.Key)
	}
	return m.Instance != "" || !slices.ContainsFunc(all, func(k correlation) bool {
		want := w.Keys[k.id]
		return want != "" && want != x.said(&k, m)
	})
}

// rekey lets what the waits of an instance must match follow its conversations and data.
func (tx *Tx) rekey(i *Instance) error {
	for _, t := range i.Tokens {
		if err := tx.at(i, t).rekey(); err != nil && t.State != Stuck {
			if err := tx.at(i, t).stick(err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *execution) rekey() error {
	for _, w := range x.t.Waits {
		was := w.Keys
		if err := x.converse(w, x.i.keyed(w)); err != nil {
			return err
		}
		if !maps.Equal(was, w.Keys) {
			x.i.listens = append(x.i.listens, w.Name)
		}
	}
	return nil
}

// converse sets what a wait must match.
func (x *execution) converse(w *Wait, all []correlation) error {
	if len(all) == 0 {
		return nil
	}
	first, keys := "", map[string]string{}
	for n := range all {
		key, err := x.agreed(&all[n])
		if err != nil {
			return err
		}
		if key != "" {
			keys[all[n].id] = key
		}
		if first == "" {
			first = key
		}
	}
	if !maps.Equal(w.Keys, keys) {
		w.Key, w.Keys, x.i.dirty = first, keys, true
	}
	return nil
}
