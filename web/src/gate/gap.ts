import type { Field, Missing } from '../types'
import type { Hop } from './hop'

/** The fields of a funnel by key, as the stage that is being left asks for them. */
export function fieldsOf(hop: Hop): Map<string, Field> {
  const all = new Map((hop.funnel.fields ?? []).map((f) => [f.key, f]))
  for (const stage of hop.funnel.stages) for (const field of stage.fields ?? []) if (!all.has(field.key)) all.set(field.key, field)
  for (const field of hop.from.fields ?? []) all.set(field.key, { ...all.get(field.key), ...field })
  return all
}

export interface Gaps {
  fields: Field[]
  rules: Missing[]
}

/** What of the missing a person can fill in here, in the order of the diagram, and which sentences no input belongs to. */
export function gaps(missing: Missing[], asked: string[], hop: Hop, known: Map<string, Field>): Gaps {
  const keys = new Set(asked)
  const rules: Missing[] = []
  for (const one of missing) {
    if ((one.kind === 'field' || one.kind === 'document') && known.has(one.key)) keys.add(one.key)
    else if (one.kind === 'rule') {
      const about = ruled(one.key, hop, known)
      for (const field of about) keys.add(field)
      rules.push(one)
    } else rules.push(one)
  }
  const order = [...known.keys()]
  const fields = [...keys].filter((key) => known.has(key)).toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
  return { fields: fields.map((key) => known.get(key)!).filter((f) => !f.readonly && !f.computed), rules }
}

/** The fields of the stage that a rule speaks of: mending one of them mends the rule. */
function ruled(code: string, hop: Hop, known: Map<string, Field>): string[] {
  const own = (hop.from.fields ?? []).filter((f) => f.rules?.some((r) => r.code === code)).map((f) => f.key)
  if (own.length) return own
  const source = hop.from.rules?.find((r) => r.code === code)?.source ?? ''
  const words = new Set(source.match(/[A-Za-z_]\w*/g) ?? [])
  return (hop.from.fields ?? []).map((f) => f.key).filter((key) => words.has(key) && known.has(key))
}
