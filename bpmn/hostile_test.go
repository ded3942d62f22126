package bpmn

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	head = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="file" targetNamespace="http://example.org/h">
<process id="process" isExecutable="true">
`
	foot = `</process></definitions>`
	mega = 10 << 20
)

func diagram(inside string) []byte { return []byte(head + inside + foot) }

func repeat(n int, format string) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, strings.ReplaceAll(format, "#", "%[1]d"), i)
	}
	return s.String()
}

// chain leads from task n0 through that many others.
func chain(tasks int) string {
	var s strings.Builder
	for i := range tasks {
		fmt.Fprintf(&s, `<sequenceFlow id="f%d" sourceRef="n%d" targetRef="n%d"/><task id="n%d"/>`, i, i, i+1, i+1)
	}
	return s.String()
}

// generated is the input of a code whose file would be large; nil for the others.
func generated(code string) []byte {
	switch code {
	case "file_too_large":
		return make([]byte, maxBytes+1)
	case "too_many_elements":
		return diagram(repeat(maxModel, `<userTask id="t#"/>`))
	case "too_many_attributes":
		return diagram("<userTask " + repeat(100_000, `a#="1" `) + "/>")
	case "too_many_prefixes":
		return diagram("<userTask " + repeat(maxPrefixes, `xmlns:p#="urn:#" `) + "/>")
	case "too_deep":
		return diagram(repeat(100_000, `<subProcess id="s#">`))
	case "too_many_keys":
		return []byte(strings.Replace(head, "<process", "<collaboration><participant processRef=\"process\"/>"+repeat(maxKeys+1, `<correlationKey id="k#"/>`)+"</collaboration><process", 1) + foot)
	case "attribute_too_long":
		return diagram(`<userTask id="t" name="` + strings.Repeat("x", mega) + `"/>`)
	case "more_problems":
		return diagram(repeat(maxProblems+1, `<sequenceFlow id="f#" sourceRef="a" targetRef="b"/>`))
	}
	return nil
}

// attacks are small hostile inputs and the code that answers each; none where the file is read without an error.
var attacks = []struct {
	name, code string
	data       []byte
}{
	{"external entity", "doctype", []byte(`<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + head + "&e;" + foot)},
	{"parameter entity", "doctype", []byte(`<!DOCTYPE d [<!ENTITY % e SYSTEM "http://127.0.0.1:9/x"> %e;]><d/>`)},
	{"external subset", "doctype", []byte(`<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><d/>`)},
	{"entity in an attribute", "entity_unknown", diagram(`<userTask id="t" name="&e;"/>`)},
	{"half an entity", "entity_unknown", diagram("&" + strings.Repeat("a", 1000))},
	{"XInclude", "", diagram(`<task id="t"/><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>`)},
	{"style sheet", "", []byte(`<?xml version="1.0"?><?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>` + string(diagram(`<task id="t"/>`)[39:]))},
	{"schema location", "", []byte(strings.Replace(string(diagram(`<task id="t"/>`)), " id=", ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd" id=`, 1))},

	{"nothing", "file_empty", nil},
	{"blanks", "file_empty", []byte(" \n\t ")},
	{"only a declaration", "file_empty", []byte(`<?xml version="1.0"?>`)},
	{"no XML", "text_outside", []byte("hello")},
	{"JSON", "text_outside", []byte(`{"definitions": []}`)},
	{"a ZIP archive", "character_invalid", []byte("PK\x03\x04")},
	{"NUL", "character_invalid", diagram("<userTask id=\"t\" name=\"a\x00b\"/>")},
	{"vertical tab in a comment", "character_invalid", diagram("<!-- \x0b -->")},
	{"reference to NUL", "character_invalid", diagram(`<userTask id="t" name="&#0;"/>`)},
	{"reference to a surrogate", "character_invalid", diagram(`<userTask id="t" name="&#xD800;"/>`)},
	{"reference to U+FFFE", "character_invalid", diagram(`<documentation>&#xFFFE;</documentation>`)},
	{"reference beyond Unicode", "entity_unknown", diagram(`<documentation>&#x110000;</documentation>`)},
	{"surrogate text in CDATA", "", diagram(`<documentation><![CDATA[&#xD800; &e; <!DOCTYPE]]></documentation><task id="t"/>`)},
	{"DOCTYPE in a comment", "", diagram(`<!-- <!DOCTYPE x> --><task id="t"/>`)},
	{"broken UTF-8", "encoding_bytes", diagram("<userTask id=\"t\" name=\"\xff\xfe\"/>")},
	{"overlong UTF-8", "encoding_bytes", diagram("<userTask id=\"t\" name=\"\xc0\xaf\"/>")},
	{"UTF-8 surrogate", "encoding_bytes", diagram("<!-- \xed\xa0\x80 -->")},
	{"UTF-7", "encoding_unknown", []byte(`<?xml version="1.0" encoding="UTF-7"?>+ADw-definitions+AD4-`)},
	{"UTF-32", "encoding_unknown", []byte("<\x00\x00\x00?\x00\x00\x00")},
	{"UTF-32 with a mark", "encoding_unknown", []byte("\xff\xfe\x00\x00<\x00\x00\x00")},
	{"EBCDIC", "encoding_unknown", []byte("\x4c\x6f\xa7\x94\x93")},
	{"encoding of a shell", "encoding_unknown", []byte(`<?xml version="1.0" encoding="$(id)"?><a/>`)},
	{"UTF-16 without a mark", "", utf16of(string(diagram(`<task id="t"/>`)), false, false)},
	{"half of UTF-16", "encoding_bytes", utf16of(string(diagram(`<task id="t"/>`)), true, true)[:401]},
	{"XML 1.1", "not_well_formed", []byte(strings.Replace(string(diagram("")), `version="1.0"`, `version="1.1"`, 1))},

	{"unclosed", "not_well_formed", []byte(head)},
	{"unclosed tag", "not_well_formed", []byte(head + "<userTask id=")},
	{"mismatched", "not_well_formed", diagram("<userTask></serviceTask>")},
	{"crossed", "not_well_formed", diagram("<a><b></a></b>")},
	{"only closed", "not_well_formed", []byte("</definitions>")},
	{"closed twice", "not_well_formed", []byte(string(diagram("")) + "</definitions>")},
	{"attribute without a value", "not_well_formed", diagram("<userTask id/>")},
	{"attribute without quotes", "not_well_formed", diagram("<userTask id=t/>")},
	{"attributes without a blank", "not_well_formed", diagram(`<userTask id="t"name="n"/>`)},
	{"less-than in an attribute", "not_well_formed", diagram(`<userTask name="<"/>`)},
	{"hyphens in a comment", "not_well_formed", diagram(`<!-- -- -->`)},
	{"open CDATA", "not_well_formed", diagram(`<![CDATA[`)},
	{"end of CDATA", "not_well_formed", diagram(`]]>`)},
	{"bare ampersand", "entity_unknown", diagram(`<documentation>a & b</documentation>`)},
	{"CDATA after the root", "text_outside", []byte(string(diagram("")) + "<![CDATA[]]>")},
	{"a mark in the middle", "text_outside", []byte("\n\uFEFF" + string(diagram(""))[39:])},
	{"declaration in the middle", "xml_declaration", diagram(`<?xml version="1.0"?>`)},

	{"same attribute, two prefixes", "attribute_twice", diagram(`<userTask xmlns:a="urn:x" xmlns:b="urn:x" a:n="1" b:n="2"/>`)},
	{"same attribute among many", "attribute_twice", diagram(`<userTask ` + repeat(30, `a#="" `) + `a7=""/>`)},
	{"unbound end tag", "prefix_unbound", diagram("<x:a></x:a>")},
	{"unbound attribute", "prefix_unbound", diagram(`<userTask x:a=""/>`)},
	{"bound too late", "prefix_unbound", diagram(`<x:a/><b xmlns:x="urn:x"/>`)},
	{"prefix bound to nothing", "prefix_unbound", diagram(`<a xmlns:x=""/>`)},
	{"two colons", "not_well_formed", diagram(`<a:b:c/>`)},
	{"xmlns as a prefix", "prefix_reserved", diagram(`<a xmlns:xmlns="urn:x"/>`)},

	{"BPMN 1.1", "format_wrong", []byte(`<definitions xmlns="http://schema.omg.org/spec/BPMN/2.0"/>`)},
	{"trailing slash", "namespace_wrong", []byte(strings.Replace(string(diagram("")), "MODEL", "MODEL/", 1))},
	{"no namespace", "namespace_wrong", []byte(`<definitions><process id="p"/></definitions>`)},
	{"another notation", "format_wrong", []byte(`<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>`)},
	{"a web page", "format_wrong", []byte(`<html><body/></html>`)},
	{"a root of another name", "root_wrong", []byte(`<Definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>`)},
	{"default namespace taken away", "element_namespace", diagram(`<task id="t"/><startEvent xmlns="" id="s"/>`)},
	{"default namespace swapped", "", []byte(`<x:definitions xmlns:x="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns="urn:x" targetNamespace="urn:t"><x:process id="p"><x:task xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="t"><documentation>d</documentation></x:task></x:process></x:definitions>`)},

	{"ids of different case", "", diagram(`<task id="a"/><task id="A"/>`)},
	{"empty id", "", diagram(`<task id=""/>`)},
	{"id of markup", "", diagram(`<task id="&lt;script&gt;alert(1)&lt;/script&gt;"/>`)},
	{"boundary on itself", "reference_wrong", diagram(`<boundaryEvent id="b" attachedToRef="b"><timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition></boundaryEvent>`)},
	{"data object of itself", "reference_wrong", diagram(`<task id="t"/><dataObjectReference id="d" dataObjectRef="d"/>`)},
	{"flow to itself", "reference_wrong", diagram(`<task id="t"/><sequenceFlow id="f" sourceRef="f" targetRef="f"/>`)},
	{"definition of itself", "reference_wrong", diagram(`<intermediateThrowEvent id="e"><eventDefinitionRef>e</eventDefinitionRef></intermediateThrowEvent>`)},
	{"call of itself", "", diagram(`<callActivity id="c" calledElement="process"/>`)},
	{"two parents", "flow_crosses_subprocess", diagram(`<subProcess id="a"><task id="t"/></subProcess><subProcess id="b"><task id="u"/></subProcess><sequenceFlow id="f" sourceRef="t" targetRef="u"/>`)},
}

// bombs are large ones, made one at a time.
func bombs(try func(name, code string, data []byte)) {
	try("entity bomb", "doctype", []byte(`<!DOCTYPE d [<!ENTITY a "aaaa">`+repeat(100_000, `<!ENTITY e# "&a;&a;&a;">`)+`]><d/>`))
	try("NULs", "character_invalid", make([]byte, mega))
	try("less-thans", "not_well_formed", []byte(strings.Repeat("<", mega)))
	try("ampersands", "entity_unknown", []byte("<a>"+strings.Repeat("&", mega)))
	try("open quote", "not_well_formed", []byte("<a b='"+strings.Repeat("x", mega)))
	try("many unbound", "prefix_unbound", diagram(strings.Repeat("<x:a/>", 100_000)))
	try("huge id", "attribute_too_long", diagram(`<task id="`+strings.Repeat("a", 100_000)+`"/>`))
	try("same id everywhere", "id_twice", diagram(strings.Repeat(`<task id="a"/>`, 50_000)))
	try("deep elements", "too_deep", []byte(strings.Repeat("<a>", mega/3)))
	try("deep lanes", "too_deep", diagram("<laneSet>"+strings.Repeat("<lane><childLaneSet>", 100_000)))
	try("elements", "too_many_elements", []byte("<a>"+strings.Repeat("<a/>", mega/4)+"</a>"))
	try("attributes everywhere", "too_many_attributes", diagram(strings.Repeat("<a "+repeat(250, `b#="" `)+"/>", 2_000)))
	try("prefixes everywhere", "too_many_prefixes", diagram(strings.Repeat("<a "+repeat(90, `xmlns:b#="urn:x" `)+">", 2_000)))
	try("a long text", "", diagram(`<task id="t"><documentation>`+strings.Repeat("x", mega)+`</documentation></task>`))
	try("a long comment", "", diagram(`<task id="t"/><!--`+strings.Repeat("x", mega)+`-->`))
	try("comments", "", diagram(`<task id="t"/>`+strings.Repeat("<!---->", mega/7)))
	try("instructions", "", diagram(`<task id="t"/>`+strings.Repeat("<?a b?>", mega/7)))
	try("CDATA pieces", "", diagram(`<task id="t"><documentation>`+strings.Repeat("<![CDATA[x]]>", mega/13)+`</documentation></task>`))
	try("references", "", diagram(`<task id="t"><documentation>`+strings.Repeat("&#120;", mega/6)+`</documentation></task>`))
	try("flows from one node", "", diagram(`<task id="a"/><task id="b"/>`+repeat(maxModel-10, `<sequenceFlow id="f#" sourceRef="a" targetRef="b"/>`)))
	try("flows to nowhere", "flow_target_missing", diagram(repeat(maxModel-10, `<sequenceFlow id="f#" sourceRef="a" targetRef="b"/>`)))
	try("boundary events of one task", "outgoing_missing", diagram(`<task id="a"/>`+repeat(maxModel/4, `<boundaryEvent id="b#" attachedToRef="a"><signalEventDefinition/></boundaryEvent>`)))
	try("links of one name", "link_target_twice", diagram(repeat(maxModel/5, `<intermediateThrowEvent id="b#"><linkEventDefinition name="x"/></intermediateThrowEvent><intermediateCatchEvent id="c#"><linkEventDefinition name="x"/></intermediateCatchEvent>`)))
	try("a long chain", "", diagram(`<task id="n0"/>`+chain(maxModel/2-10)))
	try("messages", "", []byte(head+`<task id="t"/></process>`+repeat(maxModel/2, `<message id="m#"/>`)+"</definitions>"))
}

// TestHostile: whatever the bytes, the answer is quick and says why.
func TestHostile(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) { attack(t, a.code, a.data) })
	}
}

func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("large")
	}
	bombs(func(name, code string, data []byte) {
		t.Run(name, func(t *testing.T) { attack(t, code, data) })
	})
}

// hang is when an answer is given up: it takes tenths of a second where nothing else runs, and how long is a benchmark's to say.
const hang = 2 * time.Minute

// attack wants the code among the errors, and no error where there is no code.
func attack(t *testing.T, code string, data []byte) {
	begin := time.Now()
	problems := said(data)
	if took := time.Since(begin); took > hang {
		t.Errorf("took %v", took)
	}
	var found string
	for _, p := range problems {
		if p.Message == "" || len(p.Message) > 1500 || p.Line == 0 {
			t.Errorf("no sentence or no place: %+v", p)
		}
		if p.Severity == SeverityError && (found == "" || p.Code == code) {
			found = p.Code
		}
	}
	if found != code {
		t.Errorf("got %q, want %q: %.500v", found, code, problems)
	}
}
