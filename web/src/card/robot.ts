import type { Funnel } from '../types'
import type { Words } from '../words/words'

/** What a robot does, with what it does it to: "makes the document “Contract”". */
export function does(topic: string, about: unknown, funnel: Funnel, words: Words): string {
  const w = words.card
  const text = typeof about === 'string' && !about.includes('${') ? about : ''
  const label = topic === 'document' ? funnel.fields?.find((f) => f.key === text)?.label : text
  return [w.robot(topic), label && w.quote(label)].filter(Boolean).join(' ')
}

/** Why a robot did not run, as a sentence. */
export function because(code: string, topic: string, words: Words): string {
  const w = words.card
  const [kind, what = ''] = code.split(':')
  if (kind === 'empty') return w.empty[`${topic}.${what}`] ?? w.empty[what] ?? w.robotEmpty
  if (kind === 'not_connected') return w.unconnected[topic] ?? w.because.not_connected!
  return w.because[code] ?? code
}
