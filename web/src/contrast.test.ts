// The contrast of every pair of tokens in use, in both themes (WCAG 2.2): 4.5 for text, 3 for lines and marks.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const css = readFileSync('src/tokens.css', 'utf8')
const tokens = new Map<string, [string, string]>()
for (const [, name, value] of css.matchAll(/--([\w-]+):\s*(light-dark\([^)]*\)|#[0-9a-f]{6}|var\(--[\w-]+\))\s*;/g)) {
  const both = /light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/.exec(value!)
  tokens.set(name!, both ? [both[1]!, both[2]!] : [value!, value!])
}

function colour(name: string, theme: 0 | 1): string {
  const value = tokens.get(name)![theme]
  const other = /var\(--([\w-]+)\)/.exec(value)
  return other ? colour(other[1]!, theme) : value
}

function light(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function ratio(a: string, b: string): number {
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x)
  return (high! + 0.05) / (low! + 0.05)
}

const papers = ['ground', 'sheet', 'surface', 'raised', 'hover']
const pairs: [string, string, number][] = [
  ...['ink', 'ink-2', 'ink-3', 'way'].flatMap((f) => papers.map((p): [string, string, number] => [f, p, 4.5])),
  ...['ink', 'ink-2'].map((f): [string, string, number] => [f, 'sunken', 4.5]),
  ...['near', 'broken', 'par', 'won', 'stuck', 'lost'].flatMap((s) => [
    ...['ground', 'sheet', 'surface', 'raised', `${s}-tint`].map((p): [string, string, number] => [s, p, 4.5]),
    ['ink', `${s}-tint`, 4.5] as [string, string, number],
    ['ink-2', `${s}-tint`, 4.5] as [string, string, number],
  ]),
  ...['way', 'ink', 'ink-2'].map((f): [string, string, number] => [f, 'way-tint', 4.5]),
  ['on-way', 'way-fill', 4.5],
  ['on-way', 'way-press', 4.5],
  ['on-ink', 'ink', 4.5],
  ['on-danger', 'danger-fill', 4.5],
  ...['edge', 'focus', 'way-line'].flatMap((f) => papers.map((p): [string, string, number] => [f, p, 3])),
  ['focus', 'way-tint', 3],
  ['way-line', 'way-tint', 3],
  ...[0, 1, 2, 3, 4, 5].map((i): [string, string, number] => ['heat-ink', `heat-${i}`, 4.5]),
]

it.each(pairs)('%s on %s', (text, paper, least) => {
  for (const theme of [0, 1] as const) expect(ratio(colour(text, theme), colour(paper, theme))).toBeGreaterThanOrEqual(least)
})
