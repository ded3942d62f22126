package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

// format is the form of the records that this version writes. Raise it when they change, and run the test with -update: it adds a
// fixture of the new form. The old ones are never written again.
const format = 3

// fixed are the scenarios of which a fixture holds the middle.
var fixed = []string{
	"ad_hoc/sequential", "boundary/several", "boundary/timer", "call/mapping", "catch/multiple", "compensation/order", "complex/rounds",
	"data/transformation_and_assignment", "event_gateway/first_wins", "event_sub_process/timer", "inclusive/loop", "job/backoff", "job/retry",
	"link/jump", "listener/multi_instance", "loop/standard", "mapping/scopes", "message/conversation", "message/conversation_key", "message/correlation", "message/subscription", "mixed/transaction_in_turn",
	"move/inside_turns", "multi_instance/nested", "multi_instance/output_of_a_turn",
	"multi_instance/parallel", "multi_instance/sequential", "parallel/join", "retry/in_a_turn",
	"signal/many", "start/conditional", "start/timer_and_message", "sub_process/nested", "task/quantity", "timer/catch", "timer/fields",
	"transaction/cancel_nested",
}

// fixedApart are those that are cut while each turn of their multi-instance activities is an instance.
var fixedApart = []string{"multi_instance/completion", "multi_instance/jobs", "multi_instance/nested", "multi_instance/parallel", "multi_instance/sequential"}

// scene is a scenario cut in two: what the store held in its middle, and what is still to come.
type scene struct {
	Scenario string           `json:"scenario"`
	Now      time.Time        `json:"now"`
	Serial   int              `json:"serial"`          // of ids
	Turns    int              `json:"turns,omitempty"` // Limits.Turns
	Rest     []string         `json:"rest"`            // deeds
	End      []string         `json:"end"`             // what they leave, with the whole history
	Records  []storage.Record `json:"-"`               // a line each, behind the scene's
}

// Instances written by this version and by those before it are opened and finished.
func TestOldState(t *testing.T) {
	file := fmt.Sprintf("testdata/fixtures/%d.jsonl", format)
	if _, err := os.Stat(file); *update && os.IsNotExist(err) {
		writeScenes(t, file)
	}
	files, err := filepath.Glob("testdata/fixtures/*.jsonl")
	if err != nil || !slices.Contains(files, file) {
		t.Fatalf("%s is not there (-update adds it): %v", file, err)
	}
	for _, file := range files {
		for _, s := range readScenes(t, file) {
			t.Run(fmt.Sprintf("%s/%s/%d", filepath.Base(file), s.Scenario, s.Turns), func(t *testing.T) {
				p := &stage{t: t, way: plain{}, store: memory.New(), clock: s.Now, serial: s.Serial, limits: engine.Limits{Turns: s.Turns}, seen: map[string]string{}, told: map[string]int{}}
				p.load(s.Records)
				p.engine = p.over(p.store)
				for _, line := range s.Rest {
					_ = p.way.do(p, func() error { return p.deed(p.words(line)) }) // what it says stands in the scenario
				}
				if got := p.look(); !slices.Equal(got, s.End) {
					t.Errorf("it ends as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(s.End, "\n"))
				}
			})
		}
	}
}

func (p *stage) load(records []storage.Record) {
	if err := p.store.Update(context.Background(), func(tx storage.Tx) error {
		for _, r := range records {
			if err := tx.Put(&storage.Record{Kind: r.Kind, ID: r.ID, Data: r.Data, Index: r.Index}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		p.t.Fatal(err)
	}
}

func readScenes(t *testing.T, file string) []*scene {
	var all []*scene
	d := json.NewDecoder(strings.NewReader(read(t, file)))
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(raw, []byte(`{"scenario"`)) {
			s := &scene{}
			if err := json.Unmarshal(raw, s); err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
			continue
		}
		var r kept
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatal(err)
		}
		last := all[len(all)-1]
		last.Records = append(last.Records, storage.Record{Kind: r.Kind, ID: r.ID, Data: r.Data, Index: r.Index})
	}
	return all
}

// kept is a record as a line of a fixture.
type kept struct {
	Kind  string          `json:"kind"`
	ID    string          `json:"id"`
	Data  json.RawMessage `json:"data"`
	Index []storage.Entry `json:"index,omitempty"`
}

func writeScenes(t *testing.T, file string) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	for n, name := range slices.Concat(fixed, fixedApart) {
		turns := 0
		if n >= len(fixed) {
			turns = -1
		}
		path := "testdata/" + name + ".txt"
		var deeds []string
		last := 0 // the last deployment
		for line := range strings.Lines(read(t, path)) {
			if line = strings.TrimRight(line, "\n"); line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "  ") {
				continue
			}
			if deeds = append(deeds, line); strings.HasPrefix(line, "deploy") {
				last = len(deeds)
			}
		}
		p := &stage{t: t, way: plain{}, dir: filepath.Dir(path), path: filepath.Join(t.TempDir(), "store.db"), limits: engine.Limits{Turns: turns}}
		p.begin()
		s := &scene{Scenario: name, Turns: turns}
		for n, line := range deeds {
			if n == max(last, len(deeds)/2) {
				s.Now, s.Serial, s.Rest, s.Records = p.clock, p.serial, deeds[n:], p.records()
				p.starts = "" // a reader has seen nothing of it
			}
			_ = p.way.do(p, func() error { return p.deed(p.words(line)) })
		}
		s.End = p.look()
		p.store.Close()
		if err := e.Encode(s); err != nil {
			t.Fatal(err)
		}
		for _, r := range s.Records {
			if err := e.Encode(kept{r.Kind, r.ID, r.Data, r.Index}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

// records is everything in the store.
func (p *stage) records() []storage.Record {
	var all []storage.Record
	if err := p.store.View(context.Background(), func(r storage.Reader) error {
		for _, kind := range []string{"definition", "xml", "process", "instance", "history", "mailbox", "message", "broadcast", "audience", "items"} {
			for hit, err := range r.Scan(storage.Range{Kind: kind}) {
				if err != nil {
					return err
				}
				full, err := r.Get(hit.Ref)
				if err != nil {
					return err
				}
				all = append(all, storage.Record{Kind: kind, ID: hit.Ref.ID, Data: bytes.Clone(full[0].Data), Index: slices.Clone(full[0].Index)})
			}
		}
		return nil
	}); err != nil {
		p.t.Fatal(err)
	}
	return all
}
