package funnel

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/voronka/voronka/bpmn"
)

// bounds reads the constraints of one occurrence that limit a value.
func (c *compiler) bounds(f *Field, o occurrence) Bounds {
	var b Bounds
	wrong := func(k bpmn.Constraint, need string) {
		c.fail("constraint_invalid", o.at(k.Place), "constraint %q of field %q must be %s, not %q", k.Name, f.Key, need, k.Config)
	}
	for _, k := range o.Constraints {
		config := strings.TrimSpace(k.Config)
		switch k.Name {
		case "min", "max":
			if !f.comparable(config) {
				wrong(k, "a "+string(f.limitType()))
				continue
			}
			if k.Name == "min" {
				b.Min = config
			} else {
				b.Max = config
			}
		case "minlength", "maxlength":
			n, err := strconv.Atoi(config)
			if err != nil || n < 0 {
				wrong(k, "a whole number")
				continue
			}
			if k.Name == "minlength" {
				b.MinLength = n
			} else {
				b.MaxLength = n
			}
		case "pattern":
			re, err := regexp.Compile(`^(?:` + config + `)$`)
			if err != nil {
				c.fail("pattern_invalid", o.at(k.Place), "the pattern of field %q does not compile: %s", f.Key, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
				continue
			}
			b.Pattern = re
		}
		c.knows("constraint_unknown", o.element, k.Name, k.Place, constraintNames)
	}
	if b.Min != "" && b.Max != "" && f.compare(b.Min, b.Max) > 0 || b.MaxLength > 0 && b.MinLength > b.MaxLength {
		c.fail("constraint_invalid", o.here(), "no value of field %q can keep to its limits: the least is above the most", f.Key)
	}
	return b
}

// limitType is what a field's min and max are written as.
func (f *Field) limitType() Type {
	switch f.Type {
	case Date, DateTime:
		return Date
	case Long, Number, Percent, MoneyType:
		return Number
	}
	return String
}

func (f *Field) comparable(limit string) bool {
	switch f.limitType() {
	case Date:
		_, err := parseDay(limit)
		return err == nil
	case Number:
		_, err := strconv.ParseFloat(limit, 64)
		return err == nil
	}
	return false
}

// compare orders two limits of a field.
func (f *Field) compare(a, b string) int {
	if f.limitType() == Date {
		return strings.Compare(a, b)
	}
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
