package card

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// tally is what a board counts of a card without loading it. It stands in the value of the board's index entry.
type tally struct {
	amount expression.Money
	due    *time.Time
	owner  string
}

func (t tally) pack() []byte {
	b := binary.AppendVarint(nil, int64(t.amount))
	due := int64(0)
	if t.due != nil {
		due = t.due.Unix()
	}
	return append(binary.AppendVarint(b, due), t.owner...)
}

// unpack reads what pack wrote: the amount, when it is due in seconds (0: never), and the owner.
func unpack(b []byte) (amount expression.Money, due int64, owner []byte) {
	n, at := binary.Varint(b)
	if at <= 0 {
		return 0, 0, nil
	}
	due, more := binary.Varint(b[at:])
	return expression.Money(n), due, b[at+max(more, 0):]
}

// View says which cards of a board are looked at, and how many of each column.
type View struct {
	Owner   string
	Overdue bool
	Text    string
	Fields  map[string]string // fields that have exactly these values; each card's instance is loaded for it
	Limit   int               // cards of a column: 50 where 0
	Stage   string            // only this column
	After   string            // its cards behind this cursor
}

// Board is a funnel's open cards by stage.
type Board struct {
	Funnel  *funnel.Funnel
	Columns []*Column
}

// Column is one stage with its cards, the longest there first.
type Column struct {
	Stage   *funnel.Stage // nil: a stage that the newest version no longer has
	ID      string
	Count   int
	Amount  expression.Money
	Overdue int
	Cards   []*Item
	Next    string // cursor behind the last card; empty at the end

	refs []storage.Ref
	last string
}

// Item is a card as a column shows it.
type Item struct {
	*Card
	Stand    *Stand
	Next     *Next
	Parallel []string // the other stages that it stands in
	About    string   // what it is, in a few words
	Tracks   []Going  // of the stage, where it has several
}

// Going is a track of the stage that a card stands in, with how far it is. One that is not open yet, or that nothing is asked on, needs
// nothing.
type Going struct {
	Track
	Done bool   `json:"done"`
	Text string `json:"text,omitempty"` // what is missing
}

// Board gives the columns of the newest version of a funnel: counts and sums from the index alone, and the first cards of each.
func (c *Cards) Board(tx *engine.Tx, reader access.Actor, process string, v View) (*Board, error) {
	f, err := c.board(tx, reader, process)
	if err != nil {
		return nil, err
	}
	if err := seeks(f, reader, v.Fields); err != nil {
		return nil, err
	}
	if v.Limit == 0 {
		v.Limit = 50
	}
	b := &Board{Funnel: f}
	for _, s := range f.Stages {
		if v.Stage == "" || v.Stage == s.ID {
			b.Columns = append(b.Columns, &Column{Stage: s, ID: s.ID, Cards: []*Item{}})
		}
	}
	if err := c.count(tx, b, v); err != nil {
		return nil, err
	}
	if !f.AmountSeenBy(reader) {
		for _, column := range b.Columns {
			column.Amount = 0
		}
	}
	return b, c.fill(tx, b, reader)
}

// seeks refuses to look for values of fields that there are not, or not for the reader.
func seeks(f *funnel.Funnel, reader access.Actor, fields map[string]string) error {
	var missing []Missing
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if field := f.Field(key); field == nil || !field.SeenBy(reader) {
			missing = append(missing, Missing{Kind: MissingField, Key: key, Label: key, Message: sayNoField.in(reader.Language, key)})
		}
	}
	return refused(missing)
}

// board is the newest version of a funnel that has a board.
func (c *Cards) board(tx *engine.Tx, reader access.Actor, process string) (*funnel.Funnel, error) {
	d, err := tx.Latest(process)
	if err != nil {
		return nil, err
	}
	f, err := c.Funnel(tx, d.ID, reader.Language)
	if err == nil && (f == nil || f.Kind == funnel.Track) {
		return nil, no(process, d.Name, sayNoBoard.in(reader.Language, d.Name))
	}
	return f, err
}

// count walks over the board's index once.
func (c *Cards) count(tx *engine.Tx, b *Board, v View) error {
	found, err := c.among(tx, v)
	if err != nil {
		return err
	}
	r := storage.Range{Index: indexBoard, Keys: true}.Prefix(b.Funnel.ID)
	if v.Stage != "" {
		r = r.Prefix(b.Funnel.ID, v.Stage)
	}
	now, start := tx.Now().Unix(), len(storage.Key(b.Funnel.ID, ""))
	var column *Column
	for hit, err := range tx.Scan(r) {
		if err != nil {
			return err
		}
		amount, due, owner := unpack(hit.Value)
		late := due != 0 && due <= now
		if v.Owner != "" && v.Owner != string(owner) || v.Overdue && !late || found != nil && !found[hit.Ref.ID] {
			continue
		}
		if len(v.Fields) > 0 {
			ok, err := has(tx, hit.Ref.ID, v.Fields)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
		}
		stage := hit.Key[start:]
		stage = stage[:strings.IndexByte(stage, 0)]
		if column == nil || column.ID != stage {
			column = b.column(stage)
		}
		column.Count++
		column.Amount += amount
		if late {
			column.Overdue++
		}
		switch {
		case v.After != "" && hit.Cursor <= v.After:
		case len(column.refs) < v.Limit:
			column.refs, column.last = append(column.refs, hit.Ref), hit.Cursor
		default:
			column.Next = column.last
		}
	}
	return nil
}

// column is the column of a stage. A stage of an older version in which cards still stand gets one at the end.
func (b *Board) column(stage string) *Column {
	for _, c := range b.Columns {
		if c.ID == stage {
			return c
		}
	}
	c := &Column{ID: stage, Cards: []*Item{}}
	b.Columns = append(b.Columns, c)
	return c
}

// among are the cards that a text finds; nil where none is asked for.
func (c *Cards) among(tx *engine.Tx, v View) (map[string]bool, error) {
	if strings.TrimSpace(v.Text) == "" {
		return nil, nil
	}
	cards, _, err := c.Search(tx, v.Text, nil, "", 10_000)
	all := map[string]bool{}
	for _, card := range cards {
		all[card.ID] = true
	}
	return all, err
}

// has tells whether a card's fields have these values.
func has(tx *engine.Tx, id string, fields map[string]string) (bool, error) {
	i, err := tx.Instance(id)
	if err != nil {
		return false, err
	}
	for key, want := range fields {
		raw := i.Variable(key)
		if string(raw) != want && text(i, key) != want {
			return false, nil
		}
	}
	return true, nil
}

// fill loads the cards that the columns show, all in one round trip.
func (c *Cards) fill(tx *engine.Tx, b *Board, reader access.Actor) error {
	var refs []storage.Ref
	for _, column := range b.Columns {
		refs = append(refs, column.refs...)
	}
	if len(refs) == 0 {
		return nil
	}
	records, err := tx.Get(refs...)
	if err != nil {
		return err
	}
	for _, column := range b.Columns {
		mine := records[:len(column.refs)]
		records = records[len(column.refs):]
		for _, r := range mine {
			if r == nil {
				continue
			}
			card, err := read(r)
			if err != nil {
				return err
			}
			item, err := c.item(tx, card, column.ID, reader)
			if err != nil {
				return err
			}
			column.Cards = append(column.Cards, item)
		}
	}
	return nil
}

// item is a card as it is shown in a stage; in the first one that it stands in where none is named.
func (c *Cards) item(tx *engine.Tx, card *Card, stage string, reader access.Actor) (*Item, error) {
	f, err := c.Funnel(tx, card.Definition, reader.Language)
	if err != nil {
		return nil, err
	}
	if !f.AmountSeenBy(reader) {
		shown := *card
		shown.Amount, card = 0, &shown
	}
	item := &Item{Card: card, Stand: card.Stand(stage)}
	if item.Stand == nil && len(card.Stands) > 0 {
		item.Stand = &card.Stands[0]
	}
	for _, s := range card.Stands {
		if item.Stand != nil && s.Stage != item.Stand.Stage {
			item.Parallel = append(item.Parallel, s.Stage)
		}
	}
	item.Next = next(card, item.Stand, f, reader, tx.Now())
	item.About = about(card, f)
	if item.Stand != nil {
		item.Tracks = item.Stand.going(f, reader.Language)
	}
	return item, nil
}

// about says what a card is.
func about(card *Card, f *funnel.Funnel) string {
	var all []string
	for n, field := range f.About() {
		if n < len(card.About) && card.About[n] != "" {
			name, _, _ := strings.Cut(field.Choice(card.About[n]), ", ") // "B, car" is "B" where there is little room
			all = append(all, name)
		}
	}
	return strings.Join(all, " · ")
}

// going tells how far each track of the stage is.
func (s *Stand) going(f *funnel.Funnel, language string) []Going {
	stage := f.Stage(s.Stage)
	if stage == nil || len(stage.Tracks) < 2 {
		return nil
	}
	all := make([]Going, len(stage.Tracks))
	for n, task := range stage.Tracks {
		all[n] = Going{Track: Track{Task: task.ID}, Done: slices.Contains(s.Done, task.ID)}
		for _, t := range s.Tracks {
			if t.Task == task.ID {
				all[n].Track, all[n].Text = t, s.lacking(f, language, t.Task)
			}
		}
	}
	return all
}

// Items are cards as lists show them.
func (c *Cards) Items(tx *engine.Tx, cards []*Card, reader access.Actor) ([]*Item, error) {
	all := make([]*Item, len(cards))
	for n, card := range cards {
		item, err := c.item(tx, card, "", reader)
		if err != nil {
			return nil, err
		}
		all[n] = item
	}
	return all, nil
}
