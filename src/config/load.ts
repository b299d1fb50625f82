import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { z } from 'zod'
import { tooManyBlocked } from '#config/limits/pins.ts'
import { unknownPlaces } from '#config/limits/withdrawals.ts'
import { readJurisdictions } from '#config/jurisdictions.ts'
import { Settings } from '#config/settings.ts'

/**
 * Defaults, then `countersign.yaml`, then `COUNTERSIGN_*`, then `COUNTERSIGN_*_FILE`: the later
 * wins.
 */
export interface Sources {
  /** The text of the file, or `null` when there is none. */
  readonly file: string | null
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly readFile: (path: string) => string
}

export type Loaded =
  | { readonly ok: true; readonly settings: Settings }
  /** One sentence for each thing to correct. */
  | { readonly ok: false; readonly problems: readonly string[] }

export interface Leaf {
  /** Such as `database.url`. */
  readonly path: string
  /** Such as `COUNTERSIGN_DATABASE_URL`. */
  readonly variable: string
  readonly description: string
  readonly fallback: unknown
}

/** The settings that have a value of their own, in the order of the schema. */
export function leaves(): readonly Leaf[] {
  return leavesOf(Settings, [])
}

export function loadSettings(sources: Sources): Loaded {
  const problems: string[] = []
  const merged = fileSettings(sources, problems)
  applyEnvironment(merged, sources, problems)
  const parsed = Settings.safeParse(merged)
  if (!parsed.success) {
    for (const issue of parsed.error.issues)
      for (const one of sentencesOf(issue)) problems.push(one)
  } else {
    const rules = readJurisdictions(parsed.data.jurisdictions)
    const found = rules.ok
      ? [
          ...(['withdrawals', 'pins'] as const).flatMap((section) =>
            unknownPlaces(section, parsed.data[section], rules.jurisdictions.profiles),
          ),
          ...tooManyBlocked(parsed.data.pins, rules.jurisdictions.profiles),
        ]
      : rules.problems
    for (const one of found) problems.push(one)
  }
  return parsed.success && problems.length === 0
    ? { ok: true, settings: parsed.data }
    : { ok: false, problems }
}

function sentencesOf(issue: z.core.$ZodIssue): readonly string[] {
  const at = (...more: readonly string[]) => [...issue.path, ...more].join('.')
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => `${at()}: the name ${message}`)
  }
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => `${at(key)}: there is no such setting`)
    : [`${at()}: ${issue.message}`]
}

/**
 * The sources of a process: its environment, and the file that `COUNTERSIGN_CONFIG` or the folder
 * names.
 */
export function processSources(environment: NodeJS.ProcessEnv): Sources {
  const path = environment.COUNTERSIGN_CONFIG ?? 'countersign.yaml'
  const readFile = (name: string) => readFileSync(name, 'utf8')
  return {
    file: readIfThere(path, environment.COUNTERSIGN_CONFIG !== undefined),
    environment,
    readFile,
  }
}

function readIfThere(path: string, required: boolean): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

type Tree = { [key: string]: unknown }

function fileSettings({ file }: Sources, problems: string[]): Tree {
  if (file === null) return {}
  try {
    const read: unknown = parse(file, { maxAliasCount: 0 }) ?? {}
    if (typeof read === 'object' && !Array.isArray(read)) return read as Tree
    problems.push(
      'countersign.yaml: must hold settings, such as "issuer: https://login.example.com"',
    )
  } catch (error) {
    problems.push(`countersign.yaml: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
  return {}
}

/** Variables that are not settings: where the file is, and what the tests use. */
const NOT_SETTINGS = new Set(['COUNTERSIGN_CONFIG'])
const FOR_TESTS = /^COUNTERSIGN_(TEST_|CHROMIUM)/

function applyEnvironment(
  tree: Tree,
  { environment, readFile }: Sources,
  problems: string[],
): void {
  const byVariable = new Map(leaves().map((leaf) => [leaf.variable, leaf]))
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('COUNTERSIGN_') || value === undefined) continue
    if (NOT_SETTINGS.has(variable) || FOR_TESTS.test(variable)) continue
    const isFile = variable.endsWith('_FILE') && !byVariable.has(variable)
    const leaf = byVariable.get(isFile ? variable.slice(0, -'_FILE'.length) : variable)
    if (!leaf) {
      problems.push(`${variable}: there is no such setting`)
      continue
    }
    if (!isFile && environment[`${variable}_FILE`] !== undefined) continue
    try {
      put(tree, leaf.path.split('.'), typed(leaf, isFile ? readFile(value).trimEnd() : value))
    } catch {
      problems.push(`${variable}: the ${isFile ? 'file' : 'value'} cannot be read`)
    }
  }
}

/** Text stays text; what is not text in the schema is written as JSON. */
function typed({ fallback }: Leaf, value: string): unknown {
  if (
    typeof fallback === 'number' ||
    typeof fallback === 'boolean' ||
    typeof fallback === 'object'
  ) {
    return fallback === null ? value : (JSON.parse(value) as unknown)
  }
  return value
}

function put(tree: Tree, [first, ...rest]: readonly string[], value: unknown): void {
  if (first === undefined) return
  if (rest.length === 0) {
    tree[first] = value
    return
  }
  const below = tree[first]
  const branch: Tree = typeof below === 'object' && below !== null ? { ...below } : {}
  tree[first] = branch
  put(branch, rest, value)
}

function leavesOf(schema: z.ZodType, path: readonly string[]): readonly Leaf[] {
  const { shape, inner } = opened(schema)
  if (shape) {
    return Object.entries(shape).flatMap(([key, member]) => leavesOf(member, [...path, key]))
  }
  const snake = path.map((part) => part.replaceAll(/([A-Z])/g, '_$1').toUpperCase())
  return [
    {
      path: path.join('.'),
      variable: ['COUNTERSIGN', ...snake].join('_'),
      description: schema.description ?? inner.description ?? '',
      fallback: schema.safeParse(undefined).data,
    },
  ]
}

/** Looks through defaults to what is under them. */
function opened(schema: z.ZodType): { shape?: Record<string, z.ZodType>; inner: z.ZodType } {
  const { def } = schema as unknown as {
    def: { type: string; innerType?: z.ZodType; shape?: Record<string, z.ZodType> }
  }
  if (def.type === 'object' && def.shape) return { shape: def.shape, inner: schema }
  return def.innerType ? opened(def.innerType) : { inner: schema }
}
