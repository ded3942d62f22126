import { href, type Route } from '../router'
import type { Sign } from '../ui/glyphs'
import type { Words } from '../words/words'
import { who } from './session.svelte'
import { standing as card } from './standing.svelte'

export interface Item {
  name: string
  address: string
  sign: Sign
  here: boolean
}

/** What the person may see, in the order of the day: leads, deals, and for those who answer for them what is stuck and drawn. */
export function menu(w: Words['frame'], route: Route): Item[] {
  const all: Item[] = []
  const add = (name: string, to: Route, sign: Sign, here: boolean) => all.push({ name, address: href(to), sign, here })
  const process = route.view === 'card' ? card.process : 'process' in route ? route.process : ''
  const standing = who.funnels.find((f) => f.process === process)
  const onBoard = route.view === 'board' || route.view === 'new' || route.view === 'card'
  for (const kind of ['lead', 'deal'] as const) {
    const of = who.funnels.filter((f) => f.kind === kind)
    const here = onBoard && standing?.kind === kind
    if (of[0])
      add(
        w.kinds[kind],
        { view: 'board', process: (here && standing ? standing : of[0]).process },
        kind === 'lead' ? 'inbox' : 'board',
        here,
      )
  }
  const shown = who.funnels.find((f) => f.kind === 'deal') ?? who.funnels[0]
  if (who.may('oversee') && shown) add(w.reports, { view: 'report', process: shown.process }, 'diagram', route.view === 'report')
  if (who.may('oversee')) add(w.incidents, { view: 'incidents' }, 'zigzag', route.view === 'incidents')
  if (who.may('configure')) add(w.diagrams, { view: 'funnels' }, 'document', route.view === 'funnels' || route.view === 'funnel')
  return all
}
