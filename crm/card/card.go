package card

import (
	"fmt"
	"slices"
	"time"

	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// Card is what is kept of a lead or deal beside its instance, whose id is the card's.
type Card struct {
	ID         string           `json:"-"`
	Version    uint64           `json:"-"`
	Funnel     string           `json:"funnel"` // the process
	Definition string           `json:"definition"`
	Kind       funnel.Kind      `json:"kind"`
	Title      string           `json:"title,omitempty"`
	Amount     expression.Money `json:"amount,omitempty"`
	Currency   string           `json:"currency"`
	Owner      string           `json:"owner,omitempty"`
	About      []string         `json:"about,omitempty"` // codes of the choices that say what it is, in order of the funnel's
	Contact    string           `json:"contact,omitempty"`
	Company    string           `json:"company,omitempty"`
	Stands     []Stand          `json:"stands,omitempty"` // in order of the stages
	Beside     []string         `json:"beside,omitempty"` // elements where tokens stand that make no column
	Left       []string         `json:"left,omitempty"`   // stages that it has left, the last one last
	Stuck      int              `json:"stuck,omitempty"`  // open incidents
	Outcome    funnel.Outcome   `json:"outcome,omitempty"`
	Reason     string           `json:"reason,omitempty"` // why it was lost
	Comment    string           `json:"comment,omitempty"`
	Closed     *time.Time       `json:"closed,omitempty"`
	Parent     string           `json:"parent,omitempty"`
	Children   int              `json:"children,omitempty"`
	Finished   int              `json:"finished,omitempty"` // of the children
	From       string           `json:"from,omitempty"`     // the card that was converted into this one
	To         string           `json:"to,omitempty"`
	Worked     []string         `json:"worked,omitempty"` // who worked on it
	Phones     []string         `json:"phones,omitempty"`
	Created    time.Time        `json:"created"`
	Updated    time.Time        `json:"updated"`

	ready *engine.Token // in this deed: all that its task asks for is there
}

// Stand is a stage that a card stands in.
type Stand struct {
	Stage   string     `json:"stage"`
	Since   time.Time  `json:"since"`
	Due     *time.Time `json:"due,omitempty"`
	Token   int        `json:"token"`             // where to reject from
	Task    bool       `json:"task,omitempty"`    // the token is the stage's own open task
	Held    string     `json:"held,omitempty"`    // the element that holds the card on its way, where the stage's task is not open
	Open    []Open     `json:"open,omitempty"`    // tasks open inside a sub-process, and approvals on the way
	Done    []string   `json:"done,omitempty"`    // tracks done
	Missing []Lack     `json:"missing,omitempty"` // at most a few
	Lacks   int        `json:"lacks,omitempty"`   // how many are missing
	Fresh   []string   `json:"fresh,omitempty"`   // fields asked anew that were written since
	Tracks  []Track    `json:"tracks,omitempty"`  // that are open
}

// Lack is one thing that a stage still asks for.
type Lack struct {
	Task string `json:"task"`           // the stage itself, or its track
	Key  string `json:"key"`            // of the field or document, or the rule's code
	Text string `json:"text,omitempty"` // of a rule: its sentence, in the diagram's language
}

// UnmarshalJSON reads what is kept; older versions kept the key alone.
func (l *Lack) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return storage.Unmarshal(data, &l.Key)
	}
	type plain Lack
	return storage.Unmarshal(data, (*plain)(l))
}

// Track is how far an open track of a stage is: by what it counts, else by how much of what it asks for is there.
type Track struct {
	Task string  `json:"task"`
	Have float64 `json:"have"`
	Need float64 `json:"need"`
}

// Open is an open task that is no stage.
type Open struct {
	Element string     `json:"element"`
	Token   int        `json:"token"`
	Due     *time.Time `json:"due,omitempty"`
}

// Kind is that of the records of cards. A card has the id of its instance.
const Kind = "card"

const (
	kindCard     = Kind
	indexBoard   = "card_board"   // funnel, stage, since: one for each stage of an open card; the value is a tally
	indexStuck   = "card_stuck"   // funnel, stage; of an open card that is stuck
	indexClosed  = "card_closed"  // funnel, when; the value is the outcome
	indexCreated = "card_created" // funnel, when
	indexOwner   = "card_owner"   // owner, id; while open
	indexContact = "card_contact" // contact or company, id
	indexParent  = "card_parent"  // parent, id
	indexWord    = "card_word"    // word, id
)

// TopicCard is notified with the id of each card created or changed.
const TopicCard = "card"

// Open tells whether the card is still on its way.
func (c *Card) Open() bool { return c.Closed == nil }

// Stand gives where the card stands in a stage, or nil.
func (c *Card) Stand(stage string) *Stand {
	for n := range c.Stands {
		if c.Stands[n].Stage == stage {
			return &c.Stands[n]
		}
	}
	return nil
}

// Load gives a card by its id.
func (c *Cards) Load(tx *engine.Tx, id string) (*Card, error) {
	card, err := find(tx, id)
	if err == nil && card == nil {
		err = fmt.Errorf("card %.100s: %w", id, engine.ErrNotFound)
	}
	return card, err
}

// find gives a card, nil where there is none: the same one to all who ask in a deed.
func find(tx *engine.Tx, id string) (*Card, error) {
	if id == "" || len(id) > 512 {
		return nil, nil
	}
	known := inMind(tx)
	if card := known[id]; card != nil {
		return card, nil
	}
	found, err := tx.With(id, storage.Ref{Kind: kindCard, ID: id})
	if err != nil || found == nil {
		return nil, err
	}
	card, err := read(found)
	if err == nil {
		known[id] = card
	}
	return card, err
}

// inMind are the cards that a deed has read or made.
func inMind(tx *engine.Tx) map[string]*Card {
	known, _ := tx.Kept.(map[string]*Card)
	if known == nil {
		known = map[string]*Card{}
		tx.Kept = known
	}
	return known
}

func read(r *storage.Record) (*Card, error) {
	card := &Card{}
	if err := storage.Unmarshal(r.Data, card); err != nil {
		return nil, fmt.Errorf("read card %s: %w", r.ID, err)
	}
	card.ID, card.Version = r.ID, r.Version
	return card, nil
}

// save writes the record of a card with its index entries.
func save(tx *engine.Tx, card *Card) error {
	card.Updated = tx.Now()
	data, err := storage.Marshal(card)
	if err != nil {
		return err
	}
	r := &storage.Record{Kind: kindCard, ID: card.ID, Version: card.Version, Data: data, Index: card.index()}
	if err := tx.Put(r); err != nil {
		return err
	}
	card.Version = r.Version
	inMind(tx)[card.ID] = card
	tx.Notify(TopicCard, card.ID)
	return nil
}

// index is the secondary keys of a card. Each costs a write whenever it changes, so there are few.
func (c *Card) index() []storage.Entry {
	var all []storage.Entry
	add := func(index string, value []byte, parts ...string) {
		all = append(all, storage.Entry{Index: index, Key: storage.Key(parts...), Value: value})
	}
	if c.Open() {
		for n := range c.Stands {
			s := &c.Stands[n]
			add(indexBoard, tally{c.Amount, s.Due, c.Owner}.pack(), c.Funnel, s.Stage, storage.Time(s.Since))
			if c.Stuck > 0 {
				add(indexStuck, nil, c.Funnel, s.Stage)
			}
		}
		if c.Owner != "" {
			add(indexOwner, nil, c.Owner, c.ID)
		}
	} else {
		add(indexClosed, []byte(c.Outcome), c.Funnel, storage.Time(*c.Closed))
	}
	add(indexCreated, nil, c.Funnel, storage.Time(c.Created))
	for _, who := range []string{c.Contact, c.Company} {
		if who != "" {
			add(indexContact, nil, who, c.ID)
		}
	}
	if c.Parent != "" {
		add(indexParent, nil, c.Parent, c.ID)
	}
	for _, word := range c.words() {
		add(indexWord, nil, word, c.ID)
	}
	return all
}

// leave notes that a stage was left.
func (c *Card) leave(stage string) {
	c.Left = slices.DeleteFunc(c.Left, func(s string) bool { return s == stage })
	c.Left = append(c.Left, stage)
}
