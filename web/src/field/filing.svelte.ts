import { api, Problem } from '../api'
import type { Verb } from '../types'

/** What is done with a file or document of a card, at once: a scan is not typed twice. */
export class Filing {
  busy = $state('')
  refused = $state('')

  constructor(
    readonly card: () => string | undefined,
    readonly key: () => string,
    readonly done: () => void,
  ) {}

  keep(list: FileList | null | undefined) {
    const file = list?.[0]
    const card = this.card()
    if (file && card) void this.#attempt('keep', () => api.file(card, this.key(), file))
  }

  note(verb: Verb) {
    const card = this.card()
    if (card) void this.#attempt(verb, () => api.document(card, this.key(), verb))
  }

  async #attempt(what: string, deed: () => Promise<unknown>) {
    this.busy = what
    this.refused = ''
    try {
      await deed()
      this.done()
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      this.refused = problem.missing.map((m) => m.message).join('. ') || [problem.detail, problem.hint].filter(Boolean).join('. ')
    }
    this.busy = ''
  }
}

/** A file picker opened by a button: the native input can't be drawn as one. */
export function pick(take: (files: FileList | null) => void) {
  const input = document.createElement('input')
  input.type = 'file'
  input.onchange = () => take(input.files)
  input.click()
}
