import type { Funnel } from '../types'

/** The drawing with its names in the language of the page: the file itself has only one. */
export function translate(xml: string, funnel: Funnel | null | undefined): string {
  const names = funnel?.names
  if (!names) return xml
  const doc = new DOMParser().parseFromString(xml, 'application/xml')
  if (doc.getElementsByTagName('parsererror').length) return xml
  for (const element of doc.querySelectorAll('[id][name]')) {
    const name = names[element.id]
    if (name) element.setAttribute('name', name)
  }
  return new XMLSerializer().serializeToString(doc)
}
