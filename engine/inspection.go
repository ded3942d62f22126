package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/voronka/voronka/storage"
)

// Inspection looks for what is wrong with the records of the engine: what they refer to and is not there, tokens where nothing is drawn,
// history with holes, entries that they should not have. It is shown all records of a store in the order of storage.Pages.
type Inspection struct {
	Found func(storage.Flaw)

	history string // the instance whose history is looked at
	pages   int    // of it so far
	begins  int    // with which page it did
}

// MendEntries mends entries that are not as they should be.
const MendEntries = "voronka check --mend writes its entries anew."

// Entries are those that a record of the engine should have. known: they follow from the record; of other records they do not.
func (tx *Tx) Entries(r *storage.Record) (entries []storage.Entry, known bool, err error) {
	switch r.Kind {
	case kindInstance:
		i, err := tx.Peek(r)
		if err != nil {
			return nil, false, err
		}
		if what := i.misplaced(); what != "" {
			return nil, false, fmt.Errorf("read instance %s: %s", i.ID, what)
		}
		return i.index(), true, nil
	case kindProcess:
		l, err := readLatest(r)
		return l.index(), err == nil, err
	case kindDefinition:
		d := &Definition{ID: r.ID}
		err := storage.Unmarshal(r.Data, d)
		return d.index(), err == nil, err
	case kindMailbox:
		m := &mailbox{record: r}
		if err := storage.Unmarshal(r.Data, m); err != nil || len(m.Messages) == 0 {
			return nil, err == nil, err
		}
		return m.index(), true, nil
	case kindXML, kindAudience, kindItems:
		return nil, true, nil
	}
	return nil, false, nil
}

// Peek reads an instance of its record, for who looks at many: the transaction does not keep it.
func (tx *Tx) Peek(r *storage.Record) (*Instance, error) {
	i := &Instance{ID: r.ID, version: r.Version}
	if err := storage.Unmarshal(r.Data, i); err != nil {
		return nil, err
	}
	prog, err := tx.program(i.Definition)
	if err != nil {
		return nil, err
	}
	i.prog = prog
	i.link()
	return i, nil
}

// misplaced says which token stands where nothing is drawn; empty: none.
func (i *Instance) misplaced() string {
	for _, t := range i.Tokens {
		if t.node == nil {
			return fmt.Sprintf("token %d stands at %q, which its definition %s has not", t.ID, t.Element, i.Definition)
		}
	}
	return ""
}

// Look is shown the next records, all of one kind.
func (n *Inspection) Look(tx *Tx, page []*storage.Record) error {
	if len(page) == 0 {
		return nil
	}
	look, known := map[string]func(*Tx, []*storage.Record) error{
		kindHistory: n.histories, kindInstance: n.instances, kindDefinition: n.definitions, kindProcess: n.processes, kindXML: n.files,
		kindMailbox: n.due, kindMessage: n.due, kindBroadcast: n.broadcasts, kindAudience: n.audiences, kindItems: n.items,
	}[page[0].Kind]
	if page[0].Kind != kindHistory {
		if err := n.historyEnds(tx); err != nil {
			return err
		}
	}
	if !known {
		return nil
	}
	if err := n.entries(tx, page); err != nil {
		return err
	}
	return look(tx, page)
}

// Knows tells whether records of a kind are the engine's.
func (n *Inspection) Knows(kind string) bool {
	return slices.Contains([]string{
		kindHistory, kindInstance, kindDefinition, kindProcess, kindXML, kindMailbox, kindMessage, kindBroadcast, kindAudience, kindItems,
	}, kind)
}

// End is called behind the last record.
func (n *Inspection) End(tx *Tx) error { return n.historyEnds(tx) }

func (n *Inspection) found(r storage.Ref, mend, format string, args ...any) {
	n.Found(storage.Flaw{Ref: r, What: fmt.Sprintf(format, args...), Mend: mend})
}

// entries compares the entries of records with those that they should have.
func (n *Inspection) entries(tx *Tx, page []*storage.Record) error {
	for _, r := range page {
		should, known, err := tx.Entries(r)
		if err != nil {
			n.found(r.Ref(), storage.MendBackup, "can't be read: %s.", err)
		} else if f := storage.FlawOfEntries(r, should, MendEntries); known && f != nil {
			n.Found(*f)
		}
	}
	return nil
}

// instances looks at what instances refer to.
func (n *Inspection) instances(tx *Tx, page []*storage.Record) error {
	var all []*Instance
	asked := map[storage.Ref]*storage.Record{}
	ask := func(kind, id string) { asked[storage.Ref{Kind: kind, ID: id}] = nil }
	for _, r := range page {
		i, err := tx.Peek(r)
		if err != nil || i.misplaced() != "" {
			continue // said already
		}
		all = append(all, i)
		if i.Pages > 0 {
			ask(kindHistory, pageID(i.ID, i.Pages))
		}
		if i.Parent != nil && i.State == Active {
			ask(kindInstance, i.Parent.Instance)
		}
		for _, t := range i.Tokens {
			if t.Called != "" {
				ask(kindInstance, t.Called)
			}
			if t.Loop != nil {
				for page := range t.Loop.Pages {
					ask(kindItems, itemsID(i, t, page))
				}
			}
		}
	}
	if err := fetch(tx, asked); err != nil {
		return err
	}
	for _, i := range all {
		n.instance(tx, i, asked)
	}
	return nil
}

// fetch gets the records asked for.
func fetch(tx *Tx, asked map[storage.Ref]*storage.Record) error {
	refs := make([]storage.Ref, 0, len(asked))
	for ref := range asked {
		refs = append(refs, ref)
	}
	if len(refs) == 0 {
		return nil
	}
	found, err := tx.Get(refs...)
	for at, r := range found {
		asked[refs[at]] = r
	}
	return err
}

func (n *Inspection) instance(tx *Tx, i *Instance, asked map[storage.Ref]*storage.Record) {
	ref := storage.Ref{Kind: kindInstance, ID: i.ID}
	if i.Pages > 0 && asked[storage.Ref{Kind: kindHistory, ID: pageID(i.ID, i.Pages)}] == nil {
		n.found(ref, storage.MendBackup, "page %d of its history, the last one, is gone.", i.Pages)
	}
	if i.State != Active && len(i.Tokens) > 0 {
		n.found(ref, storage.MendBackup, "it is %s, and has %d tokens.", i.State, len(i.Tokens))
	}
	tokens := map[int]bool{0: true}
	for _, t := range i.Tokens {
		if tokens[t.ID] || t.ID > i.Next {
			n.found(ref, storage.MendBackup, "two of its things have the number %d.", t.ID)
		}
		if !tokens[t.In] {
			n.found(ref, storage.MendBackup, "token %d stands inside token %d, which is gone.", t.ID, t.In)
		}
		tokens[t.ID] = true
		n.token(tx, i, t, asked)
	}
	for _, j := range i.Jobs {
		if !tokens[j.Token] {
			n.found(ref, storage.MendBackup, "job %d works for token %d, which is gone.", j.ID, j.Token)
		}
		if i.prog.nodes[j.Element] == nil {
			n.found(ref, "Complete or cancel the job.", "job %d stands at %q, which its definition %s has not.", j.ID, j.Element, i.Definition)
		}
	}
	if i.Parent == nil || i.State != Active {
		return
	}
	parent, err := peekAt(tx, asked, i.Parent.Instance)
	if err != nil || parent == nil || parent.token(i.Parent.Token) == nil {
		n.found(ref, "Cancel the instance: nobody waits for it.", "instance %s, token %d, which it works for, is gone.", i.Parent.Instance, i.Parent.Token)
	}
}

func peekAt(tx *Tx, asked map[storage.Ref]*storage.Record, id string) (*Instance, error) {
	r := asked[storage.Ref{Kind: kindInstance, ID: id}]
	if r == nil {
		return nil, nil
	}
	return tx.Peek(r)
}

// token looks at what a token waits for.
func (n *Inspection) token(tx *Tx, i *Instance, t *Token, asked map[storage.Ref]*storage.Record) {
	ref := storage.Ref{Kind: kindInstance, ID: i.ID}
	for _, w := range t.Waits {
		if i.prog.nodes[w.Element] == nil {
			n.found(ref, "Migrate the instance to a version that has the element.", "token %d waits for %q, which its definition %s has not.", t.ID, w.Element, i.Definition)
		}
	}
	if t.Called != "" {
		called, err := peekAt(tx, asked, t.Called)
		if err != nil || called == nil || called.Parent == nil || *called.Parent != (Link{i.ID, t.ID}) {
			n.found(ref, "Move the token at the call activity.", "token %d waits at %q for instance %s, which is gone.", t.ID, t.Element, t.Called)
		}
	}
	if t.Loop != nil {
		for page := range t.Loop.Pages {
			if id := itemsID(i, t, page); asked[storage.Ref{Kind: kindItems, ID: id}] == nil {
				n.found(ref, storage.MendBackup, "page %d of the items of %q is gone.", page, t.Element)
			}
		}
	}
}

// histories counts the pages of each instance: they are numbered from 1 without a hole.
func (n *Inspection) histories(tx *Tx, page []*storage.Record) error {
	for _, r := range page {
		var lines []Line
		if err := storage.Unmarshal(r.Data, &lines); err != nil {
			n.found(r.Ref(), storage.MendBackup, "can't be read: %s.", err)
		}
		at := strings.LastIndexByte(r.ID, '/')
		number, err := strconv.Atoi(r.ID[at+1:])
		if at < 0 || err != nil {
			n.found(r.Ref(), storage.MendBackup, "it is no page of anything.")
			continue
		}
		if id := r.ID[:at]; id != n.history || n.pages == 0 {
			if err := n.historyEnds(tx); err != nil {
				return err
			}
			n.history, n.begins, n.pages = id, number, number-1
		}
		if number != n.pages+1 {
			n.found(r.Ref(), storage.MendBackup, "the page of history before it is gone.")
		}
		n.pages = number
	}
	return nil
}

// historyEnds compares the history that was counted with what its instance says of it. One that is being forgotten may have lost its
// beginning.
func (n *Inspection) historyEnds(tx *Tx) error {
	if n.pages == 0 {
		return nil
	}
	ref := storage.Ref{Kind: kindInstance, ID: n.history}
	pages, begins := n.pages, n.begins
	n.pages = 0
	found, err := tx.Get(ref)
	if err != nil {
		return err
	}
	if found[0] == nil {
		n.found(storage.Ref{Kind: kindHistory, ID: n.history}, "Nothing is lost by it: it can stay.", "its instance is gone, and %d pages are left.", pages-begins+1)
		return nil
	}
	if i := (&Instance{}); storage.Unmarshal(found[0].Data, i) == nil { // else that is said where the instance is
		forgotten := i.Turn > 0 || i.Expires != nil && !i.Expires.After(tx.now)
		if pages != i.Pages || begins != 1 && !forgotten {
			n.found(ref, storage.MendBackup, "of %d pages of its history, pages %d to %d are there.", i.Pages, begins, pages)
		}
	}
	return nil
}

// definitions looks for the files that definitions are made of.
func (n *Inspection) definitions(tx *Tx, page []*storage.Record) error {
	for _, r := range page {
		if _, err := tx.program(r.ID); err != nil {
			n.found(r.Ref(), "Upload the same file again; or restore the newest backup that is sound.", "can't be read: %s.", err)
		}
	}
	return nil
}

// files compares the names of files, which are their sums, with what is in them.
func (n *Inspection) files(_ *Tx, page []*storage.Record) error {
	for _, r := range page {
		var xml []byte
		err := storage.Unmarshal(r.Data, &xml)
		if sum := sha256.Sum256(xml); err != nil || hex.EncodeToString(sum[:]) != r.ID {
			n.found(r.Ref(), storage.MendBackup, "the file is not what was uploaded.")
		}
	}
	return nil
}

// processes looks for the newest versions of processes.
func (n *Inspection) processes(tx *Tx, page []*storage.Record) error {
	for _, r := range page {
		l, err := readLatest(r)
		if err != nil {
			continue // said already
		}
		if d, err := tx.Definition(l.Definition); err != nil || d.Version != l.Version {
			n.found(r.Ref(), "Upload the diagram again.", "its newest version, %s, is gone.", l.Definition)
		}
	}
	return nil
}

// due looks whether what waits for a time is found when it has come.
func (n *Inspection) due(_ *Tx, page []*storage.Record) error {
	for _, r := range page {
		if !slices.ContainsFunc(r.Index, func(e storage.Entry) bool { return e.Index == indexDue }) {
			n.found(r.Ref(), storage.MendBackup, "nothing says when it is due.")
		}
	}
	return nil
}

// broadcasts looks for those who are still to hear a signal.
func (n *Inspection) broadcasts(tx *Tx, page []*storage.Record) error {
	for _, r := range page {
		b := &broadcast{}
		if err := storage.Unmarshal(r.Data, b); err != nil || len(b.Signals) == 0 {
			n.found(r.Ref(), storage.MendBackup, "can't be read: %d signals, %v.", len(b.Signals), err)
			continue
		}
		for at := b.Signals[0].Next; at < b.Signals[0].Pages; at++ {
			if found, err := tx.Get(audience(r.ID, at)); err != nil {
				return err
			} else if found[0] == nil {
				n.found(r.Ref(), "Send the signal again.", "page %d of those who are to hear it is gone.", at)
			}
		}
	}
	return n.due(tx, page)
}

// audiences looks for the signals that are to be heard.
func (n *Inspection) audiences(tx *Tx, page []*storage.Record) error {
	for _, r := range page {
		name, number, ok := cutPage(r.ID)
		b, err := tx.broadcast(name)
		if err != nil {
			return err
		}
		if s := b.Signals; !ok || len(s) == 0 || number < s[0].Next || number >= s[0].Pages {
			n.found(r.Ref(), "Nothing is lost by it: it can stay.", "no signal is left for those who are to hear it.")
		}
	}
	return nil
}

// items looks for the loops that the items are for.
func (n *Inspection) items(tx *Tx, page []*storage.Record) error {
	for _, r := range page {
		outer, number, ok := cutPage(r.ID)
		id, token, too := InnerID(outer)
		found, err := tx.Get(storage.Ref{Kind: kindInstance, ID: id})
		if err != nil {
			return err
		}
		var t *Token
		if found[0] != nil {
			i := &Instance{}
			if storage.Unmarshal(found[0].Data, i) == nil {
				t = i.token(token)
			}
		}
		if !ok || !too || t == nil || t.Loop == nil || number >= t.Loop.Pages {
			n.found(r.Ref(), "Nothing is lost by it: it can stay.", "the activity that these items are for is over.")
		}
	}
	return nil
}

// cutPage splits what a record and the number of a page of it were put together to.
func cutPage(id string) (of string, number int, ok bool) {
	at := strings.LastIndexByte(id, '/')
	if at < 0 {
		return "", 0, false
	}
	number, err := strconv.Atoi(id[at+1:])
	return id[:at], number, err == nil
}
