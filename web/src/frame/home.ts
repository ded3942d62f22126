import type { Route } from '../router'
import { who } from './session.svelte'

/** Where a person starts: the funnel whose stages they act in most; an analyst at the diagrams. */
export function home(): Route {
  const mine = who.funnels
    .filter((f) => f.kind !== 'track')
    .map((f) => ({ f, acts: f.stages.filter((s) => s.roles?.some((role) => who.session?.roles.includes(role))).length }))
    .sort((a, b) => b.acts - a.acts)
  if (who.may('configure') && !mine[0]?.acts) return { view: 'funnels' }
  const first = mine[0]
  return first ? { view: 'board', process: first.f.process } : { view: 'search' }
}
