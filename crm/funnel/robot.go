package funnel

import (
	"strings"

	"github.com/voronka/voronka/bpmn"
)

// Robot is work that a machine does beside a task, as people are told of it. Running it is the engine's.
type Robot struct {
	ID    string `json:"id,omitempty"`
	Topic string `json:"topic"`
	When  string `json:"when"`            // create, complete, assignment, timeout
	Timer string `json:"timer,omitempty"` // of timeout, as written
	Text  string `json:"text,omitempty"`  // what it says, as written
}

// beside are the robots that hang on a task.
func beside(n *bpmn.Node) []Robot {
	var all []Robot
	for _, l := range n.Extensions.Listeners {
		r := Robot{ID: l.ID, Topic: l.Class, When: l.Event}
		if l.Timer != nil {
			r.Timer = l.Timer.Text
		}
		for _, f := range l.Fields {
			if f.Name == "text" || f.Name == "document" || f.Name == "sku" {
				r.Text = f.Value
			}
		}
		all = append(all, r)
	}
	return all
}

// isRobot tells whether a node is work for a machine.
func isRobot(n *bpmn.Node) bool {
	switch n.Kind {
	case bpmn.ServiceTask, bpmn.SendTask, bpmn.BusinessRuleTask, bpmn.ScriptTask:
		return true
	}
	return false
}

// Beside tells whether a robot's token goes on at once: funnel.wait=false.
func Beside(n *bpmn.Node) bool {
	wait, _ := n.Extensions.Property("funnel.wait")
	return wait == "false"
}

// robots checks that those which write fields name fields that there are.
func (c *compiler) robots() {
	each(&c.process.Scope, func(n *bpmn.Node) {
		if isRobot(n) {
			c.robot(n, n.Extensions.Work.Topic, n.Extensions.Inputs)
		}
		for _, l := range n.Extensions.Listeners {
			c.robot(n, l.Class, l.Fields)
		}
	})
}

func (c *compiler) robot(n *bpmn.Node, topic string, inputs []bpmn.Mapping) {
	for _, in := range inputs {
		e := bpmn.Element{ID: n.ID, Place: in.Place}
		switch {
		case topic == "set":
			c.writes(e, in.Name)
		case topic == "assign" && in.Name == "field" && !strings.Contains(in.Value, "{") && in.Value != "owner":
			c.writes(e, in.Value)
		case topic == "document" && in.Name == "document" && !strings.Contains(in.Value, "{"):
			if f := c.fields[in.Value]; f == nil || !f.Document.Can(Create) {
				c.fail("document_unknown", e, "the robot of %q makes the document %q, but no field of that id is a document with the verb create", n.ID, in.Value)
			}
		}
	}
}

// writes checks that a robot may write the field.
func (c *compiler) writes(e bpmn.Element, key string) {
	f := c.fields[key]
	switch {
	case f == nil:
		hint := ""
		if near := nearest(key, c.keys()); near != "" {
			hint = "; did you mean " + near + "?"
		}
		c.fail("field_unknown", e, "a robot writes the field %q, which does not exist%s", key, hint)
	case f.Computed:
		c.fail("field_computed", e, "a robot writes the field %q, which is computed", key)
	}
}

func (c *compiler) keys() []string {
	var all []string
	for _, f := range c.Fields {
		all = append(all, f.Key)
	}
	return all
}
