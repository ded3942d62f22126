/** The addresses of the application: every view has one, and an address is all a view needs to open. */
export type Route =
  | { view: 'home' }
  | { view: 'board'; process: string }
  | { view: 'card'; id: string }
  | { view: 'new'; process: string }
  | { view: 'funnels' }
  | { view: 'funnel'; process: string; tab: FunnelTab }
  | { view: 'report'; process: string }
  | { view: 'incidents' }
  | { view: 'search' }
  | { view: 'form'; process: string }
  | { view: 'unknown'; path: string }

export const funnelTabs = ['diagram', 'stages', 'versions', 'cards'] as const
export type FunnelTab = (typeof funnelTabs)[number]

export function parse(path: string): Route {
  const [head, id, tab, ...rest] = path
    .split('/')
    .filter(Boolean)
    .map((part) => {
      try {
        return decodeURIComponent(part)
      } catch {
        return part
      }
    })
  const unknown: Route = { view: 'unknown', path }
  if (rest.length) return unknown
  if (head === undefined) return { view: 'home' }
  if (head === 'diagrams' && id) {
    if (tab === undefined) return { view: 'funnel', process: id, tab: 'diagram' }
    const known = funnelTabs.find((t) => t === tab)
    return known ? { view: 'funnel', process: id, tab: known } : unknown
  }
  if (tab !== undefined) return unknown
  if (id === undefined) {
    if (head === 'diagrams') return { view: 'funnels' }
    if (head === 'incidents') return { view: 'incidents' }
    if (head === 'search') return { view: 'search' }
    return unknown
  }
  switch (head) {
    case 'board':
      return { view: 'board', process: id }
    case 'cards':
      return { view: 'card', id }
    case 'new':
      return { view: 'new', process: id }
    case 'reports':
      return { view: 'report', process: id }
    case 'form':
      return { view: 'form', process: id }
  }
  return unknown
}

export function href(route: Route): string {
  const at = encodeURIComponent
  switch (route.view) {
    case 'home':
      return '/'
    case 'board':
      return `/board/${at(route.process)}`
    case 'card':
      return `/cards/${at(route.id)}`
    case 'new':
      return `/new/${at(route.process)}`
    case 'funnels':
      return '/diagrams'
    case 'funnel':
      return `/diagrams/${at(route.process)}` + (route.tab === 'diagram' ? '' : `/${route.tab}`)
    case 'report':
      return `/reports/${at(route.process)}`
    case 'incidents':
      return '/incidents'
    case 'search':
      return '/search'
    case 'form':
      return `/form/${at(route.process)}`
    case 'unknown':
      return route.path
  }
}

/** An address with these query parameters; empty ones are left out, so that the plain view has the plain address. */
export function withQuery(path: string, query: Record<string, string | undefined>): string {
  const set = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value) set.set(key, value)
  const text = set.toString()
  return text ? `${path}?${text}` : path
}
