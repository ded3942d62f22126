import type { HistoryLine } from '../types'

export interface Visit {
  entered: string
  left?: string
}

/** When a card last came to each element, and when it left: read from its history. */
export function visits(history: HistoryLine[]): Map<string, Visit> {
  const all = new Map<string, Visit>()
  for (const line of history) {
    if (!line.element) continue
    if (line.kind === 'entered') all.set(line.element, { entered: line.at })
    const visit = all.get(line.element)
    if (visit && (line.kind === 'completed' || line.kind === 'cancelled')) visit.left = line.at
  }
  return all
}
