import { describe, expect, it } from 'vitest'
import { reveal, visible } from './window'

describe('windowing', () => {
  it('draws what is seen and a few around', () => expect(visible(8_400, 840, 84, 100_000, 4)).toEqual([96, 114]))
  it('begins at the beginning', () => expect(visible(0, 840, 84, 100_000, 4)).toEqual([0, 14]))
  it('ends at the end', () => expect(visible(84 * 99_990, 840, 84, 100_000, 4)).toEqual([99_986, 100_000]))
  it('has nothing of nothing', () => expect(visible(0, 840, 84, 0)).toEqual([0, 0]))
  it('outlives a list that became shorter', () => expect(visible(84_000, 840, 84, 3)).toEqual([3, 3]))
  it('draws as many of a hundred thousand as of a hundred', () => {
    const drawn = (count: number) => {
      const [from, to] = visible(840, 840, 84, count)
      return to - from
    }
    expect(drawn(100_000)).toBe(drawn(100))
  })
})

describe('revealing a row', () => {
  it('leaves alone what is seen', () => expect(reveal(5, 0, 840, 84)).toBeNull())
  it('scrolls up to one above', () => expect(reveal(0, 300, 840, 84)).toBe(0))
  it('scrolls down to one below', () => expect(reveal(10, 0, 840, 84)).toBe(84))
})
