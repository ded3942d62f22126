import type { Money } from './types'

/** Money, times and dates as people read them. The narrow no-break space keeps a number in one piece. */

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const narrow = (text: string) => text.replace(/[\u00a0 ]/g, '\u202f')

const units: Record<string, { d: string; h: string; m: string }> = {
  ru: { d: 'д', h: 'ч', m: 'мин' },
  en: { d: 'd', h: 'h', m: 'min' },
}

/** Minor units of a currency in one unit of it: 100 kopecks. */
export function scale(currency: string): number {
  try {
    return 10 ** (new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2)
  } catch {
    return 100
  }
}

export function money(value: Money | null | undefined, language: string): string {
  if (!value) return ''
  const by = scale(value.currency)
  const whole = value.amount % by === 0
  return currency(value.amount / by, value.currency, language, whole ? { maximumFractionDigits: 0 } : {})
}

/** An amount where there is no room for it all: 361 тыс. ₽. */
export function moneyShort(value: Money | null | undefined, language: string): string {
  if (!value) return ''
  const amount = value.amount / scale(value.currency)
  if (Math.abs(amount) < 10_000) return money(value, language)
  return currency(amount, value.currency, language, { notation: 'compact', maximumSignificantDigits: 3 })
}

function currency(amount: number, code: string, language: string, more: Intl.NumberFormatOptions): string {
  try {
    return narrow(amount.toLocaleString(language, { style: 'currency', currency: code, currencyDisplay: 'narrowSymbol', ...more }))
  } catch {
    return narrow(`${amount.toLocaleString(language)} ${code}`)
  }
}

/** The two largest units of a time, or the one: 1 д 2 ч. */
export function duration(ms: number, language: string, parts: 1 | 2 = 2): string {
  const u = units[language] ?? units.en!
  const all = Math.max(0, ms)
  const d = Math.floor(all / day)
  const h = Math.floor((all % day) / hour)
  const m = Math.floor((all % hour) / minute)
  const part = (n: number, unit: string) => `${n}\u00a0${unit}`
  if (d >= 10 || (d && (!h || parts === 1))) return part(d, u.d)
  if (d) return `${part(d, u.d)} ${part(h, u.h)}`
  if (h) return m && h < 6 && parts > 1 ? `${part(h, u.h)} ${part(m, u.m)}` : part(h, u.h)
  return m ? part(m, u.m) : `<\u00a0${part(1, u.m)}`
}

/** How long something stands: after three days nobody counts the hours. */
export const standing = (ms: number, language: string) => duration(ms, language, ms >= 3 * day ? 1 : 2)

/** +7 910 000-00-91; what is written in another way stays as it is. */
export function phone(text: string): string {
  const found = /^\+7(\d{3})(\d{3})(\d\d)(\d\d)$/.exec(text)
  return found ? `+7\u00a0${found[1]}\u00a0${found[2]}-${found[3]}-${found[4]}` : text
}

/** 17 мар; of another year with the year. */
export function date(at: Date | string, language: string, now = new Date()): string {
  const when = asDate(at)
  const other = when.getFullYear() !== now.getFullYear()
  return clean(
    when.toLocaleDateString(language === 'en' ? 'en-GB' : language, {
      day: 'numeric',
      month: 'short',
      ...(other ? { year: 'numeric' } : {}),
    }),
  )
}

/** ср 18 мар, 11:00; of today only the hour. */
export function moment(at: Date | string, language: string, now = new Date()): string {
  const when = asDate(at)
  const time = clock(when, language)
  if (when.toDateString() === now.toDateString()) return time
  const name = when.toLocaleDateString(language === 'en' ? 'en-GB' : language, { weekday: 'short' })
  return `${name} ${date(when, language, now)}, ${time}`
}

export function clock(at: Date | string, language: string): string {
  return asDate(at).toLocaleTimeString(language === 'en' ? 'en-GB' : language, { hour: '2-digit', minute: '2-digit' })
}

/** Понедельник, 16 марта: the heading of a day. */
export function dayName(at: Date | string, language: string): string {
  const text = asDate(at).toLocaleDateString(language === 'en' ? 'en-GB' : language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  })
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1)
}

/** A plain date has no zone: 2026-03-17 is that day wherever it is read. */
function asDate(at: Date | string): Date {
  if (typeof at !== 'string') return at
  return new Date(/^\d{4}-\d\d-\d\d$/.test(at) ? `${at}T00:00` : at)
}

const clean = (text: string) => text.replace(/\.(?=\s|$)/g, '').replace(/ г$/, '')

/** The two letters that stand for a person where there is no room for the name. */
export function initials(name: string): string {
  const parts = name.trim().split(/\s+/).filter(Boolean)
  const letters = parts.length > 1 ? first(parts[0]!) + first(parts[1]!) : [...(parts[0] ?? '')].slice(0, 2).join('')
  return letters.toLocaleUpperCase()
}

const first = (word: string) => [...word][0] ?? ''

/** 1,4 МБ. */
export function size(bytes: number, language: string): string {
  const u = language === 'ru' ? ['Б', 'КБ', 'МБ', 'ГБ'] : ['B', 'KB', 'MB', 'GB']
  let n = bytes
  let i = 0
  while (n >= 1000 && i < u.length - 1) {
    n /= 1000
    i++
  }
  return `${n.toLocaleString(language, { maximumFractionDigits: n < 10 && i ? 1 : 0 })}\u00a0${u[i]}`
}
