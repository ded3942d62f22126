package bpmn

// checkKeys: a message bears a key only where each of its properties has a path into it, and a subscription binds all of them (8.4.2).
func (c *checker) checkKeys(p *Process) {
	for _, k := range p.Keys {
		key := title("correlationKey", k.Element)
		if len(k.Properties) == 0 {
			c.warn("correlation_incomplete", k.Element, "%s has no correlation property: no message bears it", key)
		}
		bound := 0
		for _, path := range k.Bindings {
			if path != nil && path.Text != "" {
				bound++
			}
		}
		if k.Bindings != nil && bound < len(k.Properties) {
			c.warn("correlation_incomplete", p.Element, "%s subscribes to %s and binds %d of its %d properties: the first message of a conversation says what the key is",
				title("process", p.Element), key, bound, len(k.Properties))
		}
		parts := map[*Message]int{}
		for _, property := range k.Properties {
			for m := range property.Paths {
				parts[m]++
			}
		}
		for _, m := range c.d.Messages {
			if n := parts[m]; n > 0 && n < len(k.Properties) {
				c.warn("correlation_incomplete", m.Element, "%s bears %d of the %d properties of %s: it goes without that key", title("message", m.Element), n, len(k.Properties), key)
			}
		}
	}
}
