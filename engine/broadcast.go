package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/voronka/voronka/storage"
)

// A signal that more wait for than one deed may touch goes out in pages: who waits when it is thrown is written down, the first page
// hears it before its thrower goes on, and the others in deeds of their own that are due at once, in the order in which they began to
// wait, each once, whatever crashes in between. A signal of the same name that is thrown meanwhile waits until that one is through.

// signalPage is how many catchers a signal reaches in one deed.
const signalPage = 200

const (
	kindBroadcast = "broadcast" // id: the name of the signals that are going out
	kindAudience  = "audience"  // id: the name, and the page: who is still to hear it
)

// broadcast is the signals of one name that are not through.
type broadcast struct {
	Signals []sending `json:"signals"` // the first is going out

	record *storage.Record
}

// sending is a signal with what of it is still to be told.
type sending struct {
	Variables map[string]Value `json:"variables,omitempty"`
	Next      int              `json:"next,omitempty"`  // page
	Pages     int              `json:"pages,omitempty"` // 0: who hears it is not written down yet
	Request   string           `json:"request,omitempty"`
	One       int              `json:"one,omitempty"` // of a page that was refused as a whole: which catcher is next, from 1
}

// hearer is a wait for a signal.
type hearer struct{ since, instance, wait string }

func (h hearer) outer() string { return h.instance + ":" + h.wait }

// hearers are those who wait for a signal, this transaction's own changes included, the longest waiting first; and the processes with
// start events that do.
func (tx *Tx) hearers(name string) (all []hearer, processes []string, err error) {
	for _, i := range tx.open {
		for _, t := range i.Tokens {
			for _, w := range t.Waits {
				if w.Kind == WaitSignal && w.Name == name && !w.Got {
					all = append(all, hearer{storage.Time(w.Since), i.ID, strconv.Itoa(w.ID)})
				}
			}
		}
	}
	start, width := len(storage.Key(name, "")), len(storage.Time(tx.now))
	for hit, err := range tx.Scan(storage.Range{Index: indexSignal, Keys: true}.Prefix(name)) {
		if err != nil {
			return nil, nil, err
		}
		if hit.Ref.Kind == kindProcess {
			if !slices.Contains(processes, hit.Ref.ID) {
				processes = append(processes, hit.Ref.ID)
			}
			continue
		}
		if tx.opened(hit.Ref.ID) != nil {
			continue
		}
		since, outer := hit.Key[start:start+width], hit.Key[start+width+2:]
		all = append(all, hearer{since, hit.Ref.ID, outer[strings.LastIndexByte(outer, ':')+1:]})
	}
	slices.SortStableFunc(all, func(a, b hearer) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.instance, b.instance), cmp.Compare(len(a.wait), len(b.wait)), cmp.Compare(a.wait, b.wait))
	})
	return all, processes, nil
}

// tell lets a wait hear a signal, if it is still there.
func (tx *Tx) tell(outer, name string, vars map[string]Value) error {
	id, wait, _ := InnerID(outer)
	i, err := tx.Instance(id)
	if err != nil {
		return err
	}
	t, w := i.find(wait)
	if w == nil || w.Got || w.Kind != WaitSignal || w.Name != name || i.State != Active {
		return nil
	}
	return tx.at(i, t).happen(w, vars)
}

func (tx *Tx) broadcast(name string) (*broadcast, error) {
	found, err := tx.Get(storage.Ref{Kind: kindBroadcast, ID: name})
	if err != nil {
		return nil, err
	}
	b := &broadcast{record: found[0]}
	if b.record == nil {
		b.record = &storage.Record{Kind: kindBroadcast, ID: name}
		return b, nil
	}
	return b, storage.Unmarshal(b.record.Data, b)
}

func (tx *Tx) putBroadcast(b *broadcast) error {
	if len(b.Signals) == 0 {
		return tx.Delete(b.record.Ref())
	}
	data, err := storage.Marshal(b)
	if err != nil {
		return err
	}
	due := storage.Time(tx.now)
	b.record.Data, b.record.Index = data, []storage.Entry{{Index: indexDue, Key: storage.Key(due, b.record.ID)}}
	tx.Notify(TopicDue, due)
	return tx.Put(b.record)
}

func audience(name string, page int) storage.Ref {
	return storage.Ref{Kind: kindAudience, ID: fmt.Sprintf("%s/%08d", name, page)}
}

// begin tells a signal to the start events and to at most so many of those who hear it, and writes down who is to hear it later. It
// tells whether there are any.
func (tx *Tx) begin(name string, s *sending, most int) (bool, error) {
	all, processes, err := tx.hearers(name)
	if err != nil {
		return false, err
	}
	now, later := all[:min(most, len(all))], all[min(most, len(all)):]
	for page := range slices.Chunk(later, signalPage) {
		ids := make([]string, len(page))
		for n, h := range page {
			ids[n] = h.outer()
		}
		data, err := storage.Marshal(ids)
		if err != nil {
			return false, err
		}
		ref := audience(name, s.Pages)
		if err := tx.Put(&storage.Record{Kind: ref.Kind, ID: ref.ID, Data: data}); err != nil {
			return false, err
		}
		s.Pages++
	}
	starts, err := tx.starters(WaitSignal, name, processes)
	if err != nil {
		return false, err
	}
	for _, h := range now {
		if err := tx.tell(h.outer(), name, s.Variables); err != nil {
			return false, err
		}
	}
	for _, one := range starts {
		if _, err := tx.startBy(one, s.Variables, ""); err != nil {
			return false, err
		}
	}
	return s.Pages > 0, nil
}

// send goes on with the signals of a name: one page, or the beginning of the next signal.
func (tx *Tx) send(name string) (int, error) {
	b, err := tx.broadcast(name)
	if err != nil || len(b.Signals) == 0 {
		return 0, err
	}
	s := &b.Signals[0]
	tx.request = s.Request
	if s.Pages == 0 {
		more, err := tx.begin(name, s, 0)
		if err != nil {
			return 0, err
		}
		if !more {
			b.Signals = b.Signals[1:]
		}
		return 1, tx.putBroadcast(b)
	}
	page, err := tx.audience(name, s.Next)
	if err != nil {
		return 0, err
	}
	told := page
	if s.One > 0 {
		told = page[s.One-1 : s.One]
	}
	for _, outer := range told {
		if err := tx.tell(outer, name, s.Variables); err != nil {
			return 0, err
		}
	}
	return 1, tx.told(b, len(page))
}

func (tx *Tx) audience(name string, page int) ([]string, error) {
	found, err := tx.Get(audience(name, page))
	if err != nil {
		return nil, err
	}
	var all []string
	if found[0] == nil {
		return nil, nil
	}
	return all, storage.Unmarshal(found[0].Data, &all)
}

// told goes on behind what was told of a page of so many.
func (tx *Tx) told(b *broadcast, of int) error {
	s := &b.Signals[0]
	if s.One > 0 && s.One < of {
		s.One++
		return tx.putBroadcast(b)
	}
	if err := tx.Delete(audience(b.record.ID, s.Next)); err != nil {
		return err
	}
	s.One = 0
	if s.Next++; s.Next == s.Pages {
		b.Signals = b.Signals[1:]
	}
	return tx.putBroadcast(b)
}

// unheard is called when a page was refused: its catchers are told one by one then, and the one that refuses is passed over, with an
// incident if it is not quiet.
func (tx *Tx) unheard(name string, why error, quiet bool) error {
	b, err := tx.broadcast(name)
	if err != nil || len(b.Signals) == 0 {
		return err
	}
	s := &b.Signals[0]
	if s.Pages == 0 { // a start event refuses it, and nobody has heard it
		b.Signals = b.Signals[1:]
		return tx.putBroadcast(b)
	}
	if s.One == 0 {
		s.One = 1
		return tx.putBroadcast(b)
	}
	page, err := tx.audience(name, s.Next)
	if err != nil {
		return err
	}
	if quiet {
		return tx.told(b, len(page))
	}
	id, wait, _ := InnerID(page[s.One-1])
	i, err := tx.Instance(id)
	if err != nil {
		return err
	}
	if t, w := i.find(wait); w != nil {
		tx.raise(i, &Incident{Element: w.Element, Code: "signal_refused", Message: why.Error(), Variables: tx.seen(i, t)})
	}
	return tx.told(b, len(page))
}
