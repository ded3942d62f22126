import { describe, expect, it } from 'vitest'
import { date, duration, initials, moment, money, phone, size, standing } from './format'

const rub = (amount: number) => ({ amount, currency: 'RUB' })
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('money', () => {
  it('has no kopecks where there are none', () => expect(plain(money(rub(5_310_000), 'ru'))).toBe('53 100 ₽'))
  it('has both where there are some', () => expect(plain(money(rub(5_310_050), 'ru'))).toBe('53 100,50 ₽'))
  it('never breaks', () => expect(money(rub(5_310_000), 'ru')).not.toContain(' '))
  it('speaks English', () => expect(money(rub(5_310_000), 'en')).toBe('₽53,100'))
  it('knows currencies without minor units', () => expect(money({ amount: 500, currency: 'JPY' }, 'en')).toBe('¥500'))
  it('does not stumble over an unknown currency', () => expect(money({ amount: 100, currency: '??' }, 'en')).toContain('1'))
})

describe('time', () => {
  const hour = 3_600_000
  it.each([
    [0, '< 1 мин'],
    [59 * 60_000, '59 мин'],
    [2.7 * hour, '2 ч 42 мин'],
    [7.5 * hour, '7 ч'],
    [26 * hour, '1 д 2 ч'],
    [24 * hour, '1 д'],
    [24 * hour * 58 + hour, '58 д'],
    [-5, '< 1 мин'],
  ])('%d is %s', (ms, text) => expect(plain(duration(ms, 'ru'))).toBe(text))

  it('gives one unit where there is no room for two', () => expect(plain(duration(26 * hour, 'ru', 1))).toBe('1 д'))
  it.each([
    [70 * hour, '2 д 22 ч'],
    [89 * hour, '3 д'],
  ])('%d stands %s', (ms, text) => expect(plain(standing(ms, 'ru'))).toBe(text))

  const now = new Date(2026, 2, 17, 12, 0)
  it('gives the hour of today', () => expect(moment(new Date(2026, 2, 17, 16, 30), 'ru', now)).toBe('16:30'))
  it('gives the day of another', () => expect(moment(new Date(2026, 2, 18, 11, 0), 'ru', now)).toBe('ср 18 мар, 11:00'))
  it('gives the year of another', () => expect(date(new Date(2025, 0, 2), 'ru', now)).toBe('2 янв 2025'))
  it('reads a plain date as that day everywhere', () => expect(date('2026-03-17', 'en', now)).toBe('17 Mar'))
})

describe('people and files', () => {
  it.each([
    ['Ольга', 'ОЛ'],
    ['Нина Петровна', 'НП'],
    ['', ''],
    ['🙂', '🙂'],
  ])('%s is %s', (name, letters) => expect(initials(name)).toBe(letters))
  it.each([
    ['+79100000091', '+7 910 000-00-91'],
    ['+4930123456', '+4930123456'],
  ])('%s is read as %s', (raw, text) => expect(plain(phone(raw))).toBe(text))
  it('rounds sizes', () => expect(plain(size(1_440_000, 'ru'))).toBe('1,4 МБ'))
})
