// Package funneltest draws diagrams of funnels in a few words, for tests.
package funneltest

import (
	"fmt"
	"strings"
)

// Draw writes a diagram: Draw(properties of the process, elements…).
func Draw(properties string, elements ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="definitions" targetNamespace="t">
<bpmn:message id="m_sale" name="sale"/><bpmn:error id="rejected" errorCode="rejected"/>
<bpmn:process id="deal" name="Deals" isExecutable="true">` + Extension(Props(properties)) + strings.Join(elements, "\n") + `</bpmn:process>
</bpmn:definitions>`
}

// Extension is the extension elements of an element.
func Extension(parts ...string) string {
	inside := strings.Join(parts, "")
	if inside == "" {
		return ""
	}
	return "<bpmn:extensionElements>" + inside + "</bpmn:extensionElements>"
}

// Props reads "name=value" lines.
func Props(lines string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			fmt.Fprintf(&b, `<camunda:property name="%s" value="%s"/>`, name, escape(value))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "<camunda:properties>" + b.String() + "</camunda:properties>"
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace

// Form is a form of fields.
func Form(fields ...string) string {
	return "<camunda:formData>" + strings.Join(fields, "") + "</camunda:formData>"
}

// Field reads "id:type Label | required | min=1 | prop:requiredWhen=x | value:a=A".
func Field(text string) string {
	parts := strings.Split(text, "|")
	head, label, _ := strings.Cut(strings.TrimSpace(parts[0]), " ")
	id, kind, _ := strings.Cut(head, ":")
	var constraints, properties, values strings.Builder
	for _, part := range parts[1:] {
		part = strings.TrimSpace(part)
		name, value, _ := strings.Cut(part, "=")
		switch {
		case strings.HasPrefix(name, "prop:"):
			fmt.Fprintf(&properties, `<camunda:property id="%s" value="%s"/>`, name[5:], escape(value))
		case strings.HasPrefix(name, "value:"):
			fmt.Fprintf(&values, `<camunda:value id="%s" name="%s"/>`, name[6:], escape(value))
		default:
			fmt.Fprintf(&constraints, `<camunda:constraint name="%s" config="%s"/>`, name, escape(value))
		}
	}
	typed := ""
	if kind != "" {
		typed = ` type="` + kind + `"`
	}
	return fmt.Sprintf(`<camunda:formField id="%s" label="%s"%s><camunda:properties>%s</camunda:properties>%s<camunda:validation>%s</camunda:validation></camunda:formField>`,
		id, escape(label), typed, properties.String(), values.String(), constraints.String())
}

// Node is a flow node of a kind.
func Node(kind, id, name string, inside ...string) string {
	return fmt.Sprintf(`<bpmn:%s id="%s" name="%s">%s</bpmn:%s>`, kind, id, name, strings.Join(inside, ""), kind)
}

// Stage is a user task.
func Stage(id string, parts ...string) string {
	return Node("userTask", id, strings.ToUpper(id[:1])+id[1:], Extension(parts...))
}

// End is an end event with an outcome.
func End(id, outcome string) string {
	return Node("endEvent", id, "", Extension(Props("funnel.outcome="+outcome)))
}

// Robot is an external service task.
func Robot(id string, parts ...string) string {
	return `<bpmn:serviceTask id="` + id + `" name="` + id + `" camunda:type="external" camunda:topic="work">` + Extension(parts...) + `</bpmn:serviceTask>`
}

// Boundary is a boundary event.
func Boundary(id, host, inside string, interrupting bool) string {
	return fmt.Sprintf(`<bpmn:boundaryEvent id="%s" attachedToRef="%s" cancelActivity="%t">%s</bpmn:boundaryEvent>`, id, host, interrupting, inside)
}

// Timer is the definition of a timer event of an hour.
const Timer = `<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>`

// Flows reads "a > b, b > c: Name, c > d if x > 1".
func Flows(text string) string {
	var b strings.Builder
	for one := range strings.SplitSeq(text, ",") {
		one, condition, _ := strings.Cut(strings.TrimSpace(one), " if ")
		one, name, _ := strings.Cut(one, ": ")
		from, to, _ := strings.Cut(one, " > ")
		id := from + "_" + to
		if condition != "" {
			condition = "<bpmn:conditionExpression>" + escape(condition) + "</bpmn:conditionExpression>"
		}
		fmt.Fprintf(&b, `<bpmn:sequenceFlow id="%s" name="%s" sourceRef="%s" targetRef="%s">%s</bpmn:sequenceFlow>`, id, name, from, to, condition)
	}
	return b.String()
}
