import { api, Problem } from '../api'

/** Moves made without a connection. They wait here, survive a reload, and go out by themselves; only the server's gate says yes. */
export interface Letter {
  card: string
  title: string
  body: { stage?: string; to?: string; fields?: Record<string, unknown> }
  key: string
}

const place = 'outbox'

class Outbox {
  #letters = $state.raw<Letter[]>(read())
  #sending = false
  /** Told what became of a letter that the server did not take. */
  refused: ((letter: Letter, problem: Problem) => void) | null = null

  get size() {
    return this.#letters.length
  }

  has(card: string) {
    return this.#letters.some((l) => l.card === card)
  }

  put(letter: Letter) {
    this.#set([...this.#letters.filter((l) => l.card !== letter.card), letter])
  }

  async send() {
    if (this.#sending) return
    this.#sending = true
    try {
      for (const letter of this.#letters) {
        try {
          await api.advance(letter.card, letter.body, letter.key)
        } catch (problem) {
          if (!(problem instanceof Problem) || problem.offline || problem.status === 503) return
          this.refused?.(letter, problem)
        }
        this.#set(this.#letters.filter((l) => l.key !== letter.key))
      }
    } finally {
      this.#sending = false
    }
  }

  #set(letters: Letter[]) {
    this.#letters = letters
    localStorage.setItem(place, JSON.stringify(letters))
  }
}

function read(): Letter[] {
  try {
    return JSON.parse(localStorage.getItem(place) ?? '[]')
  } catch {
    return []
  }
}

export const outbox = new Outbox()
