package bpmn

import (
	"slices"

	"github.com/beevik/etree"
)

// subscription is a correlationSubscription: what the properties of a key are by the data of a process.
type subscription struct {
	Element
	key      string
	bindings map[string]*Expression // by property
}

// collaborationKey builds a key of a collaboration or of a conversation in it (8.4.2).
func (b *builder) collaborationKey(c *Collaboration, e *etree.Element) {
	k := &CorrelationKey{Element: b.namedElement(e)}
	children(e, func(ref *etree.Element) {
		if ref.Tag == "correlationPropertyRef" {
			k.refs = append(k.refs, b.refText(e, ref, wantProperty))
		}
	})
	if len(c.keys) == maxKeys {
		b.tooManyKeys(k)
		return
	}
	c.keys = append(c.keys, k)
}

func (b *builder) correlationProperty(e *etree.Element) *CorrelationProperty {
	p := &CorrelationProperty{Element: b.element(e), refs: map[string]*Expression{}}
	children(e, func(c *etree.Element) {
		if c.Tag == "correlationPropertyRetrievalExpression" {
			if path := b.expression(child(c, "messagePath")); path != nil && path.Text != "" {
				p.refs[b.need(c, "messageRef", wantMessage)] = path
			}
		}
	})
	return p
}

func (b *builder) subscription(e *etree.Element) *subscription {
	s := &subscription{Element: b.element(e), key: b.need(e, "correlationKeyRef", wantKey), bindings: map[string]*Expression{}}
	children(e, func(c *etree.Element) {
		if c.Tag == "correlationPropertyBinding" {
			s.bindings[b.need(c, "correlationPropertyRef", wantProperty)] = b.expression(child(c, "dataPath"))
		}
	})
	return s
}

// linkKeys gives each process the keys of its messages: those that it subscribes to, and those of the collaborations in which a pool
// shows it.
func (b *builder) linkKeys() {
	for _, p := range b.def.Properties {
		p.Paths = map[*Message]*Expression{}
		for ref, path := range p.refs {
			if m, ok := b.roots[ref].(*Message); ok {
				p.Paths[m] = path
			}
		}
	}
	byID := map[string]*CorrelationKey{}
	for _, c := range b.def.Collaborations {
		for _, k := range c.keys {
			byID[k.ID] = k
			b.linkProperties(k)
		}
	}
	for _, p := range b.def.Processes {
		for _, s := range p.subscriptions {
			b.giveKey(p, byID[s.key], s)
		}
	}
	for _, c := range b.def.Collaborations {
		for _, x := range c.Participants {
			for _, k := range c.keys {
				b.giveKey(x.Process, k, nil)
			}
		}
	}
}

func (b *builder) linkProperties(k *CorrelationKey) {
	has := map[*CorrelationProperty]bool{}
	for _, ref := range k.refs {
		if p, ok := b.roots[ref].(*CorrelationProperty); ok && !has[p] {
			has[p] = true
			k.Properties = append(k.Properties, p)
		}
	}
}

// giveKey lets a key hold for the messages of a process.
func (b *builder) giveKey(p *Process, k *CorrelationKey, s *subscription) {
	switch {
	case p == nil || k == nil || slices.ContainsFunc(p.Keys, func(has *Correlation) bool { return has.CorrelationKey == k }):
		return
	case len(p.Keys) == maxKeys:
		b.tooManyKeys(k)
		return
	}
	one := &Correlation{CorrelationKey: k}
	if s != nil {
		for _, property := range k.Properties {
			one.Bindings = append(one.Bindings, s.bindings[property.ID])
		}
	}
	p.Keys = append(p.Keys, one)
}

func (b *builder) tooManyKeys(k *CorrelationKey) {
	b.stray(Errorf("too_many_keys", k.Element, "%s is one of more than %d for the same messages; one or two tell conversations apart",
		title("correlationKey", k.Element), maxKeys))
}
