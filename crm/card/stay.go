package card

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// indexStays is the log of stays, which reports count: an entry for each stage left, on the page of history that tells of it.
const indexStays = "stage_log" // funnel, time left, stage; the value is a stay

// how a stage was left.
type how byte

const (
	passed how = 'p' // on, or out with a good end
	lost   how = 'l' // the client was given up there
	back   how = 'b' // to an earlier stage or the same one again; or dropped, where it was lost in a stage beside
)

// stay is one visit to a stage that is over. It begins where the board says "since".
type stay struct {
	how      how
	seconds  int64
	deadline int64 // seconds that there were; 0: none known
	reason   string
}

func (s stay) pack() []byte {
	b := binary.AppendVarint([]byte{byte(s.how)}, s.seconds)
	return append(binary.AppendVarint(b, s.deadline), s.reason...)
}

// unpackStay reads what pack wrote.
func unpackStay(b []byte) (s stay, ok bool) {
	if len(b) == 0 {
		return s, false
	}
	seconds, n := binary.Varint(b[1:])
	if n <= 0 {
		return s, false
	}
	deadline, m := binary.Varint(b[1+n:])
	if m <= 0 {
		return s, false
	}
	return stay{how(b[0]), seconds, deadline, string(b[1+n+m:])}, true
}

// log notes the stays that are over: old are the stands from before.
func (s *settling) log(old []Stand) {
	at := s.lostAt(old)
	for n := range old {
		o := &old[n]
		if s.f.Stage(o.Stage) == nil || s.goesOn(o) {
			continue
		}
		over := stay{how: s.left(o, old, at), seconds: int64(s.tx.Now().Sub(o.Since) / time.Second)}
		if o.Due != nil {
			over.deadline = max(0, int64(o.Due.Sub(o.Since)/time.Second))
		}
		if over.how == lost {
			over.reason = s.card.Reason
		}
		s.tx.Mark(s.i, storage.Entry{Index: indexStays, Key: storage.Key(s.card.Funnel, storage.Time(s.tx.Now()), o.Stage), Value: over.pack()})
	}
}

// goesOn tells whether the card is still on the same visit to a stage, held on its way there or from there included.
func (s *settling) goesOn(o *Stand) bool {
	stand := s.card.Stand(o.Stage)
	return stand != nil && (stand.Since.Equal(o.Since) || stand.Held != "" || o.Held != "")
}

// left tells how a stage was left. at is where the card was lost.
func (s *settling) left(o *Stand, old []Stand, at string) how {
	if s.i.State != engine.Active {
		switch at {
		case "":
			return passed
		case o.Stage:
			return lost
		}
		return back
	}
	if s.card.Stand(o.Stage) != nil {
		return back
	}
	for n := range s.card.Stands {
		stage := s.card.Stands[n].Stage
		fresh := !slices.ContainsFunc(old, func(o Stand) bool { return o.Stage == stage })
		if fresh && s.f.Stage(stage).Order < s.f.Stage(o.Stage).Order {
			return back
		}
	}
	return passed
}

// lostAt is the stage where a card that closes is lost; empty where it isn't. It becomes the one that was left last.
func (s *settling) lostAt(old []Stand) string {
	givenUp := s.card.Outcome == funnel.Lost || s.card.Outcome == funnel.Junk || s.i.State == engine.Cancelled
	if s.i.State == engine.Active || !givenUp || len(old) == 0 {
		return ""
	}
	stood := func(stage string) bool {
		return slices.ContainsFunc(old, func(o Stand) bool { return o.Stage == stage })
	}
	for _, l := range s.happened {
		if l.Kind == LineRejected && stood(l.Element) {
			if slices.Contains(s.card.Left, l.Element) {
				s.card.leave(l.Element)
			}
			return l.Element
		}
	}
	for _, stage := range slices.Backward(s.card.Left) {
		if stood(stage) {
			return stage
		}
	}
	return old[0].Stage
}
