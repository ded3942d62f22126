/** Which of many rows of one height are to be drawn. Fixed heights make it arithmetic, whatever the number of rows. */
export function visible(scrollTop: number, height: number, pitch: number, count: number, spare = 4): [from: number, to: number] {
  const from = Math.max(0, Math.floor(scrollTop / pitch) - spare)
  const to = Math.min(count, Math.ceil((scrollTop + height) / pitch) + spare)
  return [Math.min(from, to), to]
}

/** Where to scroll so that a row is wholly seen; null where it is already. */
export function reveal(row: number, scrollTop: number, height: number, pitch: number): number | null {
  const top = row * pitch
  if (top < scrollTop) return top
  if (top + pitch > scrollTop + height) return top + pitch - height
  return null
}
