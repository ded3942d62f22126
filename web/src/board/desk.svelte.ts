import { api, Problem } from '../api'
import { rememberColumn } from '../card/neighbours'
import { outbox } from '../frame/outbox.svelte'
import type { Hop } from '../gate/hop'
import type { Answer, Line } from '../types'
import { language } from '../words/language.svelte'
import type { BoardState, Lane } from './board.svelte'
import { Hold, type Hand } from './hold.svelte'
import { sayAnswer } from './say'

/** What stands over the board: a question that a move asks, or the menu of moves. */
export type Asked =
  | { kind: 'gate'; hop: Hop }
  | { kind: 'no'; hop: Hop }
  | { kind: 'back'; hop: Hop }
  | { kind: 'reject'; hop: Hop }
  | { kind: 'menu'; card: Line; lane: Lane }

/** The person's hands on a board: lifting, dropping, walking with the keyboard. */
export class Desk {
  readonly hold = new Hold()
  asked = $state.raw<Asked | null>(null)
  /** What a live region says. */
  said = $state('')
  /** The card that the keyboard is to stand on next. */
  wanted = $state.raw<{ lane: Lane; id: string } | null>(null)
  #current = $state.raw<{ lane: Lane; id: string } | null>(null)

  constructor(
    readonly board: BoardState,
    readonly showing: () => Lane[],
  ) {}

  // Columns

  line(lane: Lane): 'rest' | 'here' | 'enters' {
    if (!this.hold.card) return 'rest'
    if (this.hold.from === lane) return 'here'
    const answer = this.hold.answers?.get(lane.stage.id)?.answer
    return answer === 'free' || answer === 'asks' ? 'enters' : 'rest'
  }

  /** Whether the flow out of a column is part of the way of the card in hand: as far as the column under it, else to the next. */
  lit(lane: Lane): boolean {
    const { card, from, over, answers } = this.hold
    if (!card || !from || !answers || from.index < 0 || lane.index < from.index) return false
    const ahead = [...answers.values()].filter((a) => a.answer === 'free' || a.answer === 'asks')
    const ends = ahead.map((a) => this.board.lane(a.stage)?.index ?? -1).filter((n) => n > from.index)
    const under = over ? this.board.lane(over) : undefined
    const end = under && ends.includes(under.index) ? under.index : Math.min(...ends)
    return Number.isFinite(end) && lane.index < end
  }

  more(lane: Lane) {
    return lane.more(this.board.funnel.process, this.board.query).catch(() => {
      // The next scroll asks again.
    })
  }

  waiting(id: string) {
    return outbox.has(id)
  }

  // Holding

  lift(card: Line, lane: Lane, hand: Hand) {
    this.hold.lift(card, lane, hand)
    const w = language.words.board
    this.said = hand === 'keyboard' ? w.lifted(card.title, lane.stage.name) : ''
  }

  touch(card: Line, lane: Lane) {
    return {
      lift: () => this.lift(card, lane, 'touch'),
      over: (stage: string | null) => (this.hold.over = stage),
      drop: () => this.drop(),
      cancel: () => this.hold.release(),
    }
  }

  async drop() {
    const { card, from, over, hand } = this.hold
    if (!card || !from) return
    if (!over || over === from.stage.id) return this.#letGo(hand === 'keyboard')
    const answer = over === 'reject' ? undefined : await this.hold.answer(over).catch(() => undefined)
    this.#letGo(hand === 'keyboard' && over !== 'reject')
    if (over === 'reject') this.reject(card, from)
    else await this.move(card, from, over, answer)
  }

  #letGo(refocus: boolean) {
    const { card, from } = this.hold
    this.hold.release()
    if (refocus && card && from) this.wanted = { lane: from, id: card.id }
  }

  // Moving

  hop(card: Line, from: Lane, to: string | null, answer?: Answer): Hop {
    const target = to ? this.board.lane(to)?.stage : undefined
    const leaves = answer?.from ? this.board.lane(answer.from)?.stage : undefined
    return { card, funnel: this.board.funnel, from: leaves ?? from.stage, to: target ?? null, answer }
  }

  reject(card: Line, lane: Lane) {
    this.asked = { kind: 'reject', hop: this.hop(card, lane, null) }
  }

  openMenu(card: Line, lane: Lane) {
    this.asked = { kind: 'menu', card, lane }
  }

  async move(card: Line, from: Lane, to: string, answer: Answer | undefined) {
    const hop = this.hop(card, from, to, answer)
    if (answer?.answer === 'here') return
    if (answer?.answer === 'no') this.asked = { kind: 'no', hop }
    else if (answer?.answer === 'back') this.asked = { kind: 'back', hop }
    else if (answer?.answer === 'asks') this.asked = { kind: 'gate', hop }
    else await this.#advance(hop, from)
  }

  /** Lands at once; goes back with the reason where the server refuses. */
  async #advance(hop: Hop, from: Lane) {
    const to = this.board.lane(hop.to!.id)!
    const key = crypto.randomUUID()
    const body = { stage: hop.from.id, to: hop.to!.id }
    const undo = this.board.shift(hop.card, from, to)
    this.board.own(hop.card.id)
    this.travel(hop.card.id)
    try {
      await api.advance(hop.card.id, body, key)
      this.landed(hop)
    } catch (problem) {
      undo()
      if (!(problem instanceof Problem)) throw problem
      if (problem.offline) outbox.put({ card: hop.card.id, title: hop.card.title, body, key })
      else if (problem.missing.length) this.refused(hop, problem)
      else
        this.asked = {
          kind: 'no',
          hop: { ...hop, answer: { stage: hop.to!.id, answer: 'no', reason: [problem.detail, problem.hint].filter(Boolean).join('. ') } },
        }
    }
  }

  /** The server knows more than the board did: the same dialog goes on from there. */
  refused(hop: Hop, problem: Problem) {
    const asks = problem.missing.every((m) => m.kind === 'field' || m.kind === 'document' || m.kind === 'rule')
    const answer: Answer = { stage: hop.to?.id ?? '', answer: asks ? 'asks' : 'no', missing: problem.missing, flow: hop.answer?.flow }
    this.asked = { kind: asks ? 'gate' : 'no', hop: { ...hop, answer } }
  }

  landed(hop: Hop) {
    this.said = hop.to ? language.words.board.landed(hop.card.title, hop.to.name) : language.words.board.closed(hop.card.title)
    this.board.own(hop.card.id)
    this.board.touch()
    const lane = hop.to && this.board.lane(hop.to.id)
    if (lane) this.wanted = { lane, id: hop.card.id }
  }

  /** Shows where a card went: it travels there from where it was. */
  travel(id: string) {
    const find = () => document.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"]`)
    const before = find()?.getBoundingClientRect()
    requestAnimationFrame(() => {
      const card = find()
      const now = card?.getBoundingClientRect()
      if (!before || !card || !now || matchMedia('(prefers-reduced-motion: reduce)').matches) return
      card.animate([{ translate: `${before.x - now.x}px ${before.y - now.y}px` }, { translate: '0 0' }], {
        duration: 220,
        easing: 'cubic-bezier(.2,.8,.2,1)',
      })
    })
  }

  // The keyboard

  stand(lane: Lane, id: string) {
    this.#current = { lane, id }
    rememberColumn(lane.cards.map((c) => c.id))
  }

  /** One card of the board is in the tab order: the one last stood on, else the first. Gives it where it is of this column. */
  currentIn(lane: Lane): string | undefined {
    const at = this.#current
    if (at && at.lane.cards.some((c) => c.id === at.id)) return at.lane === lane ? at.id : undefined
    const first = this.showing().find((l) => l.cards.length)
    return first === lane ? lane.cards[0]?.id : undefined
  }

  /** Returns whether the key meant something here. */
  press(key: string): boolean {
    if (this.hold.card && this.hold.hand === 'keyboard') return this.#pressHolding(key)
    const at = this.#current
    const card = at?.lane.cards.find((c) => c.id === at.id)
    if (!at || !card) return false
    switch (key) {
      case 'ArrowDown':
      case 'ArrowUp':
        return this.#walk(at.lane, at.lane.cards.indexOf(card) + (key === 'ArrowDown' ? 1 : -1))
      case 'ArrowRight':
      case 'ArrowLeft':
        return this.#aside(at.lane, key === 'ArrowRight' ? 1 : -1, at.lane.cards.indexOf(card))
      case 'Space':
        this.lift(card, at.lane, 'keyboard')
        return true
      case 'KeyM':
        this.openMenu(card, at.lane)
        return true
    }
    return false
  }

  #walk(lane: Lane, row: number): boolean {
    const card = lane.cards[row]
    if (card) this.wanted = { lane, id: card.id }
    return true
  }

  #aside(lane: Lane, by: number, row: number): boolean {
    const lanes = this.showing()
    for (let n = lanes.indexOf(lane) + by; n >= 0 && n < lanes.length; n += by) {
      const other = lanes[n]!
      if (other.cards.length) return this.#walk(other, Math.min(row, other.cards.length - 1))
    }
    return true
  }

  #pressHolding(key: string): boolean {
    const lanes = this.showing()
    const { card, from, over } = this.hold
    switch (key) {
      case 'ArrowRight':
      case 'ArrowLeft': {
        const at = over === 'reject' ? lanes.length : lanes.findIndex((l) => l.stage.id === over)
        const to = Math.max(0, Math.min(lanes.length, at + (key === 'ArrowRight' ? 1 : -1)))
        const lane = lanes[to]
        this.hold.over = lane?.stage.id ?? 'reject'
        void this.#announce(lane)
        if (lane)
          document.querySelector(`[data-stage="${CSS.escape(lane.stage.id)}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
        return true
      }
      case 'Enter':
      case 'Space':
        void this.drop()
        return true
      case 'Escape':
        this.hold.release()
        this.said = language.words.board.putBack(card!.title)
        if (from && card) this.wanted = { lane: from, id: card.id }
        return true
    }
    return key === 'ArrowUp' || key === 'ArrowDown'
  }

  async #announce(lane: Lane | undefined) {
    const w = language.words.board
    if (!lane) {
      this.said = w.rejectTarget
      return
    }
    const answer = await this.hold.answer(lane.stage.id).catch(() => undefined)
    this.said = `${lane.stage.name}. ${answer ? sayAnswer(answer, w) : ''}`
  }
}
