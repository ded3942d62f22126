import { describe, expect, it } from 'vitest'
import { fromLocal, readMoney, show, toLocal, writeMoney } from './value'

const names = { person: (id: string) => `@${id}`, contact: (id: string) => id, yes: 'да', no: 'нет', rows: (n: number) => `${n} rows` }
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('amounts as they are typed', () => {
  it.each([
    ['12 500,50', 1_250_050],
    ['12500.5', 1_250_050],
    ['49 900 ₽', 4_990_000],
    ['-5', -500],
  ])('%s', (text, amount) => expect(readMoney(text, 'RUB')).toEqual({ amount, currency: 'RUB' }))
  it('are empty or no numbers too', () => {
    expect(readMoney('', 'RUB')).toBeNull()
    expect(readMoney('1.2.3', 'RUB')).toBeUndefined()
  })
  it('come back into the input', () => expect(writeMoney({ amount: 1_250_050, currency: 'RUB' })).toBe('12500.50'))
})

describe('values as they are read', () => {
  it('names a choice', () => expect(show({ type: 'enum', values: [{ code: 'a', name: 'Автомат' }] }, 'a', 'ru', names)).toBe('Автомат'))
  it('names several', () =>
    expect(
      show(
        {
          type: 'enum',
          values: [
            { code: 'a', name: 'А' },
            { code: 'b', name: 'Б' },
          ],
        },
        ['a', 'b'],
        'ru',
        names,
      ),
    ).toBe('А, Б'))
  it('tells rows in the order of the columns', () => {
    const columns = [
      { key: 'due', label: 'Срок', type: 'date' as const },
      { key: 'amount', label: 'Сумма', type: 'money' as const },
    ]
    expect(
      plain(show({ type: 'table', columns }, [{ amount: { amount: 100_000, currency: 'RUB' }, due: '2026-11-21' }], 'ru', names)),
    ).toMatch(/^21 нояб.* 1 000 ₽$/)
  })
  it('leaves what is hostile a text', () => expect(show({ type: 'string' }, '<img onerror=x>', 'ru', names)).toBe('<img onerror=x>'))
  it('says nothing of nothing', () => expect(show({ type: 'date' }, null, 'ru', names)).toBe(''))
})

describe('times in an input', () => {
  it('go there and back', () => expect(fromLocal(toLocal('2026-11-20T09:00:00Z'))).toBe('2026-11-20T09:00:00Z'))
  it('are empty where there is none', () => expect(toLocal(null)).toBe(''))
})
