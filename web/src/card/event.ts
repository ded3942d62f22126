import { because, does } from './robot'
import { isEmpty, show } from '../field/value'
import type { Field, Funnel, HistoryLine } from '../types'
import type { Sign } from '../ui/glyphs'
import type { Words } from '../words/words'

/** A line of history as people read it. */
export interface Told {
  at: string
  who: string
  sign: Sign
  /** A move of the card: the blue dots of the timeline. */
  move: boolean
  red: boolean
  text: string
  details: { label: string; old: string; now: string }[]
  note: string
}

interface Voice {
  funnel: Funnel
  words: Words
  language: string
  person: (id: string) => string
  contact: (id: string) => string
  /** Why an element stands stuck, as a sentence. What the engine said of it stands with the incident. */
  stopped: (element: string | undefined) => string | undefined
}

type Data = Record<string, unknown>

/** One line for a move: where a card came to is told with what it left. */
export function joined(history: HistoryLine[], stage: (id: string) => boolean): HistoryLine[] {
  const all: HistoryLine[] = []
  // What a refusal runs through on its way to the end is no news.
  const refused = new Set(history.filter((l) => l.kind === 'rejected').map((l) => l.at))
  let move: HistoryLine | undefined
  for (const line of history) {
    if (line.kind === 'completed' && refused.has(line.at)) continue
    if (line.kind === 'entered' && line.element && stage(line.element) && move?.at === line.at) {
      if (move.kind === 'advanced') move.to = line.name
      move = undefined
      continue
    }
    const own = { ...line }
    if (['created', 'advanced', 'back', 'override'].includes(line.kind)) move = own
    all.push(own)
  }
  return all
}

export function tell(line: HistoryLine, voice: Voice): Told | null {
  const w = voice.words.event
  const data = (typeof line.data === 'object' && line.data !== null ? line.data : {}) as Data
  const name = line.name ?? line.element ?? ''
  // That a task was completed is told by who completed it.
  const isTask = (id: unknown) =>
    [...voice.funnel.stages.flatMap((s) => [s, ...(s.tracks ?? [])]), ...(voice.funnel.tasks ?? [])].some((t) => t.id === id)
  const stage = (id: unknown) => voice.funnel.stages.find((s) => s.id === id)?.name ?? String(id ?? '')
  const field = (key: unknown) => voice.funnel.fields?.find((f) => f.key === key)?.label ?? String(key ?? '')
  const told: Told = {
    at: line.at,
    who: line.who ? voice.person(line.who) : '',
    sign: 'gear',
    move: false,
    red: false,
    text: '',
    details: [],
    note: '',
  }
  const set = (sign: Sign, text: string, more: Partial<Told> = {}) => Object.assign(told, { sign, text }, more)

  switch (line.kind) {
    case 'created':
      return set('plus', w.created, { details: values(data, voice) })
    case 'changed': {
      const details = changes(data, voice)
      return details.length ? set('pencil', w.changed, { details }) : null
    }
    case 'assigned':
      return set('person', w.owner, {
        details: [{ label: '', old: isEmpty(data.old) ? '' : who(data.old, voice), now: who(data.new, voice) }],
      })
    case 'advanced':
      return set('arrow', line.to ? w.moved(name, line.to) : w.advanced(name), { move: true, note: data.itself ? w.byItself : '' })
    case 'entered':
      return voice.funnel.stages.some((s) => s.id === line.element) ? set('diagram', w.entered(name)) : null
    case 'completed':
      return isTask(line.element) ? null : set('gear', w.completed(name))
    case 'cancelled':
      return null
    case 'rejected': {
      const all = [...voice.funnel.stages.flatMap((s) => s.reasons ?? []), ...(voice.funnel.reasons ?? [])]
      const reason = all.find((r) => r.code === data.reason)?.name ?? String(data.reason ?? '')
      return set('zigzag', w.rejected(name), { move: true, red: true, note: [reason, data.comment].filter(Boolean).join('. ') })
    }
    case 'back':
      return set('back', w.back(stage(data.from), stage(data.to)), { move: true, note: String(data.why ?? '') })
    case 'moved': // by hand, as a token
      return set('warning', w.override(name, stage(data.to)), { move: true, red: true, note: String(data.why ?? '') })
    case 'override':
      return set('warning', w.override(stage(data.from), stage(data.to)), { move: true, red: true, note: String(data.why ?? '') })
    case 'document':
      return set('document', w.document(voice.words.field.verbDone[data.verb as 'create'] ?? '', field(data.key)), {
        note: String(data.number ?? ''),
      })
    case 'filed':
      return set('upload', w.filed(field(data.key)))
    case 'robot': {
      const topic = String(data.topic ?? '')
      const given = (data.inputs ?? {}) as Data
      const note = data.because ? voice.words.card.robotNot(because(String(data.because), topic, voice.words)) : inputs(data.inputs)
      return set(data.done ? 'gear' : 'bar', capital(does(topic, given.document, voice.funnel, voice.words)), { note })
    }
    case 'failed':
      return set('warning', w.failed(name), { note: typeof line.data === 'string' ? line.data : '' })
    case 'incident':
      return set('zigzag', w.incident(name), { red: true, note: voice.stopped(line.element) ?? '' })
    case 'resolved':
      return set('check', w.resolved(name))
    case 'converted':
      return set('arrow', w.converted, { move: true })
    case 'migrated':
      return set('diagram', w.migrated)
    case 'job_done':
    case 'started':
    case 'ended':
      return null
  }
  return set('gear', w.other(line.kind, name))
}

const who = (id: unknown, voice: Voice) => (isEmpty(id) ? voice.words.event.empty : voice.person(String(id)))

function changes(data: Data, voice: Voice) {
  return Object.entries(data).map(([key, change]) => {
    const { old, new: now } = (change ?? {}) as { old?: unknown; new?: unknown }
    return { label: label(key, voice), old: isEmpty(old) ? '' : value(key, old, voice), now: value(key, now, voice) }
  })
}

function values(data: Data, voice: Voice) {
  const fields = (data.fields ?? data) as Data
  return Object.entries(fields)
    .filter(([, now]) => !isEmpty(now) && (typeof now !== 'object' || Array.isArray(now)))
    .map(([key, now]) => ({ label: label(key, voice), old: '', now: value(key, now, voice) }))
}

const fieldOf = (key: string, voice: Voice): Field | undefined => voice.funnel.fields?.find((f) => f.key === key)
const label = (key: string, voice: Voice) => fieldOf(key, voice)?.label ?? key

function value(key: string, raw: unknown, voice: Voice): string {
  if (isEmpty(raw)) return voice.words.event.empty
  const field = fieldOf(key, voice) ?? { type: 'string' as const }
  // History keeps amounts as the engine does: minor units without their currency.
  const currency = voice.funnel.currency
  const money = (amount: unknown) => (typeof amount === 'number' ? { amount, currency } : amount)
  const columns = 'columns' in field ? (field.columns ?? []).filter((c) => c.type === 'money').map((c) => c.key) : []
  const kept =
    field.type === 'money'
      ? money(raw)
      : Array.isArray(raw) && columns.length
        ? raw.map((row: Data) => ({ ...row, ...Object.fromEntries(columns.map((key) => [key, money(row[key])])) }))
        : raw
  const w = voice.words.field
  return show(field, kept, voice.language, { person: voice.person, contact: voice.contact, yes: w.yes, no: w.no, rows: w.rows })
}

const capital = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1)

const inputs = (raw: unknown) =>
  raw && typeof raw === 'object'
    ? Object.values(raw)
        .filter((v) => typeof v === 'string' && v)
        .join(' · ')
    : ''
