package drivingschool

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// The seeded school has what was promised, whenever the past ends: on a Saturday afternoon, in a night of the New Year's holidays. The
// same end gives the same school.
func TestSeed(t *testing.T) {
	pictures := map[string]string{}
	for _, until := range []string{"2026-11-21 15:30", "2026-11-21 15:30", "2027-01-05 03:10"} {
		o := opened(t, Beginning(local(until)).In(Zone).Format("2006-01-02 15:04"))
		began := time.Now()
		o.must(Seed(t.Context(), o.School, local(until)))
		t.Logf("until %s in %s", until, time.Since(began).Round(time.Millisecond))
		picture := o.picture()
		if first, second := pictures[until]; second {
			if picture != first {
				t.Errorf("the boards differ:\n%s\n%s", first, picture)
			}
			continue
		}
		pictures[until] = picture
		o.counts("leads", map[string]int{
			"register_request": 3, "make_contact": 5, "identify_need": 7, "qualify_lead": 7, "junk": 35, "converted": 63,
		})
		o.counts("deals_b2c", map[string]int{
			"hold_consultation": 6, "choose_programme": 5, "collect_documents": 5, "sign_contract": 4, "receive_prepayment": 4,
			"enrol_in_group": 3, "train": 12, "settle_balance": 2, "pass_internal_exam": 3, "issue_diploma": 2,
			"file_exam_application": 3, "pass_state_exam": 3, "won": 8, "lost": 10,
		})
		o.counts("deals_b2b", map[string]int{
			"find_decision_maker": 1, "agree_terms": 1, "get_invoice_paid": 1, "train_group": 1, "won": 1,
		})
		o.looksLived()
	}
}

// counts checks how many cards of a funnel stand where, and how many ended how.
func (o *office) counts(process string, want map[string]int) {
	o.Helper()
	got := map[string]int{}
	o.view(func(tx *engine.Tx) error {
		b, err := o.Cards.Board(tx, Actor("head_of_sales"), process, card.View{Limit: 1})
		if err != nil {
			return err
		}
		for _, c := range b.Columns {
			if c.Count > 0 {
				got[c.ID] = c.Count
			}
		}
		closed, _, err := o.Cards.List(tx, card.Filter{Funnel: process, State: card.ClosedCards}, "", 1000)
		for _, c := range closed {
			got[string(c.Outcome)]++
		}
		return err
	})
	if fmt.Sprint(got) != fmt.Sprint(want) {
		o.Errorf("%s: %v, want %v", process, got, want)
	}
}

// looksLived checks what a quarter of a year leaves behind.
func (o *office) looksLived() {
	o.Helper()
	now := o.Clock.Now()
	var open, late, stuck, files, papers int
	oldest := now
	reasons := map[string]bool{}
	o.view(func(tx *engine.Tx) error {
		all, _, err := o.Cards.List(tx, card.Filter{}, "", 1000)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Created.Before(oldest) {
				oldest = c.Created
			}
			if c.Outcome == funnel.Junk {
				reasons[c.Reason] = true
			}
			stuck += c.Stuck
			if c.Open() {
				open++
				if c.Stands[0].Due != nil && c.Stands[0].Due.Before(now) {
					late++
				}
			}
			p, err := o.Cards.Page(tx, Actor("head_of_sales"), c.ID)
			if err != nil {
				return err
			}
			for _, d := range p.Papers {
				if d.Created || d.Sent {
					papers++
				}
				files += len(d.Files)
			}
		}
		people, _, err := contact.List(tx, "", 1000)
		if len(people) < 70 {
			o.Errorf("%d contacts", len(people))
		}
		if due, any, _ := tx.Due(); any && due.Before(now) {
			o.Errorf("a timer of %s has not fired", due)
		}
		return err
	})
	o.Logf("%d open, %d late, %d stuck, %d documents, %d scans; the first lead came %s", open, late, stuck, papers, files, oldest.In(Zone).Format(time.DateOnly))
	if late < 4 || late > open/5 {
		o.Errorf("%d of %d open cards are late", late, open)
	}
	if stuck < 1 || stuck > 2 {
		o.Errorf("%d incidents", stuck)
	}
	if papers < 200 {
		o.Errorf("%d documents", papers)
	}
	if days := now.Sub(oldest).Hours() / 24; days < 80 || days > 100 {
		o.Errorf("the past is %.0f days long", days)
	}
	if len(reasons) != 17 {
		o.Errorf("reasons of junk: %v", reasons)
	}
}

// picture is all that the boards show.
func (o *office) picture() string {
	var all strings.Builder
	o.view(func(tx *engine.Tx) error {
		for _, process := range []string{"leads", "deals_b2c", "deals_b2b"} {
			b, err := o.Cards.Board(tx, Actor("head_of_sales"), process, card.View{Limit: 100})
			if err != nil {
				return err
			}
			for _, c := range b.Columns {
				fmt.Fprintf(&all, "%s %s: %d, %d late, %d\n", process, c.ID, c.Count, c.Overdue, c.Amount)
				for _, i := range c.Cards {
					fmt.Fprintf(&all, "  %s %s %d %s %s\n", i.Title, i.Owner, i.Amount, i.Stand.Since, i.Next.Text)
				}
			}
		}
		return nil
	})
	return all.String()
}
