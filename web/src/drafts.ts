/** What was typed and not yet sent, kept through a closed dialog, a reload and an ended session. */
const prefix = 'draft:'

export function keep(name: string, values: Record<string, unknown>) {
  const text = JSON.stringify(values)
  try {
    if (text === '{}') localStorage.removeItem(prefix + name)
    else localStorage.setItem(prefix + name, text)
  } catch {
    // A full or forbidden storage costs the draft, never the page.
  }
}

export function kept(name: string): Record<string, unknown> {
  try {
    return JSON.parse(localStorage.getItem(prefix + name) ?? '{}')
  } catch {
    return {}
  }
}

export function drop(name: string) {
  localStorage.removeItem(prefix + name)
}
