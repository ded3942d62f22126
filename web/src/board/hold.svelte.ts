import { api } from '../api'
import type { Answer, Line } from '../types'
import type { Lane } from './board.svelte'

export type Hand = 'mouse' | 'touch' | 'keyboard'

/** The card in hand, and what each column says to it. */
export class Hold {
  card = $state.raw<Line | null>(null)
  from = $state.raw<Lane | null>(null)
  hand = $state<Hand>('mouse')
  /** The column under the card; "reject" is the bar at the bottom. */
  over = $state<string | null>(null)
  answers = $state.raw<Map<string, Answer> | null>(null)
  #asked: Promise<Map<string, Answer>> | null = null

  lift(card: Line, from: Lane, hand: Hand) {
    this.card = card
    this.from = from
    this.hand = hand
    this.over = hand === 'keyboard' ? from.stage.id : null
    this.answers = null
    const asked = (this.#asked = api.moves(card.id).then((moves) => new Map(moves.map((m) => [m.stage, m]))))
    asked.then(
      (answers) => {
        if (this.#asked === asked) this.answers = answers
      },
      () => {
        // The columns stay neutral; the drop asks the server again and then says what it has against it.
      },
    )
  }

  /** What the column of a stage says; waits for the server's word. */
  async answer(stage: string): Promise<Answer | undefined> {
    return (await this.#asked)?.get(stage)
  }

  release() {
    this.card = null
    this.from = null
    this.over = null
    this.answers = null
    this.#asked = null
  }
}
