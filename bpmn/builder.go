package bpmn

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// builder makes the model of a tree: survey names the elements, definitions builds them, link joins them.
type builder struct {
	tree
	def      *Definitions
	byID     map[string]*etree.Element // BPMN elements
	items    map[string]*Item
	roots    map[string]any // messages, signals, errors, escalations
	unnamed  map[string]int // elements without an id, by kind
	problems flood
}

func newBuilder(t tree) *builder {
	return &builder{
		tree: t,
		def: &Definitions{
			named: make(map[string]named, len(t.notes)/2), nodes: map[string]*Node{}, flows: map[string]*Flow{}, data: map[string]*Data{},
			processes: map[string]*Process{}, participants: map[string]*Participant{},
		},
		byID:    make(map[string]*etree.Element, len(t.notes)/2),
		items:   map[string]*Item{},
		roots:   map[string]any{},
		unnamed: map[string]int{},
	}
}

// children calls visit for the BPMN elements directly in e, in file order.
func children(e *etree.Element, visit func(*etree.Element)) {
	for _, token := range e.Child {
		if c, ok := token.(*etree.Element); ok && c.Space == modelSpace {
			visit(c)
		}
	}
}

// child is the first BPMN element of that name directly in e, or nil.
func child(e *etree.Element, name string) *etree.Element {
	for _, token := range e.Child {
		if c, ok := token.(*etree.Element); ok && c.Tag == name && c.Space == modelSpace {
			return c
		}
	}
	return nil
}

// attr is an attribute without a namespace, as BPMN's are; empty where it is not written.
func attr(e *etree.Element, name string) string {
	value, _ := lookup(e, name)
	return value
}

func lookup(e *etree.Element, name string) (string, bool) {
	for i := range e.Attr {
		if e.Attr[i].Key == name && e.Attr[i].Space == "" {
			return e.Attr[i].Value, true
		}
	}
	return "", false
}

func text(e *etree.Element) string { return strings.TrimSpace(e.Text()) }

// element reads what every element has.
func (b *builder) element(e *etree.Element) Element {
	x := Element{ID: id(e), Name: attr(e, "name"), Place: b.at(e)}
	if d := child(e, "documentation"); d != nil {
		x.Documentation = text(d)
	}
	return x
}

func id(e *etree.Element) string { return strings.TrimSpace(attr(e, "id")) }

// named element, with a made-up id where the file has none: the engine knows nodes and flows by id.
func (b *builder) namedElement(e *etree.Element) Element {
	x := b.element(e)
	for x.ID == "" {
		b.unnamed[e.Tag]++
		made := e.Tag + "-" + strconv.Itoa(b.unnamed[e.Tag])
		if _, taken := b.byID[made]; !taken {
			x.ID = made
		}
	}
	return x
}

// boolean, whole and oneOf read an attribute of that type; a value that is none is a problem and stands for the default.
func (b *builder) boolean(e *etree.Element, name string, missing bool) bool {
	switch value, written := lookup(e, name); {
	case !written:
		return missing
	case value == "true" || value == "1":
		return true
	case value == "false" || value == "0":
		return false
	default:
		b.wrongValue(e, name, value, "true or false")
		return missing
	}
}

func (b *builder) whole(e *etree.Element, name string, missing int) int {
	value, written := lookup(e, name)
	if !written {
		return missing
	}
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
	if err != nil {
		b.wrongValue(e, name, value, "a whole number")
		return missing
	}
	return int(n)
}

func (b *builder) oneOf(e *etree.Element, name, missing string, allowed ...string) string {
	value, written := lookup(e, name)
	if !written {
		return missing
	}
	for _, a := range allowed {
		if value == a {
			return value
		}
	}
	b.wrongValue(e, name, value, "one of "+strings.Join(allowed, ", "))
	return missing
}

func (b *builder) wrongValue(e *etree.Element, name, value, want string) {
	holder, title := b.around(e)
	b.stray(Errorf("value_wrong", holder, "%s: %s is %q; it must be %s", title, name, clip(value), want))
}

// stray keeps a broken rule that only the file shows, for Check.
func (b *builder) stray(p Problem) { b.def.stray.add(p) }

// holder is what a problem of e is about.
func (b *builder) holder(e *etree.Element) Element {
	return Element{ID: id(e), Name: attr(e, "name"), Place: b.at(e)}
}

// around is what a problem of an inner element is about, with its title: event definitions and the like, often without an id, are
// said of the element around them, at their own place.
func (b *builder) around(e *etree.Element) (Element, string) {
	at := b.at(e)
	for id(e) == "" && e.Parent() != nil && e.Parent() != b.root {
		e = e.Parent()
	}
	holder := b.holder(e)
	name := title(e.Tag, holder)
	holder.Place = at
	return holder, name
}

// expression reads an element whose text is an expression; nil where there is none, or an empty one.
func (b *builder) expression(e *etree.Element) *Expression {
	if e == nil {
		return nil
	}
	language, own := lookup(e, "language")
	if !own && formal(e) { // plain prose is in none
		language = attr(b.root, "expressionLanguage")
	}
	return &Expression{Text: text(e), Language: strings.TrimSpace(language), Place: b.at(e)}
}

// local is the id that a reference leads to (a QName: 15.3), or the namespace outside of this file.
func (b *builder) local(e *etree.Element, value string) (id, foreign string) {
	value = strings.TrimSpace(value)
	prefix, rest, ok := strings.Cut(value, ":")
	if !ok || b.byID[value] != nil {
		return value, ""
	}
	if space, bound := b.notes[e].prefixes.resolve(prefix); bound && space != b.def.TargetNamespace {
		return rest, space
	}
	return rest, ""
}

// words is how a sentence calls an element of that name: "user task".
func words(name string) string {
	switch Kind(name) {
	case SubProcess:
		return "sub-process"
	case AdHocSubProcess:
		return "ad-hoc sub-process"
	case EventBasedGateway:
		return "event-based gateway"
	case "participant":
		return "pool"
	}
	var s strings.Builder
	for i, r := range strings.TrimPrefix(name, "BPMN") {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				s.WriteByte(' ')
			}
			r += 'a' - 'A'
		}
		s.WriteRune(r)
	}
	return s.String()
}

// title names an element in a sentence: user task "Call the client" (Task_1).
func title(kind string, e Element) string {
	switch {
	case e.Name != "" && e.ID != "":
		return fmt.Sprintf("%s %q (%s)", words(kind), clip(e.Name), clip(e.ID))
	case e.Name != "":
		return fmt.Sprintf("%s %q", words(kind), clip(e.Name))
	case e.ID != "":
		return fmt.Sprintf("%s %q", words(kind), clip(e.ID))
	}
	return fmt.Sprintf("%s in line %d", words(kind), e.Line)
}
