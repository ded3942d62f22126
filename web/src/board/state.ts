import type { BoardCard } from '../types'
import type { Sign } from '../ui/glyphs'

export type Clock = 'calm' | 'near' | 'broken'

/** How much of a deadline is used. Near from three quarters on. */
export function deadline(card: Pick<BoardCard, 'since' | 'due'>, now: number): { share: number; state: Clock } | null {
  if (!card.due) return null
  const from = Date.parse(card.since)
  const to = Date.parse(card.due)
  const share = to > from ? (now - from) / (to - from) : 1
  return { share: Math.max(0, Math.min(1, share)), state: now >= to ? 'broken' : share >= 0.75 ? 'near' : 'calm' }
}

const signs: Record<string, Sign> = {
  stuck: 'zigzag',
  overdue: 'clock',
  broken: 'clock',
  near: 'clock',
  missing: 'missing',
  waits: 'hourglass',
  wait: 'hourglass',
  ready: 'arrow',
  task: 'calendar',
}

export const signOf = (kind: string): Sign => signs[kind] ?? 'calendar'

/** A hue is a statement: only what is stuck, late or free to go has one. */
export function toneOf(kind: string | undefined): string {
  if (kind === 'stuck') return 'stuck'
  if (kind === 'broken' || kind === 'overdue') return 'broken'
  if (kind === 'near') return 'near'
  if (kind === 'ready') return 'way'
  return ''
}
