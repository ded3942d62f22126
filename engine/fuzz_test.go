package engine_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/memory"
)

// FuzzCheck: whatever a diagram has become, Check comes back, each problem says what and where, and what has no error can be deployed
// and started. The diagram is a good one with a piece of it put in another place.
func FuzzCheck(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.bpmn")
	if err != nil {
		f.Fatal(err)
	}
	for n, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint16(n*97), uint16(n*53), uint16(n*31%200))
	}
	f.Fuzz(func(t *testing.T, data []byte, from, to, length uint16) {
		checked(t, data)
		checked(t, transplanted(data, int(from), int(to), int(length)))
	})
}

// transplanted is data with a piece of it copied over another.
func transplanted(data []byte, from, to, length int) []byte {
	if len(data) == 0 {
		return data
	}
	from, to = from%len(data), to%len(data)
	piece := data[from:min(from+length, len(data))]
	return bytes.Join([][]byte{data[:to], piece, data[min(to+length, len(data)):]}, nil)
}

func checked(t *testing.T, data []byte) {
	model, problems := bpmn.Parse(data)
	if model == nil || bpmn.Severe(problems) {
		return
	}
	e := engine.Open(memory.New(), engine.Options{Limits: engine.Limits{Steps: 200, Tokens: 200}})
	problems = e.Check(model)
	for _, p := range problems {
		if p.Code == "" || p.Message == "" || p.Line < 1 || p.Column < 1 {
			t.Fatalf("%+v", p)
		}
	}
	if bpmn.Severe(problems) {
		return
	}
	if err := e.Update(context.Background(), func(tx *engine.Tx) error {
		all, again, err := tx.Deploy([]engine.Source{{File: "fuzz.bpmn", XML: data}}, "")
		if err != nil || bpmn.Severe(again) {
			t.Fatalf("it has no error, but can't be deployed: %v %v", err, again)
		}
		for _, d := range all {
			if _, err := tx.Start(engine.Start{Process: d.Process}); err != nil && code(err) != "start_has_trigger" {
				t.Fatalf("%s can't be started: %v", d.Process, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
