import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import { isCountry } from '#core/subscribers/country.ts'
import { phonePinLength, pinBlocklist } from '#config/limits/pins.ts'
import { type Acr, atLeast } from '#core/assurance.ts'
import {
  DEFAULT,
  DEFAULT_RULES,
  FACTOR_TASKS,
  type Jurisdictions,
  type Profile,
  RULE_NAMES,
  type RuleName,
  type TaskFactors,
} from '#core/subscribers/jurisdiction.ts'
import { TASK_RULES } from '#core/task-details.ts'
import { lineOf } from '#core/text/line.ts'
import { minutes } from '#core/time/time.ts'

/**
 * The rules of each place, one file each in `jurisdictions/` and in the folder of the operator, and
 * which country belongs where. A file that is not understood is no reason to go on without its
 * rules: the server does not start. A file of the operator for a place that is known adds to it and
 * changes what it names; only what it names under `without` is gone, so that a line that was
 * forgotten frees no country.
 */

const LINE_LENGTH_MAX = 300

const line = z
  .string()
  .refine((text) => lineOf(text, LINE_LENGTH_MAX) !== null, 'must be one line of words')
  .overwrite((text) => lineOf(text, LINE_LENGTH_MAX) ?? text)

const country = z
  .string()
  .refine(isCountry, 'must be two letters of ISO 3166-1, such as GB for the United Kingdom')

const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be small letters, digits and hyphens, such as hk')

/** What is asked, and the text that asks for it. */
const rule = <T extends z.ZodType>(value: T) =>
  z.strictObject({ value, source: line }).transform((told) => told as Told)

interface Told {
  readonly value: boolean | number | string | readonly string[] | TaskFactors
  readonly source: string
}

/** What an operator calls each strength that may be asked for, weakest first. */
const FACTOR_WORDS = {
  text: '2s',
  codeCard: '2c',
  phone: '3',
  olderCard: '3c',
  card: '4',
} as const satisfies Readonly<Record<string, Acr>>
type FactorWord = keyof typeof FACTOR_WORDS
const factorWords = Object.keys(FACTOR_WORDS) as readonly FactorWord[]

/** What confirms a task there: a stronger one than everywhere. */
const taskFactors = z
  .partialRecord(
    z.enum(FACTOR_TASKS, `there is no such task; there are ${FACTOR_TASKS.join(', ')}`),
    z.enum(factorWords, `must be one of ${factorWords.join(', ')}`),
  )
  .superRefine((told, context) => {
    // A rule that asks for nothing was meant to ask for something.
    if (Object.keys(told).length === 0)
      context.addIssue({ code: 'custom', message: 'must name at least one task' })
    for (const kind of FACTOR_TASKS) {
      const word = told[kind]
      const { needs } = TASK_RULES[kind]
      if (word === undefined || !atLeast(needs, FACTOR_WORDS[word])) continue
      const message = `must be stronger than what is asked for everywhere (${needs})`
      context.addIssue({ code: 'custom', path: [kind], message })
    }
  })
  .transform(
    (told): TaskFactors =>
      Object.fromEntries(
        FACTOR_TASKS.flatMap((kind) => (told[kind] ? [[kind, FACTOR_WORDS[told[kind]]]] : [])),
      ),
  )

const RULES = {
  optOut: rule(z.boolean()),
  passcodeTrades: rule(z.boolean()),
  transfer: rule(z.enum(['always', 'as-set'])),
  migrationByText: rule(z.boolean()),
  idle: rule(z.int().min(1, 'must be minutes, from 1 to 30').max(30)),
  failuresMax: rule(z.int().min(1, 'must be 1 to 100').max(100)),
  decoys: rule(z.enum(['always', 'as-set'])),
  notices: rule(z.enum(['always', 'as-set'])),
  codeChannels: rule(z.enum(['text-and-mail', 'text'])),
  askedFirst: rule(z.enum(['device', 'as-used'])),
  taskFactors: rule(taskFactors),
  phonePinLength: rule(phonePinLength),
  phonePinCharacters: rule(z.enum(['digits', 'as-set'])),
  pinBlocklist: rule(pinBlocklist.transform((list) => [...new Set(list)].toSorted())),
  documentsKept: rule(
    z.int().min(1, 'must be years, from 1 to 50').max(50, 'must be years, from 1 to 50'),
  ),
} as const satisfies Readonly<Record<RuleName, z.ZodType<Told>>>

const ProfileFile = z.strictObject({
  name: z.strictObject({ en: line, fr: line }),
  countries: z.array(country).max(300).default([]),
  rules: z.strictObject(RULES).partial().default({}),
  everywhere: z.array(line).max(50).default([]),
  without: z
    .strictObject({
      countries: z.array(country).max(300).default([]),
      rules: z.array(z.enum(RULE_NAMES)).default([]),
    })
    .prefault({}),
})

export const JurisdictionSettings = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .max(500)
      .nullable()
      .default(null)
      .describe('A folder with rules of further places, or other rules for places that are known'),
    countries: z
      .record(country, id)
      .default({})
      .describe('Countries under the rules of another place, such as { CH: eu }'),
  })
  .prefault({})

export type ReadJurisdictions =
  | { readonly ok: true; readonly jurisdictions: Jurisdictions }
  /** One sentence for each thing to correct. */
  | { readonly ok: false; readonly problems: readonly string[] }

const SHIPPED = fileURLToPath(new URL('../../jurisdictions/', import.meta.url))

/** Reads every file there is; those of the operator change those that come with the server. */
export function readJurisdictions(
  { folder, countries }: z.infer<typeof JurisdictionSettings>,
  shipped = SHIPPED,
): ReadJurisdictions {
  const problems: string[] = []
  const files = new Map(filesIn(shipped, problems).map((file) => [file.id, file]))
  for (const own of folder === null ? [] : filesIn(folder, problems))
    files.set(own.id, changedBy(files.get(own.id), own, problems))
  const belongs = new Map<string, string>()
  for (const { id: place, path, countries: named } of files.values()) {
    for (const one of named) {
      const other = belongs.get(one)
      if (other !== undefined) problems.push(`${path}: ${one} belongs to ${other} already`)
      belongs.set(one, place)
    }
  }
  for (const [one, place] of Object.entries(countries)) {
    if (!files.has(place)) {
      const known = [...files.keys()].join(', ')
      problems.push(`jurisdictions.countries.${one}: there is no ${place}; there are ${known}`)
    }
    belongs.set(one, place)
  }
  if (problems.length > 0) return { ok: false, problems }
  const profiles = new Map([...files].map(([name, { told }]) => [name, profileOf(name, told)]))
  return { ok: true, jurisdictions: { profiles, countries: belongs } }
}

interface FoundFile {
  readonly id: string
  readonly path: string
  readonly countries: readonly string[]
  readonly told: ToldProfile
  readonly without: z.infer<typeof ProfileFile>['without']
}

/** A place as its own file and that of the operator have it together. */
function changedBy(shipped: FoundFile | undefined, own: FoundFile, problems: string[]): FoundFile {
  const { id: place, path, told, without } = own
  const { countries, told: known } = shipped ?? UNKNOWN
  const missing = [
    ...without.rules
      .filter((one) => !known.rules[one])
      .map((one) => `rules: ${place} has no ${one}`),
    ...without.countries
      .filter((one) => !countries.includes(one))
      .map((one) => `countries: ${place} has no ${one}`),
  ]
  problems.push(...missing.map((one) => `${path}: without.${one}`))
  const kept = Object.entries(known.rules).filter(
    ([name]) => !without.rules.some((one) => one === name),
  )
  return {
    ...own,
    countries: [
      ...countries.filter((one) => !without.countries.includes(one)),
      ...own.countries.filter((one) => !countries.includes(one)),
    ],
    told: {
      name: told.name,
      rules: { ...Object.fromEntries(kept), ...told.rules },
      everywhere: [...known.everywhere, ...told.everywhere],
    },
  }
}

const UNKNOWN: Pick<FoundFile, 'countries'> & { readonly told: KnownTold } = {
  countries: [],
  told: { rules: {}, everywhere: [] },
}

function filesIn(folder: string, problems: string[]): readonly FoundFile[] {
  try {
    const names = readdirSync(folder).filter((name) => YAML.test(name))
    // Of two, the one that is read last would hide the rules of the other.
    const twice = names.filter((name) => name.endsWith('.yml') && names.includes(yamlOf(name)))
    problems.push(
      ...twice.map((name) => `${join(folder, name)}: there is another file for ${idIn(name)}`),
    )
    // The default first, and then as a reader would look for them.
    return names
      .toSorted((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
      .flatMap((name) => fileAt(join(folder, name), idIn(name), problems))
  } catch (error) {
    problems.push(`jurisdictions.folder: ${messageOf(error)}`)
    return []
  }
}

const YAML = /\.ya?ml$/

const idIn = (name: string): string => name.replace(YAML, '')

const yamlOf = (name: string): string => `${idIn(name)}.yaml`

const rank = (name: string): number => (name.startsWith(`${DEFAULT}.`) ? 0 : 1)

function fileAt(path: string, name: string, problems: string[]): readonly FoundFile[] {
  const read = readFile(path)
  if ('problem' in read) {
    problems.push(`${path}: ${read.problem}`)
    return []
  }
  const named = id.safeParse(name)
  const parsed = ProfileFile.safeParse(read.content)
  if (!named.success || !parsed.success) {
    const issues = [...(named.error?.issues ?? []), ...(parsed.error?.issues ?? [])]
    for (const issue of issues)
      for (const one of sentencesOf(issue)) problems.push(`${path}: ${one}`)
    return []
  }
  const { countries, without, ...told } = parsed.data
  return [{ id: name, path, countries, told, without }]
}

function readFile(path: string): { readonly content: unknown } | { readonly problem: string } {
  try {
    return { content: parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 }) as unknown }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'cannot be read'

function sentencesOf(issue: z.core.$ZodIssue): readonly string[] {
  const at = (...more: readonly string[]) => [...issue.path, ...more].join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${at(key)}: ${unknownWords(issue.path, key)}`)
  return [issue.path.length === 0 ? issue.message : `${at()}: ${issue.message}`]
}

/** What stands there instead: a rule is often written a level too high, or misspelt. */
function unknownWords([first, ...rest]: readonly PropertyKey[], key: string): string {
  if (first === undefined && isRule(key)) return 'is a rule, and belongs under rules'
  if (first === 'rules' && rest.length === 0)
    return `there is no such rule; there are ${RULE_NAMES.join(', ')}`
  if (first === 'rules' && rest.join('.') === 'taskFactors.value')
    return `there is no such task; there are ${FACTOR_TASKS.join(', ')}`
  const known =
    first === undefined ? `; there are ${Object.keys(ProfileFile.shape).join(', ')}` : ''
  return `there is no such word here${known}`
}

const isRule = (name: string): boolean => RULE_NAMES.some((one) => one === name)

type KnownTold = Pick<ToldProfile, 'rules' | 'everywhere'>

type ToldProfile = Omit<z.infer<typeof ProfileFile>, 'countries' | 'without'>

function profileOf(name: string, { rules: told, ...about }: ToldProfile): Profile {
  const asked = RULE_NAMES.flatMap((rule) => {
    const found = told[rule]
    return found ? [{ rule, ...found }] : []
  })
  const values = asked.map(({ rule, value }) => [
    rule,
    rule === 'idle' ? minutes(Number(value)) : value,
  ])
  return {
    ...about,
    id: name,
    // The schema has paired names and values.
    rules: { ...DEFAULT_RULES, ...(Object.fromEntries(values) as Partial<typeof DEFAULT_RULES>) },
    sources: Object.fromEntries(
      asked.map(({ rule, source: text }) => [rule, { place: about.name, text }]),
    ),
  }
}

/** The rules that come with the server. @throws where one of its own files is wrong */
export function shippedJurisdictions(): Jurisdictions {
  const read = readJurisdictions({ folder: null, countries: {} })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.jurisdictions
}
