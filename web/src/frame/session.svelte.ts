import { api, Problem, session as hook } from '../api'
import type { Funnel, Session } from '../types'
import { language, type Code } from '../words/language.svelte'

/** Who is signed in, and what the frame needs to know at once. */
class Who {
  /** undefined: not asked yet; null: nobody. */
  session = $state<Session | null | undefined>(undefined)
  funnels = $state.raw<Funnel[]>([])
  /** The session ended while the page was in use: sign in again over it. */
  ended = $state(false)
  #back: (() => void)[] = []

  constructor() {
    hook.ended = () => {
      this.ended = true
      return new Promise((resolve) => this.#back.push(resolve))
    }
  }

  may(right: string): boolean {
    return this.session?.rights.includes(right) ?? false
  }

  /** Whether the person acts for one of the roles; an empty list means everyone. */
  is(roles: string[] | undefined): boolean {
    return !roles?.length || roles.some((role) => this.session?.roles.includes(role))
  }

  async ask() {
    try {
      await this.#take(await api.me(true))
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) throw problem
      this.session = null
    }
  }

  async signIn(login: string, password: string) {
    const session = await api.signIn(login, password)
    if (!this.ended) return this.#take(session)
    if (session.id !== this.session?.id) {
      // Somebody else's page is not theirs to go on with.
      location.reload()
      return
    }
    this.ended = false
    for (const go of this.#back.splice(0)) go()
  }

  async signOut() {
    await api.signOut()
    location.assign('/')
  }

  async refresh() {
    this.funnels = sorted(await api.funnels())
  }

  /** What a role is called: as a diagram names it, else as the product does. */
  role(code: string): string {
    for (const funnel of this.funnels) {
      const found = funnel.roles?.find((r) => r.code === code)
      if (found) return found.name
    }
    return language.words.signIn.roles[code] ?? code
  }

  /** The server's sentences come in the language of the person; it follows the one of the page. */
  async speak(code: Code) {
    if (this.session && this.session.language !== code) this.session = await api.speak(code)
    await language.choose(code)
    if (this.session) await this.refresh()
  }

  async #take(session: Session) {
    if (session.language !== language.code) session = await api.speak(language.code)
    this.funnels = sorted(await api.funnels())
    this.session = session
  }
}

/** Leads before deals; among those of a kind the longest first, which is the main one. */
const sorted = (all: Funnel[]) =>
  all.toSorted((a, b) => Number(b.kind === 'lead') - Number(a.kind === 'lead') || b.stages.length - a.stages.length)

export const who = new Who()
