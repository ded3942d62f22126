package bpmn

import (
	"strings"

	"github.com/beevik/etree"
)

func isCamunda(space string) bool { return space == camundaSpace || space == operatonSpace }

// extensions reads the attributes and extension elements of e.
func (b *builder) extensions(e *etree.Element) Extensions {
	var x Extensions
	for i := range e.Attr {
		if a := &e.Attr[i]; a.Space != "" && a.Space != "xmlns" {
			b.vendorAttr(&x, e, a)
		}
	}
	if outer := child(e, "extensionElements"); outer != nil {
		for _, c := range outer.ChildElements() {
			b.vendorElement(&x, c)
		}
	}
	return x
}

func (b *builder) vendorAttr(x *Extensions, e *etree.Element, a *etree.Attr) {
	switch {
	case isCamunda(a.Space):
		if field := camundaAttr(x, a.Key); field != nil {
			if *field == "" {
				*field = a.Value
			}
			x.Work.External = x.Work.Type == "external"
			if x.Work.Place == (Place{}) {
				x.Work.Place = b.at(e)
			}
			return
		}
		if e.Tag == "multiInstanceLoopCharacteristics" && (a.Key == "collection" || a.Key == "elementVariable") {
			return // the loop's own
		}
	case a.Space == instanceSpace, a.Space == xmlSpace:
		return
	}
	x.Foreign = append(x.Foreign, Foreign{a.Space, a.Key, b.at(e)})
}

// camundaAttr is where the value of a camunda: attribute goes; nil for one that has no meaning here.
func camundaAttr(x *Extensions, name string) *string {
	switch name {
	case "assignee":
		return &x.Assignee
	case "candidateUsers":
		return &x.CandidateUsers
	case "candidateGroups":
		return &x.CandidateGroups
	case "dueDate":
		return &x.DueDate
	case "followUpDate":
		return &x.FollowUpDate
	case "priority":
		return &x.Priority
	case "initiator":
		return &x.Initiator
	case "versionTag":
		return &x.VersionTag
	case "historyTimeToLive":
		return &x.TimeToLive
	case "errorCodeVariable":
		return &x.ErrorCodeVariable
	case "errorMessageVariable":
		return &x.ErrorMessageVariable
	case "escalationCodeVariable":
		return &x.EscalationCodeVariable
	case "variableName":
		return &x.VariableName
	case "variableEvents":
		return &x.VariableEvents
	case "calledElementVersion":
		return &x.CalledVersion
	case "calledElementBinding":
		return &x.CalledBinding
	case "type":
		return &x.Work.Type
	case "topic":
		return &x.Work.Topic
	case "class":
		return &x.Work.Class
	case "expression":
		return &x.Work.Expression
	case "delegateExpression":
		return &x.Work.DelegateExpression
	case "decisionRef":
		return &x.Work.DecisionRef
	case "resultVariable":
		return &x.Work.ResultVariable
	case "taskPriority":
		return &x.Work.Priority
	}
	return nil
}

func (b *builder) vendorElement(x *Extensions, e *etree.Element) {
	switch {
	case isCamunda(e.Space) && b.camundaElement(x, e):
	case e.Space == zeebeSpace && b.zeebeElement(x, e):
		x.Zeebe = true
	default:
		x.Foreign = append(x.Foreign, Foreign{e.Space, e.Tag, b.at(e)})
	}
}

// camundaElement tells whether the element has a meaning here.
func (b *builder) camundaElement(x *Extensions, e *etree.Element) bool {
	switch e.Tag {
	case "properties":
		x.Properties = append(x.Properties, b.properties(e)...)
	case "formData":
		for _, f := range e.ChildElements() {
			if f.Tag == "formField" {
				x.Fields = append(x.Fields, b.formField(f))
			}
		}
	case "taskListener":
		x.Listeners = append(x.Listeners, b.listener(e))
	case "executionListener":
		x.Execution = append(x.Execution, b.listener(e))
	case "inputOutput":
		for _, c := range e.ChildElements() {
			switch c.Tag {
			case "inputParameter":
				x.Inputs = append(x.Inputs, b.mapping(c, attr(c, "name")))
			case "outputParameter":
				x.Outputs = append(x.Outputs, b.mapping(c, attr(c, "name")))
			}
		}
	case "in":
		x.In = append(x.In, b.callMapping(e))
	case "out":
		x.Out = append(x.Out, b.callMapping(e))
	case "failedJobRetryTimeCycle":
		x.Work.Retry = text(e)
	default:
		return false
	}
	return true
}

// zeebeElement maps what Camunda 8 writes to the same notions; it tells whether the element has a meaning here.
func (b *builder) zeebeElement(x *Extensions, e *etree.Element) bool {
	switch e.Tag {
	case "properties":
		x.Properties = append(x.Properties, b.properties(e)...)
	case "taskDefinition":
		x.Work.External, x.Work.Topic, x.Work.Retry, x.Work.Place = true, attr(e, "type"), attr(e, "retries"), b.at(e)
	case "ioMapping":
		for _, c := range e.ChildElements() {
			m := Mapping{Name: attr(c, "target"), Value: attr(c, "source"), Kind: "text", Place: b.at(c)}
			switch c.Tag {
			case "input":
				x.Inputs = append(x.Inputs, m)
			case "output":
				x.Outputs = append(x.Outputs, m)
			}
		}
	case "assignmentDefinition":
		x.Assignee, x.CandidateUsers, x.CandidateGroups = attr(e, "assignee"), attr(e, "candidateUsers"), attr(e, "candidateGroups")
	case "taskSchedule":
		x.DueDate, x.FollowUpDate = attr(e, "dueDate"), attr(e, "followUpDate")
	case "priorityDefinition":
		x.Priority = attr(e, "priority")
	case "subscription":
		x.CorrelationKey = attr(e, "correlationKey")
	case "calledDecision":
		x.Work.DecisionRef, x.Work.ResultVariable, x.Work.Place = attr(e, "decisionId"), attr(e, "resultVariable"), b.at(e)
	case "calledElement":
		x.CalledBinding = attr(e, "bindingType")
	case "conditionalFilter":
		x.VariableName, x.VariableEvents = attr(e, "variableNames"), attr(e, "variableEvents")
	case "versionTag":
		x.VersionTag = attr(e, "value")
	case "loopCharacteristics", "script":
		// read where the loop and the task are built
	default:
		return false
	}
	return true
}

func (b *builder) properties(e *etree.Element) []Property {
	var all []Property
	for _, c := range e.ChildElements() {
		if c.Tag == "property" {
			name := attr(c, "name")
			if name == "" {
				name = attr(c, "id") // a form field's
			}
			all = append(all, Property{name, attr(c, "value"), b.at(c)})
		}
	}
	return all
}

func (b *builder) formField(e *etree.Element) FormField {
	f := FormField{ID: attr(e, "id"), Label: attr(e, "label"), Type: attr(e, "type"), Default: attr(e, "defaultValue"), Place: b.at(e)}
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "properties":
			f.Properties = append(f.Properties, b.properties(c)...)
		case "validation":
			for _, v := range c.ChildElements() {
				if v.Tag == "constraint" {
					f.Constraints = append(f.Constraints, Constraint{attr(v, "name"), attr(v, "config"), b.at(v)})
				}
			}
		case "value":
			f.Values = append(f.Values, Value{attr(c, "id"), attr(c, "name"), b.at(c)})
		}
	}
	return f
}

func (b *builder) listener(e *etree.Element) Listener {
	l := Listener{
		ID: attr(e, "id"), Event: attr(e, "event"), Place: b.at(e),
		Class: attr(e, "class"), Expression: attr(e, "expression"), DelegateExpression: attr(e, "delegateExpression"),
	}
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "script":
			l.Script = &Expression{text(c), attr(c, "scriptFormat"), b.at(c)}
		case "field":
			l.Fields = append(l.Fields, b.field(c))
		case "timer" + definitionSuffix:
			l.Timer = b.timer(c)
		}
	}
	return l
}

// field reads a value that camunda writes as stringValue="…", expression="…" or a child of that name.
func (b *builder) field(e *etree.Element) Mapping {
	m := Mapping{Name: attr(e, "name"), Kind: "text", Place: b.at(e)}
	m.Value = attr(e, "stringValue") + attr(e, "expression")
	for _, c := range e.ChildElements() {
		if c.Tag == "string" || c.Tag == "expression" {
			m.Value += text(c)
		}
	}
	return m
}

// mapping reads an input or output parameter, an entry of a map or an item of a list.
func (b *builder) mapping(e *etree.Element, name string) Mapping {
	m := Mapping{Name: name, Kind: "text", Value: text(e), Place: b.at(e)}
	inner := e.ChildElements()
	if e.Tag == "script" || e.Tag == "list" || e.Tag == "map" {
		inner = []*etree.Element{e}
	}
	for _, c := range inner {
		switch c.Tag {
		case "script":
			m.Kind, m.Value, m.Format = c.Tag, text(c), attr(c, "scriptFormat")
		case "list", "map":
			m.Kind, m.Value = c.Tag, ""
			for _, item := range c.ChildElements() {
				m.Items = append(m.Items, b.mapping(item, attr(item, "key")))
			}
		}
	}
	return m
}

func (b *builder) callMapping(e *etree.Element) CallMapping {
	return CallMapping{
		Source: attr(e, "source"), SourceExpression: attr(e, "sourceExpression"), Target: attr(e, "target"),
		All: attr(e, "variables") == "all", Local: strings.TrimSpace(attr(e, "local")) == "true",
		BusinessKey: attr(e, "businessKey"), Place: b.at(e),
	}
}

// vendorChild is the extension element of that name, or nil.
func vendorChild(e *etree.Element, space, name string) *etree.Element {
	outer := child(e, "extensionElements")
	if outer == nil {
		return nil
	}
	for _, c := range outer.ChildElements() {
		if c.Space == space && c.Tag == name {
			return c
		}
	}
	return nil
}
