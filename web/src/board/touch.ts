/** Dragging by finger: a long press lifts, as on every phone; before that the finger scrolls. */
export interface TouchDrag {
  lift: () => void
  over: (stage: string | null) => void
  drop: () => void
  cancel: () => void
}

const press = 350 // ms
const slack = 8 // px that a resting finger trembles

export function touchDrag(element: HTMLElement, on: TouchDrag): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let copy: HTMLElement | null = null
  let start = { x: 0, y: 0 }
  let grip = { x: 0, y: 0 }
  let board: Element | null = null
  let edge = 0
  let at = { x: 0, y: 0 }

  function down(event: TouchEvent) {
    const touch = event.touches[0]
    if (event.touches.length !== 1 || !touch || (event.target as Element).closest('button')) return stop()
    start = at = { x: touch.clientX, y: touch.clientY }
    timer = setTimeout(pick, press)
  }

  function pick() {
    const box = element.getBoundingClientRect()
    grip = { x: start.x - box.left, y: start.y - box.top }
    board = element.closest('[data-board]')
    copy = element.cloneNode(true) as HTMLElement
    copy.classList.add('in-hand')
    copy.setAttribute('aria-hidden', 'true')
    copy.style.cssText = `position:fixed;left:0;top:0;right:auto;width:${box.width}px;height:${box.height}px;pointer-events:none;z-index:30`
    document.body.append(copy)
    place()
    navigator.vibrate?.(10)
    on.lift()
    edge = requestAnimationFrame(slide)
  }

  function move(event: TouchEvent) {
    const touch = event.touches[0]
    if (!touch) return
    at = { x: touch.clientX, y: touch.clientY }
    if (!copy) {
      if (Math.hypot(at.x - start.x, at.y - start.y) > slack) stop()
      return
    }
    event.preventDefault()
    place()
  }

  function place() {
    copy!.style.transform = `translate(${at.x - grip.x}px, ${at.y - grip.y}px) rotate(var(--tilt))`
    const under = document.elementFromPoint(at.x, at.y)?.closest<HTMLElement>('[data-stage]')
    on.over(under?.dataset.stage ?? null)
  }

  // At the sides of the screen the board slides under the finger.
  function slide() {
    if (!copy || !board) return
    const by = at.x < 40 ? -8 : at.x > innerWidth - 40 ? 8 : 0
    if (by) {
      board.scrollLeft += by
      place()
    }
    edge = requestAnimationFrame(slide)
  }

  function up(event: TouchEvent) {
    const held = copy !== null
    stop()
    if (!held) return
    event.preventDefault() // no click follows
    on.drop()
  }

  function lost() {
    const held = copy !== null
    stop()
    if (held) on.cancel()
  }

  function stop() {
    clearTimeout(timer)
    cancelAnimationFrame(edge)
    copy?.remove()
    copy = null
  }

  // A long press would open the browser's own menu over the card.
  const quiet = (event: Event) => {
    if (timer !== undefined && matchMedia('(pointer: coarse)').matches) event.preventDefault()
  }

  element.addEventListener('touchstart', down, { passive: true })
  element.addEventListener('touchmove', move, { passive: false })
  element.addEventListener('touchend', up)
  element.addEventListener('touchcancel', lost)
  element.addEventListener('contextmenu', quiet)
  return () => {
    stop()
    element.removeEventListener('touchstart', down)
    element.removeEventListener('touchmove', move)
    element.removeEventListener('touchend', up)
    element.removeEventListener('touchcancel', lost)
    element.removeEventListener('contextmenu', quiet)
  }
}
