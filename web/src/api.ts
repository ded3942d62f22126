/** The only place that speaks with the server. Every answer that is no success becomes a Problem (RFC 9457). */
import type {
  Board, BoardQuery, Card, CardMoves, Contact, Definition, DiagramProblem, Funnel, HeatReport, HistoryLine, Incident, Missing,
  Person, Resolution, Session, Start, Uploaded, MigrationPlan, Retry, Column, Hit,
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
    answer.status, p.code ?? 'broken', p.title ?? w.title, p.detail ?? w.status(answer.status), p.hint, p.missing, p.problems, p.fields, p.request,
  )
}

async function json<T>(method: Method, path: string, call?: Call): Promise<T> {
  const answer = await send(method, path, call)
  return (answer.status === 204 ? undefined : await answer.json()) as T
}

const at = encodeURIComponent
