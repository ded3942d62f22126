import { language } from '../words/language.svelte'
import { contacts } from './contacts.svelte'
import { people } from './people.svelte'

/** What values are told with: names in place of ids, and the words of the language in use. */
export function names() {
  const w = language.words.field
  return { person: (id: string) => people.name(id), contact: (id: string) => contacts.name(id), yes: w.yes, no: w.no, rows: w.rows }
}
