package bpmn

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse: whatever the bytes, Parse and Check come back, and a refusal says why and where.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/problems/*.bpmn")
	more, _ := filepath.Glob("testdata/*.bpmn")
	for _, file := range append(files, more...) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, a := range attacks {
		f.Add(a.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, problems := Parse(data)
		if d == nil && !Severe(problems) {
			t.Fatal("refused without an error")
		}
		if d != nil {
			problems = append(problems, Check(d)...)
			for _, p := range d.Processes {
				p.Walk(func(n *Node) {
					if n.ID == "" || n.Process != p {
						t.Fatalf("%v in %v", n, p)
					}
				})
			}
		}
		for _, p := range problems {
			if p.Code == "" || p.Message == "" || p.Line < 1 || p.Column < 1 {
				t.Fatalf("%+v", p)
			}
		}
	})
}
