package server

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// instance is a run of a process with its tokens, for whoever mends one by hand.
type instance struct {
	ID         string       `json:"id"`
	Definition string       `json:"definition"`
	Process    string       `json:"process"`
	Card       string       `json:"card,omitempty"` // that it is of
	State      engine.State `json:"state"`
	Started    time.Time    `json:"started"`
	Tokens     []token      `json:"tokens"`
}

// token is a token of BPMN: it stands at an element, inside the token of its scope.
type token struct {
	ID      int               `json:"id"`
	In      int               `json:"in,omitempty"`
	Element string            `json:"element"`
	Name    string            `json:"name"`
	State   engine.TokenState `json:"state"`
	Turn    int               `json:"turn,omitempty"` // of a multi-instance activity or loop, from 1
	Since   time.Time         `json:"since"`
}

// showInstance gives an instance with its tokens. Needs the right oversee.
func showInstance(c *call) (*answer, error) {
	if err := c.need(access.Oversee); err != nil {
		return nil, err
	}
	var a *answer
	err := c.view(func(tx *engine.Tx) (err error) {
		a, err = c.instance(tx, c.path("id"))
		return err
	})
	return a, err
}

func (c *call) instance(tx *engine.Tx, id string) (*answer, error) {
	i, err := tx.Instance(id)
	if err != nil {
		return nil, err
	}
	root, err := c.s.cards.Root(tx, id)
	if err != nil {
		return nil, err
	}
	one := instance{ID: i.ID, Definition: i.Definition, Process: i.Process, Card: root, State: i.State, Started: i.Started.UTC(), Tokens: []token{}}
	for _, t := range i.Tokens {
		name, err := c.nameOf(tx, i.Definition, t.Element)
		if err != nil {
			return nil, err
		}
		one.Tokens = append(one.Tokens, token{t.ID, t.In, t.Element, name, t.State, t.Turn, t.Since.UTC()})
	}
	return ok(one)
}

// modify reads the body, does a deed on the tokens of an instance for the reason written in it, and answers with the instance. Needs the
// right configure.
func (c *call) modify(body any, why *string, do func(tx *engine.Tx, id string) error) (*answer, error) {
	if err := c.need(access.Configure); err != nil {
		return nil, err
	}
	if err := c.json(body); err != nil {
		return nil, err
	}
	if strings.TrimSpace(*why) == "" {
		return nil, badField("why", "required")
	}
	return c.update(func(tx *engine.Tx) (string, error) {
		id := c.path("id")
		return id, do(tx, id)
	}, c.instance)
}

// startToken starts a token at an element, beside those that are there.
func startToken(c *call) (*answer, error) {
	var in struct {
		Element string `json:"element"`
		In      int    `json:"in"`
		Why     string `json:"why"`
	}
	return c.modify(&in, &in.Why, func(tx *engine.Tx, id string) error {
		return tx.StartToken(id, in.Element, in.In, c.actor.ID, in.Why)
	})
}

// moveToken takes a token to another element.
func moveToken(c *call) (*answer, error) {
	var in struct {
		To  string `json:"to"`
		Why string `json:"why"`
	}
	return c.modify(&in, &in.Why, func(tx *engine.Tx, id string) error {
		token, err := c.tokenID()
		if err != nil {
			return err
		}
		return tx.Move(id, token, in.To, c.actor.ID, in.Why)
	})
}

// cancelToken cancels a token, with all inside it.
func cancelToken(c *call) (*answer, error) {
	var in struct {
		Why string `json:"why"`
	}
	return c.modify(&in, &in.Why, func(tx *engine.Tx, id string) error {
		token, err := c.tokenID()
		if err != nil {
			return err
		}
		return tx.CancelToken(id, token, c.actor.ID, in.Why)
	})
}

// reopenInstance takes up an instance again that is over. A card has a deed of its own for it.
func reopenInstance(c *call) (*answer, error) {
	var in struct {
		Element string `json:"element"`
		Why     string `json:"why"`
	}
	return c.modify(&in, &in.Why, func(tx *engine.Tx, id string) error {
		switch _, err := c.s.cards.Load(tx, id); {
		case err == nil:
			return &engine.Refused{Code: "instance_card", Message: "this instance is a card: POST " + apiPath + "/cards/" + id + "/reopen"}
		case !errors.Is(err, engine.ErrNotFound):
			return err
		}
		return tx.Reopen(id, in.Element, c.actor.ID, in.Why)
	})
}

func (c *call) tokenID() (int, error) {
	id, err := strconv.Atoi(c.path("token"))
	if err != nil {
		return 0, errNotFound
	}
	return id, nil
}

// happened is a line of an instance's history, without what came with it but for a reason: values may be for others' eyes.
type happened struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Element string    `json:"element,omitempty"`
	Token   int       `json:"token,omitempty"`
	Who     string    `json:"who,omitempty"`
	To      string    `json:"to,omitempty"`
	Why     string    `json:"why,omitempty"`
}

// showInstanceHistory gives what happened to an instance, deed by deed, the oldest first. limit counts deeds. Needs the right oversee.
func showInstanceHistory(c *call) (*answer, error) {
	if err := c.need(access.Oversee); err != nil {
		return nil, err
	}
	after, limit, err := c.pages()
	if err != nil {
		return nil, err
	}
	var all []happened
	cursor := ""
	err = c.view(func(tx *engine.Tx) error {
		all = []happened{}
		if _, err := tx.Instance(c.path("id")); err != nil {
			return err
		}
		lines, last, err := tx.History(c.path("id"), after, limit)
		if err != nil {
			return err
		}
		for _, l := range lines {
			one := happened{At: l.At.UTC(), Kind: l.Kind, Element: l.Element, Token: l.Token, Who: l.Who}
			switch l.Kind {
			case engine.LineMoved:
				_ = json.Unmarshal(l.Data, &one) // {"to", "why"}
			case engine.LineDropped, engine.LinePlaced, engine.LineReopened:
				_ = json.Unmarshal(l.Data, &one.Why)
			}
			all = append(all, one)
		}
		if last-after == limit {
			cursor = strconv.Itoa(last)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"history": all, "next": next(cursor)})
}
