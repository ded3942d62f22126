import type { Funnel } from '../types'
import type { Words } from '../words/words'

/** What a robot does, with what it does it to: "makes the document “Contract”". */
export function does(topic: string, about: unknown, funnel: Funnel, words: Words): string {
  const w = words.card
  const text = typeof about === 'string' && !about.includes('${') ? about : ''
  const label = topic === 'document' ? funnel.fields?.find((f) => f.key === text)?.label : text
  return [w.robot(topic), label && w.quote(label)].filter(Boolean).join(' ')
}

/** What several robots do: those of one kind say once what they do, and name each thing. */
export function doAll(robots: { topic: string; text?: string }[], funnel: Funnel, words: Words): string[] {
  const of = (topic: string) =>
    robots
      .filter((r) => r.topic === topic)
      .map((r) => does(topic, r.text, funnel, words).slice(words.card.robot(topic).length).trim())
      .filter((what, n, all) => what && all.indexOf(what) === n)
  return [...new Set(robots.map((r) => r.topic))].map((topic) => [words.card.robot(topic), of(topic).join(', ')].filter(Boolean).join(' '))
}

/** Why a robot did not run, as a sentence. */
export function because(code: string, topic: string, words: Words): string {
  const w = words.card
  const [kind, what = ''] = code.split(':')
  if (kind === 'empty') return w.empty[`${topic}.${what}`] ?? w.empty[what] ?? w.robotEmpty
  if (kind === 'not_connected') return w.unconnected[topic] ?? w.because.not_connected!
  return w.because[code] ?? code
}
