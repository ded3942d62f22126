import { describe, expect, it } from 'vitest'
import { en } from '../words/en'
import { ru } from '../words/ru'
import { lower, sayAnswer } from './say'

const missing = (...labels: string[]) => labels.map((label) => ({ kind: 'field' as const, key: label, label, message: label }))

describe("a column's answer", () => {
  it('names what it asks for', () => {
    expect(sayAnswer({ stage: 'x', answer: 'asks', missing: missing('Родитель', 'СНИЛС') }, ru.board)).toBe('Спросит: родитель, СНИЛС')
  })
  it('names three and counts the rest', () => {
    expect(sayAnswer({ stage: 'x', answer: 'asks', missing: missing('A b', 'C d', 'E f', 'G h') }, en.board)).toBe(
      'Asks: a b, c d, e f and 1 more',
    )
  })
  it('says why not', () =>
    expect(sayAnswer({ stage: 'x', answer: 'no', reason: 'Сначала оплата' }, ru.board)).toBe('Нельзя. Сначала оплата'))
})

describe('a label inside a sentence', () => {
  it.each([
    ['Дата договора', 'дата договора'],
    ['СНИЛС', 'СНИЛС'],
    ['E-mail', 'e-mail'],
    ['', ''],
  ])('%s', (label, text) => expect(lower(label)).toBe(text))
})
