import type { Words } from './ru'

export type Code = 'ru' | 'en'

const load: Record<Code, () => Promise<Words>> = {
  ru: async () => (await import('./ru')).ru,
  en: async () => (await import('./en')).en,
}

/** The language of the pages. Only the words of the one in use are loaded. */
class Language {
  code = $state<Code>('ru')
  words = $state.raw() as Words

  async set(code: Code) {
    this.words = await load[code]()
    this.code = code
    document.documentElement.lang = code
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
