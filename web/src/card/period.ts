import { duration } from '../format'

/** The working time that a timer waits, as people say it; empty where the timer is anything else. */
export function period(timer: string, language: string): string {
  const found = /working\("P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?"\)/.exec(timer)
  if (!found) return ''
  const [days, hours, minutes] = found.slice(1).map((n) => Number(n ?? 0))
  return duration(((days! * 24 + hours!) * 60 + minutes!) * 60_000, language)
}
