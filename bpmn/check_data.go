package bpmn

// checkData: data that has a type is a collection where the type is one (10.4.1).
func (c *checker) checkData(all []*Data) {
	for _, d := range all {
		switch d.Kind {
		case "dataObject", "dataInput", "dataOutput":
			if d.Item != nil && d.Item.Collection != d.IsCollection {
				c.error("collection_mismatch", d.Element, "%s has isCollection=\"%t\", but its type %s says %t; make them equal",
					title(d.Kind, d.Element), d.IsCollection, title("itemDefinition", d.Item.Element), d.Item.Collection)
			}
		}
	}
}

// checkAssociations: without a transformation one source is copied as it is (10.4.1).
func (c *checker) checkAssociations(n *Node) {
	for _, all := range [][]*DataAssociation{n.Inputs, n.Outputs} {
		for _, a := range all {
			if a.Transformation != nil {
				continue
			}
			if len(a.sources) > 1 {
				c.error("data_sources", n.Element, "%s of %s has %d sources and no transformation; keep one source or say how they become one value",
					title(a.kind, a.Element), n, len(a.sources))
				continue
			}
			c.checkTypes(n, a)
		}
	}
}

func (c *checker) checkTypes(n *Node, a *DataAssociation) {
	if len(a.sources) == 0 {
		return
	}
	from, to := itemOf(c.d.data[a.sources[0]]), itemOf(c.d.data[a.target])
	if from != nil && to != nil && from.Structure != to.Structure {
		c.error("data_type_mismatch", n.Element, "%s of %s copies %q to %q; give both one type or write a transformation",
			title(a.kind, a.Element), n, clip(from.Structure), clip(to.Structure))
	}
}

func itemOf(d *Data) *Item {
	switch {
	case d == nil:
		return nil
	case d.Item == nil && d.Target != nil:
		return d.Target.Item
	}
	return d.Item
}
