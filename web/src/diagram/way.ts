import type { Mark } from './draw'

export interface Flow {
  id: string
  from: string
  to: string
}

/** Marks the way walked: the elements done, and the flows that join them, across gateways and events between. */
export function wayMarks(walked: ReadonlySet<string>, here: ReadonlySet<string>, flows: Flow[]): Mark[] {
  const into = new Map<string, Flow[]>()
  for (const flow of flows) into.set(flow.to, [...(into.get(flow.to) ?? []), flow])
  const marked = new Map<string, Mark>()
  const known = (id: string) => walked.has(id) || here.has(id)

  /** Whether some way back from here meets what was walked; marks it when it does. */
  function back(id: string, seen: Set<string>): boolean {
    let found = false
    for (const flow of into.get(id) ?? []) {
      if (seen.has(flow.from)) continue
      if (walked.has(flow.from) || (!known(flow.from) && back(flow.from, new Set([...seen, flow.from])))) {
        found = true
        marked.set(flow.id, { element: flow.id, look: 'walked' })
        if (!known(flow.from)) marked.set(flow.from, { element: flow.from, look: 'walked' })
      }
    }
    return found
  }

  for (const id of [...walked, ...here]) back(id, new Set([id]))
  for (const id of walked) marked.set(id, { element: id, look: 'walked' })
  for (const id of here) marked.set(id, { element: id, look: 'here' })
  return [...marked.values()]
}

/** The flows of a diagram, read from its XML without drawing it. */
export function flowsOf(xml: string): Flow[] {
  const doc = new DOMParser().parseFromString(xml, 'application/xml')
  return [...doc.getElementsByTagNameNS('*', 'sequenceFlow')].map((f) => ({
    id: f.getAttribute('id') ?? '',
    from: f.getAttribute('sourceRef') ?? '',
    to: f.getAttribute('targetRef') ?? '',
  }))
}
