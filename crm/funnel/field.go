package funnel

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
)

// Type is what a field holds.
type Type string

// The types.
const (
	String    Type = "string"
	Text      Type = "text"
	Long      Type = "long"
	Number    Type = "number"
	Percent   Type = "percent"
	MoneyType Type = "money"
	Boolean   Type = "boolean"
	Date      Type = "date"
	DateTime  Type = "datetime"
	Phone     Type = "phone"
	Email     Type = "email"
	Address   Type = "address"
	Enum      Type = "enum"
	User      Type = "user"
	Contact   Type = "contact"
	Company   Type = "company"
	Products  Type = "products"
	Table     Type = "table"
	FileType  Type = "file"
	DocType   Type = "document"
)

var types = []Type{
	String, Text, Long, Number, Percent, MoneyType, Boolean, Date, DateTime, Phone, Email, Address, Enum, User, Contact, Company,
	Products, Table, FileType, DocType,
}

// elsewhere are the names that other tools have for the types.
var elsewhere = map[string]string{
	"int": "long", "integer": "long", "double": "number", "float": "number", "bool": "boolean", "tel": "phone", "list": "enum",
	"select": "enum", "time": "datetime", "timestamp": "datetime", "textarea": "text", "items": "products", "currency": "money",
}

// Field is one key of the funnel: it means the same wherever it is asked.
type Field struct {
	Key      string              `json:"key"`
	Label    string              `json:"label"`
	Text     string              `json:"text,omitempty"` // that people read beside it
	Type     Type                `json:"type"`
	Multiple bool                `json:"multiple,omitempty"`
	Values   []Choice            `json:"values,omitempty"`  // of an enum
	Columns  []Column            `json:"columns,omitempty"` // of a table
	Default  string              `json:"default,omitempty"`
	Computed bool                `json:"computed,omitempty"`
	Live     bool                `json:"-"`                  // its value changes by itself, with the clock or the card
	Fixed    bool                `json:"readonly,omitempty"` // no person writes it: robots and the computation do
	See      []string            `json:"see,omitempty"`      // roles; none: everyone
	Edit     []string            `json:"edit,omitempty"`
	Bounds   Bounds              `json:"bounds,omitzero"`
	Document *Document           `json:"document,omitempty"`
	Consent  *Consent            `json:"consent,omitempty"` // of a boolean that is an agreement
	Value    *expression.Program `json:"-"`                 // of a computed one

	bpmn.Place `json:"-"`
	values     string // where the list of an enum comes from, as written
	source     string // of the computation
	defined    string // the element whose occurrence defines it
}

// Column is one column of a table.
type Column struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Type  Type   `json:"type"`
}

// Bounds are what a single value must keep to.
type Bounds struct {
	Min       string         `json:"min,omitempty"` // a number or a date, by the field's type
	Max       string         `json:"max,omitempty"`
	MinLength int            `json:"min_length,omitempty"`
	MaxLength int            `json:"max_length,omitempty"` // 0: none
	Pattern   *regexp.Regexp `json:"pattern,omitempty"`
}

// columnTypes are the types a column may have: what fits into one cell.
var columnTypes = []Type{
	String, Text, Long, Number, Percent, MoneyType, Boolean, Date, DateTime, Phone, Email, Address, User, Contact, Company,
}

// Reserved keys: the first are the moves' own, the others always tell about the card.
var (
	movesOwn = []string{"rejection", "rejection_comment", "flow", "outcome"}
	cardsOwn = []string{"created_at", "entered", "due", "stage", "documents", "tags", "touches", "offers"}
)

var word = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// occurrence is a form field as one element of the file writes it.
type occurrence struct {
	*bpmn.FormField
	element bpmn.Element
}

func (o occurrence) at(place bpmn.Place) bpmn.Element {
	if place == (bpmn.Place{}) {
		place = o.Place
	}
	return bpmn.Element{ID: o.element.ID, Place: place}
}

func (o occurrence) here() bpmn.Element { return o.at(o.Place) }

func (o occurrence) prop(name string) bpmn.Property { return property(o.Properties, name) }

// dictionary makes one field of all occurrences of each key, in order of the file.
func (c *compiler) dictionary(forms []occurrence) {
	for _, o := range forms {
		if o.ID == "rejection" {
			continue
		}
		switch f := c.fields[o.ID]; {
		case f == nil:
			f = &Field{Key: o.ID, Place: o.Place}
			c.fields[o.ID] = f
			c.Fields = append(c.Fields, f)
			c.key(o)
			fallthrough
		case c.fields[o.ID].Type == "":
			c.define(c.fields[o.ID], o)
		default:
			c.agrees(f, o)
		}
	}
	for _, f := range c.Fields {
		if f.Type == "" {
			c.fail("field_without_type", bpmn.Element{ID: f.defined, Place: f.Place}, "field %q has a type nowhere in the file", f.Key)
			f.Type = String
		}
	}
	c.consents()
}

// key checks what a field may be called.
func (c *compiler) key(o occurrence) {
	key := o.ID
	switch {
	case key == "":
		c.fail("key_missing", o.here(), "a field has no id: it is the key by which the field is known")
	case !word.MatchString(key):
		c.fail("key_invalid", o.here(), "field id %q can't be read in expressions: only letters a–z, digits and _ may stand in it", key)
	case slices.Contains(movesOwn, key):
		c.fail("key_reserved", o.here(), "%q tells about the move that is being made; call the field otherwise", key)
	case slices.Contains(cardsOwn, key):
		c.fail("key_reserved", o.here(), "%q tells about the card and can't be a field; call it otherwise", key)
	case c.numbering.IsFunction(key):
		c.fail("key_hides_function", o.here(), "field %q would hide the function %s(); call it otherwise", key, key)
	}
}

// define fills a field in from the occurrence that has a type.
func (c *compiler) define(f *Field, o occurrence) {
	f.defined = o.element.ID
	f.Label = c.label(o.Label, "field", f.Key)
	if f.Label == "" {
		f.Label = f.Key
	}
	if o.Type == "" {
		return
	}
	f.Place = o.Place
	f.Text = c.label(o.prop("text").Value, "field", f.Key, "text")
	f.Type = Type(o.Type)
	if !slices.Contains(types, f.Type) {
		hint := ""
		if near := cmp.Or(elsewhere[o.Type], nearest(o.Type, words(types))); near != "" {
			hint = "; did you mean " + near + "?"
		}
		c.fail("field_type_unknown", o.here(), "field %q is of type %q, which does not exist%s", f.Key, o.Type, hint)
		f.Type = String
	}
	f.Multiple = c.flag(o.here(), o.prop("multiple"))
	f.Fixed = c.flag(o.here(), o.prop("readonly")) || constraint(o, "readonly") != nil
	c.roles(f, o)
	f.source = strings.TrimSpace(o.prop("value").Value)
	f.Computed = f.source != ""
	f.Default = o.Default
	f.Bounds = c.bounds(f, o)
	f.values = o.prop("values").Value
	switch f.Type {
	case Enum:
		f.Values = c.enum(f, o)
	case Table:
		f.Columns = c.columns(f, o)
	case DocType:
		f.Document = c.document(f, o)
	}
	if f.Multiple && slices.Contains([]Type{Table, Products, DocType, Boolean}, f.Type) {
		c.fail("multiple_invalid", o.here(), "field %q can't hold several values: it is a %s", f.Key, f.Type)
		f.Multiple = false
	}
	if f.Default != "" {
		if _, fault := f.Parse(f.Default); fault != nil {
			c.fail("default_invalid", o.here(), "the default %q of field %q is no %s", f.Default, f.Key, f.Type)
			f.Default = ""
		}
	}
}

// roles reads who may see and who may write a field. Wherever it is written it holds everywhere, so two places can't say two things.
func (c *compiler) roles(f *Field, o occurrence) {
	for name, to := range map[string]*[]string{"see": &f.See, "edit": &f.Edit} {
		p := o.prop(name)
		here := list(p.Value)
		if len(here) == 0 {
			continue
		}
		if len(*to) > 0 && !slices.Equal(*to, here) {
			c.fail("field_conflict", o.at(p.Place), "field %q has %s %q here, but %q in another place: a key means one field in the whole file", f.Key, name, p.Value, strings.Join(*to, ","))
		}
		*to = here
	}
}

// agrees checks that another occurrence says nothing else about the field than the one that defines it.
func (c *compiler) agrees(f *Field, o occurrence) {
	differs := func(code, what, here, there string) {
		c.fail(code, o.here(), "field %q has %s %q here, but %q in %q: a key means one field in the whole file", f.Key, what, here, there, f.defined)
	}
	if o.Type != "" && Type(o.Type) != f.Type {
		differs("field_conflict", "type", o.Type, string(f.Type))
		return
	}
	if p := o.prop("multiple"); p.Value != "" && c.flag(o.here(), p) != f.Multiple {
		c.fail("field_conflict", o.at(p.Place), "field %q holds several values in one place and a single one in another", f.Key)
	}
	c.roles(f, o)
	if p := o.prop("value"); p.Value != "" && strings.TrimSpace(p.Value) != f.source {
		differs("field_conflict", "the computation", p.Value, f.source)
	}
	if p := o.prop("columns"); p.Value != "" && !slices.Equal(c.columns(f, o), f.Columns) {
		c.fail("field_conflict", o.at(p.Place), "the columns of table %q differ from those in %q: leave them out here", f.Key, f.defined)
	}
	if f.Type == Enum && (len(o.Values) > 0 || o.prop("values").Value != "") && !slices.Equal(c.enum(f, o), f.Values) {
		c.fail("values_conflict", o.here(), "the values of %q differ from those in %q: make them equal or leave them out here", f.Key, f.defined)
	}
	if f.Document != nil {
		for _, p := range []struct{ name, there string }{{"template", f.Document.Template}, {"number", f.Document.number}} {
			if here := o.prop(p.name).Value; here != "" && here != p.there {
				differs("field_conflict", p.name, here, p.there)
			}
		}
	}
}

// enum reads an enum's list of values: its own, or a list of the funnel's.
func (c *compiler) enum(f *Field, o occurrence) []Choice {
	switch from := o.prop("values"); strings.TrimSpace(from.Value) {
	case "":
	case "channels.sales":
		return c.filled(o, from, c.Sales)
	case "channels.communication":
		return c.filled(o, from, c.Communication)
	default:
		c.fail("values_unknown", o.at(from.Place), "%q is no list: write channels.sales or channels.communication, or the values themselves", from.Value)
		return nil
	}
	all := c.valuesOf(o, "field", f.Key)
	if len(all) == 0 {
		c.fail("enum_empty", o.here(), "enum %q has no values to choose from", f.Key)
	}
	return all
}

func (c *compiler) filled(o occurrence, from bpmn.Property, all []Choice) []Choice {
	if len(all) == 0 {
		c.fail("enum_empty", o.at(from.Place), "enum %q has no values to choose from: the process has no property %q", o.ID, "funnel."+from.Value)
	}
	return all
}

// valuesOf reads the values written in a form field. A value without a name is read by its id.
func (c *compiler) valuesOf(o occurrence, labels ...string) []Choice {
	var all []Choice
	for _, v := range o.Values {
		if v.ID == "" {
			c.fail("value_without_id", o.at(v.Place), "a value of %q has no id", o.ID)
			continue
		}
		if slices.ContainsFunc(all, func(one Choice) bool { return one.Code == v.ID }) {
			c.fail("value_duplicate", o.at(v.Place), "%q has the value %q twice", o.ID, v.ID)
			continue
		}
		name := c.label(v.Name, append(labels, v.ID)...)
		if name == "" {
			name = v.ID
		}
		all = append(all, Choice{v.ID, name})
	}
	return all
}

// columns reads "due:date=Срок; amount:money=Сумма". A column without a type is text.
func (c *compiler) columns(f *Field, o occurrence) []Column {
	p := o.prop("columns")
	var all []Column
	for _, one := range c.choices(o.here(), p) {
		key, kind, typed := strings.Cut(one.Code, ":")
		col := Column{Key: strings.TrimSpace(key), Label: one.Name, Type: Type(strings.TrimSpace(kind))}
		if !typed {
			col.Type = String
		}
		if one.Name == one.Code {
			col.Label = col.Key
		}
		col.Label = c.label(col.Label, "field", f.Key, "column", col.Key)
		if !word.MatchString(col.Key) {
			c.fail("column_invalid", o.at(p.Place), "column %q of %q can't be read in expressions: only letters a–z, digits and _ may stand in it", col.Key, f.Key)
		}
		if !slices.Contains(columnTypes, col.Type) {
			c.fail("column_invalid", o.at(p.Place), "column %q of %q can't be of type %q: write one of %s", col.Key, f.Key, col.Type, strings.Join(words(columnTypes), ", "))
			col.Type = String
		}
		all = append(all, col)
	}
	if len(all) == 0 {
		c.fail("columns_missing", o.here(), "table %q has no columns: add the property columns = due:date=Срок; amount:money=Сумма", f.Key)
	}
	return all
}

func constraint(o occurrence, name string) *bpmn.Constraint {
	for i := range o.Constraints {
		if k := &o.Constraints[i]; k.Name == name && k.Config != "false" {
			return k
		}
	}
	return nil
}

func words[T ~string](all []T) []string {
	made := make([]string, len(all))
	for i, one := range all {
		made[i] = string(one)
	}
	return made
}
