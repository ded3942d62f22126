package card

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

// stays tells the visits that are over, of all cards: "meet p 1h0m0s", with the reason of a loss.
func (d *desk) stays() string {
	d.Helper()
	var all []string
	d.view(func(tx *engine.Tx) error {
		for hit, err := range tx.Scan(storage.Range{Index: indexStays, Keys: true}) {
			if err != nil {
				return err
			}
			s, ok := unpackStay(hit.Value)
			if !ok {
				d.Errorf("%q", hit.Value)
			}
			stage := hit.Key[strings.LastIndexByte(hit.Key, 1)+1:]
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s %c %s %s", stage, s.how, time.Duration(s.seconds)*time.Second, s.reason)))
		}
		return nil
	})
	return strings.Join(all, "; ")
}

// report tells a period as "meet entered/passed/back/lost/now median, …; totals".
func (d *desk) report(from, to time.Time) string {
	d.Helper()
	var all []string
	d.view(func(tx *engine.Tx) error {
		r, err := d.Report(tx, ann, "deal", from, to)
		if err != nil {
			return err
		}
		for _, s := range r.Stages {
			all = append(all, fmt.Sprintf("%s %d/%d/%d/%d/%d %s", s.ID, s.Entered, s.Passed, s.Back, s.Lost, s.Now, s.Median))
		}
		all = append(all, fmt.Sprintf("open %d won %d lost %d created %d", r.Open, r.Won, r.Lost, r.Created))
		return nil
	})
	return strings.Join(all, ", ")
}

// Whatever way a card leaves a stage stands in the log: on, back, against the drawing, lost, reopened, won.
func TestStays(t *testing.T) {
	d := open(t, sale("funnel.back=any", []string{form(field("rejection:enum|value:far=Too far"))}, nil, nil))
	begin := d.now
	later := func(hours int) { d.now = d.now.Add(time.Duration(hours) * time.Hour) }
	id := d.create(ann, "deal", "")
	for _, one := range []struct {
		name  string
		hours int
		do    func() error
		want  string
	}{
		{"on", 1, func() error { return d.advance(ann, id, "", "") }, "meet p 1h0m0s"},
		{"a look", 1, func() error { return d.write(ann, id, "") }, ""},
		{"back", 1, func() error {
			return d.update(func(tx *engine.Tx) error { return d.Back(tx, ann, id, Back{To: "meet", Why: "x"}) })
		}, "sign b 2h0m0s"},
		{"override forward", 3, func() error {
			return d.update(func(tx *engine.Tx) error { return d.Override(tx, boss, id, Back{To: "pay", Why: "x"}) })
		}, "meet p 3h0m0s"},
		{"override back", 4, func() error {
			return d.update(func(tx *engine.Tx) error { return d.Override(tx, boss, id, Back{To: "meet", Why: "x"}) })
		}, "pay b 4h0m0s"},
		{"lost", 5, func() error { return d.reject(ann, id, "far", "") }, "meet l 5h0m0s far"},
		{"reopened", 6, func() error {
			return d.update(func(tx *engine.Tx) error { return d.Reopen(tx, boss, id, Back{Why: "x"}) })
		}, ""},
		{"on again", 7, func() error { return d.advance(ann, id, "", "") }, "meet p 7h0m0s"},
		{"and on", 8, func() error { return d.advance(ann, id, "", "") }, "sign p 8h0m0s"},
		{"won", 9, func() error { return d.advance(bob, id, "", "") }, "pay p 9h0m0s"},
	} {
		before := d.stays()
		later(one.hours)
		d.must(one.do())
		if got := strings.TrimPrefix(strings.TrimPrefix(d.stays(), before), "; "); got != one.want {
			t.Errorf("%s: %q, want %q", one.name, got, one.want)
		}
	}
	later(1)
	for _, c := range []struct {
		from, to time.Time
		want     string
	}{
		{begin, d.now, "meet 4/3/0/1/0 5h0m0s, sign 2/1/1/0/0 8h0m0s, pay 2/1/1/0/0 9h0m0s, open 0 won 1 lost 0 created 1"},
		{begin, begin.Add(2 * time.Hour), "meet 1/1/0/0/0 1h0m0s, sign 1/0/0/0/0 0s, pay 0/0/0/0/0 0s, open 0 won 0 lost 0 created 1"},
		{begin.Add(2 * time.Hour), begin.Add(4 * time.Hour), "meet 1/0/0/0/0 0s, sign 0/0/1/0/0 2h0m0s, pay 0/0/0/0/0 0s, open 0 won 0 lost 0 created 0"},
		{d.now, d.now.Add(time.Hour), "meet 0/0/0/0/0 0s, sign 0/0/0/0/0 0s, pay 0/0/0/0/0 0s, open 0 won 0 lost 0 created 0"},
	} {
		if got := d.report(c.from, c.to); got != c.want {
			t.Errorf("%s to %s:\n%s\n%s", c.from, c.to, got, c.want)
		}
	}
}

// By way of several stages, each is passed.
func TestStaysOfASkip(t *testing.T) {
	d := open(t, sale("funnel.skip=true", nil, nil, nil))
	id := d.create(ann, "deal", "")
	d.now = d.now.Add(time.Hour)
	d.must(d.advance(ann, id, "pay", ""))
	if got := d.stays(); got != "meet p 1h0m0s; sign p 0s" {
		t.Error(got)
	}
}

func TestStaysOfAConversion(t *testing.T) {
	d := open(t, convertible(""), draw("funnel.kind=deal", `<bpmn:startEvent id="sold_start"><bpmn:messageEventDefinition messageRef="m_sale"/></bpmn:startEvent>`,
		stage("sign"), end("won", "won"), flows("sold_start > sign, sign > won")))
	id := d.create(ann, "lead", "full_name=Anna")
	d.now = d.now.Add(time.Hour)
	d.must(d.advance(ann, id, "", ""))
	d.now = d.now.Add(time.Hour)
	if got := d.stays(); got != "meet p 1h0m0s" {
		t.Error(got)
	}
	if got := d.report(d.now.Add(-24*time.Hour), d.now); got != "sign 1/0/0/0/1 0s, open 1 won 0 lost 0 created 1" {
		t.Error(got)
	}
}

// A rejection that the drawing catches is a loss of the stage where it was, when the card closes.
func TestStaysOfACaughtRejection(t *testing.T) {
	d := open(t, draw("funnel.kind=lead", node("startEvent", "start", ""), stage("meet", form(field("rejection:enum|value:spam=Spam"))), end("won", "won"),
		losing+robot("bye")+end("junk", "junk")+flows("given_up > bye, bye > junk")+"</bpmn:subProcess>", flows("start > meet, meet > won")))
	id := d.create(ann, "deal", "")
	d.now = d.now.Add(time.Hour)
	d.must(d.reject(ann, id, "spam", ""))
	if got := d.stays(); got != "" {
		t.Error(got)
	}
	d.must(d.done(id, "bye", ""))
	if got := d.stays(); got != "meet l 1h0m0s spam" {
		t.Error(got)
	}
}

// A card that is lost in one of two stages is lost once.
func TestStaysOfParallelStages(t *testing.T) {
	reasons := form(field("rejection:enum|value:far=Too far"))
	d := open(t, draw("funnel.kind=deal", node("startEvent", "start", ""), node("parallelGateway", "fork", ""), stage("meet", reasons), stage("sign", reasons), node("parallelGateway", "join", ""), end("won", "won"),
		flows("start > fork, fork > meet, fork > sign, meet > join, sign > join, join > won")))
	id := d.create(ann, "deal", "")
	d.now = d.now.Add(time.Hour)
	d.must(d.update(func(tx *engine.Tx) error { return d.Reject(tx, ann, id, Reject{Stage: "meet", Reason: "far"}) }))
	if got := d.stays(); got != "meet l 1h0m0s far; sign b 1h0m0s" {
		t.Error(got)
	}
	if left := d.card(id).Left; left[len(left)-1] != "meet" {
		t.Error(left)
	}
	id = d.create(ann, "deal", "")
	d.must(d.update(func(tx *engine.Tx) error { return d.Advance(tx, ann, id, Advance{Stage: "meet"}) }))
	d.now = d.now.Add(time.Hour)
	if got := d.report(d.now.Add(-24*time.Hour), d.now); got != "meet 2/0/0/1/1 1h0m0s, sign 2/0/1/0/1 1h0m0s, open 1 won 0 lost 1 created 2" {
		t.Error(got)
	}
}

func TestPackedStay(t *testing.T) {
	for _, s := range []stay{{how: passed}, {lost, 1 << 40, 1, "price"}, {back, 3, 1 << 40, ""}} {
		if got, ok := unpackStay(s.pack()); !ok || got != s {
			t.Errorf("%+v, not %+v", got, s)
		}
	}
	for _, b := range []string{"", "p", "p\xff", "p\x01"} {
		if _, ok := unpackStay([]byte(b)); ok {
			t.Errorf("%q was read", b)
		}
	}
}

// A funnel of 100,000 open deals in 12 columns, with 400,000 visits in the period.
func BenchmarkReport(b *testing.B) {
	for name, store := range map[string]func() storage.Store{
		"memory": func() storage.Store { return memory.New() }, "disk": func() storage.Store { return disk(b) },
	} {
		b.Run(name, func(b *testing.B) {
			d := crowd(b, store())
			const visits, batch = 400_000, 2000
			for from := 0; from < visits; from += batch {
				d.must(d.update(func(tx *engine.Tx) error {
					for n := from; n < from+batch; n++ {
						at := d.now.Add(-time.Duration(n) * 15 * time.Second)
						entry := storage.Entry{Index: indexStays, Key: storage.Key("deal", storage.Time(at), fmt.Sprintf("s%d", n%12)), Value: stay{passed, int64(n), 86_400, ""}.pack()}
						if err := tx.Put(&storage.Record{Kind: "history", ID: fmt.Sprintf("c-%08d/%d", n/4, n%4), Data: []byte("{}"), Index: []storage.Entry{entry}}); err != nil {
							return err
						}
					}
					return nil
				}))
			}
			b.ResetTimer()
			for range b.N {
				d.view(func(tx *engine.Tx) error {
					got, err := d.Report(tx, ann, "deal", d.now.AddDate(0, 0, -90), d.now)
					if err == nil && (got.Open != 100_000 || got.Stages[0].Passed < visits/12-1) {
						b.Errorf("%+v", got)
					}
					return err
				})
			}
		})
	}
}
