package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine"
)

// report is what validate says of a file.
type report struct {
	File       string          `json:"file"`
	Parsed     bool            `json:"parsed"`     // the bytes are a BPMN 2.0 model
	Deployable bool            `json:"deployable"` // a process can run, and no problem is an error
	Encoding   string          `json:"encoding"`
	Exporter   string          `json:"exporter"`
	Processes  []processReport `json:"processes"`
	Problems   []bpmn.Problem  `json:"problems"`
}

type processReport struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Executable bool              `json:"executable"`
	Nodes      map[bpmn.Kind]int `json:"nodes"`
	Flows      int               `json:"flows"`
}

func validateCommand() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "validate [--json] FILE...",
		Short: "Tell everything that is wrong with diagrams",
		Long: "Reads each diagram and reports everything wrong with it at once, one problem a line:\n\n" +
			"    file:line:column: severity: code: message (element)\n\n" +
			"Exit status 0 when no file has an error, 1 when one has, 2 for wrong usage.",
		Args:    cobra.MinimumNArgs(1),
		Example: "  voronka validate examples/drivingschool/*.bpmn",
		RunE: func(c *cobra.Command, files []string) error {
			out, bad := c.OutOrStdout(), false
			for _, name := range files {
				data, err := readDiagram(name)
				if err != nil {
					return err
				}
				r := validate(name, data)
				bad = bad || bpmn.Severe(r.Problems)
				if err := r.print(out, asJSON); err != nil {
					return err
				}
			}
			if bad {
				return answerNo{}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line, one line a file")
	return c
}

// mostRead is more than any diagram may have: what lies behind it needs no reading to be refused.
const mostRead = 32 << 20

// readDiagram reads a file.
func readDiagram(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostRead))
}

func validate(name string, data []byte) report {
	r := report{File: name, Processes: []processReport{}}
	model, problems := bpmn.Parse(data)
	if model != nil {
		if !bpmn.Severe(problems) {
			problems = append(problems, check(model)...)
			bpmn.Sort(problems)
		}
		r.Parsed, r.Encoding, r.Exporter = true, model.Encoding, model.Exporter
		for _, p := range model.Processes {
			one := processReport{ID: p.ID, Name: p.Name, Executable: p.Executable, Nodes: map[bpmn.Kind]int{}}
			one.count(&p.Scope)
			r.Processes = append(r.Processes, one)
			r.Deployable = r.Deployable || engine.Runs(p)
		}
	}
	r.Deployable = r.Deployable && !bpmn.Severe(problems)
	r.Problems = append([]bpmn.Problem{}, problems...)
	return r
}

func (p *processReport) count(s *bpmn.Scope) {
	p.Flows += len(s.Flows)
	for _, n := range s.Nodes {
		p.Nodes[n.Kind]++
		if n.Inside != nil {
			p.count(n.Inside)
		}
	}
}

func (r report) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	for _, p := range r.Problems {
		element := ""
		if p.Element != "" {
			element = " (" + p.Element + ")"
		}
		if _, err := fmt.Fprintf(out, "%s:%d:%d: %s: %s: %s%s\n", cmp.Or(p.File, r.File), p.Line, p.Column, p.Severity, p.Code, p.Message, element); err != nil {
			return err
		}
	}
	return nil
}
