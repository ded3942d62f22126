package funnel

// Consent is what is kept of an agreement beside the yes: when it was given, and to which version of the text. A boolean field "key" is one
// where the funnel has "key_at" of type datetime or "key_version" of type string; the version in force is that field's default, the text
// that people agree to the boolean's own.
type Consent struct {
	At      string `json:"at,omitempty"` // the fields
	Version string `json:"version,omitempty"`
	InForce string `json:"in_force,omitempty"` // the version of the text that people agree to now
}

// consents finds the fields that are agreements.
func (c *compiler) consents() {
	beside := func(key string, t Type) string {
		if f := c.fields[key]; f != nil && f.Type == t && !f.Multiple && !f.Computed {
			return key
		}
		return ""
	}
	for _, f := range c.Fields {
		if f.Type != Boolean || f.Computed {
			continue
		}
		if at, version := beside(f.Key+"_at", DateTime), beside(f.Key+"_version", String); at != "" || version != "" {
			f.Consent = &Consent{At: at, Version: version}
			if version != "" {
				f.Consent.InForce = c.fields[version].Default
			}
		}
	}
}
