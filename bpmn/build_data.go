package bpmn

import "github.com/beevik/etree"

// item builds an item definition (8.4.10).
func (b *builder) item(e *etree.Element) {
	i := &Item{b.element(e), attr(e, "structureRef"), b.boolean(e, "isCollection", false)}
	b.def.Items = append(b.def.Items, i)
	if b.items[i.ID] == nil {
		b.items[i.ID] = i
	}
}

// dataOf builds one item-aware element (10.4.1).
func (b *builder) dataOf(e *etree.Element) *Data {
	d := &Data{Element: b.element(e), Kind: e.Tag, IsCollection: b.boolean(e, "isCollection", false), Extensions: b.extensions(e)}
	switch e.Tag {
	case "dataObjectReference":
		d.Ref = b.ref(e, "dataObjectRef", wantDataObject)
	case "dataStoreReference":
		d.Ref = b.ref(e, "dataStoreRef", wantDataStore)
	}
	d.Item = b.items[b.ref(e, "itemSubjectRef", wantItem)]
	if d.ID != "" && b.def.data[d.ID] == nil {
		b.def.data[d.ID] = d
	}
	return d
}

// ownData reads a property, a data input or output, or all of those in an ioSpecification (10.4.1).
func (b *builder) ownData(e *etree.Element) []*Data {
	if e.Tag != "ioSpecification" {
		return []*Data{b.dataOf(e)}
	}
	var all []*Data
	used := map[string]bool{}
	children(e, func(c *etree.Element) {
		switch c.Tag {
		case "dataInput", "dataOutput":
			all = append(all, b.dataOf(c))
		case "inputSet", "outputSet":
			children(c, func(ref *etree.Element) {
				if ref.Tag == "dataInputRefs" || ref.Tag == "dataOutputRefs" {
					used[b.refText(c, ref, wantData)] = true
				}
			})
		}
	})
	for _, d := range all {
		if !used[d.ID] {
			set := map[string]string{"dataInput": "inputSet", "dataOutput": "outputSet"}[d.Kind]
			b.stray(Errorf("data_in_no_set", d.Element, "%s is in no %s; name it in one with <%sRefs> (10.4.1)", title(d.Kind, d.Element), set, d.Kind))
		}
	}
	return all
}

// dataAssociation builds what moves data into or out of an activity or event (10.4.1). Names are filled in by link.
func (b *builder) dataAssociation(e *etree.Element) *DataAssociation {
	a := &DataAssociation{Element: b.element(e), kind: e.Tag, Transformation: b.expression(child(e, "transformation"))}
	children(e, func(c *etree.Element) {
		switch c.Tag {
		case "sourceRef":
			a.sources = append(a.sources, b.refText(e, c, wantData))
		case "targetRef":
			a.target = b.refText(e, c, wantData)
		case "assignment":
			from, to := b.expression(child(c, "from")), b.expression(child(c, "to"))
			if from != nil && to != nil {
				a.Assignments = append(a.Assignments, Assignment{*from, *to})
			}
		}
	})
	return a
}
