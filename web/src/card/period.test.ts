import { expect, it } from 'vitest'
import { period } from './period'

it.each([
  ['${working("P3D")}', '3 д'],
  ['${first_touch_at == nil ? working("PT15M") : nil}', '15 мин'],
  ['${working("P1DT4H")}', '1 д 4 ч'],
  ['0 9 * * MON-FRI', ''],
])('%s', (timer, text) => expect(period(timer, 'ru').replace(/\u00a0/g, ' ')).toBe(text))
