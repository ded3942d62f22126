package bpmn

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// The namespaces of BPMN 2.0 and of the extensions that have a meaning here.
const (
	modelSpace    = "http://www.omg.org/spec/BPMN/20100524/MODEL"
	diagramSpace  = "http://www.omg.org/spec/BPMN/20100524/DI"
	boundsSpace   = "http://www.omg.org/spec/DD/20100524/DC"
	instanceSpace = "http://www.w3.org/2001/XMLSchema-instance"
	camundaSpace  = "http://camunda.org/schema/1.0/bpmn"
	operatonSpace = "http://operaton.org/schema/1.0/bpmn"
	zeebeSpace    = "http://camunda.org/schema/zeebe/1.0"
	xmlSpace      = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace    = "http://www.w3.org/2000/xmlns/"
)

// tree is a file as elements. Their Space is the namespace itself, no prefix; so it is of attributes, but for the
// declarations of prefixes, which keep xmlns. Comments, processing instructions and blank text are left out.
type tree struct {
	root  *etree.Element
	notes map[*etree.Element]note
}

// note is what the tree keeps of an element's start tag beside the element.
type note struct {
	Place
	prefixes *binding
}

func (t tree) at(e *etree.Element) Place { return t.notes[e].Place }

// binding is a prefix bound to a namespace, in front of those bound further out.
type binding struct {
	prefix, space string
	outer         *binding
	depth         int
}

func (b *binding) resolve(prefix string) (space string, ok bool) {
	for ; b != nil; b = b.outer {
		if b.prefix == prefix {
			return b.space, true
		}
	}
	return "", false
}

func (b *binding) bind(prefix, space string) *binding {
	depth := 1
	if b != nil {
		depth += b.depth
	}
	return &binding{prefix, space, b, depth}
}

// scanner builds the tree from encoding/xml's raw tokens, in one pass. etree's own reader accepts two roots, text after the
// root, unbound prefixes and duplicate attributes, and keeps no places; the raw tokens show all of that.
type scanner struct {
	tree
	text       []byte
	decoder    *xml.Decoder
	cursor     *cursor
	open       []frame
	prefixes   *binding
	elements   int
	modelled   int
	attributes int
	scopes     int
	problems   []Problem
	stop       bool // what follows would only repeat what was said
}

// frame is an element that is not closed yet.
type frame struct {
	element *etree.Element
	name    xml.Name // as written: Space is the prefix
	outer   *binding // the prefixes bound around it
	scope   bool
}

// scan reads text, which is UTF-8, as XML with namespaces. With a severe problem there is no tree.
func scan(text []byte) (tree, []Problem) {
	s := &scanner{
		tree:     tree{notes: make(map[*etree.Element]note, min(bytes.Count(text, []byte{'<'})/2, 10_000))},
		text:     text,
		decoder:  xml.NewDecoder(bytes.NewReader(text)),
		cursor:   newCursor(text),
		prefixes: (*binding)(nil).bind("xml", xmlSpace).bind("", ""),
	}
	s.decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // the text is UTF-8 already
	for !s.stop {
		start := int(s.decoder.InputOffset())
		token, err := s.decoder.RawToken()
		if err != nil {
			s.end(err)
			break
		}
		s.token(token, start)
	}
	return s.tree, s.problems
}

func (s *scanner) token(token xml.Token, start int) {
	raw := s.text[start:s.decoder.InputOffset()]
	switch t := token.(type) {
	case xml.StartElement:
		s.checkTag(raw, start)
		s.start(t, s.cursor.at(start))
	case xml.EndElement:
		s.close(t, start)
	case xml.CharData:
		s.chars(t, raw, start)
	case xml.ProcInst:
		if strings.EqualFold(t.Target, "xml") && start > 0 {
			s.refuse("xml_declaration", start, "<?xml …?> may stand at the very beginning of the file only")
		}
	case xml.Directive:
		s.refuse("doctype", start, "a file with <!DOCTYPE …> or entities is not read; delete the declaration and write the characters themselves")
		s.stop = true
	}
}

func (s *scanner) refuse(code string, offset int, format string, args ...any) {
	s.refuseAt(code, s.cursor.at(offset), format, args...)
}

func (s *scanner) refuseAt(code string, at Place, format string, args ...any) {
	s.problems = append(s.problems, Errorf(code, Element{Place: at}, format, args...))
	if len(s.problems) > maxProblems {
		s.stop = true
	}
}

func (s *scanner) start(t xml.StartElement, at Place) {
	if len(s.open) == 0 && s.root != nil {
		s.refuseAt("root_second", at, "a second root element <%s>; a file has one, everything else stands inside it", clip(full(t.Name)))
		s.stop = true
		return
	}
	if s.overLimit(t, at) {
		s.stop = true
		return
	}
	f := frame{name: t.Name, outer: s.prefixes}
	if s.bind(t.Attr, at); s.stop {
		return
	}
	e := &etree.Element{Space: s.space(t.Name, at), Tag: t.Name.Local}
	f.element, f.scope = e, e.Space == modelSpace && scopeNames[e.Tag]
	if s.modelOverLimit(f, at) {
		s.stop = true
		return
	}
	e.Attr = s.attrs(t, at)
	if s.root == nil {
		s.root = e
	} else {
		s.open[len(s.open)-1].element.AddChild(e)
	}
	s.notes[e] = note{at, s.prefixes}
	s.open = append(s.open, f)
}

// overLimit tells whether the element is one too many, too deep or too large.
func (s *scanner) overLimit(t xml.StartElement, at Place) bool {
	s.elements++
	s.attributes += len(t.Attr)
	switch {
	case s.elements > maxElements:
		s.refuseAt("too_many_elements", at, "the file has more than %d elements; split the diagram", maxElements)
	case len(s.open) >= maxDepth:
		s.refuseAt("too_deep", at, "elements stand in each other deeper than %d", maxDepth)
	case len(t.Attr) > maxPerElement:
		s.refuseAt("too_many_attributes", at, "<%s> has %d attributes; at most %d are read", clip(full(t.Name)), len(t.Attr), maxPerElement)
	case s.attributes > maxAttributes:
		s.refuseAt("too_many_attributes", at, "the file has more than %d attributes; split the diagram", maxAttributes)
	default:
		for _, a := range t.Attr {
			if len(a.Value) > maxValue || a.Name.Local == "id" && len(a.Value) > maxID {
				s.refuseAt("attribute_too_long", at, "the attribute %s of <%s> is %d bytes long; shorten it",
					clip(full(a.Name)), clip(full(t.Name)), len(a.Value))
				return true
			}
		}
		return false
	}
	return true
}

func (s *scanner) modelOverLimit(f frame, at Place) bool {
	if f.element.Space == modelSpace {
		s.modelled++
	}
	if f.scope {
		s.scopes++
	}
	switch {
	case s.modelled > maxModel:
		s.refuseAt("too_many_elements", at, "the diagram has more than %d elements; split it", maxModel)
	case s.scopes > maxScopes:
		s.refuseAt("too_deep", at, "sub-processes stand in each other deeper than %d; call another process instead", maxScopes)
	default:
		return false
	}
	return true
}

// bind takes the prefixes that the element declares (Namespaces in XML 1.0, 3).
func (s *scanner) bind(attrs []xml.Attr, at Place) {
	for _, a := range attrs {
		prefix := ""
		switch {
		case a.Name.Space == "xmlns":
			prefix = a.Name.Local
		case a.Name.Space != "" || a.Name.Local != "xmlns":
			continue
		}
		switch uri := strings.TrimSpace(a.Value); {
		case prefix == "xmlns", prefix == "xml" && uri != xmlSpace, prefix != "xml" && uri == xmlSpace, uri == xmlnsSpace:
			s.refuseAt("prefix_reserved", at, "the prefixes xml and xmlns may not be given another meaning")
		case prefix != "" && uri == "":
			s.refuseAt("prefix_unbound", at, "the prefix %q is bound to nothing; write its namespace: xmlns:%s=\"…\"", clip(prefix), clip(prefix))
		default:
			if s.prefixes = s.prefixes.bind(prefix, known(uri)); s.prefixes.depth > maxPrefixes {
				s.refuseAt("too_many_prefixes", at, "more than %d prefixes are declared around this place; declare those in use, once, on the root element", maxPrefixes)
				s.stop = true
			}
		}
	}
}

// known makes the namespaces of this package one string each, so that comparing them is comparing pointers.
func known(uri string) string {
	switch uri {
	case modelSpace:
		return modelSpace
	case diagramSpace:
		return diagramSpace
	case boundsSpace:
		return boundsSpace
	case camundaSpace:
		return camundaSpace
	case zeebeSpace:
		return zeebeSpace
	}
	return uri
}

// space is the namespace of an element's name.
func (s *scanner) space(name xml.Name, at Place) string {
	if strings.Contains(name.Local, ":") {
		s.refuseAt("name_invalid", at, "%q is no name of an element or attribute: a prefix, a colon and a name are wanted", clip(full(name)))
		return ""
	}
	if space, ok := s.prefixes.resolve(name.Space); ok {
		return space
	}
	s.refuseAt("prefix_unbound", at, "the prefix %q of %s is bound to no namespace; add xmlns:%s=\"…\" to the root element",
		clip(name.Space), clip(full(name)), clip(name.Space))
	return ""
}

// attrs resolves the attributes' prefixes and finds what is written twice, by prefix or by namespace.
func (s *scanner) attrs(t xml.StartElement, at Place) []etree.Attr {
	if len(t.Attr) == 0 {
		return nil
	}
	attrs := make([]etree.Attr, 0, len(t.Attr))
	for _, a := range t.Attr {
		resolved := etree.Attr{Space: a.Name.Space, Key: a.Name.Local, Value: a.Value}
		if a.Name.Space != "" && a.Name.Space != "xmlns" || strings.Contains(a.Name.Local, ":") {
			resolved.Space = s.space(a.Name, at)
		}
		attrs = append(attrs, resolved)
	}
	if twice := duplicate(attrs); twice != "" {
		s.refuseAt("attribute_twice", at, "<%s> has the attribute %s twice; keep one", clip(full(t.Name)), clip(twice))
	}
	return attrs
}

func duplicate(attrs []etree.Attr) string {
	if len(attrs) > 16 { // a bomb of many attributes must not cost their square
		seen := make(map[[2]string]bool, len(attrs))
		for _, a := range attrs {
			if seen[[2]string{a.Space, a.Key}] {
				return a.Key
			}
			seen[[2]string{a.Space, a.Key}] = true
		}
		return ""
	}
	for i, a := range attrs {
		for _, b := range attrs[:i] {
			if a.Key == b.Key && a.Space == b.Space {
				return a.Key
			}
		}
	}
	return ""
}

func (s *scanner) close(t xml.EndElement, start int) {
	if len(s.open) == 0 {
		s.refuse("not_well_formed", start, "</%s> closes nothing; delete it", clip(full(t.Name)))
		s.stop = true
		return
	}
	f := s.open[len(s.open)-1]
	if f.name != t.Name {
		s.refuse("not_well_formed", start, "</%s> stands where <%s>, opened in line %d, must be closed first",
			clip(full(t.Name)), clip(full(f.name)), s.at(f.element).Line)
		s.stop = true
		return
	}
	s.open = s.open[:len(s.open)-1]
	s.prefixes = f.outer
	if f.scope {
		s.scopes--
	}
}

func (s *scanner) chars(t xml.CharData, raw []byte, start int) {
	s.checkReferences(raw, start)
	if len(bytes.TrimSpace(t)) == 0 && (len(s.open) > 0 || !bytes.HasPrefix(raw, []byte("<!"))) {
		return
	}
	if len(s.open) == 0 {
		where := "before"
		if s.root != nil {
			where = "after"
		}
		s.refuse("text_outside", start, "text %s the root element; delete it", where)
		s.stop = true
		return
	}
	s.open[len(s.open)-1].element.CreateText(string(t))
}

// checkTag finds what encoding/xml lets pass in a start tag: no blank between two attributes.
func (s *scanner) checkTag(tag []byte, start int) {
	s.checkReferences(tag, start)
	var quote byte
	for i, c := range tag {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote && c != 0:
			quote = 0
			if i+1 < len(tag) && !strings.ContainsRune(" \n\t\r/>", rune(tag[i+1])) {
				s.refuse("not_well_formed", start, "a blank is missing between two attributes of this tag")
				return
			}
		}
	}
}

// checkReferences finds character references to what is no character: encoding/xml turns surrogates into U+FFFD.
func (s *scanner) checkReferences(raw []byte, start int) {
	if bytes.HasPrefix(raw, []byte("<![CDATA[")) {
		return
	}
	for {
		i := bytes.Index(raw, []byte("&#"))
		if i < 0 {
			return
		}
		raw = raw[i+2:]
		end := bytes.IndexByte(raw, ';')
		if end < 0 {
			return
		}
		digits, base := string(raw[:end]), 10
		if hex, ok := strings.CutPrefix(digits, "x"); ok {
			digits, base = hex, 16
		}
		if n, err := strconv.ParseUint(digits, base, 32); err == nil && n <= utf8.MaxRune && !utf8.ValidRune(rune(n)) {
			s.refuse("character_invalid", start, "&#%s; is no character; delete it", clip(string(raw[:end])))
			return
		}
	}
}

// end says why there are no more tokens.
func (s *scanner) end(err error) {
	at := s.cursor.at(int(s.decoder.InputOffset()))
	var syntax *xml.SyntaxError
	switch ended := errors.Is(err, io.EOF); {
	case len(s.open) > 0 && (ended || errors.As(err, &syntax) && syntax.Msg == "unexpected EOF"):
		f := s.open[len(s.open)-1]
		s.refuseAt("not_well_formed", s.at(f.element), "<%s> is never closed: the file ends too early", clip(full(f.name)))
	case ended && s.root == nil:
		s.refuseAt("file_empty", Place{1, 1}, "the file holds no element; a BPMN file has a root element <definitions>")
	case ended:
	case errors.As(err, &syntax):
		entity, ok := strings.CutPrefix(syntax.Msg, "invalid character entity ")
		switch {
		case ok:
			s.refuseAt("entity_unknown", at, "%s is not known: only &lt; &gt; &amp; &quot; &apos; and numbers like &#160; are read", clip(entity))
		case strings.HasPrefix(syntax.Msg, "illegal character code"):
			s.refuseAt("character_invalid", at, "%s: a character that may not stand in XML; delete it", clip(syntax.Msg))
		default:
			s.refuseAt("not_well_formed", at, "this is not well-formed XML: %s", clip(syntax.Msg))
		}
	default:
		s.refuseAt("not_well_formed", at, "this is not well-formed XML: %s", clip(err.Error()))
	}
}

func full(name xml.Name) string {
	if name.Space == "" {
		return name.Local
	}
	return name.Space + ":" + name.Local
}
