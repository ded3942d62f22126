/** Single-key shortcuts can be switched off (WCAG 2.1.4): whoever dictates types letters without meaning them. */
class Switch {
  #value = $state(localStorage.getItem('keys') !== 'off')

  get value() {
    return this.#value
  }

  set value(on: boolean) {
    this.#value = on
    localStorage.setItem('keys', on ? 'on' : 'off')
  }
}

export const keysOn = new Switch()

/** Whether a pressed key is a shortcut, and not a letter typed somewhere or a key of a dialog. */
export function isShortcut(event: KeyboardEvent): boolean {
  if (!keysOn.value || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false
  const on = event.target as HTMLElement
  return !on.closest?.('input, textarea, select, [contenteditable], dialog, [popover]')
}
