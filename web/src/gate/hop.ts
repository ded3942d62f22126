import type { Answer, Funnel, Line, Task } from '../types'

/** A move that somebody wants to make: of which card, from where, to where, and what stands against it. */
export interface Hop {
  card: Line
  funnel: Funnel
  from: Task
  /** null: out of the funnel, or where the answer's flow leads. */
  to: Task | null
  answer?: Answer
}
