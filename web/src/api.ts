/** The only place that speaks with the server. Every answer that is no success becomes a Problem (RFC 9457). */
import type {
  Answer,
  BoardColumn,
  BoardQuery,
  Card,
  Contact,
  Definition,
  DemoPerson,
  DiagramProblem,
  Filed,
  Funnel,
  HistoryLine,
  Incident,
  IntakeForm,
  Line,
  Migrated,
  Missing,
  Person,
  Report,
  Session,
  Uploaded,
  Verb,
} from './types'
import { language } from './words/language.svelte'

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly hint = '',
    readonly missing: Missing[] = [],
    readonly problems: DiagramProblem[] = [],
    readonly fields: { field: string; code: string; message: string }[] = [],
    readonly request = '',
  ) {
    super(detail || title)
  }

  /** Nothing reached the server, or nothing came back: the same request may be sent again. */
  get offline() {
    return this.status === 0
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

interface Call {
  body?: unknown
  query?: Record<string, string | number | boolean | undefined>
  signal?: AbortSignal
  /** A write sent again with the same key is done once. */
  key?: string
  /** For those who are not signed in: 401 is an answer, not the end of a session. */
  open?: boolean
}

/** Set by the frame: asks the person to sign in again, over the page, and settles when that is done. */
export const session: { ended: () => Promise<void> } = { ended: () => Promise.reject(new Error('signed out')) }

export const root = '/api/v1'

async function send(method: Method, path: string, call: Call = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json', 'Accept-Language': language.code }
  let body: BodyInit | undefined
  if (call.body instanceof FormData) body = call.body
  else if (call.body !== undefined) {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(call.body)
  }
  if (method !== 'GET') headers['Idempotency-Key'] = call.key ?? crypto.randomUUID()
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined && value !== '') query.set(name, String(value))
  const address = root + path + (query.size ? `?${query}` : '')
  for (;;) {
    let answer: Response
    try {
      answer = await fetch(address, { method, headers, body, signal: call.signal ?? null, credentials: 'same-origin' })
    } catch (cause) {
      if (call.signal?.aborted) throw cause
      throw new Problem(0, 'offline', language.words.offline.title, language.words.offline.unsent)
    }
    if (answer.ok) return answer
    const problem = await explained(answer)
    if (answer.status !== 401 || call.open) throw problem
    await session.ended()
  }
}

async function explained(answer: Response): Promise<Problem> {
  let p: Partial<Problem> & { request?: string } = {}
  try {
    p = await answer.json()
  } catch {
    // Something between us and the server answered for it.
  }
  const w = language.words.failed
  return new Problem(
    answer.status,
    p.code ?? 'broken',
    p.title ?? w.title,
    p.detail ?? w.status(answer.status),
    p.hint,
    p.missing,
    p.problems,
    p.fields,
    p.request,
  )
}

async function json<T>(method: Method, path: string, call?: Call): Promise<T> {
  const answer = await send(method, path, call)
  return (answer.status === 204 ? undefined : await answer.json()) as T
}

const at = encodeURIComponent

export const api = {
  // Who

  /** Who is signed in; with open, nobody is an answer too. */
  me: (open = false) => json<Session>('GET', '/me', { open }),
  signIn: (login: string, password: string) => json<Session>('POST', '/session', { body: { login, password }, open: true }),
  signOut: () => json<void>('DELETE', '/session'),
  speak: (code: 'ru' | 'en') => json<Session>('PATCH', '/me', { body: { language: code } }),
  users: async () => (await json<{ users: Person[] }>('GET', '/users')).users,
  demo: async () => (await json<{ people: DemoPerson[] }>('GET', '/demo', { open: true })).people,

  // Funnels and their diagrams

  funnels: async () => (await json<{ funnels: Funnel[] }>('GET', '/funnels')).funnels,
  funnel: (definition: string) => json<Funnel>('GET', `/definitions/${at(definition)}/funnel`),
  definitions: async (process?: string) =>
    (await json<{ definitions: Definition[] }>('GET', '/definitions', { query: { process } })).definitions,
  xml: async (definition: string) => (await send('GET', `/definitions/${at(definition)}/xml`)).text(),
  xmlAddress: (definition: string) => `${root}/definitions/${at(definition)}/xml`,
  upload(files: File[], dry: boolean) {
    const body = new FormData()
    for (const file of files) body.append('files', file, file.name)
    return json<Uploaded>('POST', '/definitions', { body, query: { dry_run: dry || undefined } })
  },
  migrate: async (from: string, to: string, dry: boolean) =>
    (
      await json<{ instances: Migrated[] }>('POST', `/definitions/${at(from)}/migrate`, {
        body: { to },
        query: { dry_run: dry || undefined },
      })
    ).instances,

  // Boards and cards

  board: (process: string, query: BoardQuery) =>
    json<{ columns: BoardColumn[] }>('GET', `/funnels/${at(process)}/board`, { query: { limit: 50, ...query } }),
  async column(process: string, stage: string, after: string, query: BoardQuery) {
    const board = await json<{ columns: BoardColumn[] }>('GET', `/funnels/${at(process)}/board`, {
      query: { limit: 100, ...query, stage, after },
    })
    return board.columns.find((c) => c.stage.id === stage) ?? { cards: [], next: '' }
  },
  report: (process: string, from: Date) => json<Report>('GET', `/funnels/${at(process)}/report`, { query: { from: from.toISOString() } }),
  cards: (query: Record<string, string | number | undefined>) => json<{ cards: Line[]; next: string }>('GET', '/cards', { query }),
  card: (id: string) => json<Card>('GET', `/cards/${at(id)}`),
  create: (body: { funnel: string; fields: Record<string, unknown>; contact?: unknown }, key: string) =>
    json<Card>('POST', '/cards', { body, key }),
  write: (id: string, fields: Record<string, unknown>, version?: number) =>
    json<Card>('PATCH', `/cards/${at(id)}`, { body: { fields, version } }),
  moves: async (id: string) => (await json<{ moves: Answer[] }>('GET', `/cards/${at(id)}/moves`)).moves,
  advance: (id: string, body: { stage?: string; to?: string; fields?: Record<string, unknown>; version?: number }, key?: string) =>
    json<Card>('POST', `/cards/${at(id)}/advance`, { body, key }),
  back: (id: string, body: { stage: string; to: string; why: string }) => json<Card>('POST', `/cards/${at(id)}/back`, { body }),
  reject: (id: string, body: { stage: string; reason: string; comment?: string }) =>
    json<Card>('POST', `/cards/${at(id)}/reject`, { body }),
  assign: (id: string, owner: string) => json<Card>('POST', `/cards/${at(id)}/assign`, { body: { owner } }),
  history: (id: string, after?: string) =>
    json<{ history: HistoryLine[]; next: string }>('GET', `/cards/${at(id)}/history`, { query: { limit: 200, after } }),
  file(id: string, field: string, file: File) {
    const body = new FormData()
    body.append('file', file, file.name)
    return json<Filed>('POST', `/cards/${at(id)}/files`, { body, query: { field } })
  },
  fileAddress: (id: string) => `${root}/files/${at(id)}`,
  document: (id: string, key: string, verb: Verb) => json<Card>('POST', `/cards/${at(id)}/documents/${at(key)}`, { body: { verb } }),

  // Contacts

  search: (q: string, signal?: AbortSignal) => json<{ cards: Line[]; contacts: Contact[] }>('GET', '/search', { query: { q }, signal }),
  contacts: async (q: string, limit: number) => (await json<{ contacts: Contact[] }>('GET', '/contacts', { query: { q, limit } })).contacts,
  contact: (id: string) => json<Contact & { cards: Line[]; people: Contact[] }>('GET', `/contacts/${at(id)}`),
  addContact: (body: { kind: string; name: string; phones: string[] }) => json<Contact>('POST', '/contacts', { body }),

  // What is stuck

  incidents: (after?: string) => json<{ incidents: Incident[]; next: string }>('GET', '/incidents', { query: { limit: 100, after } }),
  resolve: (id: string, vars?: Record<string, unknown>) =>
    json<void>('POST', `/incidents/${at(id)}/resolve`, { body: vars ? { vars } : {} }),

  // Requests from outside

  intake: (process: string) => json<IntakeForm>('GET', `/intake/${at(process)}`, { open: true }),
  takeIn: (process: string, fields: Record<string, unknown>, key: string) =>
    json<{ accepted: boolean }>('POST', `/intake/${at(process)}`, { body: { fields }, key, open: true }),
}
