package funnel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voronka/voronka/bpmn"
)

const school = "../../examples/drivingschool"

// The driving school's diagrams are funnels without an error, alone and together, in both languages.
func TestDrivingSchool(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(school, "*.bpmn"))
	if len(files) == 0 {
		t.Skip("no example diagrams")
	}
	var all []*Funnel
	for _, file := range files {
		xml, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d, problems := bpmn.Parse(xml)
		report(t, file, problems)
		labels := Labels{}
		if text, err := os.ReadFile(strings.TrimSuffix(file, ".bpmn") + ".en.properties"); err == nil {
			labels, problems = ParseLabels(text)
			report(t, file+" labels", problems)
		}
		for _, p := range d.Processes {
			f, problems := Compile(d, p, nil)
			report(t, file, problems)
			if f == nil {
				continue
			}
			all = append(all, f)
			english, problems := Compile(d, p, labels)
			report(t, file+" in English", problems)
			t.Logf("%s %s: %s", f.Kind, english.Name, names(english.Stages))
		}
	}
	report(t, "together", Together(all))
}

func report(t *testing.T, file string, problems []bpmn.Problem) {
	t.Helper()
	for _, p := range problems {
		say := t.Logf
		if p.Severity == bpmn.SeverityError {
			say = t.Errorf
		}
		say("%s:%d:%d: %s: %s: %s (%s)", filepath.Base(file), p.Line, p.Column, p.Severity, p.Code, p.Message, p.Element)
	}
}
