import { parse } from './router'

/** Where the person is: the address of the window, as state. */
class Place {
  path = $state(location.pathname)
  search = $state(location.search)
  /** What this entry of the window's history was opened with. */
  state = $state<unknown>(history.state)
  route = $derived(parse(this.path))
  query = $derived(new URLSearchParams(this.search))

  constructor() {
    addEventListener('popstate', () => this.#read())
    addEventListener('click', (event) => this.#follow(event))
  }

  go(address: string, how: { replace?: boolean } = {}) {
    if (how.replace) history.replaceState(null, '', address)
    else history.pushState(null, '', address)
    this.#read()
    if (how.replace) return
    scrollTo(0, 0)
    document.getElementById('main')?.scrollTo(0, 0)
  }

  /** Changes parameters of the address; the back button then leaves the view, not each letter typed into a filter. */
  ask(change: Record<string, string | undefined>) {
    const query = new URLSearchParams(location.search)
    for (const [key, value] of Object.entries(change)) {
      if (value) query.set(key, value)
      else query.delete(key)
    }
    const text = query.toString()
    this.go(location.pathname + (text ? `?${text}` : ''), { replace: true })
  }

  #read() {
    this.path = location.pathname
    this.search = location.search
    this.state = history.state
  }

  #follow(event: MouseEvent) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null
    if (!link || link.target || link.download || link.origin !== location.origin || link.pathname.startsWith('/api/')) return
    event.preventDefault()
    this.go(link.pathname + link.search + link.hash)
  }
}

export const place = new Place()
