package funnel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/engine/schedule"
)

// Reading is what a value is read by, beside its field.
type Reading struct {
	Currency string
	Zone     *time.Location
	Phone    func(string) (string, bool) // brings a phone number into its international form; nil keeps figures and a plus
}

// FaultKind is what is wrong with a value.
type FaultKind string

// What can be wrong with a value.
const (
	FaultType     FaultKind = "type"     // it is of another type; Need names the one
	FaultChoice   FaultKind = "choice"   // it is not in the list
	FaultMin      FaultKind = "min"      // it is below Need
	FaultMax      FaultKind = "max"      // it is above Need
	FaultShort    FaultKind = "short"    // it has fewer than Need letters
	FaultLong     FaultKind = "long"     // it has more than Need letters
	FaultPattern  FaultKind = "pattern"  // it does not look as it must
	FaultCurrency FaultKind = "currency" // it is in another currency than Need
	FaultColumn   FaultKind = "column"   // a row has a column that the table has not; Need names it
	FaultUpload   FaultKind = "upload"   // files and documents are uploaded, not written
	FaultComputed FaultKind = "computed" // it is computed
)

// Fault is what is wrong with a value of a field.
type Fault struct {
	Kind  FaultKind
	Value string // as it was sent, cut to what fits in a sentence
	Need  string
	Where string // "2.amount": the row and column of a table
}

func (f *Fault) Error() string { return fmt.Sprintf("%s: %q", f.Kind, f.Value) }

// Read takes a value as the API, a form or a file of rows sends it and gives it as it is kept, trimmed and brought into its usual
// form. Texts stand for values of every type ("12,5", "31.01.2026"); an empty text, an empty list and null make the field empty.
func (f *Field) Read(raw json.RawMessage, r Reading) (expression.Value, *Fault) {
	v, fault := f.decoded(raw)
	if fault != nil || v == nil {
		return nil, fault
	}
	switch {
	case f.Computed:
		return nil, &Fault{Kind: FaultComputed}
	case f.Type == FileType || f.Type == DocType:
		return nil, &Fault{Kind: FaultUpload}
	case f.Type == Table || f.Type == Products:
		return f.readRows(v, r)
	case f.Multiple:
		return f.readSeveral(v, r)
	}
	made, fault := f.readOne(f.Type, v, r)
	if fault != nil || made == nil {
		return nil, fault
	}
	if fault := f.Bounds.check(f, made); fault != nil {
		return nil, fault
	}
	return encoded(made)
}

// Parse is Read of a text.
func (f *Field) Parse(text string) (expression.Value, *Fault) {
	raw, _ := json.Marshal(text)
	return f.Read(raw, Reading{})
}

func (f *Field) decoded(raw json.RawMessage) (any, *Fault) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, &Fault{Kind: FaultType, Value: short(string(raw)), Need: string(f.Type)}
	}
	switch one := v.(type) {
	case string:
		if strings.TrimSpace(one) == "" {
			return nil, nil
		}
	case []any:
		if len(one) == 0 {
			return nil, nil
		}
	}
	return v, nil
}

func encoded(v any) (expression.Value, *Fault) {
	raw, err := expression.Encode(v)
	if err != nil {
		return nil, &Fault{Kind: FaultType, Value: short(fmt.Sprint(v))}
	}
	return raw, nil
}

func (f *Field) readSeveral(v any, r Reading) (expression.Value, *Fault) {
	all, ok := v.([]any)
	if text, isText := v.(string); isText {
		ok = true
		for part := range strings.SplitSeq(text, ",") {
			all = append(all, strings.TrimSpace(part))
		}
	}
	if !ok {
		return nil, &Fault{Kind: FaultType, Value: describe(v), Need: "list"}
	}
	made := make([]any, 0, len(all))
	for _, one := range all {
		value, fault := f.readOne(f.Type, one, r)
		if fault == nil && value != nil {
			fault = f.Bounds.check(f, value)
		}
		if fault != nil {
			return nil, fault
		}
		if value != nil {
			made = append(made, value)
		}
	}
	if len(made) == 0 {
		return nil, nil
	}
	return encoded(made)
}

func (f *Field) readRows(v any, r Reading) (expression.Value, *Fault) {
	rows, ok := v.([]any)
	if !ok {
		return nil, &Fault{Kind: FaultType, Value: describe(v), Need: string(f.Type)}
	}
	made := make([]any, 0, len(rows))
	for i, row := range rows {
		cells, ok := row.(map[string]any)
		if !ok {
			return nil, &Fault{Kind: FaultType, Value: describe(row), Need: "row", Where: strconv.Itoa(i + 1)}
		}
		kept := map[string]any{}
		for key, cell := range cells {
			where := strconv.Itoa(i+1) + "." + key
			kind, ok := f.column(key)
			if !ok {
				return nil, &Fault{Kind: FaultColumn, Value: key, Need: key, Where: where}
			}
			value, fault := f.readOne(kind, cell, r)
			if fault != nil {
				fault.Where = where
				return nil, fault
			}
			if value != nil {
				kept[key] = value
			}
		}
		made = append(made, kept)
	}
	return encoded(made)
}

// column is the type of a column of a table or of the rows of goods.
func (f *Field) column(key string) (Type, bool) {
	if f.Type == Products {
		kind, ok := map[string]Type{
			"sku": String, "name": String, "kind": String, "price": MoneyType, "quantity": Number, "hours": Number,
			"discount": Percent, "amount": MoneyType,
		}[key]
		return kind, ok
	}
	for _, col := range f.Columns {
		if col.Key == key {
			return col.Type, true
		}
	}
	return "", false
}

// readOne reads a single value of a type: the Go value that expressions see, nil where it is empty.
func (f *Field) readOne(kind Type, v any, r Reading) (any, *Fault) {
	if v == nil {
		return nil, nil
	}
	text, isText := v.(string)
	text = strings.TrimSpace(text)
	if isText && text == "" {
		return nil, nil
	}
	wrong := &Fault{Kind: FaultType, Value: describe(v), Need: string(kind)}
	switch kind {
	case MoneyType:
		return readMoney(v, r, wrong)
	case Long, Number, Percent:
		return readNumber(kind, v, wrong)
	case Boolean:
		switch {
		case v == true || text == "true":
			return true, nil
		case v == false || text == "false":
			return false, nil
		}
		return nil, wrong
	}
	if !isText {
		return nil, wrong
	}
	switch kind {
	case Date:
		day, err := parseDay(text)
		if err != nil {
			return nil, wrong
		}
		return day, nil
	case DateTime:
		at, err := parseMoment(text, r.Zone)
		if err != nil {
			return nil, wrong
		}
		return at.UTC(), nil
	case Phone:
		return readPhone(text, r, wrong)
	case Email:
		address, err := mail.ParseAddress(text)
		if err != nil || address.Name != "" || !strings.Contains(address.Address, ".") {
			return nil, wrong
		}
		return strings.ToLower(address.Address), nil
	case Enum:
		for _, one := range f.Values {
			if one.Code == text {
				return text, nil
			}
		}
		return nil, &Fault{Kind: FaultChoice, Value: short(text)}
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, wrong
	}
	return text, nil
}

// readMoney reads {"amount":4990000,"currency":"RUB"} in minor units, or a text in currency units: "49 900,50".
func readMoney(v any, r Reading, wrong *Fault) (any, *Fault) {
	switch v := v.(type) {
	case map[string]any:
		if c, _ := v["currency"].(string); c != "" && r.Currency != "" && c != r.Currency {
			return nil, &Fault{Kind: FaultCurrency, Value: c, Need: r.Currency}
		}
		n, ok := v["amount"].(json.Number)
		if !ok {
			return nil, wrong
		}
		minor, err := n.Int64()
		if err != nil {
			return nil, wrong
		}
		return expression.Money(minor), nil
	case string:
		n, err := strconv.ParseFloat(plainNumber(v), 64)
		m, fits := expression.Units(n)
		if err != nil || !fits {
			return nil, wrong
		}
		return m, nil
	}
	return nil, wrong
}

func readNumber(kind Type, v any, wrong *Fault) (any, *Fault) {
	text := ""
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = plainNumber(v)
	default:
		return nil, wrong
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != n || n > 1e300 || n < -1e300 {
		return nil, wrong
	}
	if kind != Long {
		return n, nil
	}
	if n != float64(int64(n)) || n > 1<<53 || n < -1<<53 {
		return nil, wrong
	}
	return int(n), nil
}

// plainNumber takes blanks out of a number as people write it, and makes its comma a point.
func plainNumber(text string) string {
	return strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".").Replace(strings.TrimSpace(text))
}

func readPhone(text string, r Reading, wrong *Fault) (any, *Fault) {
	if r.Phone != nil {
		made, ok := r.Phone(text)
		if !ok {
			return nil, wrong
		}
		return made, nil
	}
	var b strings.Builder
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9' || c == '+' && i == 0:
			b.WriteRune(c)
		case !strings.ContainsRune(" ()-.\u00a0", c):
			return nil, wrong
		}
	}
	if n := len(strings.TrimPrefix(b.String(), "+")); n < 5 || n > 15 {
		return nil, wrong
	}
	return b.String(), nil
}

// parseDay reads 2026-01-31 and 31.01.2026.
func parseDay(text string) (expression.Date, error) {
	if at, err := time.Parse("02.01.2006", text); err == nil {
		return expression.DateOf(at), nil
	}
	return expression.ParseDate(text)
}

func parseMoment(text string, zone *time.Location) (time.Time, error) {
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range []string{"02.01.2006 15:04", "2006-01-02 15:04", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at, nil
		}
	}
	return schedule.ParseDate(text, zone)
}

// Check tells what is wrong with a value by these limits, which may be tighter than the field's own; nil: nothing.
func (b Bounds) Check(f *Field, v any) *Fault {
	all, several := v.([]any)
	if !several || !f.Multiple {
		return b.check(f, v)
	}
	for _, one := range all {
		if fault := b.check(f, one); fault != nil {
			return fault
		}
	}
	return nil
}

func (b Bounds) check(f *Field, v any) *Fault {
	if f.limitType() != String {
		if b.Min != "" && beyond(v, b.Min) < 0 {
			return &Fault{Kind: FaultMin, Value: expression.Format(v, nil), Need: b.Min}
		}
		if b.Max != "" && beyond(v, b.Max) > 0 {
			return &Fault{Kind: FaultMax, Value: expression.Format(v, nil), Need: b.Max}
		}
	}
	text, ok := v.(string)
	if !ok {
		return nil
	}
	switch letters := utf8.RuneCountInString(text); {
	case b.MinLength > 0 && letters < b.MinLength:
		return &Fault{Kind: FaultShort, Value: short(text), Need: strconv.Itoa(b.MinLength)}
	case b.MaxLength > 0 && letters > b.MaxLength:
		return &Fault{Kind: FaultLong, Value: short(text), Need: strconv.Itoa(b.MaxLength)}
	case b.Pattern != nil && !b.Pattern.MatchString(text):
		return &Fault{Kind: FaultPattern, Value: short(text)}
	}
	return nil
}

// beyond compares a value with a limit as it is written.
func beyond(v any, limit string) int {
	number := func() float64 { n, _ := strconv.ParseFloat(limit, 64); return n }
	day := func() expression.Date { d, _ := parseDay(limit); return d }
	switch v := v.(type) {
	case int:
		return compare(float64(v), number())
	case float64:
		return compare(v, number())
	case expression.Money:
		return compare(v.Float(), number())
	case expression.Date:
		return v.Compare(day())
	case time.Time:
		return v.Compare(day().In(time.UTC))
	}
	return 0
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func describe(v any) string {
	if text, ok := v.(string); ok {
		return short(text)
	}
	raw, _ := json.Marshal(v)
	return short(string(raw))
}

// money is an amount as the API sends it.
type money struct {
	Amount   json.Number `json:"amount"`
	Currency string      `json:"currency"`
}

// Show gives a kept value as the API sends it: amounts with their currency.
func (f *Field) Show(raw expression.Value, currency string) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	switch f.Type {
	case MoneyType:
		if f.Multiple || string(raw) == "null" {
			return raw
		}
		return shown(money{json.Number(raw), currency})
	case Table, Products:
		return f.showRows(raw, currency)
	}
	return raw
}

func (f *Field) showRows(raw expression.Value, currency string) json.RawMessage {
	var rows []map[string]json.RawMessage
	if json.Unmarshal(raw, &rows) != nil {
		return raw
	}
	for _, row := range rows {
		for key, cell := range row {
			if kind, _ := f.column(key); kind == MoneyType {
				row[key] = shown(money{json.Number(cell), currency})
			}
		}
	}
	return shown(rows)
}

func shown(v any) json.RawMessage {
	raw, _ := json.Marshal(v)
	return raw
}
