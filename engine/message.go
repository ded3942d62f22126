package engine

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
)

// Message is something told to a catcher.
type Message struct {
	Name      string           `json:"name"`
	Key       string           `json:"key,omitempty"` // empty: by name alone
	Variables map[string]Value `json:"variables,omitempty"`
	Element   string           `json:"element,omitempty"`  // only this catching element, where set
	Instance  string           `json:"instance,omitempty"` // only this instance and those that it has called, where set
	ID        string           `json:"id,omitempty"`       // the same one again changes nothing, for a day or its TTL
	TTL       time.Duration    `json:"ttl,omitempty"`      // how long it waits where nobody waits for it
	All       bool             `json:"all,omitempty"`      // for everyone who waits, not only the one who has waited longest
}

// ErrNobody is wrapped by the refusal of a message that nobody waits for.
var ErrNobody = errors.New("nobody waits for this message")

// Message gives a message to the catcher that has waited longest, or else to a start event, and gives the instance that took it;
// nil: it waits, for its TTL. A message without a key goes by its name alone, one with a key only to its equal. Where nobody takes
// it and it may not wait, it is refused.
func (tx *Tx) Message(m Message) (*Instance, error) {
	known, err := tx.known(m)
	if err != nil {
		return nil, err
	}
	if known != nil {
		if known.Instance == "" {
			return nil, nil
		}
		return tx.Instance(known.Instance)
	}
	took, err := tx.correlate(m)
	switch {
	case err != nil:
		return nil, err
	case took != nil:
		return took, tx.remember(m, took.ID)
	case m.TTL > 0:
		if err := tx.leave(m); err != nil {
			return nil, err
		}
		return nil, tx.remember(m, "")
	}
	return nil, &nobody{Refused{"message_not_awaited", m.Element, "nobody waits for message \"" + m.Name + "\""}}
}

type nobody struct{ Refused }

func (n *nobody) Is(err error) bool { return err == ErrNobody }
func (n *nobody) As(target any) bool {
	r, ok := target.(**Refused)
	if ok {
		*r = &n.Refused
	}
	return ok
}

// correlate finds who takes a message; nil: nobody.
func (tx *Tx) correlate(m Message) (*Instance, error) {
	if m.Name == "" {
		return nil, nil
	}
	took, err := tx.caught(m)
	if took != nil || err != nil || m.Instance != "" {
		return took, err
	}
	starts, err := tx.messageStarts(m.Name)
	if err != nil {
		return nil, err
	}
	for _, s := range starts {
		if m.Element != "" && s.w.Element != m.Element {
			continue
		}
		key, err := tx.conversation(s, m)
		if err != nil {
			return nil, err
		}
		if m.Key == "" || m.Key == key {
			return tx.startConversation(s, m, key)
		}
	}
	return nil, nil
}

// caught gives a message to the catchers that wait for it: to the one that has waited longest, or to all; nil: none does.
func (tx *Tx) caught(m Message) (took *Instance, err error) {
	all, err := tx.awaiting(m)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		s, err := tx.subscriber(one)
		if err != nil {
			return nil, err
		}
		if s == nil || !s.takes(tx, m) {
			continue
		}
		if err := tx.deliver(s, m); err != nil || !m.All {
			return s.i, err
		}
		took = s.i
	}
	return took, nil
}

// deliver gives a message to a wait that takes it.
func (tx *Tx) deliver(s *subscriber, m Message) error {
	x := tx.at(s.i, s.t)
	if err := x.heard(s.i.keyed(s.w), m); err != nil {
		return x.stick(err)
	}
	return x.happen(s.w, m.Variables)
}

// startConversation starts an instance by a message, which says what those that follow must bear.
func (tx *Tx) startConversation(s starter, m Message, key string) (*Instance, error) {
	i, err := tx.startBy(s, m.Variables, key)
	if err != nil || i.ID == "" {
		return i, err
	}
	return i, tx.at(i, i.root()).heard(i.keyed(s.w), m)
}

// conversation is the business key of an instance that a message starts: what the start event's correlation key makes of the message,
// else the message's (BPMN 2.0.2, 8.4.2: the first message of a conversation sets its key).
func (tx *Tx) conversation(s starter, m Message) (string, error) {
	prog, err := tx.program(s.Definition)
	if err != nil {
		return "", err
	}
	n := prog.nodes[s.w.Element]
	key := n.key
	if s.w.Event < len(n.triggers) {
		key = n.triggers[s.w.Event].key
	}
	if key == nil {
		return m.Key, nil
	}
	v, err := tx.before(prog, n, m.Variables).evaluate(key)
	if err != nil {
		return "", refusal(err, n)
	}
	if v == nil {
		return m.Key, nil
	}
	return plain(v), nil
}

// before is a start event before there is an instance: it sees what came with its event.
func (tx *Tx) before(prog *program, n *node, vars map[string]Value) *execution {
	return tx.at(&Instance{Definition: prog.definition.ID, Process: prog.process.ID, prog: prog, Variables: vars}, &Token{Element: n.ID, node: n})
}

// refusal makes trouble of a start event the refusal of who would start it: there is no instance that could have an incident.
func refusal(err error, n *node) error {
	var t *trouble
	if errors.As(err, &t) {
		return refuse(t.code, n.ID, "%s", t.message)
	}
	return err
}

// startBy starts an instance by an event that happened. A parallel-multiple start event does so when all of its triggers have:
// until then the instance that comes back is an empty one.
func (tx *Tx) startBy(s starter, vars map[string]Value, key string) (*Instance, error) {
	prog, err := tx.program(s.Definition)
	if err != nil {
		return nil, err
	}
	n := prog.nodes[s.w.Element]
	if vars, err = tx.before(prog, n, vars).arrived(n, vars); err != nil {
		return nil, refusal(err, n)
	}
	if n.ParallelMultiple && len(n.triggers) > 1 {
		s.w.Got = true
		if s.Held == nil {
			s.Held = map[string]Value{}
		}
		maps.Copy(s.Held, vars)
		fellow := func(w *Wait) bool { return w.Element == s.w.Element }
		if slices.ContainsFunc(s.Starts, func(w *Wait) bool { return fellow(w) && !w.Got }) {
			return &Instance{}, tx.putLatest(s.latest)
		}
		vars, s.Held = s.Held, nil
		for _, w := range s.Starts {
			if !fellow(w) {
				continue
			}
			if w.Got = false; w.Kind == WaitTimer {
				if err := tx.restart(s.latest, prog, w); err != nil {
					return nil, err
				}
			}
		}
		if err := tx.putLatest(s.latest); err != nil {
			return nil, err
		}
	}
	return tx.Start(Start{Definition: s.Definition, Element: s.w.Element, Variables: vars, Key: key})
}

// throwMessage sends a message of the process: the domain may take it, else it goes to its catcher. One that nobody takes is gone.
func (x *execution) throwMessage(e *bpmn.Event, name *expression.Text, key *expression.Program, keys []correlation) error {
	if d := x.tx.engine.opts.Domain; d != nil {
		if took, err := d.Throwing(x.tx, x.i, x.t, e); took || err != nil {
			return err
		}
	}
	if name == nil {
		return nil
	}
	text, err := x.fillString(name)
	if err != nil {
		return err
	}
	m := Message{Name: text}
	if m.Variables, err = x.sent(); err != nil {
		return err
	}
	if key != nil {
		m.Key, err = x.key(key)
	} else {
		m.Key, err = x.bears(keys, m.Variables)
	}
	if err != nil {
		return err
	}
	_, err = x.tx.correlate(m)
	return err
}

// sent is what goes with a thrown message: the inputs of the element, where it has some, and its data.
func (x *execution) sent() (map[string]Value, error) {
	if x.n.isActivity() && len(x.n.fetches) > 0 {
		return x.given(), nil
	}
	vars, err := x.mapped(x.n.inputs, asIs)
	if err != nil || len(x.n.fetches) == 0 {
		return vars, err
	}
	data, err := x.moved(x.n.fetches, nil)
	maps.Copy(data, vars)
	return data, err
}

// Trigger pushes on a receive task or message event that names no message.
func (tx *Tx) Trigger(element string, vars map[string]Value) (*Instance, error) {
	all, err := tx.awaiting(Message{})
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		s, err := tx.subscriber(one)
		if err != nil {
			return nil, err
		}
		if s != nil && (s.w.Element == element || s.i.prog.nodes[s.w.Element].Name == element) {
			return s.i, tx.at(s.i, s.t).happen(s.w, vars)
		}
	}
	starts, err := tx.messageStarts("")
	if err != nil {
		return nil, err
	}
	for _, s := range starts {
		if s.w.Element == element {
			return tx.startBy(s, vars, "")
		}
	}
	return nil, refuse("nothing_to_trigger", element, "%q waits for no trigger", element)
}
