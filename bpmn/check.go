package bpmn

import "strings"

// Check finds where a model breaks the rules of BPMN 2.0.2, all at once and in order of place. A broken rule that stops nobody
// from running the diagram is a warning. What an engine needs beyond BPMN (work for a service task, expressions, times) is not
// checked here.
func Check(d *Definitions) []Problem {
	c := &checker{d: d}
	if len(d.Processes) == 0 {
		c.warn("process_none", d.Element, "the file holds no process: there is nothing to run")
	}
	for _, p := range d.Processes {
		c.checkProcess(p)
	}
	for _, x := range d.Collaborations {
		c.checkCollaboration(x)
	}
	c.checkCalls()
	c.checkListings()
	c.checkOperations()
	return Few(append(c.problems.all, d.stray.all...))
}

// checker collects problems.
type checker struct {
	d        *Definitions
	problems flood
}

func (c *checker) say(s Severity, code string, at Element, format string, args ...any) {
	if c.problems.full(s) {
		return // a sentence that nobody reads costs as much as one that somebody does
	}
	p := Errorf(code, at, format, args...)
	p.Severity = s
	c.problems.add(p)
}

func (c *checker) error(code string, at Element, format string, args ...any) {
	c.say(SeverityError, code, at, format, args...)
}

func (c *checker) warn(code string, at Element, format string, args ...any) {
	c.say(SeverityWarning, code, at, format, args...)
}

// unrunnable says that something is missing without which the element can't run: an error where it would, a warning in a process
// that is only a drawing, and at a start event, which then never starts anything.
func (c *checker) unrunnable(n *Node, code, format string, args ...any) {
	severity := SeverityError
	if n.Process.Declared && !n.Process.Executable || n.Kind == StartEvent {
		severity = SeverityWarning
	}
	c.say(severity, code, n.Element, format, args...)
}

// article puts "a" or "an" before a noun.
func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeio", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// listed joins words as people do: "a, b and c".
func listed(all []string) string {
	switch len(all) {
	case 0:
		return "nothing"
	case 1:
		return all[0]
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}
