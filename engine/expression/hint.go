package expression

import (
	"regexp"
	"strings"
)

// hints are what people bring along from FEEL, JUEL, Groovy, JavaScript, C#, SQL, with what to write here. They are asked only about a
// source that is wrong; the first that is found in it is given.
var hints = []struct {
	pattern *regexp.Regexp
	write   string
}{
	{regexp.MustCompile(`[$#]\{`), "write the expression without ${ }"},
	{regexp.MustCompile(`(?i)\bif\b.*\bthen\b`), "write condition ? a : b"},
	{regexp.MustCompile(`\b(some|every)\s+\w+\s+in\b`), "write any(list, # > 1) or all(list, # > 1)"},
	{regexp.MustCompile(`\bfor\s+\w+\s+in\b`), "write map(list, # * 2)"},
	{regexp.MustCompile(`\binstance\s*of\b`), `write type(x) == "string"`},
	{regexp.MustCompile(`(?i)\bis\s+(not\s+)?(null|empty|nil)\b`), "write x == nil or x != nil"},
	{regexp.MustCompile(`\bnot\s+empty\b|!\s*empty\b`), "write x != nil"},
	{regexp.MustCompile(`\bempty\s+\w`), "write x == nil"},
	{regexp.MustCompile(`(?i)\bbetween\b`), "write x >= a and x <= b"},
	{regexp.MustCompile(`\bin\s*[\[\](]\s*[\w."-]+\s*\.\.`), "write x >= a and x <= b"},
	{regexp.MustCompile(`\bin\s*\(`), `write x in ["a", "b"]`},
	{regexp.MustCompile(`\bstring length\b`), "write len(x)"},
	{regexp.MustCompile(`\b(upper|lower) case\b`), "write upper(x) or lower(x)"},
	{regexp.MustCompile(`\b(starts|ends) with\b`), `write x startsWith "a" or x endsWith "a"`},
	{regexp.MustCompile(`\bstartsWith\s*\(|\bendsWith\s*\(`), `write x startsWith "a" or x endsWith "a"`},
	{regexp.MustCompile(`\blist contains\b`), "write item in list"},
	{regexp.MustCompile(`\bcontains\s*\(`), `write x contains "a"`},
	{regexp.MustCompile(`\bmatches\s*\(`), `write x matches "a"`},
	{regexp.MustCompile(`\bdate and time\b`), `write datetime("2026-01-31T10:30:00")`},
	{regexp.MustCompile(`\b(years and months|days and time) duration\b`), "write days(a, b)"},
	{regexp.MustCompile(`\bsubstring (before|after)\b`), `write split(x, ",")[0]`},
	{regexp.MustCompile(`\bis defined\b|\bdefined\s*\(`), "write x != nil"},
	{regexp.MustCompile(`\bexecution\.(getVariable|setVariable)`), "write the name of the variable alone"},
	{regexp.MustCompile(`IsNullOrEmpty`), "write x == nil"},
	{regexp.MustCompile(`[!=]==`), "write == or !="},
	{regexp.MustCompile(`<>`), "write !="},
	{regexp.MustCompile(`=>|=<`), "write >= or <="},
	{regexp.MustCompile(`\s(eq|ne|lt|gt|le|ge)\s`), "write == != < > <= >= for eq ne lt gt le ge"},
	{regexp.MustCompile(`\s(div|mod)\s`), "write / for div, % for mod"},
	{regexp.MustCompile(`\b(AND|OR|NOT|IN)\b`), "write and, or, not, in with small letters"},
	{regexp.MustCompile(`(^|[^=!<>])=([^=]|$)`), "write == where two values are compared"},
	{regexp.MustCompile(`[^&]&[^&]`), "write and"},
	{regexp.MustCompile(`;\s*$`), "leave the ; out"},
	{regexp.MustCompile(`[“”«»„‘’]`), `write quotes as "…"`},
	{regexp.MustCompile(`\d\s*%(\s*$|[\s)])`), "ten per cent is the number 10"},
}

// hint is what to write instead of a source that is wrong, or "".
func hint(source string) string {
	if len(source) > maxSource {
		return ""
	}
	outside := strings.Join(literals.Split(source, -1), `""`)
	if strings.Contains(outside, "let ") {
		return ""
	}
	for _, hint := range hints {
		if hint.pattern.MatchString(outside) {
			return hint.write
		}
	}
	return ""
}

// literals are texts in an expression, in which no hint is looked for.
var literals = regexp.MustCompile(`"(\\.|[^"\\])*"|'(\\.|[^'\\])*'`)
