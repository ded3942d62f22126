import { describe, expect, it } from 'vitest'
import type { Report, StageReport } from '../types'
import { heat, most, rows } from './heat'

const stage = (id: string, more: Partial<StageReport> = {}): StageReport => ({
  stage: id,
  name: id,
  entered: 0,
  passed: 0,
  back: 0,
  lost: 0,
  now: 0,
  amount_now: { amount: 0, currency: 'RUB' },
  overdue: 0,
  stuck: 0,
  median_seconds: 0,
  p90_seconds: 0,
  reasons: [],
  ...more,
})
const report = (...stages: StageReport[]): Report => ({ from: '', to: '', totals: { open: 0, won: 0, lost: 0, created: 0 }, stages })

describe('heat', () => {
  const all = rows(
    report(
      stage('a', { passed: 3, lost: 1, back: 5, now: 2, median_seconds: 60, p90_seconds: 90, deadline_share: 0.7 }),
      stage('b', { back: 1, now: 1 }),
      stage('c'),
    ),
  )

  it('counts who goes on among those who were decided on', () => expect(all.map((r) => r.conversion)).toEqual([0.75, null, null]))
  it('knows a time only of what ended', () =>
    expect(all.map((r) => [r.median, r.p90])).toEqual([
      [60_000, 90_000],
      [0, 0],
      [null, null],
    ]))
  it('measures time by the deadline', () => expect(all.map((r) => heat(r, 'time', all))).toEqual([3, 0, 0]))
  it('measures all else by the hottest', () => expect(all.map((r) => heat(r, 'now', all))).toEqual([5, 3, 0]))
  it('has a most, unless there is nothing', () =>
    expect([most(all, (r) => r.now)?.stage, most(all, (r) => r.stuck)]).toEqual(['a', undefined]))
})
