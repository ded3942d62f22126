import type { Report, StageReport } from '../types'

/** A stage of the report, with what can be told of its numbers. */
export interface Row extends StageReport {
  /** Of those that went on or were given up here, the share that went on; null of none. */
  conversion: number | null
  /** The middle share of the deadline that was used; null without a deadline. */
  used: number | null
  /** Milliseconds of the visits that ended in the period; null where none did. */
  median: number | null
  p90: number | null
}

export function rows(report: Report): Row[] {
  return report.stages.map((stage) => {
    const decided = stage.passed + stage.lost
    const ended = decided + stage.back
    return {
      ...stage,
      conversion: decided ? stage.passed / decided : null,
      used: stage.deadline_share ?? null,
      median: ended ? stage.median_seconds * 1000 : null,
      p90: ended ? stage.p90_seconds * 1000 : null,
    }
  })
}

/** The row with the most of something; undefined where none has any. */
export function most(all: Row[], of: (row: Row) => number): Row | undefined {
  const first = all.toSorted((a, b) => of(b) - of(a))[0]
  return first && of(first) > 0 ? first : undefined
}

export type Show = 'time' | 'now' | 'lost' | 'stuck'

/** The step of the heat ramp, 0 to 5. Time is measured by its deadline, all else by the hottest stage. */
export function heat(row: Row, show: Show, all: Row[]): 0 | 1 | 2 | 3 | 4 | 5 {
  if (show === 'time') {
    const share = row.used ?? 0
    return share < 0.25 ? 0 : share < 0.45 ? 1 : share < 0.6 ? 2 : share < 0.85 ? 3 : share <= 1 ? 4 : 5
  }
  const share = row[show] / Math.max(...all.map((r) => r[show]), 1)
  return share <= 0 ? 0 : share <= 0.25 ? 1 : share <= 0.45 ? 2 : share <= 0.6 ? 3 : share <= 0.85 ? 4 : 5
}
