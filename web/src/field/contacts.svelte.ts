import { SvelteMap } from 'svelte/reactivity'
import { api } from '../api'

/** Names of contacts by id, each asked for once, when it is first shown. */
class Contacts {
  #names = new SvelteMap<string, string>()
  #asked = new Set<string>()

  name(id: string): string {
    if (!this.#asked.has(id)) {
      this.#asked.add(id)
      // The answer comes after the page that asked has been drawn.
      queueMicrotask(() =>
        api.contact(id).then(
          (contact) => this.#names.set(id, contact.name),
          () => this.#names.set(id, id),
        ),
      )
    }
    return this.#names.get(id) ?? '…'
  }
}

export const contacts = new Contacts()
