package funnel

import (
	"slices"

	"github.com/voronka/voronka/bpmn"
)

// Together finds what is wrong between funnels that convert into one another: fields of one name that go along must be of one type.
// Problems are named by the element of the funnel that converts.
func Together(funnels []*Funnel) []bpmn.Problem {
	var problems []bpmn.Problem
	for _, from := range funnels {
		for _, made := range from.Converts {
			for _, to := range funnels {
				if to != from && slices.Contains(to.Messages, made.Message) {
					problems = append(problems, from.agrees(to)...)
				}
			}
		}
	}
	bpmn.Sort(problems)
	return problems
}

func (f *Funnel) agrees(to *Funnel) []bpmn.Problem {
	var problems []bpmn.Problem
	for _, field := range f.Fields {
		other := to.fields[field.Key]
		if other == nil || other.Type == field.Type && other.Multiple == field.Multiple {
			continue
		}
		problems = append(problems, in(f.file, []bpmn.Problem{bpmn.Errorf("conversion_conflict", bpmn.Element{ID: field.defined, Place: field.Place},
			"field %q is a %s in %q and a %s in %q, which its cards are converted into", field.Key, field.Type, f.ID, other.Type, to.ID)})...)
	}
	return problems
}
