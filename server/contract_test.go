package server

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The contract is valid, and its paths are the routes, both ways.
func TestContract(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(contract)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	var written, served []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			written = append(written, method+" "+path)
		}
	}
	for _, r := range routes {
		served = append(served, r.method+" "+r.path)
	}
	for _, s := range served {
		if !slices.Contains(written, s) {
			t.Errorf("%s is served and not in openapi.yaml", s)
		}
	}
	for _, s := range written {
		if !slices.Contains(served, s) {
			t.Errorf("%s is in openapi.yaml and not served", s)
		}
	}
	if found := operations(); len(found) != len(written) {
		t.Errorf("the page shows %d operations of %d", len(found), len(written))
	}
	for _, o := range operations() {
		if o.Summary == "" {
			t.Errorf("%s %s has no summary", o.Method, o.Path)
		}
	}
}

// Every problem and sentence is said in both languages, each its own way, without shouting and without excuses.
func TestWords(t *testing.T) {
	cyrillic := regexp.MustCompile(`\p{Cyrillic}`)
	say := func(name string, s text) {
		if s.ru == "" || s.en == "" || cyrillic.MatchString(s.en) || !cyrillic.MatchString(s.ru) {
			t.Errorf("%s: %q, %q", name, s.ru, s.en)
		}
		for _, odd := range []string{"!", "sorry", "successfully", "извините", "успешно", "Error", "Ошибка "} {
			if strings.Contains(s.ru+s.en, odd) {
				t.Errorf("%s says %q", name, odd)
			}
		}
		if strings.Count(s.ru, "%") != strings.Count(s.en, "%") {
			t.Errorf("%s has other holes in English", name)
		}
	}
	for code, e := range entries {
		say(code, e.title)
		if e.hint != (text{}) {
			say(code, e.hint)
		}
		if e.status < 400 {
			t.Errorf("%s has status %d", code, e.status)
		}
	}
	for name, s := range sentences {
		say(name, s)
	}
	for code, s := range stops {
		say("incident "+code, s)
	}
	for _, s := range sentinels {
		if entries[s.code].status == 0 {
			t.Errorf("%v has no entry %q", s.err, s.code)
		}
	}
}
