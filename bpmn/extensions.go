package bpmn

// Extensions is what the well-known vendor elements and attributes say about an element: camunda: and operaton: (one meaning, two
// namespaces), and zeebe: where it has the same notion. What is in no list here is kept in the file and has no meaning.
type Extensions struct {
	Properties []Property
	Fields     []FormField
	Listeners  []Listener // task listeners
	Execution  []Listener // execution listeners
	Inputs     []Mapping  // inputParameter, zeebe:input
	Outputs    []Mapping
	In, Out    []CallMapping // call activities: camunda:in and camunda:out
	Work       Work

	Assignee                                string
	CandidateUsers                          string
	CandidateGroups                         string
	DueDate                                 string
	FollowUpDate                            string
	Priority                                string
	Initiator                               string
	VersionTag                              string
	TimeToLive                              string // camunda:historyTimeToLive
	CorrelationKey                          string // zeebe:subscription; as a property it stands in Properties
	ErrorCodeVariable, ErrorMessageVariable string // of an error event definition
	EscalationCodeVariable                  string
	VariableName, VariableEvents            string    // of a conditional event definition
	CalledVersion, CalledBinding            string    // call activities
	Zeebe                                   bool      // some of it came from the zeebe namespace: values with a leading "=" are expressions, the rest is text
	Foreign                                 []Foreign // every other extension element and attribute, at the top level of extensionElements
}

// Property is a name and a value. In camunda form fields the name is written as id.
type Property struct {
	Name, Value string
	Place
}

// FormField is a camunda:formField.
type FormField struct {
	ID, Label, Type, Default string
	Properties               []Property
	Constraints              []Constraint
	Values                   []Value
	Place
}

// Constraint is one camunda:constraint of a form field.
type Constraint struct {
	Name, Config string
	Place
}

// Value is one camunda:value of an enum.
type Value struct {
	ID, Name string
	Place
}

// Listener is a camunda:taskListener or camunda:executionListener.
type Listener struct {
	ID, Event                             string
	Class, Expression, DelegateExpression string
	Script                                *Expression
	Fields                                []Mapping
	Timer                                 *Timer // event="timeout"
	Place
}

// Mapping is a named value: an input or output parameter, or a field of a listener.
type Mapping struct {
	Name   string
	Value  string    // text; with Kind "script" the script
	Kind   string    // "text", "script", "list" or "map"
	Format string    // of a script
	Items  []Mapping // of a list or map; list items have no name
	Place
}

// CallMapping is one camunda:in or camunda:out.
type CallMapping struct {
	Source, SourceExpression, Target string
	All, Local                       bool   // variables="all", local="true"
	BusinessKey                      string // camunda:in businessKey="…"
	Place
}

// Work is how a service-like task is carried out.
type Work struct {
	External           bool   // camunda:type="external", or a zeebe:taskDefinition
	Topic              string // camunda:topic or the task definition's type
	Type               string // camunda:type as written
	Class              string
	Expression         string
	DelegateExpression string
	DecisionRef        string
	ResultVariable     string
	Retry              string // failedJobRetryTimeCycle, or the task definition's retries
	Priority           string
	Place
}

// Foreign is an extension that has no meaning here.
type Foreign struct {
	Space, Name string
	Place
}

// Property returns the value of the property with that name, and whether there is one.
func (x *Extensions) Property(name string) (string, bool) { return find(x.Properties, name) }

// Property returns the value of the property with that name, and whether there is one.
func (f *FormField) Property(name string) (string, bool) { return find(f.Properties, name) }

func find(all []Property, name string) (string, bool) {
	for _, p := range all {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}
