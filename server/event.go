package server

import (
	"context"
	crypto "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/engine"
)

// topics are what the store tells that a stream tells on. The payload of each is the id of what was changed.
var topics = []string{card.TopicCard, contact.TopicContact, engine.TopicDefinition, engine.TopicIncident, access.TopicUser}

// happening is one thing that streams tell of.
type happening struct{ topic, id string }

// live remembers what happened lately, in memory, and wakes the streams. Events are named by an epoch, which is one life of the
// process, and a number: who comes with another epoch, or too late, is told to load everything anew.
type live struct {
	epoch string
	stop  func()

	mu      sync.Mutex
	ring    [ringSize]happening
	last    uint64        // the number of the newest; the first is 1
	changed chan struct{} // closed by the next one
	streams map[string]int
	open    int
}

const ringSize = 4096

func newLive(s *Server) *live {
	l := &live{epoch: crypto.Text()[:8], changed: make(chan struct{}), streams: map[string]int{}}
	var stops []func()
	for _, topic := range topics {
		stops = append(stops, s.engine.Store().Listen(topic, func(id string) { l.add(happening{topic, id}) }))
	}
	l.stop = func() {
		for _, stop := range stops {
			stop()
		}
	}
	return l
}

// add notes a happening. One without an id says that some were lost: everybody has then missed more than is remembered.
func (l *live) add(h happening) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.id == "" {
		l.last += ringSize
	}
	l.last++
	l.ring[l.last%ringSize] = h
	close(l.changed)
	l.changed = make(chan struct{})
}

// since gives what happened behind a number, and what to wait for if that is nothing. missed: some of it is forgotten.
func (l *live) since(seen uint64) (news []happening, last uint64, missed bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seen > l.last || l.last-seen > ringSize {
		return nil, l.last, true, l.changed
	}
	for n := seen + 1; n <= l.last; n++ {
		news = append(news, l.ring[n%ringSize])
	}
	return news, l.last, false, l.changed
}

// enter counts a stream of somebody, where there may be one more.
func (l *live) enter(who string, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= most || l.streams[who] >= max(1, most/10) {
		return false
	}
	l.open++
	l.streams[who]++
	return true
}

func (l *live) leave(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.streams[who]--; l.streams[who] == 0 {
		delete(l.streams, who)
	}
}

// name is an event's id.
func (l *live) name(number uint64) string { return l.epoch + "-" + strconv.FormatUint(number, 10) }

// number reads an event's id; false: it is of another life of the process.
func (l *live) number(name string) (uint64, bool) {
	epoch, text, _ := strings.Cut(name, "-")
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && epoch == l.epoch
}

const eventsPath = apiPath + "/events"

// events is the live stream: the ids of what changed, of what the actor may see. It ends with the session.
func events(c *call) (*answer, error) {
	l := c.s.live
	if !l.enter(c.actor.ID, c.s.limits.Streams) {
		return nil, &slow{"streams", 30 * time.Second}
	}
	defer l.leave(c.actor.ID)
	_, seen, _, _ := l.since(0)
	reset := false
	if came := c.lastEvent(); came != "" {
		number, ours := l.number(came)
		if _, _, missed, _ := l.since(number); !ours || missed {
			reset = true
		} else {
			seen = number
		}
	}
	c.w.Header().Set("Content-Type", "text/event-stream")
	c.w.Header().Set("X-Accel-Buffering", "no")
	c.lift()
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodHead {
		return &answer{written: true}, nil
	}
	out := &stream{c: c, to: c.patient()}
	out.write("retry: 1000\nevent: ready\nid: " + l.name(seen) + "\ndata: {}\n\n")
	beat := time.NewTicker(c.s.limits.Beat)
	defer beat.Stop()
	for out.err == nil {
		news, last, missed, changed := l.since(seen)
		if reset || missed {
			out.write(fmt.Sprintf("event: reset\nid: %s\ndata: {}\n\n", l.name(last)))
			reset, seen = false, last
			continue
		}
		if len(news) > 0 {
			out.tell(news, seen)
			seen = last
			pause(c.ctx(), gather)
		}
		select {
		case <-changed:
		case <-beat.C:
			if !c.stillIn() {
				return &answer{written: true}, nil
			}
			out.write("id: " + l.name(seen) + "\n\n") // remembered by a browser, told to nobody
		case <-c.s.closing.Done():
			out.write(fmt.Sprintf("retry: %d\n\n", comeBack+rand.IntN(4*comeBack))) // not all readers at the same moment
			return &answer{written: true}, nil
		case <-c.ctx().Done():
			return &answer{written: true}, nil
		}
	}
	return &answer{written: true}, nil
}

// lastEvent is the id of the last event that the reader saw; a browser's first connection can say it in the query only.
func (c *call) lastEvent() string {
	if id := c.r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	return c.r.URL.Query().Get("last_event_id")
}

// stillIn tells whether the session goes on.
func (c *call) stillIn() bool { return !errors.Is(c.view(c.again), access.ErrNobody) }

// again finds out who it is, as things are now: a stream outlives sessions and roles.
func (c *call) again(tx *engine.Tx) error {
	token, err := c.token()
	if err != nil {
		return err
	}
	u, _, err := access.Who(tx, token)
	if err == nil {
		c.actor = u.Actor()
	}
	return err
}

// stream writes events until the first error.
type stream struct {
	c   *call
	to  patient
	err error
}

func (o *stream) write(text string) {
	if o.err != nil {
		return
	}
	if _, o.err = o.to.Write([]byte(text)); o.err == nil {
		o.err = o.to.edge.Flush()
	}
}

// lift takes the deadlines of ordinary requests from one that may last.
func (c *call) lift() {
	edge := http.NewResponseController(c.w)
	_, _ = edge.SetReadDeadline(time.Time{}), edge.SetWriteDeadline(time.Time{})
}

// patient writes for as long as the reader goes on reading.
type patient struct {
	w    http.ResponseWriter
	edge *http.ResponseController
}

func (c *call) patient() patient { return patient{c.w, http.NewResponseController(c.w)} }

func (p patient) Write(data []byte) (int, error) {
	_ = p.edge.SetWriteDeadline(within(writeWithin))
	return p.w.Write(data)
}

// comeBack is after how many milliseconds a reader comes back at the earliest, when the server stops.
const comeBack = 1000

// gather is how long a stream waits for more after it has told something, so that a busy hour is told in few words.
const gather = 50 * time.Millisecond

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// writeWithin is how long a reader may keep a stream waiting before it is given up.
const writeWithin = 30 * time.Second

// within is a deadline of a connection, which goes by the machine's clock and not by the engine's.
func within(d time.Duration) time.Time {
	ctx, stop := context.WithTimeout(context.Background(), d)
	defer stop()
	end, _ := ctx.Deadline()
	return end
}

// tell writes what of the news behind a number the actor may see, each thing once, under the number of its last change.
func (o *stream) tell(news []happening, seen uint64) {
	var text strings.Builder
	final := map[happening]int{}
	for n, h := range news {
		final[h] = n
	}
	err := o.c.view(func(tx *engine.Tx) error {
		text.Reset()
		if err := o.c.again(tx); err != nil {
			return err
		}
		for n, h := range news {
			if final[h] != n {
				continue
			}
			heard, err := o.c.hears(tx, h)
			if err != nil {
				return err
			}
			if heard {
				data, _ := json.Marshal(map[string]string{"id": h.id})
				fmt.Fprintf(&text, "event: %s\nid: %s\ndata: %s\n\n", h.topic, o.c.s.live.name(seen+uint64(n)+1), data)
			}
		}
		return nil
	})
	if err != nil {
		o.err = err
		return
	}
	if text.Len() > 0 {
		o.write(text.String())
	}
}
