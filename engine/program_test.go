package engine

import (
	"fmt"
	"testing"
)

// However many definitions are run, so many are kept compiled, the last one among them.
func TestProgramsAreBounded(t *testing.T) {
	var all programs
	for n := range 3 * mostPrograms {
		p := &program{definition: &Definition{ID: fmt.Sprint("p:", n)}}
		if all.put(p); all.get(p.definition.ID) != p {
			t.Fatalf("%s is not there", p.definition.ID)
		}
	}
	many := 0
	all.byID.Range(func(any, any) bool { many++; return true })
	if many > mostPrograms {
		t.Errorf("%d are kept", many)
	}
}
