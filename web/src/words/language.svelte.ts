import type { Words } from './words'

export type Code = 'ru' | 'en'

const first = {
  ru: async () => (await import('./ru')).ru,
  en: async () => (await import('./en')).en,
}
const more = {
  ru: async () => (await import('./ru.more')).ruMore,
  en: async () => (await import('./en.more')).enMore,
}

/** The language of the pages. Only the words of the one in use are loaded, and those of the first page before the others. */
class Language {
  code = $state<Code>('ru')
  words = $state.raw() as Words
  #all = false

  async set(code: Code) {
    this.words = { ...(await first[code]()), ...(this.#all ? await more[code]() : {}) } as Words
    this.code = code
    document.documentElement.lang = code
  }

  /** Settles when the words of all views are there. */
  async whole() {
    while (!this.#all) {
      const code = this.code
      const rest = await more[code]()
      if (code !== this.code || this.#all) continue
      this.#all = true
      this.words = { ...this.words, ...rest }
    }
  }

  /** The person's own choice, kept for the next visit. */
  async choose(code: Code) {
    await this.set(code)
    localStorage.setItem('language', code)
  }
}

export const language = new Language()

/** The language a newcomer gets: the one chosen here before, else the browser's, else Russian. */
export function preferred(): Code {
  const kept = localStorage.getItem('language')
  if (kept === 'ru' || kept === 'en') return kept
  return navigator.language.startsWith('ru') || !navigator.language ? 'ru' : 'en'
}
