export interface Change {
  kind: 'added' | 'removed' | 'changed' | 'moved'
  element: string
  name: string
  type: string
  /** The attributes that differ, as they were and are. */
  was: { what: string; old: string; now: string }[]
}

interface Element {
  id?: string
  name?: string
  $type?: string
}

type Elements = Record<string, { model?: Element; attrs?: Record<string, { oldValue?: unknown; newValue?: unknown }> } & Element>

/** What two versions of a diagram differ in, by element; names tells what people call the elements. */
export async function compare(older: string, newer: string, names: Record<string, string>): Promise<Change[]> {
  const [{ diff }, { BpmnModdle }] = await Promise.all([import('bpmn-js-differ'), import('bpmn-moddle')])
  const moddle = new BpmnModdle()
  const [a, b] = await Promise.all([moddle.fromXML(older), moddle.fromXML(newer)])
  const found = diff(a.rootElement, b.rootElement)
  const all: Change[] = []
  // A reference to an element is told by the element's name.
  const text = (value: unknown) => {
    if (typeof value !== 'string') return ''
    const to = /^#ref:(.+)$/.exec(value)?.[1]
    return to ? names[to] || to : value
  }
  const add = (kind: Change['kind'], elements: Elements) => {
    for (const [element, about] of Object.entries(elements)) {
      const model = about.model ?? about
      const type = (model.$type ?? '').replace('bpmn:', '')
      if (!type.includes('di:') && !type.startsWith('Definitions'))
        all.push({
          kind,
          element,
          name: names[element] || model.name || '',
          type,
          // The library calls the older value the new one.
          was: Object.entries(about.attrs ?? {})
            .map(([what, { oldValue, newValue }]) => ({ what, old: text(newValue), now: text(oldValue) }))
            .filter((change) => change.old || change.now),
        })
    }
  }
  add('added', found._added)
  add('removed', found._removed)
  add('changed', found._changed)
  add('moved', found._layoutChanged)
  const seen = new Set<string>()
  return all.filter((c) => !seen.has(c.element) && seen.add(c.element))
}
