import type { Route } from '../router'
import { who } from './session.svelte'

/** Where a person starts: the longest funnel in which they act; an analyst at the diagrams; who oversees all, and anyone else, at the main deals. */
export function home(): Route {
  const boards = who.funnels.filter((f) => f.kind !== 'track').toSorted((a, b) => b.stages.length - a.stages.length)
  const mine = who.may('oversee')
    ? undefined
    : boards.find((f) =>
        f.stages.some((s) => [s, ...(s.tracks ?? [])].some((t) => t.roles?.some((role) => who.session?.roles.includes(role)))),
      )
  if (!mine && who.may('configure')) return { view: 'funnels' }
  const first = mine ?? boards[0]
  return first ? { view: 'board', process: first.process } : { view: 'search' }
}
