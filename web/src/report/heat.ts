import type { BoardColumn, Choice, Line, Stage } from '../types'

/** What stands where, for how long, and where clients were lost: a row for each stage. */
export interface Row {
  stage: Stage
  now: number
  amount: number
  overdue: number
  stuck: number
  lost: number
  median: number // ms in the stage, of those that stand there
  p90: number
  /** The middle share of the deadline that is used; null without a deadline. */
  used: number | null
  reasons: { name: string; count: number }[]
}

export function rows(stages: Stage[], common: Choice[], columns: BoardColumn[], closed: Line[], now: number): Row[] {
  return stages.map((stage) => {
    const column = columns.find((c) => c.stage.id === stage.id)
    const cards = column?.cards ?? []
    const times = cards.map((c) => now - Date.parse(c.since ?? c.created)).toSorted((a, b) => a - b)
    const shares = cards.filter((c) => c.due && c.since).map((c) => (now - Date.parse(c.since!)) / Math.max(1, Date.parse(c.due!) - Date.parse(c.since!))).toSorted((a, b) => a - b)
    const lost = closed.filter((c) => lostAt(c, stages) === stage.id)
    return {
      stage,
      now: column?.count ?? 0,
      amount: column?.amount.amount ?? 0,
      overdue: column?.overdue ?? 0,
      stuck: cards.filter((c) => c.stuck > 0).length,
      lost: lost.length,
      median: quantile(times, 0.5),
      p90: quantile(times, 0.9),
      used: shares.length ? quantile(shares, 0.5) : null,
      reasons: tally(lost, [...(stage.reasons ?? []), ...common]),
    }
  })
}

/** The stage where a card was lost: the one it was last in, else the only one that knows its reason. */
export function lostAt(card: Line, stages: Stage[]): string | undefined {
  if (card.outcome !== 'lost' && card.outcome !== 'junk') return undefined
  if (card.stage) return card.stage
  const knows = stages.filter((s) => s.reasons?.some((r) => r.code === card.reason))
  return knows.length === 1 ? knows[0]!.id : undefined
}

function tally(lost: Line[], reasons: Choice[]) {
  const counts = new Map<string, number>()
  for (const card of lost) counts.set(card.reason ?? '', (counts.get(card.reason ?? '') ?? 0) + 1)
  return [...counts]
    .map(([code, count]) => ({ name: reasons.find((r) => r.code === code)?.name ?? (code || '—'), count }))
    .toSorted((a, b) => b.count - a.count)
}

/** The value below which a share of the sorted values lies; 0 of none. */
export function quantile(sorted: number[], share: number): number {
  if (!sorted.length) return 0
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

export type Show = 'time' | 'now' | 'lost' | 'stuck'

/** The step of the heat ramp, 0 to 5. Time is measured by its deadline, all else by the hottest stage. */
export function heat(row: Row, show: Show, all: Row[]): 0 | 1 | 2 | 3 | 4 | 5 {
  let share: number
  if (show === 'time') share = row.used ?? 0
  else {
    const most = Math.max(...all.map((r) => r[show]), 1)
    share = row[show] / most
  }
  if (share <= 0) return 0
  const steps = [0.25, 0.45, 0.6, 0.85, 1]
  const at = steps.findIndex((s) => share <= s)
  if (show === 'time') return share < 0.25 ? 0 : share < 0.45 ? 1 : share < 0.6 ? 2 : share < 0.85 ? 3 : share <= 1 ? 4 : 5
  return (at < 0 ? 5 : at + 1) as 1 | 2 | 3 | 4 | 5
}
