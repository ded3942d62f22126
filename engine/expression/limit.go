package expression

// What a source may be, and what a run may use. A step is about one operation or one item; the steps of a whole run take some tens of
// milliseconds, whatever the source says.
const (
	maxSource     = 4 << 10   // bytes of an expression
	maxTextSource = 256 << 10 // bytes of a Text
	maxHoles      = 500       // of a Text
	maxBrackets   = 50        // brackets open at once
	maxNodes      = 500       // parts of an expression: names, operators, literals
	maxPredicates = 2         // predicates in each other
	maxPattern    = 256       // bytes of a regular expression
	maxProgram    = 1_000     // instructions of a compiled one
	maxSteps      = 1_000_000 // of a run
	callCost      = 5         // steps of a call
	maxRange      = 10_000    // items of a..b
	maxString     = 64 << 10  // bytes of a text that an expression makes
	maxText       = 1 << 20   // bytes of what a Text makes
	maxResult     = 100_000   // values in a result
)

// tooDeep is the offset of the bracket that is one too many, or -1. Brackets in texts don't count.
func tooDeep(source string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case quote != 0:
			if c == '\\' && quote != '`' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '(' || c == '[' || c == '{':
			if depth++; depth > maxBrackets {
				return i
			}
		case c == ')' || c == ']' || c == '}':
			depth--
		}
	}
	return -1
}

// spend takes n steps from the run's budget.
func (f *frame) spend(n int) error {
	if f.steps += n; f.steps > maxSteps || n < 0 {
		return limitf("the expression takes too long")
	}
	return nil
}

// fits refuses a text longer than an expression may make, before it is made.
func (f *frame) fits(length int) error {
	if length > maxString || length < 0 {
		return limitf("the text becomes longer than %d bytes", maxString)
	}
	return f.spend(1 + length/16)
}

// join is a + b.
func (f *frame) join(a, b string) (any, error) {
	if err := f.fits(len(a) + len(b)); err != nil {
		return nil, err
	}
	return a + b, nil
}

// measure refuses a result with too much in it: a small list that holds a list many times over is a large one when it is written.
func measure(v any, left *int) error {
	if *left--; *left < 0 {
		return limitf("the result is too large")
	}
	switch v := v.(type) {
	case string:
		*left -= len(v) / 16
	case []any:
		for _, item := range v {
			if err := measure(item, left); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, item := range v {
			*left -= len(key) / 16
			if err := measure(item, left); err != nil {
				return err
			}
		}
	}
	return nil
}
