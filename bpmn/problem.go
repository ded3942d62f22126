package bpmn

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a problem stops a diagram.
type Severity string

// An error stops the upload; a warning is said and nothing more.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Problem is one thing wrong with a diagram.
type Problem struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`    // a word for machines: "flow_target_missing"
	Element  string   `json:"element"` // id of the element; empty where it has none
	Line     int      `json:"line"`    // from 1; 0 where it is about the whole file
	Column   int      `json:"column"`
	Message  string   `json:"message"`        // a sentence for people: what is wrong, and what to write instead where that is known
	File     string   `json:"file,omitempty"` // of the files of an upload, the one that it is in
}

// Errorf makes a problem that stops the upload.
func Errorf(code string, at Element, format string, args ...any) Problem {
	return Problem{Severity: SeverityError, Code: code, Element: at.ID, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)}
}

// Warningf makes a problem that does not.
func Warningf(code string, at Element, format string, args ...any) Problem {
	return Problem{Severity: SeverityWarning, Code: code, Element: at.ID, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)}
}

// Severe tells whether one of the problems stops the upload.
func Severe(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == SeverityError })
}

// Sort puts problems in order of their place, file by file.
func Sort(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code))
	})
}
