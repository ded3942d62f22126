import { describe, expect, it } from 'vitest'
import { en as enFirst } from './en'
import { enMore } from './en.more'
import { plural } from './plural'
import { ru as ruFirst } from './ru'
import { ruMore } from './ru.more'

const ru = { ...ruFirst, ...ruMore }
const en = { ...enFirst, ...enMore }

/** Every leaf with its path. Functions are words too. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (value && typeof value === 'object' && !Array.isArray(value))
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key))
  return [[path, value]]
}

describe('dictionaries', () => {
  it('have the same words', () => {
    expect(
      leaves(en)
        .map(([path]) => path)
        .sort(),
    ).toEqual(
      leaves(ru)
        .map(([path]) => path)
        .sort(),
    )
  })

  it.each([...leaves(ru).map(([path, v]) => ['ru', path, v] as const), ...leaves(en).map(([path, v]) => ['en', path, v] as const)])(
    '%s %s says something',
    (_, __, value) => {
      if (typeof value === 'string') expect(value.trim()).not.toBe('')
    },
  )

  it('raise no voice', () => {
    for (const [, value] of [...leaves(ru), ...leaves(en)]) if (typeof value === 'string') expect(value).not.toContain('!')
  })
})

describe('numbers', () => {
  const forms = { one: 'ход', few: 'хода', many: 'ходов', other: 'ходов' }
  it.each([
    [1, '1 ход'],
    [2, '2 хода'],
    [5, '5 ходов'],
    [11, '11 ходов'],
    [21, '21 ход'],
    [1024, '1 024 хода'],
  ])('%d', (n, text) => expect(plural('ru', n, forms).replace(/[\u00a0\u202f]/g, ' ')).toBe(text))
  it('fall back to the other form', () => expect(plural('en', 2, { one: 'move', other: 'moves' })).toBe('2\u00a0moves'))
})
