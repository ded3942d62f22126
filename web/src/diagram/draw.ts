import type Viewer from 'bpmn-js/lib/NavigatedViewer'
import './diagram.css'

/** What is shown on an element: a look, and a badge with a word at one of its corners. */
export interface Mark {
  element: string
  look?:
    | 'walked'
    | 'here'
    | 'around'
    | 'error'
    | 'warning'
    | 'added'
    | 'removed'
    | 'changed'
    | 'moved'
    | 'stuck'
    | 'heat-0'
    | 'heat-1'
    | 'heat-2'
    | 'heat-3'
    | 'heat-4'
    | 'heat-5'
  badge?: { text: string; kind: 'error' | 'warning' | 'stuck' | 'figure' | 'here'; title?: string }
}

export interface Drawn {
  mark: (marks: Mark[]) => void
  show: (element?: string) => void
  zoom: (by: number) => void
  destroy: () => void
}

interface Canvas {
  zoom(to?: number | 'fit-viewport', center?: 'auto'): number
  viewbox(box?: { x: number; y: number; width: number; height: number }): {
    x: number
    y: number
    width: number
    height: number
    inner: { x: number; y: number; width: number; height: number }
    outer: { width: number; height: number }
  }
  addMarker(id: string, name: string): void
  removeMarker(id: string, name: string): void
  resized(): void
}
interface Shape {
  id: string
  x: number
  y: number
  width: number
  height: number
  type: string
  source?: Shape
  target?: Shape
  waypoints?: unknown
}
interface Registry {
  get(id: string): Shape | undefined
  filter(test: (shape: Shape) => boolean): Shape[]
}
interface Overlays {
  add(
    id: string,
    kind: string,
    overlay: { position: Record<string, number>; html: HTMLElement; scale?: { min: number }; show?: { minZoom: number } },
  ): string
  remove(filter: { type: string }): void
}

/** The drawing library is its own chunk: only who looks at a diagram fetches it. */
export async function draw(container: HTMLElement, xml: string, chosen: (element: string) => void): Promise<Drawn> {
  const { default: NavigatedViewer } = await import('bpmn-js/lib/NavigatedViewer')
  const viewer: Viewer = new NavigatedViewer({ container })
  try {
    await viewer.importXML(xml)
  } catch (problem) {
    viewer.destroy()
    throw problem
  }
  const canvas = viewer.get<Canvas>('canvas')
  const registry = viewer.get<Registry>('elementRegistry')
  const overlays = viewer.get<Overlays>('overlays')
  viewer.on('element.click', (event: { element?: Shape }) => event.element && chosen(event.element.id))
  // Wheels scroll the page; the diagram zooms by its buttons or with Ctrl.
  container.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation()
    },
    { capture: true },
  )

  let marked: [id: string, look: string][] = []

  function mark(marks: Mark[]) {
    for (const [id, look] of marked) canvas.removeMarker(id, look)
    overlays.remove({ type: 'badge' })
    marked = []
    for (const { element, look, badge } of marks) {
      const shape = registry.get(element)
      if (!shape) continue
      if (look) {
        canvas.addMarker(element, look)
        marked.push([element, look])
      }
      if (badge && !shape.waypoints) {
        const html = document.createElement('span')
        html.className = `badge ${badge.kind}`
        html.textContent = badge.text
        if (badge.title) html.title = badge.title
        // A figure stays readable however small the drawing is shown, in the middle of the lower edge of its element; where they
        // would cover one another the colours tell enough.
        if (badge.kind === 'figure')
          overlays.add(element, 'badge', {
            position: { bottom: 0, left: shape.width / 2 },
            html,
            scale: { min: 0.9 },
            show: { minZoom: 0.3 },
          })
        else overlays.add(element, 'badge', { position: { top: -9, right: 14 }, html, scale: { min: 0.7 } })
      }
    }
  }

  function show(element?: string) {
    canvas.resized()
    const shape = element ? registry.get(element) : undefined
    if (!shape || shape.waypoints) {
      // All of it, with a margin: lanes that touch the edge would seem to go on.
      const { inner, outer } = canvas.viewbox()
      const scale = Math.min(1, (outer.width - 24) / inner.width, (outer.height - 24) / inner.height)
      if (!(scale > 0)) return canvas.zoom('fit-viewport', 'auto')
      const [width, height] = [outer.width / scale, outer.height / scale]
      canvas.viewbox({ x: inner.x - (width - inner.width) / 2, y: inner.y - (height - inner.height) / 2, width, height })
      return
    }
    const { outer } = canvas.viewbox()
    const scale = Math.min(1, Math.max(0.5, outer.width / 420))
    const width = outer.width / scale
    const height = outer.height / scale
    canvas.viewbox({ x: shape.x + shape.width / 2 - width / 2, y: shape.y + shape.height / 2 - height / 2, width, height })
  }

  return {
    mark,
    show,
    zoom: (by) => void canvas.zoom(canvas.zoom() * by),
    destroy: () => viewer.destroy(),
  }
}
