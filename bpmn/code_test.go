package bpmn

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata/problems.txt")

// said is everything that is said of a file.
func said(data []byte) []Problem {
	d, problems := Parse(data)
	if d != nil {
		problems = append(problems, Check(d)...)
		Sort(problems)
	}
	return problems
}

// TestProblems: every code has a file that shows it, or a generated input where the file would be large.
func TestProblems(t *testing.T) {
	known := map[string]bool{}
	var all strings.Builder
	for _, code := range Codes() {
		known[code.Name] = true
		data := generated(code.Name)
		large := data != nil
		if !large {
			var err error
			if data, err = os.ReadFile(filepath.Join("testdata", "problems", code.Name+".bpmn")); err != nil {
				t.Errorf("%s has no file: %v", code.Name, err)
				continue
			}
		}
		problems := said(data)
		if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Code == code.Name }) {
			t.Errorf("%s is not found in its file: %v", code.Name, problems)
		}
		if large {
			continue
		}
		for _, p := range problems {
			fmt.Fprintf(&all, "%s.bpmn:%d:%d: %s: %s: %s (%s)\n", code.Name, p.Line, p.Column, p.Severity, p.Code, p.Message, p.Element)
			if !known[p.Code] && !slices.ContainsFunc(Codes(), func(c Code) bool { return c.Name == p.Code }) {
				t.Errorf("%s is said of %s and stands in no list", p.Code, code.Name)
			}
		}
	}
	files, _ := filepath.Glob("testdata/problems/*")
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".bpmn"); !known[name] {
			t.Errorf("%s shows a code that does not exist", file)
		}
	}
	golden(t, "testdata/problems.txt", all.String())
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	wants := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wants) || line != wants[i] {
			t.Fatalf("%s, line %d (-update rewrites it): got\n%s", file, i+1, line)
		}
	}
	t.Fatalf("%s has lines that were not said (-update rewrites it)", file)
}
