import { describe, expect, it } from 'vitest'
import { deadline } from './state'

const at = (hours: number) => new Date(hours * 3_600_000).toISOString()
const card = { created: at(0), since: at(0), due: at(10) }

describe('the clock ring', () => {
  it.each([
    [1, 'calm'],
    [7.5, 'near'],
    [10, 'broken'],
    [99, 'broken'],
  ])('after %d hours of ten is %s', (hours, state) => expect(deadline(card, hours * 3_600_000)?.state).toBe(state))
  it('is not drawn without a deadline', () => expect(deadline({ created: at(0) }, 0)).toBeNull())
  it('outlives a deadline before its beginning', () => expect(deadline({ created: at(5), since: at(5), due: at(1) }, 0)?.share).toBe(1))
})
