package engine

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/voronka/voronka/storage"
)

// subscriber is a wait in an instance.
type subscriber struct {
	i *Instance
	t *Token
	w *Wait
}

// takes tells whether a wait is for a message.
func (s *subscriber) takes(tx *Tx, m Message) bool {
	if s.w.Got || s.w.Name != m.Name || m.Element != "" && s.w.Element != m.Element {
		return false
	}
	if all := s.i.keyed(s.w); len(all) > 0 {
		x := tx.at(s.i, s.t)
		return x.converse(s.w, all) == nil && x.belongs(s.w, all, m)
	}
	return m.Key == "" || s.w.Key == m.Key
}

// listening is a wait for a message as the index tells of it.
type listening struct {
	since, instance string
	wait            int
}

// What stands between a message's name and the time in the index of those who wait for it. Entries from before there were keys in it have
// nothing there.
const (
	underKey   = "=" // and the key that the message must bear; alone: by name
	underTalk  = ">" // and a key that the conversation has agreed on; alone: on none yet
	underStart = "@" // a start event
)

// under is how a wait is listed.
func (i *Instance) under(w *Wait) []string {
	switch {
	case len(i.keyed(w)) == 0:
		return []string{underKey + w.Key}
	case len(w.Keys) == 0:
		return []string{underTalk}
	}
	var all []string
	for _, id := range slices.Sorted(maps.Keys(w.Keys)) {
		all = append(all, underTalk+w.Keys[id])
	}
	return all
}

// unkeyed is the part of the index for a name whose entries are from before there were keys in it.
func unkeyed(name string) storage.Range {
	return storage.Range{Index: indexMessage, Keys: true, From: storage.Key(name, "0"), To: storage.Key(name, ":")}
}

// awaiting are the waits that may take a message, this transaction's own changes included, the longest waiting first. Their instances are
// not read.
func (tx *Tx) awaiting(m Message) ([]listening, error) {
	if m.Instance != "" {
		return tx.awaitingIn(m)
	}
	var all []listening
	for _, i := range tx.open {
		all = i.awaiting(m.Name, all)
	}
	under := storage.Range{Index: indexMessage, Keys: true}
	ranges := []storage.Range{under.Prefix(m.Name)}
	if m.Key != "" {
		ranges = []storage.Range{
			under.Prefix(m.Name, underKey+m.Key), under.Prefix(m.Name, underTalk+m.Key), under.Prefix(m.Name, underTalk), unkeyed(m.Name),
		}
	}
	for _, r := range ranges {
		for hit, err := range tx.Scan(r) {
			if err != nil {
				return nil, err
			}
			if hit.Ref.Kind == kindProcess || tx.opened(hit.Ref.ID) != nil {
				continue
			}
			if one, ok := readListening(hit); ok {
				all = append(all, one)
			}
		}
	}
	slices.SortFunc(all, func(a, b listening) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.instance, b.instance), cmp.Compare(a.wait, b.wait))
	})
	return slices.Compact(all), nil
}

// readListening reads an entry: name, how it is listed, time, wait id.
func readListening(hit storage.Hit) (listening, bool) {
	width := len(storage.Time(time.Time{}))
	at := strings.LastIndex(hit.Key, storage.Key("", ""))
	if at < width {
		return listening{}, false
	}
	instance, wait, ok := InnerID(hit.Key[at+len(storage.Key("", "")):])
	return listening{hit.Key[at-width : at], instance, wait}, ok
}

// awaiting adds what an instance waits for by that name.
func (i *Instance) awaiting(name string, all []listening) []listening {
	for _, t := range i.Tokens {
		for _, w := range t.Waits {
			if w.Kind == WaitMessage && w.Name == name && !w.Got {
				all = append(all, listening{storage.Time(w.Since), i.ID, w.ID})
			}
		}
	}
	return all
}

// awaitingIn is awaiting in one instance, its turns, and those that it has called.
func (tx *Tx) awaitingIn(m Message) (all []listening, err error) {
	for todo := []string{m.Instance}; len(todo) > 0; todo = todo[1:] {
		i, err := tx.Instance(todo[0])
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = i.awaiting(m.Name, all)
		for _, t := range i.Tokens {
			if t.Called != "" {
				todo = append(todo, t.Called)
			}
			if t.Loop != nil && t.Loop.Apart && t.In != 0 {
				turns, err := tx.at(i, t).runningTurns()
				if err != nil {
					return nil, err
				}
				todo = append(todo, turns...)
			}
		}
	}
	return all, nil
}

// within tells whether an instance is the one of that id, a turn of it or called by it; where none is named, it is.
func (tx *Tx) within(i *Instance, id string) (bool, error) {
	for id != "" && i.ID != id {
		if i.Parent == nil {
			return false, nil
		}
		var err error
		if i, err = tx.Instance(i.Parent.Instance); err != nil {
			return false, err
		}
	}
	return true, nil
}

// subscriber gives a wait, as it is now; nil where it is over: another that took the message may have ended it.
func (tx *Tx) subscriber(a listening) (*subscriber, error) {
	i, err := tx.Instance(a.instance)
	if err != nil {
		return nil, err
	}
	t, w := i.find(a.wait)
	if w == nil || w.Got || w.Kind != WaitMessage || t.gone || i.State != Active {
		return nil, nil
	}
	return &subscriber{i, t, w}, nil
}

// starter is a start event that waits.
type starter struct {
	*latest
	w *Wait
}

// messageStarts are the start events that wait for a message.
func (tx *Tx) messageStarts(name string) ([]starter, error) {
	var processes []string
	for _, r := range []storage.Range{unkeyed(name), storage.Range{Index: indexMessage, Keys: true}.Prefix(name, underStart)} {
		for hit, err := range tx.Scan(r) {
			if err != nil {
				return nil, err
			}
			if hit.Ref.Kind == kindProcess && !slices.Contains(processes, hit.Ref.ID) {
				processes = append(processes, hit.Ref.ID)
			}
		}
	}
	return tx.starters(WaitMessage, name, processes)
}

// starters are the start events of processes that wait for a message or signal.
func (tx *Tx) starters(kind WaitKind, name string, processes []string) ([]starter, error) {
	var all []starter
	for _, process := range processes {
		l, err := tx.latest(process)
		if err != nil {
			return nil, err
		}
		for _, w := range l.Starts {
			if w.Kind == kind && w.Name == name && !w.Got {
				all = append(all, starter{l, w})
			}
		}
	}
	return all, nil
}
