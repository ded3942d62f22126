package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/voronka/voronka/storage/storagetest"
)

// Several people move one card, write it and read it, at one server or at two, of which one is killed in the middle, and do not always
// wait for the answer. Whatever they were told, there is one order of all that they did, in which each thing happened between its being
// asked and its being answered, and in which a plain card gives the same answers.
//
//	VORONKA_TEST_LINEAR=200   how many histories; a few otherwise

// wish is what somebody asks of the card.
type wish struct {
	kind    string // move, write, read
	from    string // of a move: the stage to leave
	note    string // what a move or a write writes
	version uint64 // of the card as last seen; 0: of any
}

// told is the answer: the card as it is then, or why not.
type told struct {
	status  int // 0: nobody knows
	stage   string
	note    string
	version uint64
}

// plainCard is all that there is to a card. Who was told nothing does not know its version either, but that it is a later one.
type plainCard struct {
	stage, note string
	version     uint64
	exact       bool
}

func (c plainCard) has(version uint64) bool {
	return version == 0 || version == c.version || !c.exact && version > c.version
}

// step tells whether a card may answer so, and what it is then. A wish of which nobody knows is done where it can be: that it never was
// is the same as that it was the last thing of all.
func step(c plainCard, w wish, t told) (bool, plainCard) {
	next := plainCard{c.stage, w.note, t.version, true}
	if w.kind == "move" {
		next.stage = map[string]string{"a": "b", "b": "a"}[c.stage]
	}
	able := c.has(w.version) && (w.kind != "move" || w.from == c.stage)
	same := t.stage == next.stage && t.note == next.note && t.version > c.version
	switch {
	case w.kind == "read" && t.status == http.StatusOK:
		return t.stage == c.stage && t.note == c.note && (t.version == c.version || !c.exact && t.version > c.version), plainCard{c.stage, c.note, t.version, true}
	case w.kind == "read":
		return t.status == 0, c
	case t.status == http.StatusOK:
		return able && same, next
	case t.status == http.StatusConflict:
		return w.version != 0 && !(c.exact && w.version == c.version), c
	case t.status == http.StatusUnprocessableEntity:
		return w.kind == "move" && w.from != c.stage, c
	case able: // nobody knows
		return true, plainCard{next.stage, w.note, c.version, false}
	}
	return true, c
}

// model is a new card, on which the note given was written when it was made.
func model(note string) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return plainCard{stage: "a", note: note} },
		Step: func(state, input, output any) (bool, any) {
			return step(state.(plainCard), input.(wish), output.(told))
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state) },
	}
}

// The model itself tells a right history from a wrong one.
func TestPlainCard(t *testing.T) {
	op := func(client int, call, back int64, w wish, to told) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: w, Call: call, Output: to, Return: back}
	}
	start := op(0, 0, 1, wish{kind: "read"}, told{200, "a", "", 1})
	for name, c := range map[string]struct {
		right bool
		rest  []porcupine.Operation
	}{
		"one after the other":      {true, []porcupine.Operation{op(0, 2, 3, wish{"move", "a", "x", 1}, told{200, "b", "x", 2}), op(1, 4, 5, wish{kind: "read"}, told{200, "b", "x", 2})}},
		"a move is forgotten":      {false, []porcupine.Operation{op(0, 2, 3, wish{"move", "a", "x", 1}, told{200, "b", "x", 2}), op(1, 4, 5, wish{kind: "read"}, told{200, "a", "", 1})}},
		"at once":                  {true, []porcupine.Operation{op(0, 2, 6, wish{"move", "a", "x", 1}, told{200, "b", "x", 2}), op(1, 4, 5, wish{kind: "read"}, told{200, "a", "", 1})}},
		"the same version twice":   {false, []porcupine.Operation{op(0, 2, 6, wish{"write", "", "x", 1}, told{200, "a", "x", 2}), op(1, 2, 6, wish{"write", "", "y", 1}, told{200, "a", "y", 3})}},
		"one of two is stale":      {true, []porcupine.Operation{op(0, 2, 6, wish{"write", "", "x", 1}, told{200, "a", "x", 2}), op(1, 2, 6, wish{"write", "", "y", 1}, told{status: 409})}},
		"stale for no reason":      {false, []porcupine.Operation{op(0, 2, 6, wish{"write", "", "x", 1}, told{status: 409})}},
		"refused for no reason":    {false, []porcupine.Operation{op(0, 2, 6, wish{"move", "a", "x", 0}, told{status: 422})}},
		"nobody knows, it was":     {true, []porcupine.Operation{op(0, 2, math.MaxInt64, wish{"move", "a", "x", 0}, told{}), op(1, 4, 5, wish{kind: "read"}, told{200, "b", "x", 3})}},
		"nobody knows, it was not": {true, []porcupine.Operation{op(0, 2, math.MaxInt64, wish{"move", "a", "x", 0}, told{}), op(1, 4, 5, wish{kind: "read"}, told{200, "a", "", 1})}},
		"nobody knows, it was, and then not": {false, []porcupine.Operation{
			op(0, 2, math.MaxInt64, wish{"move", "a", "x", 0}, told{}), op(1, 4, 5, wish{kind: "read"}, told{200, "b", "x", 3}), op(1, 6, 7, wish{kind: "read"}, told{200, "a", "", 1}),
		}},
	} {
		if got := porcupine.CheckOperations(model(""), append([]porcupine.Operation{start}, c.rest...)); got != c.right {
			t.Errorf("%s: it is said to be right: %t", name, got)
		}
	}
}

func TestLinearizable(t *testing.T) {
	t.Run("bolt", func(t *testing.T) { linearizable(t, &folder{}, 1) })
	t.Run("postgres", func(t *testing.T) { linearizable(t, &database{server: storagetest.NewServer(t)}, 2) })
}

func linearizable(t *testing.T, at place, servers int) {
	few := 3
	if testing.Short() {
		few = 1
	}
	k := &killing{T: t, place: at, random: drawn(t)}
	k.born()
	crowd := &crowd{killing: k, at: make([]string, servers), cmds: make([]*exec.Cmd, servers), said: make([]*bytes.Buffer, servers), began: time.Now()}
	for n := range servers {
		crowd.start(n)
	}
	asked, doubted := 0, 0
	for n := range times(t, "VORONKA_TEST_LINEAR", few) {
		history, note := crowd.history(n)
		for _, op := range history {
			if asked++; op.Output.(told).status == 0 {
				doubted++
			}
		}
		result, info := porcupine.CheckOperationsVerbose(model(note), history, time.Minute)
		switch result {
		case porcupine.Illegal:
			path := filepath.Join(t.ArtifactDir(), fmt.Sprintf("history-%d.html", n))
			_ = porcupine.VisualizePath(model(note), info, path)
			slices.SortFunc(history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
			for _, op := range history {
				t.Logf("%8.3f to %8.3f ms, person %d: %+v: %+v", float64(op.Call)/1e6, float64(op.Return)/1e6, op.ClientId, op.Input, op.Output)
			}
			t.Fatalf("history %d has no order: %s", n, path)
		case porcupine.Unknown:
			t.Logf("history %d was too long to tell", n)
		}
	}
	t.Logf("%d deeds, of %d nobody knows", asked, doubted)
	if asked-doubted < 50 {
		t.Error("hardly any was answered: the test proves nothing")
	}
	for n := range servers {
		k.kill(crowd.cmds[n], crowd.said[n])
	}
}

// crowd is people at several servers.
type crowd struct {
	*killing
	mu    sync.Mutex
	at    []string
	cmds  []*exec.Cmd
	said  []*bytes.Buffer
	began time.Time
}

func (c *crowd) start(n int) {
	c.Helper()
	cmd, said := c.killing.start()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cmds[n], c.said[n], c.at[n] = cmd, said, c.killing.at
}

const (
	clients  = 5
	eachAsks = 14
	notAsked = -1 // nobody was there to be asked
)

// history lets people work on a new card, and kills a server meanwhile.
func (c *crowd) history(n int) (all []porcupine.Operation, first string) {
	c.Helper()
	m := &maker{funnel: "mill"}
	c.patiently(func() bool { return m.work(c.killing) })
	card := m.made[0]
	var mu sync.Mutex
	note := func(o porcupine.Operation) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, o)
	}
	var seen uint64
	for began := c.now(); seen == 0; {
		got := c.tell(0, card, wish{kind: "read"}, 10*time.Second)
		seen = got.version
		if seen > 0 {
			note(porcupine.Operation{Input: wish{kind: "read"}, Call: began, Output: got, Return: c.now()})
		}
	}
	seeds := make([]uint64, clients)
	for i := range seeds {
		seeds[i] = c.random.Uint64()
	}
	var working sync.WaitGroup
	for i, seed := range seeds {
		working.Go(func() {
			random := rand.New(rand.NewPCG(seed, 0))
			last, stage := seen, "a"
			for j := range eachAsks {
				w := wish{kind: []string{"move", "move", "write", "read"}[random.IntN(4)]}
				if w.kind != "read" {
					w.note = fmt.Sprintf("%d-%d-%d", n, i, j)
					if random.IntN(2) == 0 {
						w.version = last
					}
				}
				if w.kind == "move" {
					w.from = stage
				}
				patience := 10 * time.Second
				if random.IntN(6) == 0 {
					patience = time.Duration(random.IntN(15)) * time.Millisecond
				}
				call := c.now()
				got := c.tell(random.IntN(len(c.at)), card, w, patience)
				back := c.now()
				if got.status == notAsked {
					time.Sleep(20 * time.Millisecond)
					continue
				}
				if got.status == 0 {
					back = math.MaxInt64
				}
				note(porcupine.Operation{ClientId: i, Input: w, Call: call, Output: got, Return: back})
				switch {
				case got.version > 0:
					last, stage = got.version, got.stage
				case got.status == http.StatusUnprocessableEntity:
					stage = map[string]string{"a": "b", "b": "a"}[stage]
				}
			}
		})
	}
	time.Sleep(time.Duration(c.random.IntN(150)) * time.Millisecond)
	victim := c.random.IntN(len(c.at))
	c.kill(c.cmds[victim], c.said[victim])
	c.start(victim)
	working.Wait()
	return all, m.serials[0]
}

func (c *crowd) now() int64 { return time.Since(c.began).Nanoseconds() }

// tell asks a server for something, and waits so long for its answer.
func (c *crowd) tell(server int, card string, w wish, patience time.Duration) told {
	c.mu.Lock()
	at := c.at[server]
	c.mu.Unlock()
	method, path := http.MethodGet, "/api/v1/cards/"+card
	body := map[string]any{"fields": map[string]any{"serial": w.note}}
	if w.version > 0 {
		body["version"] = w.version
	}
	switch w.kind {
	case "move":
		method, path, body["stage"] = http.MethodPost, path+"/advance", w.from
	case "write":
		method = http.MethodPatch
	}
	var sent io.Reader
	if method != http.MethodGet {
		raw, _ := json.Marshal(body)
		sent = bytes.NewReader(raw)
	}
	ctx, stop := context.WithTimeout(c.Context(), patience)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, method, at+path, sent)
	if err != nil {
		c.Error(err)
		return told{}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+string(c.token))
	got, err := http.DefaultClient.Do(r)
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return told{status: notAsked}
	}
	if err != nil {
		return told{}
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	var is struct {
		Version uint64
		Fields  struct{ Serial string }
		Stages  []struct{ Stage string }
	}
	if err != nil || got.StatusCode == http.StatusServiceUnavailable {
		return told{}
	}
	if got.StatusCode != http.StatusOK {
		if got.StatusCode != http.StatusConflict && got.StatusCode != http.StatusUnprocessableEntity {
			c.Errorf("%+v: %d %s", w, got.StatusCode, raw)
		}
		return told{status: got.StatusCode}
	}
	if err := json.Unmarshal(raw, &is); err != nil || len(is.Stages) != 1 {
		c.Errorf("%+v: %v in %s", w, err, raw)
		return told{}
	}
	return told{got.StatusCode, is.Stages[0].Stage, is.Fields.Serial, is.Version}
}
