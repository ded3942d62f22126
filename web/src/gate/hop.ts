import type { Answer, Funnel, Money, Stage } from '../types'

/** A move that somebody wants to make: of which card, from where, to where, and what stands against it. */
export interface Hop {
  card: { id: string; title: string; amount?: Money; about?: string; version?: number }
  funnel: Funnel
  from: Stage
  /** null: out of the funnel, or where the answer's flow leads. */
  to: Stage | null
  answer?: Answer
}
