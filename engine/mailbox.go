package engine

import (
	"slices"
	"time"

	"github.com/voronka/voronka/storage"
)

// mailbox keeps the messages of one name that wait for their catcher. It is one record: whoever begins to wait for the name reads
// it, whoever leaves a message writes it, so that of two who do so at once one sees the other.
type mailbox struct {
	Messages []letter `json:"messages"` // in order of publishing

	record *storage.Record
}

// letter is a message that waits.
type letter struct {
	Message
	Until time.Time `json:"until"`
}

// MailboxLimit is how many messages of one name may wait at a time.
const MailboxLimit = 10_000

const (
	kindMailbox = "mailbox" // id: the name of the messages
	kindMessage = "message" // id: a message's own; that it came, and who took it
)

// remembered is how long the id of a message is known, at least.
const remembered = 24 * time.Hour

func (tx *Tx) mailbox(name string) (*mailbox, error) {
	found, err := tx.Get(storage.Ref{Kind: kindMailbox, ID: name})
	if err != nil {
		return nil, err
	}
	m := &mailbox{record: found[0]}
	if m.record == nil {
		m.record = &storage.Record{Kind: kindMailbox, ID: name}
		return m, nil
	}
	return m, storage.Unmarshal(m.record.Data, m)
}

func (tx *Tx) putMailbox(m *mailbox) error {
	if len(m.Messages) == 0 {
		return tx.Delete(m.record.Ref())
	}
	data, err := storage.Marshal(m)
	if err != nil {
		return err
	}
	m.record.Data, m.record.Index = data, m.index()
	tx.Notify(TopicDue, storage.Time(m.until()))
	return tx.Put(m.record)
}

// until is when the first message has waited long enough.
func (m *mailbox) until() time.Time {
	return slices.MinFunc(m.Messages, func(a, b letter) int { return a.Until.Compare(b.Until) }).Until
}

func (m *mailbox) index() []storage.Entry {
	return []storage.Entry{{Index: indexDue, Key: storage.Key(storage.Time(m.until()), m.record.ID)}}
}

// leave keeps a message until somebody waits for it.
func (tx *Tx) leave(m Message) error {
	box, err := tx.mailbox(m.Name)
	if err != nil {
		return err
	}
	box.drop(tx.now)
	if len(box.Messages) >= MailboxLimit {
		return refuse("mailbox_full", m.Element, "%d messages %q wait already", len(box.Messages), m.Name)
	}
	box.Messages = append(box.Messages, letter{m, tx.now.Add(m.TTL)})
	return tx.putMailbox(box)
}

// drop forgets what has waited long enough.
func (m *mailbox) drop(now time.Time) {
	m.Messages = slices.DeleteFunc(m.Messages, func(l letter) bool { return !l.Until.After(now) })
}

// collect gives an instance the messages that wait for the names that it has begun to wait for.
func (tx *Tx) collect(i *Instance, names []string) (bool, error) {
	for _, name := range names {
		box, err := tx.mailbox(name)
		if err != nil {
			return false, err
		}
		for n, l := range box.Messages {
			if !l.Until.After(tx.now) {
				continue
			}
			took, err := tx.give(i, l.Message)
			if err != nil {
				return false, err
			}
			if !took {
				continue
			}
			box.Messages = slices.Delete(box.Messages, n, n+1)
			if err := tx.putMailbox(box); err != nil {
				return false, err
			}
			return true, tx.remember(l.Message, i.ID)
		}
	}
	return false, nil
}

// give offers a message to the catchers of one instance, the longest waiting first.
func (tx *Tx) give(i *Instance, m Message) (bool, error) {
	if meant, err := tx.within(i, m.Instance); !meant || err != nil {
		return false, err
	}
	for _, t := range i.Tokens {
		for _, w := range t.Waits {
			if s := (&subscriber{i, t, w}); w.Kind == WaitMessage && w.Name == m.Name && s.takes(tx, m) {
				return true, tx.deliver(s, m)
			}
		}
	}
	return false, nil
}

// receipt is that a message with an id came.
type receipt struct {
	Instance string `json:"instance,omitempty"` // that took it; empty while it waits
}

// known tells whether a message with that id came before, and who took it.
func (tx *Tx) known(m Message) (*receipt, error) {
	if m.ID == "" {
		return nil, nil
	}
	found, err := tx.Get(storage.Ref{Kind: kindMessage, ID: m.ID})
	if err != nil || found[0] == nil {
		return nil, err
	}
	var r receipt
	return &r, storage.Unmarshal(found[0].Data, &r)
}

// remember keeps the id of a message, so that the same one again changes nothing.
func (tx *Tx) remember(m Message, instance string) error {
	if m.ID == "" {
		return nil
	}
	ref := storage.Ref{Kind: kindMessage, ID: m.ID}
	found, err := tx.Get(ref)
	if err != nil {
		return err
	}
	data, err := storage.Marshal(receipt{instance})
	if err != nil {
		return err
	}
	until := storage.Time(tx.now.Add(max(m.TTL, remembered)))
	r := &storage.Record{Kind: ref.Kind, ID: ref.ID, Data: data, Index: []storage.Entry{{Index: indexDue, Key: storage.Key(until, m.ID)}}}
	if found[0] != nil {
		r.Version = found[0].Version
	}
	return tx.Put(r)
}

// expire drops the messages of a mailbox, or the memory of a message, that have waited long enough.
func (tx *Tx) expire(ref storage.Ref) error {
	if ref.Kind == kindMessage {
		return tx.Delete(ref)
	}
	box, err := tx.mailbox(ref.ID)
	if err != nil || box.record.Version == 0 {
		return err
	}
	box.drop(tx.now)
	return tx.putMailbox(box)
}
