package bpmn

import "slices"

// flood collects problems and stops keeping them when there are more than anyone reads; errors and warnings apart, so that no
// number of warnings hides an error.
type flood struct {
	all              []Problem
	errors, warnings int
}

func (f *flood) add(p Problem) {
	count := &f.warnings
	if p.Severity == SeverityError {
		count = &f.errors
	}
	if *count++; *count <= 2*maxProblems {
		f.all = append(f.all, p)
	}
}

// full tells whether more of a severity would not be kept.
func (f *flood) full(s Severity) bool {
	if s == SeverityError {
		return f.errors >= 2*maxProblems
	}
	return f.warnings >= 2*maxProblems
}

// Few sorts the problems and cuts a flood of them short.
func Few(problems []Problem) []Problem {
	Sort(problems)
	if len(problems) <= maxProblems {
		return problems
	}
	cut := problems[maxProblems]
	more := Problem{
		Severity: cut.Severity, Code: "more_problems", Line: cut.Line, Column: cut.Column, File: cut.File,
		Message: "there are more problems than are listed here; mend these first",
	}
	if Severe(problems[maxProblems:]) {
		more.Severity = SeverityError
	}
	return append(slices.Clip(problems[:maxProblems]), more)
}
