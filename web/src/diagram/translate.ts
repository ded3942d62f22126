import type { Funnel } from '../types'

/** The drawing with the names of stages and lanes in the language of the page: the file itself has only one. */
export function translate(xml: string, funnel: Funnel | null | undefined): string {
  if (!funnel) return xml
  const names = new Map<string, string>([[funnel.process, funnel.name]])
  for (const stage of funnel.stages) for (const task of [stage, ...(stage.tracks ?? [])]) names.set(task.id, task.name)
  for (const task of funnel.tasks ?? []) names.set(task.id, task.name)
  const roles = new Map((funnel.roles ?? []).map((r) => [r.code, r.name]))
  const doc = new DOMParser().parseFromString(xml, 'application/xml')
  if (doc.getElementsByTagName('parsererror').length) return xml
  for (const element of doc.querySelectorAll('[id][name]')) {
    const name = names.get(element.id) ?? (element.localName === 'lane' ? roles.get(roleOf(element)) : undefined)
    if (name) element.setAttribute('name', name)
  }
  return new XMLSerializer().serializeToString(doc)
}

const roleOf = (lane: Element) => [...lane.getElementsByTagNameNS('*', 'property')].find((p) => p.getAttribute('name') === 'funnel.role')?.getAttribute('value') ?? lane.id
