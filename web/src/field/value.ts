import { date, money, moment, phone, scale } from '../format'
import type { Field, FieldType, Money } from '../types'

/** Values of fields between the wire, a form and a reader's eye. */

export const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

/** The fields that a form asks for: what an agreement keeps beside itself nobody types. */
export function askable(fields: Field[]): Field[] {
  const kept = new Set(fields.flatMap((f) => [f.consent?.at, f.consent?.version]))
  return fields.filter((f) => !kept.has(f.key))
}

interface Names {
  person: (id: string) => string
  contact: (id: string) => string
  yes: string
  no: string
  rows: (n: number) => string
}

/** A value as people read it. Names of people and contacts are looked up by whoever asks. */
export function show(field: Pick<Field, 'type' | 'values' | 'columns'>, value: unknown, language: string, names: Names): string {
  if (isEmpty(value)) return ''
  if (field.type === 'table' || field.type === 'products') return rows(field, value, language, names)
  if (Array.isArray(value)) return value.map((v) => one(field, v, language, names)).join(', ')
  return one(field, value, language, names)
}

function rows(field: Pick<Field, 'columns'>, value: unknown, language: string, names: Names): string {
  const all = value as Record<string, unknown>[]
  if (!Array.isArray(all)) return String(value)
  const text = (row: Record<string, unknown>) =>
    (field.columns?.length ? field.columns.map((c) => [c.key, row[c.key]] as const) : Object.entries(row))
      .filter(([, cell]) => !isEmpty(cell))
      .map(([key, cell]) => one({ type: field.columns?.find((c) => c.key === key)?.type ?? guess(cell) }, cell, language, names))
      .join(' · ')
  return all.length > 4 ? names.rows(all.length) : all.map(text).join('; ')
}

const guess = (cell: unknown): FieldType => (isMoney(cell) ? 'money' : typeof cell === 'boolean' ? 'boolean' : 'string')

export const isMoney = (value: unknown): value is Money =>
  typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value

function one(field: Pick<Field, 'type' | 'values'>, value: unknown, language: string, names: Names): string {
  switch (field.type) {
    case 'money':
      return isMoney(value) ? money(value, language) : String(value)
    case 'phone':
      return phone(String(value))
    case 'percent':
      return `${number(value, language)}\u202f%`
    case 'long':
    case 'number':
      return number(value, language)
    case 'boolean':
      return value ? names.yes : names.no
    case 'date':
      return date(String(value), language)
    case 'datetime':
      return moment(String(value), language)
    case 'enum':
      return field.values?.find((v) => v.code === value)?.name ?? String(value)
    case 'user':
      return names.person(String(value))
    case 'contact':
    case 'company':
      return names.contact(String(value))
    case 'file':
    case 'document':
      return typeof value === 'object' && value && 'name' in value ? String(value.name) : ''
    default:
      if (isMoney(value)) return money(value, language)
      return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
}

const number = (value: unknown, language: string) =>
  (typeof value === 'number' ? value.toLocaleString(language) : String(value)).replaceAll('\u00a0', '\u202f')

/** "12 500,50" as an amount; undefined where it is no number. */
export function readMoney(text: string, currency: string): Money | null | undefined {
  const plain = text
    .replace(/[\s\u00a0\u202f]/g, '')
    .replace(',', '.')
    .replace(/[^\d.-]+$/, '')
    .replace(/^[^\d.-]+/, '')
  if (!plain) return null
  if (!/^-?\d+(\.\d+)?$/.test(plain)) return undefined
  return { amount: Math.round(Number(plain) * scale(currency)), currency }
}

/** An amount as it stands in an input. */
export function writeMoney(value: unknown): string {
  if (!isMoney(value)) return isEmpty(value) ? '' : String(value)
  const by = scale(value.currency)
  return (value.amount / by).toFixed(value.amount % by ? String(by).length - 1 : 0)
}

/** RFC 3339 as a datetime-local input holds it, and back. */
export function toLocal(value: unknown): string {
  const at = new Date(String(value))
  if (isEmpty(value) || Number.isNaN(at.getTime())) return ''
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

export const fromLocal = (text: string): string => (text ? new Date(text).toISOString().replace(/\.\d+Z$/, 'Z') : '')
