// Package bpmn reads BPMN 2.0 files: Parse makes the model of one, Check finds where it breaks the rules of the standard.
// Neither opens a file or a connection. Clauses in comments are those of BPMN 2.0.2 (ISO/IEC 19510).
package bpmn

import (
	"strings"

	"github.com/beevik/etree"
)

// Parse reads a BPMN 2.0 file. The problems are everything that is wrong with the file as XML and as a set of ids, in order
// of place; what the diagram says wrongly is Check's. The definitions are nil when the bytes are no BPMN 2.0 model.
// It holds for any bytes: it never panics and its cost is bounded.
func Parse(data []byte) (*Definitions, []Problem) {
	if len(data) > maxBytes {
		return nil, []Problem{Errorf("file_too_large", Element{}, "the file has %d MB; at most %d MB are read", len(data)>>20, maxBytes>>20)}
	}
	text, encoding, problem := decode(data)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	tree, problems := scan(text)
	if tree.root != nil && len(problems) == 0 {
		problems = checkRoot(tree)
	}
	if Severe(problems) {
		return nil, Few(problems)
	}
	b := newBuilder(tree)
	b.def.Encoding = encoding
	b.survey(tree.root, nil, false)
	b.definitions()
	b.link()
	return b.def, Few(append(problems, b.problems.all...))
}

// checkRoot says what a file is that is not BPMN 2.0.
func checkRoot(t tree) []Problem {
	e, at := t.root, Element{Place: t.at(t.root)}
	switch {
	case e.Space == modelSpace && e.Tag == "definitions":
		return nil
	case e.Space == modelSpace:
		return []Problem{Errorf("root_wrong", at, "the root element is <%s>; a BPMN file's is <definitions>, and everything stands inside it", clip(e.Tag))}
	case e.Space == "" && e.Tag == "definitions":
		return []Problem{Errorf("namespace_wrong", at, "<definitions> has no namespace; add xmlns=%q", modelSpace)}
	case e.Tag == "definitions" && strings.TrimRight(e.Space, "/ ") == modelSpace:
		return []Problem{Errorf("namespace_wrong", at, "the namespace %q is misspelt; write %q", clip(e.Space), modelSpace)}
	}
	if format := otherFormat(e); format != "" {
		return []Problem{Errorf("format_wrong", at, "this is %s, not BPMN 2.0; export the diagram as BPMN 2.0 XML", format)}
	}
	return []Problem{Errorf("namespace_wrong", at, "the root element is <%s> in the namespace %q; BPMN 2.0 has <definitions> in %q",
		clip(e.Tag), clip(e.Space), modelSpace)}
}

// otherFormat names the notation of a root element that is not BPMN 2.0's.
func otherFormat(e *etree.Element) string {
	space := strings.ToLower(e.Space)
	for _, f := range []struct{ has, name string }{
		{"wfmc.org", "XPDL"},
		{"wsbpel", "BPEL"},
		{"business-process", "BPEL"},
		{"omg.org/spec/cmmn", "CMMN"},
		{"omg.org/spec/dmn", "DMN"},
		{"omg.org/spec/xmi", "XMI"},
		{"omg.org/spec/bpmn/20100524/di", "a part of a BPMN file (its drawing)"},
		{"omg.org/spec/bpmn/2.0", "a draft of BPMN 2.0"},
		{"omg.org/spec/bpmn/2009", "a draft of BPMN 2.0"},
		{"omg.org/spec/bpmn/2010050", "a draft of BPMN 2.0"},
		{"bpmn/1.", "BPMN 1.x"},
		{"bpmn1", "BPMN 1.x"},
		{"stp.eclipse.org/bpmn", "BPMN 1.x"},
		{"omg.org/bpmn", "BPMN 1.x"},
		{"jbpm.org", "jPDL"},
		{"pnml.org", "a Petri net (PNML)"},
		{"w3.org/1999/xhtml", "a web page"},
		{"w3.org/2000/svg", "an SVG picture"},
		{"schemas.microsoft.com/office/visio", "a Visio drawing"},
	} {
		if strings.Contains(space, f.has) {
			return f.name
		}
	}
	switch strings.ToLower(e.Tag) {
	case "package":
		return "XPDL"
	case "mxfile", "mxgraphmodel":
		return "a draw.io drawing"
	case "html":
		return "a web page"
	case "svg":
		return "an SVG picture"
	case "pnml":
		return "a Petri net (PNML)"
	}
	return ""
}
