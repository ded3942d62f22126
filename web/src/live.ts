/** What changes on the server, as it changes: one stream of events for the whole page. It resumes by itself where it broke off;
 *  where the server has forgotten the rest, everyone is told to load anew. */
import { writable } from 'svelte/store'
import { api, Problem, root } from './api'

export type Topic = 'card' | 'contact' | 'definition' | 'incident' | 'user'
const topics: Topic[] = ['card', 'contact', 'definition', 'incident', 'user']

interface Listener {
  /** Something with this id was created or changed. */
  changed?: (topic: Topic, id: string) => void
  /** The connection is back and nobody knows what was missed. */
  caughtUp?: () => void
}

const listeners = new Set<Listener>()

/** Whether the server is reached. Told only after a moment, so that a passing hiccup does not flash. */
export const connected = writable(true)

/** Tells when the connection that was lost is back. */
export function reconnected(back: () => void): () => void {
  let lost = false
  return connected.subscribe((on) => {
    if (on && lost) back()
    lost = !on
  })
}

let source: EventSource | null = null
let lastID = ''
let slow: ReturnType<typeof setTimeout> | undefined
let again: ReturnType<typeof setTimeout> | undefined
let wait = 1000

/** Listens until the returned function is called. */
export function listen(listener: Listener): () => void {
  listeners.add(listener)
  if (!source) open()
  return () => {
    listeners.delete(listener)
  }
}

function open() {
  clearTimeout(again)
  source?.close()
  source = new EventSource(`${root}/events` + (lastID ? `?last_event_id=${encodeURIComponent(lastID)}` : ''))
  source.onopen = () => {
    wait = 1000
    clearTimeout(slow)
    slow = undefined
    connected.set(true)
  }
  source.onerror = () => {
    slow ??= setTimeout(() => connected.set(false), 1500)
    // A browser gives up on an answer that is no stream; a broken connection it retries by itself.
    if (source?.readyState === EventSource.CLOSED) {
      again = setTimeout(reopen, wait)
      wait = Math.min(wait * 2, 15_000)
    }
  }
  for (const topic of topics) {
    source.addEventListener(topic, (event) => {
      lastID = event.lastEventId
      const { id } = JSON.parse(event.data) as { id: string }
      for (const each of listeners) each.changed?.(topic, id)
    })
  }
  source.addEventListener('reset', (event) => {
    lastID = event.lastEventId
    for (const each of listeners) each.caughtUp?.()
  })
}

async function reopen() {
  try {
    await api.me() // an ended session is asked for again before the stream goes on
  } catch (problem) {
    if (!(problem instanceof Problem && problem.offline)) throw problem
    again = setTimeout(reopen, wait)
    return
  }
  open()
}

addEventListener('offline', () => connected.set(false))
addEventListener('online', () => {
  if (source) open()
})
