/** The forms of a word for a number; a language uses the ones it has. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

const rules: Record<string, Intl.PluralRules> = {}

/** The number with the word in the form it asks for: 5 карточек. */
export function plural(language: string, n: number, forms: Forms): string {
  return `${count(language, n)}\u00a0${form(language, n, forms)}`
}

export function form(language: string, n: number, forms: Forms): string {
  const rule = (rules[language] ??= new Intl.PluralRules(language))
  return forms[rule.select(n)] ?? forms.other
}

export function count(language: string, n: number): string {
  return n.toLocaleString(language).replaceAll('\u00a0', '\u202f')
}
