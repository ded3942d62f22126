import { api } from '../api'
import { language } from '../words/language.svelte'
import type { Person } from '../types'

/** The colleagues, asked for once. Ids stand in cards, names on the page. */
class People {
  #all = $state.raw<Person[]>([])
  #asked = false

  get all(): Person[] {
    if (!this.#asked) {
      this.#asked = true
      api.users().then(
        (all) => (this.#all = all),
        () => (this.#asked = false),
      )
    }
    return this.#all
  }

  name(id: string | undefined): string {
    if (!id) return ''
    return this.all.find((p) => p.id === id)?.name ?? language.words.frame.actors[id] ?? id
  }
}

export const people = new People()
