package engine_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine"
)

// Every row of the table of elements is proved by a scenario in which such an element is left normally, or refused with the row's
// code; bpmn/README.md lists them with a link to it, and every code.
func TestReadme(t *testing.T) {
	const file = "../bpmn/README.md"
	text := read(t, file)
	want := section(t, text, "elements", elementTable(t))
	want = section(t, want, "codes", codeTable())
	if text == want {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the tables say (-update rewrites it): %s", file, difference(want, text))
	}
	if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
		t.Fatal(err)
	}
}

// section replaces what stands between the marks of a section.
func section(t *testing.T, text, name, content string) string {
	begin, end := "<!-- "+name+": written by engine.TestReadme -->\n", "<!-- /"+name+" -->\n"
	before, rest, found := strings.Cut(text, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("the marks of %s are missing", name)
	}
	return before + begin + "\n" + content + "\n" + end + after
}

func elementTable(t *testing.T) string {
	proofs := prove(t)
	var out strings.Builder
	title := ""
	for _, e := range engine.Elements() {
		if head := heading(e); head != title {
			title = head
			fmt.Fprintf(&out, "%s### %s\n\n| | BPMN 2.0.2 | | proof |\n| --- | --- | --- | --- |\n", map[bool]string{true: "\n"}[out.Len() > 0], title)
		}
		proof := proofs[label(e)]
		if proof == "" {
			t.Errorf("no scenario proves %s, %s", heading(e), label(e))
		}
		does := e.Does
		if e.Refused != "" {
			does = "refused as `" + e.Refused + "`: " + does
		}
		fmt.Fprintf(&out, "| %s | %s | %s | [%s](../engine/testdata/%s.txt) |\n", word(e), e.Clause, does, proof, proof)
	}
	return out.String()
}

func label(e engine.Element) string { return fmt.Sprint(e.Kind, e.Trigger, e.Where, e.Mark) }

func word(e engine.Element) string {
	switch {
	case e.Mark != "":
		return e.Mark
	case !slices.Contains(eventKinds, e.Kind):
		return string(e.Kind)
	case e.Trigger == engine.None:
		return "none"
	}
	return string(e.Trigger)
}

var eventKinds = []bpmn.Kind{bpmn.StartEvent, bpmn.IntermediateCatchEvent, bpmn.IntermediateThrowEvent, bpmn.BoundaryEvent, bpmn.EndEvent}

func heading(e engine.Element) string {
	switch {
	case e.Refused != "":
		return "What is refused"
	case e.Mark != "":
		return "What they may bear: loops, data, calls"
	case e.Where != "":
		return fmt.Sprintf("%s: %s", e.Kind, e.Where)
	case slices.Contains(eventKinds, e.Kind):
		return string(e.Kind)
	case strings.HasSuffix(string(e.Kind), "Gateway"):
		return "Gateways"
	}
	return "Activities"
}

// about tells whether a scenario is about a row, by the name of its folder.
func about(row, file string) bool {
	folder, _, _ := strings.Cut(file, "/")
	plain := func(s string) string {
		return strings.ToLower(regexp.MustCompile(`[^A-Za-z]+`).ReplaceAllString(s, ""))
	}
	return strings.Contains(plain(row), plain(folder))
}

// prove finds for each row the scenario that proves it: of several one that is about it, and proves the fewest other rows.
func prove(t *testing.T) map[string]string {
	rows := engine.Elements()
	found := map[string][]string{}
	weight := map[string]int{}
	for _, file := range scenarios(t) {
		text := read(t, file)
		if strings.Contains(text, "\nmigrate ") {
			continue
		}
		models := map[string]*bpmn.Process{}
		proved := map[string]bool{}
		for line := range strings.Lines(text) {
			w := words(strings.TrimRight(line, "\n"))
			switch {
			case len(w) > 1 && w[0] == "deploy":
				for _, f := range w[1:] {
					deployed(t, filepath.Join(filepath.Dir(file), f), models, func(n *bpmn.Node) {
						for _, e := range rows {
							if e.Refused != "" && e.Has(n) && strings.Contains(text, e.Refused+" "+n.ID) {
								proved[label(e)] = true
							}
						}
					})
				}
			case strings.HasPrefix(line, "  i"):
				for _, n := range done(line, models) {
					for _, e := range rows {
						if e.Refused == "" && e.Has(n) {
							proved[label(e)] = true
						}
					}
				}
			}
		}
		weight[name(file)] = len(proved)
		for row := range proved {
			found[row] = append(found[row], name(file))
		}
	}
	best := map[string]string{}
	for row, files := range found {
		slices.SortFunc(files, func(a, b string) int {
			if about(row, a) != about(row, b) {
				return map[bool]int{true: -1, false: 1}[about(row, a)]
			}
			return cmp.Or(weight[a]-weight[b], cmp.Compare(a, b))
		})
		best[row] = files[0]
	}
	return best
}

func deployed(t *testing.T, file string, models map[string]*bpmn.Process, each func(*bpmn.Node)) {
	d, _ := bpmn.Parse([]byte(read(t, file)))
	if d == nil {
		return
	}
	for _, p := range d.Processes {
		models[p.ID] = p
		p.Walk(each)
	}
}

var lists = regexp.MustCompile(`; done ([^;]*)`)

// done are the nodes that a line says were left normally, and the compensation events whose handlers were.
func done(line string, models map[string]*bpmn.Process) []*bpmn.Node {
	w := strings.Fields(line)
	process, _, _ := strings.Cut(w[1], ":")
	p := models[process]
	list := lists.FindStringSubmatch(line)
	if p == nil || list == nil {
		return nil
	}
	ids := strings.Fields(list[1])
	var all []*bpmn.Node
	p.Walk(func(n *bpmn.Node) {
		h := n.Handler()
		if slices.Contains(ids, n.ID) || h != nil && slices.Contains(ids, h.ID) {
			all = append(all, n)
		}
	})
	return all
}

func codeTable() string {
	var out strings.Builder
	out.WriteString("### Problems of a file, found by reading it\n\n| code | BPMN 2.0.2 | |\n| --- | --- | --- |\n")
	for _, c := range bpmn.Codes() {
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", c.Name, c.Clause, c.Text)
	}
	for _, kind := range []engine.CodeKind{engine.CodeProblem, engine.CodeIncident, engine.CodeRefusal} {
		fmt.Fprintf(&out, "\n### %s\n\n| code | |\n| --- | --- |\n", map[engine.CodeKind]string{
			engine.CodeProblem: "Problems of running it, found by compiling it", engine.CodeIncident: "Incidents", engine.CodeRefusal: "Refusals",
		}[kind])
		for _, c := range engine.Codes() {
			if c.Kind == kind {
				fmt.Fprintf(&out, "| `%s` | %s |\n", c.Name, c.Text)
			}
		}
	}
	return out.String()
}

// Every code that the engine uses is in its list, and no other.
func TestCodes(t *testing.T) {
	kinds := map[*regexp.Regexp]engine.CodeKind{
		regexp.MustCompile(`(?:problem|Errorf|Warningf|refused)\("([a-z_]+)"|return "(expression_[a-z]+)"`): engine.CodeProblem,
		regexp.MustCompile(`trouble(?:f\(|\{)"([a-z_]+)"|stall\([^"]*"([a-z_]+)"|Code: "([a-z_]+)"`):        engine.CodeIncident,
		regexp.MustCompile(`(?:refuse\(|Refused\{)"([a-z_]+)"`):                                             engine.CodeRefusal,
	}
	used := map[string]bool{}
	files, _ := filepath.Glob("*.go")
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") || f == "code.go" {
			continue
		}
		for pattern, kind := range kinds {
			for _, m := range pattern.FindAllStringSubmatch(read(t, f), -1) {
				used[string(kind)+" "+strings.Join(m[1:], "")] = true
			}
		}
	}
	listed := map[string]bool{}
	for _, c := range engine.Codes() {
		key := string(c.Kind) + " " + c.Name
		if listed[key] || !used[key] {
			t.Errorf("%s is listed twice, or used nowhere", key)
		}
		listed[key] = true
	}
	for key := range used {
		if !listed[key] {
			t.Errorf("%s is used and not listed", key)
		}
	}
}
