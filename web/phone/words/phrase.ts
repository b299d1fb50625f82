/** The texts of one language: sentences under names, in groups. */
export interface Phrases {
  readonly [name: string]: string | Phrases
}

/** The dotted names of all sentences; those with `_one` and `_other` count as one name. */
export type NameOf<P, Prefix extends string = ''> = {
  [K in keyof P & string]: P[K] extends string
    ? `${Prefix}${K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K}`
    : NameOf<P[K], `${Prefix}${K}.`>
}[keyof P & string]

export type Values = Readonly<Record<string, string | number>>

/**
 * A sentence with its `{{place holders}}` filled in. With a `count`, the form that the language has
 * for it.
 *
 * @throws Error for a name that does not exist: types see to it that there is none.
 */
export function phraseOf(
  { phrases, language }: { readonly phrases: Phrases; readonly language: string },
  name: string,
  values: Values = {},
): string {
  const { count } = values
  const form = typeof count === 'number' ? `_${new Intl.PluralRules(language).select(count)}` : ''
  const sentence = at(phrases, name + form) ?? at(phrases, `${name}_other`) ?? at(phrases, name)
  if (sentence === undefined) throw new Error(`no sentence is called ${name}`)
  return sentence.replace(/{{(\w+)}}/g, (_, holder: string) => String(values[holder] ?? ''))
}

function at(phrases: Phrases, name: string): string | undefined {
  const found = name
    .split('.')
    .reduce<string | Phrases | undefined>(
      (group, part) => (typeof group === 'object' ? group[part] : undefined),
      phrases,
    )
  return typeof found === 'string' ? found : undefined
}
