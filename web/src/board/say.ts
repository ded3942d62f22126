import type { Answer } from '../types'
import type { Words } from '../words/words'

/** A column's answer as a sentence: the server's own where it gave one. */
export function sayAnswer(answer: Answer, w: Words['board']): string {
  const labels = (answer.missing ?? []).map((m) => m.label)
  switch (answer.answer) {
    case 'here':
      return w.here
    case 'free':
      return answer.reason || w.free
    case 'asks':
      return answer.reason || w.asks(labels.slice(0, 3).map(lower), Math.max(0, labels.length - 3))
    case 'back':
      return answer.reason || w.back
    case 'no':
      return w.no(answer.reason || (answer.missing ?? []).map((m) => m.message).join('. '))
  }
}

/** A name on a button begins large, however it is written beside an arrow. */
export const upper = (name: string) => name.charAt(0).toLocaleUpperCase() + name.slice(1)

/** A label inside a sentence begins small, unless it is an abbreviation. */
export function lower(label: string): string {
  const [first, second] = [...label]
  if (!first || (second && second === second.toLocaleUpperCase() && second !== second.toLocaleLowerCase())) return label
  return first.toLocaleLowerCase() + label.slice(first.length)
}
