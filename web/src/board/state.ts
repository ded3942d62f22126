import type { Line, Next } from '../types'
import type { Sign } from '../ui/glyphs'

export type Clock = 'calm' | 'near' | 'broken'

/** How much of a deadline is used. Near from three quarters on. */
export function deadline(card: Pick<Line, 'since' | 'due' | 'created'>, now: number): { share: number; state: Clock } | null {
  if (!card.due) return null
  const from = Date.parse(card.since ?? card.created)
  const to = Date.parse(card.due)
  const share = to > from ? (now - from) / (to - from) : 1
  return { share: Math.max(0, Math.min(1, share)), state: now >= to ? 'broken' : share >= 0.75 ? 'near' : 'calm' }
}

const signs: Record<Next['kind'], Sign> = {
  stuck: 'zigzag',
  overdue: 'clock',
  near: 'clock',
  missing: 'missing',
  waits: 'hourglass',
  ready: 'arrow',
}

export const signOf = (kind: Next['kind']): Sign => signs[kind]

/** A hue is a statement: only what is stuck, late or free to go has one. */
export function toneOf(kind: Next['kind'] | undefined): string {
  if (kind === 'stuck') return 'stuck'
  if (kind === 'overdue') return 'broken'
  if (kind === 'near') return 'near'
  if (kind === 'ready') return 'way'
  return ''
}
