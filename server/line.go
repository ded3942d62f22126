package server

import (
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine/expression"
)

// money is an amount in minor units.
type money struct {
	Amount   expression.Money `json:"amount"`
	Currency string           `json:"currency"`
}

// line is a card as boards and lists show it.
type line struct {
	ID       string         `json:"id"`
	Version  uint64         `json:"version"`
	Funnel   string         `json:"funnel"`
	Kind     funnel.Kind    `json:"kind"`
	Title    string         `json:"title"`
	Amount   money          `json:"amount"`
	Owner    string         `json:"owner,omitempty"`
	Contact  string         `json:"contact,omitempty"`
	Company  string         `json:"company,omitempty"`
	Stage    string         `json:"stage,omitempty"` // the one that it is shown in; once closed, the one that it was left at
	Since    *time.Time     `json:"since,omitempty"` // in that stage
	Due      *time.Time     `json:"due,omitempty"`
	Parallel []string       `json:"parallel,omitempty"` // the other stages that it stands in
	Next     *card.Next     `json:"next,omitempty"`
	About    string         `json:"about,omitempty"`
	Tracks   []card.Going   `json:"tracks,omitempty"`
	Done     int            `json:"done"` // tracks
	Stuck    int            `json:"stuck"`
	Parent   string         `json:"parent,omitempty"`
	Children int            `json:"children"`
	Finished int            `json:"finished"`
	Outcome  funnel.Outcome `json:"outcome,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Created  time.Time      `json:"created"`
	Updated  time.Time      `json:"updated"`
	Closed   *time.Time     `json:"closed,omitempty"`
}

func lineOf(i *card.Item) line {
	l := line{
		ID: i.ID, Version: i.Version, Funnel: i.Funnel, Kind: i.Kind, Title: i.Title, Amount: money{i.Amount, i.Currency}, Owner: i.Owner,
		Contact: i.Contact, Company: i.Company, Parallel: i.Parallel, Next: i.Next, About: i.About, Tracks: i.Tracks, Stuck: i.Stuck, Parent: i.Parent, Children: i.Children,
		Finished: i.Finished, Outcome: i.Outcome, Reason: i.Reason, Created: i.Created, Updated: i.Updated, Closed: i.Closed,
	}
	if n := len(i.Left); i.Closed != nil && n > 0 {
		l.Stage = i.Left[n-1]
	}
	if s := i.Stand; s != nil {
		l.Stage, l.Since, l.Due, l.Done = s.Stage, &s.Since, s.Due, len(s.Done)
	}
	return l
}

func linesOf(items []*card.Item) []line {
	all := make([]line, len(items))
	for n, i := range items {
		all[n] = lineOf(i)
	}
	return all
}
