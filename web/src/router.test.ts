import { describe, expect, it } from 'vitest'
import { href, parse, withQuery, type Route } from './router'

const routes: [string, Route][] = [
  ['/', { view: 'home' }],
  ['/board/deals_b2c', { view: 'board', process: 'deals_b2c' }],
  ['/cards/01a2', { view: 'card', id: '01a2' }],
  ['/new/leads', { view: 'new', process: 'leads' }],
  ['/form/leads', { view: 'form', process: 'leads' }],
  ['/diagrams', { view: 'funnels' }],
  ['/diagrams/leads', { view: 'funnel', process: 'leads', tab: 'diagram' }],
  ['/diagrams/leads/versions', { view: 'funnel', process: 'leads', tab: 'versions' }],
  ['/reports/leads', { view: 'report', process: 'leads' }],
  ['/incidents', { view: 'incidents' }],
  ['/search', { view: 'search' }],
]

describe('addresses', () => {
  it.each(routes)('%s there and back', (path, route) => {
    expect(parse(path)).toEqual(route)
    expect(href(route)).toBe(path)
  })

  it('keeps ids that look like addresses in one piece', () => {
    const route: Route = { view: 'board', process: 'a/b?c#d' }
    expect(parse(href(route))).toEqual(route)
  })

  it.each(['/nothing', '/board', '/board/a/b', '/diagrams/leads/elsewhere', '/cards/1/2/3'])('%s leads nowhere', (path) => {
    expect(parse(path)).toEqual({ view: 'unknown', path })
  })

  it('survives a broken percent sign', () => {
    expect(parse('/cards/%E0%A4%A')).toEqual({ view: 'card', id: '%E0%A4%A' })
  })

  it('leaves empty parameters out', () => {
    expect(withQuery('/board/leads', { q: 'анна', owner: '', overdue: undefined })).toBe('/board/leads?q=%D0%B0%D0%BD%D0%BD%D0%B0')
  })
})
