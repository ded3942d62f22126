import { api } from '../api'
import type { BoardColumn, BoardQuery, Funnel, Line, Money, Stage } from '../types'

/** One column: a stage and the cards that stand in it, as far as they are loaded. */
export class Lane {
  count = $state(0)
  overdue = $state(0)
  amount = $state.raw<Money>({ amount: 0, currency: '' })
  cards = $state.raw<Line[]>([])
  next = $state('')
  #loading = false

  constructor(
    readonly stage: Stage,
    /** Its place in the funnel; less than nothing where the newest version has it no more. */
    readonly index: number,
  ) {}

  take(fresh: BoardColumn, changed?: ReadonlySet<string>) {
    this.count = fresh.count
    this.overdue = fresh.overdue
    this.amount = fresh.amount
    if (!changed || this.cards.length <= fresh.cards.length) {
      this.cards = fresh.cards
      this.next = fresh.next
      return
    }
    // The first page is new; what was loaded behind it stays, so that nobody's scrolling jumps.
    const have = new Set(fresh.cards.map((c) => c.id))
    const rest = this.cards.slice(fresh.cards.length).filter((c) => !have.has(c.id) && !changed.has(c.id))
    this.cards = [...fresh.cards, ...rest]
  }

  add(card: Line) {
    this.cards = [card, ...this.cards.filter((c) => c.id !== card.id)]
    this.#tally(card, 1)
  }

  remove(id: string) {
    const card = this.cards.find((c) => c.id === id)
    if (!card) return
    this.cards = this.cards.filter((c) => c.id !== id)
    this.#tally(card, -1)
  }

  /** Loads the page behind the loaded ones. */
  async more(process: string, query: BoardQuery) {
    if (!this.next || this.#loading) return
    this.#loading = true
    try {
      const page = await api.column(process, this.stage.id, this.next, query)
      const have = new Set(this.cards.map((c) => c.id))
      this.cards = [...this.cards, ...page.cards.filter((c) => !have.has(c.id))]
      this.next = page.next
    } finally {
      this.#loading = false
    }
  }

  #tally(card: Line, by: number) {
    this.count += by
    if (card.amount) this.amount = { ...this.amount, amount: this.amount.amount + by * card.amount.amount }
  }
}

/** Neighbouring stages of one group: open as columns, or folded into a pillar. */
export interface Group {
  name: string
  lanes: Lane[]
  /** The newest version has none of its stages. */
  gone: boolean
}

/** A funnel's board: its columns, filled and kept up to date. */
export class BoardState {
  lanes = $state.raw<Lane[]>([])
  readonly groups = $derived.by<Group[]>(() => {
    const all: Group[] = []
    for (const lane of this.lanes) {
      const last = all.at(-1)
      const gone = lane.index < 0
      if (last && !last.gone === !gone && last.name === (lane.stage.group ?? '')) last.lanes.push(lane)
      else all.push({ name: lane.stage.group ?? '', lanes: [lane], gone })
    }
    return all
  })
  loaded = $state(false)
  problem = $state.raw<unknown>(null)
  query: BoardQuery = {}
  /** Cards that somebody else just moved: they glow once. */
  glowing = $state.raw<ReadonlySet<string>>(new Set())
  #changed = new Set<string>()
  #own = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0

  constructor(readonly funnel: Funnel) {
    this.lanes = funnel.stages.map((stage, index) => new Lane(stage, index))
  }

  async load(query: BoardQuery) {
    this.query = query
    await this.#fetch()
  }

  lane(stage: string): Lane | undefined {
    return this.lanes.find((l) => l.stage.id === stage)
  }

  find(id: string): { card: Line; lane: Lane } | undefined {
    for (const lane of this.lanes) {
      const card = lane.cards.find((c) => c.id === id)
      if (card) return { card, lane }
    }
  }

  /** Something changed on the server. Many changes at once are one question. */
  touch(id?: string) {
    if (id) this.#changed.add(id)
    this.#timer ??= setTimeout(() => void this.#fetch(this.#changed), 120)
  }

  /** A move of our own does not glow when the news of it comes back. */
  own(id: string) {
    this.#own.add(id)
    setTimeout(() => this.#own.delete(id), 3000)
  }

  /** Shows a move before the server has agreed; the returned function takes it back. */
  shift(card: Line, from: Lane, to: Lane): () => void {
    from.remove(card.id)
    to.add({ ...card, stage: to.stage.id, since: new Date().toISOString(), due: undefined, next: undefined })
    return () => {
      to.remove(card.id)
      from.add(card)
    }
  }

  stop() {
    clearTimeout(this.#timer)
    this.#asked++
  }

  async #fetch(changed?: Set<string>) {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#changed = new Set()
    const asked = ++this.#asked
    const before = changed ? this.#where() : undefined
    try {
      const board = await api.board(this.funnel.process, this.query)
      if (asked !== this.#asked) return
      this.#gone(board.columns)
      for (const column of board.columns) this.lane(column.stage.id)?.take(column, changed)
      this.problem = null
      this.loaded = true
      if (before && changed) this.#glow(before, changed)
    } catch (problem) {
      if (asked !== this.#asked) return
      // A board that stands stays: the bar at the top says that the connection is lost.
      if (!this.loaded) this.problem = problem
    }
  }

  /** Cards of an older version may stand in a stage that the newest has not: they have a column too, where it is seen. */
  #gone(columns: BoardColumn[]) {
    const known = new Set(this.funnel.stages.map((s) => s.id))
    const gone = columns.filter((c) => !known.has(c.stage.id) && c.count)
    if (!gone.length && this.lanes.length === known.size) return
    this.lanes = [
      ...gone.map((c) => this.lane(c.stage.id) ?? new Lane({ ...c.stage, order: -1 }, -1)),
      ...this.lanes.filter((lane) => known.has(lane.stage.id)),
    ]
  }

  #where(): Map<string, string> {
    return new Map(this.lanes.flatMap((lane) => lane.cards.map((c) => [c.id, lane.stage.id] as const)))
  }

  #glow(before: Map<string, string>, changed: Set<string>) {
    const after = this.#where()
    const moved = [...changed].filter((id) => after.has(id) && after.get(id) !== before.get(id) && !this.#own.has(id))
    if (!moved.length) return
    this.glowing = new Set(moved)
    setTimeout(() => (this.glowing = new Set()), 2000)
  }
}
