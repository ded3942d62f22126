import { api } from '../api'
import type { Card } from '../types'

/** The cards of the column from which one was opened, in its order; asked of the server where a card was opened otherwise. */
let column: string[] = []

export function rememberColumn(ids: string[]) {
  column = ids
}

/** The card before or after this one among those of its stage; undefined at the end. */
export async function neighbour(card: Card, by: 1 | -1): Promise<string | undefined> {
  if (!column.includes(card.id) && card.stage) {
    const { cards } = await api.column(card.funnel, card.stage, '', {})
    column = cards.map((c) => c.id)
  }
  const at = column.indexOf(card.id)
  return at < 0 ? undefined : column[at + by]
}
