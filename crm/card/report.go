package card

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// mostSamples is how many visits of a stage its times are taken of, the newest.
const mostSamples = 20_000

// Report is what became of a funnel's cards in a period, and where they stand now.
type Report struct {
	Funnel  *funnel.Funnel
	Open    int // now
	Won     int // or converted, in the period
	Lost    int // or junk
	Created int
	Stages  []*StageReport
}

// StageReport is one stage of a report. A card that comes to a stage twice is counted twice.
type StageReport struct {
	Stage   *funnel.Stage // nil: a stage that the newest version no longer has
	ID      string
	Entered int
	Passed  int // on, or out with a good end
	Back    int // to an earlier stage; or dropped, because the card was lost in a stage beside
	Lost    int // though the card may have been reopened since
	Now     int
	Amount  expression.Money // of those that stand there now
	Overdue int
	Stuck   int
	Median  time.Duration // of the visits that ended in the period
	P90     time.Duration
	Share   *float64      // the middle share of the deadline that was used; nil: none of them had one
	Reasons []ReasonCount // the commonest first

	seconds []int64
	shares  []float64
	reasons map[string]int
}

// ReasonCount is how often clients were lost for a reason.
type ReasonCount struct {
	Code, Name string
	Count      int
}

// Report counts a period, its end not included, from index entries alone: those of the open cards, and those since the period began.
func (c *Cards) Report(tx *engine.Tx, reader access.Actor, process string, from, to time.Time) (*Report, error) {
	f, err := c.board(tx, reader, process)
	if err != nil {
		return nil, err
	}
	r := &reporting{Report: &Report{Funnel: f}, tx: tx, from: from, to: to}
	for _, s := range f.Stages {
		r.Stages = append(r.Stages, &StageReport{Stage: s, ID: s.ID})
	}
	for _, count := range []func() error{r.standing, r.stuck, r.stays, r.closed, r.created} {
		if err := count(); err != nil {
			return nil, err
		}
	}
	for _, s := range r.Stages {
		s.finish(f)
		if !f.AmountSeenBy(reader) {
			s.Amount = 0
		}
	}
	return r.Report, nil
}

type reporting struct {
	*Report
	tx       *engine.Tx
	from, to time.Time
}

// stage is a stage's line, at the end where the newest version no longer has it.
func (r *reporting) stage(id string) *StageReport {
	for _, s := range r.Stages {
		if s.ID == id {
			return s
		}
	}
	s := &StageReport{ID: id}
	r.Stages = append(r.Stages, s)
	return s
}

// each walks over the keys of an index that begin with the funnel, and gives the parts behind it.
func (r *reporting) each(of storage.Range, do func(hit *storage.Hit, first, second string)) error {
	start := len(storage.Key(r.Funnel.ID, ""))
	of.Keys = true
	for hit, err := range r.tx.Scan(of) {
		if err != nil {
			return err
		}
		first, second, _ := strings.Cut(hit.Key[start:], "\x00\x01")
		do(&hit, first, second)
	}
	return nil
}

// within are the keys of an index by funnel and time, of the period or, open, from its beginning on.
func (r *reporting) within(index string, open bool) storage.Range {
	of := storage.Range{Index: index}.Prefix(r.Funnel.ID)
	of.From = storage.Key(r.Funnel.ID, storage.Time(r.from))
	if !open {
		of.To = max(of.From, storage.Key(r.Funnel.ID, storage.Time(r.to)))
	}
	return of
}

// standing counts the open cards, by the same entries as the board.
func (r *reporting) standing() error {
	from, to, now := storage.Time(r.from), storage.Time(r.to), r.tx.Now().Unix()
	cards := map[string]struct{}{}
	var s *StageReport
	err := r.each(storage.Range{Index: indexBoard}.Prefix(r.Funnel.ID), func(hit *storage.Hit, stage, since string) {
		if s == nil || s.ID != stage {
			s = r.stage(stage)
		}
		amount, due, _ := unpack(hit.Value)
		s.Now++
		s.Amount += amount
		if due != 0 && due <= now {
			s.Overdue++
		}
		if since >= from && since < to {
			s.Entered++
		}
		cards[hit.Ref.ID] = struct{}{} // one may stand in several stages
	})
	r.Open = len(cards)
	return err
}

func (r *reporting) stuck() error {
	return r.each(storage.Range{Index: indexStuck}.Prefix(r.Funnel.ID), func(_ *storage.Hit, stage, _ string) { r.stage(stage).Stuck++ })
}

// stays counts the visits that are over. Those that ended behind the period may have begun in it.
func (r *reporting) stays() error {
	of := r.within(indexStays, true)
	of.Reverse = true // the newest samples first
	end := storage.Time(r.to)
	return r.each(of, func(hit *storage.Hit, at, stage string) {
		over, ok := unpackStay(hit.Value)
		left, err := time.Parse(time.RFC3339, at)
		if !ok || err != nil {
			return
		}
		s := r.stage(stage)
		if since := left.Add(-time.Duration(over.seconds) * time.Second); !since.Before(r.from) && since.Before(r.to) {
			s.Entered++
		}
		if at < end {
			s.add(over)
		}
	})
}

func (r *reporting) closed() error {
	return r.each(r.within(indexClosed, false), func(hit *storage.Hit, _, _ string) {
		switch funnel.Outcome(hit.Value) {
		case funnel.Won, funnel.Converted:
			r.Won++
		case funnel.Lost, funnel.Junk:
			r.Lost++
		}
	})
}

func (r *reporting) created() error {
	return r.each(r.within(indexCreated, false), func(*storage.Hit, string, string) { r.Created++ })
}

// add counts a visit that ended in the period.
func (s *StageReport) add(over stay) {
	switch over.how {
	case passed:
		s.Passed++
	case back:
		s.Back++
	case lost:
		s.Lost++
		if s.reasons == nil {
			s.reasons = map[string]int{}
		}
		s.reasons[over.reason]++
	}
	if len(s.seconds) == mostSamples {
		return
	}
	s.seconds = append(s.seconds, over.seconds)
	if over.deadline > 0 {
		s.shares = append(s.shares, float64(over.seconds)/float64(over.deadline))
	}
}

// finish works out what can be told only when all is counted.
func (s *StageReport) finish(f *funnel.Funnel) {
	s.Median, s.P90 = time.Duration(quantile(s.seconds, 0.5))*time.Second, time.Duration(quantile(s.seconds, 0.9))*time.Second
	if len(s.shares) > 0 {
		share := quantile(s.shares, 0.5)
		s.Share = &share
	}
	known := f.Reasons
	if s.Stage != nil {
		known = slices.Concat(s.Stage.Reasons, known)
	}
	s.Reasons = []ReasonCount{}
	for code, count := range s.reasons {
		name := code
		if at := slices.IndexFunc(known, func(r funnel.Reason) bool { return r.Code == code }); at >= 0 {
			name = known[at].Name
		}
		s.Reasons = append(s.Reasons, ReasonCount{code, name, count})
	}
	slices.SortFunc(s.Reasons, func(a, b ReasonCount) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Code, b.Code)) })
}

// quantile is the value that a share of all lies below; 0 of none. It sorts them.
func quantile[T int64 | float64](all []T, share float64) T {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(share*float64(len(all))))]
}
