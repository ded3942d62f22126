export interface Change {
  kind: 'added' | 'removed' | 'changed' | 'moved'
  element: string
  name: string
  type: string
}

interface Element {
  id?: string
  name?: string
  $type?: string
}

/** What two versions of a diagram differ in, by element; names tells what people call the elements. */
export async function compare(older: string, newer: string, names: Record<string, string>): Promise<Change[]> {
  const [{ diff }, { BpmnModdle }] = await Promise.all([import('bpmn-js-differ'), import('bpmn-moddle')])
  const moddle = new BpmnModdle()
  const [a, b] = await Promise.all([moddle.fromXML(older), moddle.fromXML(newer)])
  const found = diff(a.rootElement, b.rootElement)
  const all: Change[] = []
  const add = (kind: Change['kind'], elements: Record<string, { model?: Element } & Element>) => {
    for (const [element, about] of Object.entries(elements)) {
      const model = about.model ?? about
      const type = (model.$type ?? '').replace('bpmn:', '')
      if (!type.includes('di:') && !type.startsWith('Definitions'))
        all.push({ kind, element, name: names[element] || model.name || type, type })
    }
  }
  add('added', found._added)
  add('removed', found._removed)
  add('changed', found._changed)
  add('moved', found._layoutChanged)
  const seen = new Set<string>()
  return all.filter((c) => !seen.has(c.element) && seen.add(c.element))
}
