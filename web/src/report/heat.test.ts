import { describe, expect, it } from 'vitest'
import type { Line, Stage } from '../types'
import { heat, quantile, rows } from './heat'

const stage = (id: string, reasons: string[] = []): Stage => ({ id, name: id, order: 0, reasons: reasons.map((code) => ({ code, name: code })) })
const line = (more: Partial<Line>): Line => ({
  id: 'x', version: 1, funnel: 'f', kind: 'deal', title: '', amount: { amount: 0, currency: 'RUB' }, done: 0, stuck: 0, children: 0, finished: 0, created: '', updated: '', ...more,
})
const at = (hours: number) => new Date(hours * 3_600_000).toISOString()

describe('heat', () => {
  const stages = [stage('a', ['price', 'gone']), stage('b', ['gone'])]
  const column = (id: string, cards: Line[]) => ({ stage: { id, name: id }, count: cards.length, amount: { amount: 0, currency: 'RUB' }, overdue: 0, cards, next: '' })
  const closed = [line({ outcome: 'lost', reason: 'price' }), line({ outcome: 'lost', reason: 'gone', stage: 'b' }), line({ outcome: 'lost', reason: 'gone' }), line({ outcome: 'won' })]
  const all = rows(stages, [], [column('a', [line({ since: at(0), due: at(10), stuck: 1 }), line({ since: at(2) })]), column('b', [])], closed, 8 * 3_600_000)

  it('counts who stands and who is stuck', () => expect([all[0]!.now, all[0]!.stuck, all[1]!.now]).toEqual([2, 1, 0]))
  it('finds where a client was lost by stage, else by the only stage that knows the reason', () => expect([all[0]!.lost, all[1]!.lost]).toEqual([1, 1]))
  it('measures time by the deadline', () => expect(heat(all[0]!, 'time', all)).toBe(3))
  it('measures all else by the hottest', () => expect([heat(all[0]!, 'now', all), heat(all[1]!, 'now', all)]).toEqual([5, 0]))
  it('has a middle', () => expect([quantile([], 0.5), quantile([1, 2, 9], 0.5), quantile([1, 2, 9], 0.9)]).toEqual([0, 2, 9]))
})
