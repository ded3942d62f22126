package server

import (
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// usualPeriod is what a report is of where nobody says.
const usualPeriod = 90 * 24 * time.Hour

// report is what became of a funnel's cards in a period.
type report struct {
	From   time.Time     `json:"from"`
	To     time.Time     `json:"to"`
	Totals totals        `json:"totals"`
	Stages []stageReport `json:"stages"`
}

type totals struct {
	Open    int `json:"open"`
	Won     int `json:"won"`
	Lost    int `json:"lost"`
	Created int `json:"created"`
}

type stageReport struct {
	Stage   string        `json:"stage"`
	Name    string        `json:"name"`
	Entered int           `json:"entered"`
	Passed  int           `json:"passed"`
	Back    int           `json:"back"`
	Lost    int           `json:"lost"`
	Now     int           `json:"now"`
	Amount  money         `json:"amount_now"`
	Overdue int           `json:"overdue"`
	Stuck   int           `json:"stuck"`
	Median  int64         `json:"median_seconds"`
	P90     int64         `json:"p90_seconds"`
	Share   *float64      `json:"deadline_share,omitempty"`
	Reasons []reasonCount `json:"reasons"`
}

type reasonCount struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// showReport counts what became of a funnel's cards from ?from= to ?to=, as openapi.yaml describes it.
func showReport(c *call) (*answer, error) {
	from, to, err := c.period()
	if err != nil {
		return nil, err
	}
	var found *card.Report
	err = c.view(func(tx *engine.Tx) (err error) {
		found, err = c.s.cards.Report(tx, c.actor, c.path("funnel"), from, to)
		if err == nil && !c.sees(found.Funnel) {
			err = errHidden
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	r := report{from, to, totals{found.Open, found.Won, found.Lost, found.Created}, []stageReport{}}
	for _, s := range found.Stages {
		one := stageReport{
			Stage: s.ID, Name: s.ID, Entered: s.Entered, Passed: s.Passed, Back: s.Back, Lost: s.Lost, Now: s.Now,
			Amount: money{s.Amount, found.Funnel.Currency}, Overdue: s.Overdue, Stuck: s.Stuck,
			Median: int64(s.Median / time.Second), P90: int64(s.P90 / time.Second), Share: s.Share, Reasons: []reasonCount{},
		}
		if s.Stage != nil {
			one.Name = s.Stage.Name
		}
		for _, reason := range s.Reasons {
			one.Reasons = append(one.Reasons, reasonCount(reason))
		}
		r.Stages = append(r.Stages, one)
	}
	return ok(r)
}

// period reads ?from= and ?to=; the usual one ends now.
func (c *call) period() (from, to time.Time, err error) {
	q := c.r.URL.Query()
	read := func(name string, usual time.Time) (time.Time, error) {
		text := q.Get(name)
		if text == "" {
			return usual, nil
		}
		t, err := time.Parse(time.RFC3339, text)
		if err != nil || t.UTC().Year() < 0 || t.UTC().Year() > 9999 {
			return t, badField(name, "malformed")
		}
		return t.UTC(), nil
	}
	if to, err = read("to", c.s.engine.Now().UTC()); err != nil {
		return from, to, err
	}
	if from, err = read("from", to.Add(-usualPeriod)); err != nil {
		return from, to, err
	}
	if q.Get("to") != "" && !from.Before(to) {
		return from, to, badField("to", "malformed")
	}
	return from, to, nil
}
