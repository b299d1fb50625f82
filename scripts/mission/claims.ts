import { globSync, readFileSync, writeFileSync } from 'node:fs'

/**
 * What there is of each requirement, as `docs/mission.json` says, and the tests that hold it.
 * A test claims a requirement by its id in the name: 'R082 a second text is sent after two
 * minutes'. It carries the id only if it would fail without the figure or the behaviour of that
 * row.
 */
export type Requirement =
  | { readonly title: string; readonly state: 'whole' }
  | {
      readonly title: string
      readonly state: 'partly'
      /** What is missing, in one sentence. */
      readonly missing: string
      readonly area: string
      readonly short?: string
    }
  | {
      readonly title: string
      readonly state: 'no'
      /** The heading under which README names it. */
      readonly area: string
      /** What README says of it; without, the others of its area stand for it. */
      readonly short?: string
    }

export type Row = Requirement & { readonly id: string; readonly tests: readonly Claim[] }

interface Claim {
  readonly file: string
  readonly test: string
}

const MISSION = 'docs/mission.json'
const README = 'README.md'
const LIST = /(<!-- missing:start -->\n)([\s\S]*?)(<!-- missing:end -->)/

/** The name of a test: the first string after the call. A suite proves nothing by itself. */
const NAMED_TEST = /\b(?:test|it)(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g

export function missionRows(): readonly Row[] {
  const mission = JSON.parse(readFileSync(MISSION, 'utf8')) as Readonly<Record<string, Requirement>>
  const claims = globSync('{src,test,web}/**/*.test.ts').sort().flatMap(claimsIn)
  return Object.entries(mission).map(([id, requirement]) => ({
    ...requirement,
    id,
    tests: claims.filter(({ test }) => test.includes(id)),
  }))
}

function claimsIn(file: string): readonly Claim[] {
  const names = [...readFileSync(file, 'utf8').matchAll(NAMED_TEST)]
  return names.map(([, , name = '']) => ({ file, test: name.replace(/\s+/g, ' ') }))
}

/** Where the state of a row and its tests disagree, or something is not said. */
export function faultsIn(rows: readonly Row[]): readonly string[] {
  return rows.flatMap((row) => {
    const complaint = faultOf(row)
    return complaint === null ? [] : [`${row.id} ${complaint}`]
  })
}

function faultOf(row: Row): string | null {
  const isHeld = row.tests.length > 0
  switch (row.state) {
    case 'whole':
      if ('missing' in row || 'area' in row || 'short' in row)
        return 'is whole, and lacks something'
      return isHeld ? null : 'is whole, and no test names it'
    case 'partly':
      if (!/^[A-Z].*[^.]\.$/.test(row.missing ?? ''))
        return 'does not say in a sentence what is missing'
      if (!row.area) return 'stands in no area'
      return isHeld ? null : 'is there in part, and no test names it'
    case 'no':
      if ('missing' in row) return 'is not there, so all of it is missing'
      if (!row.area) return 'stands in no area'
      return isHeld ? 'is not there, and a test names it' : null
    default:
      return 'has no state: whole, partly or no'
  }
}

export function countsOf(rows: readonly Row[]) {
  const count = (state: Row['state']) => rows.filter((row) => row.state === state).length
  return { whole: count('whole'), partly: count('partly'), no: count('no') }
}

/** What README says is not there yet: by area, the one that lacks most first. */
export function missingList(rows: readonly Row[]): string {
  const open = rows.flatMap((row) => (row.state === 'whole' ? [] : [row]))
  const areas = [...Map.groupBy(open, ({ area }) => area)].toSorted(
    ([, one], [, other]) => other.length - one.length,
  )
  const lines = areas.map(([area, lacking]) => {
    const words = lacking.flatMap(({ short }) => short ?? [])
    return `- **${area}**: ${words.join('; ')}.`
  })
  const { whole, partly, no } = countsOf(rows)
  return [
    ...lines,
    '',
    `Of ${rows.length} [requirements](${MISSION}) ${whole} are whole, ${partly} are there in part,`,
    `and ${no} ${no === 1 ? 'is' : 'are'} not.`,
    '`npm run coverage:mission` says of each what is missing, and which tests hold the rest.',
    '',
  ].join('\n')
}

/** The list that stands in README now. */
export const listInReadme = (): string | undefined => LIST.exec(readFileSync(README, 'utf8'))?.[2]

export function writeReadme(): void {
  const text = readFileSync(README, 'utf8')
  const list = missingList(missionRows())
  writeFileSync(
    README,
    text.replace(LIST, (_, start, _old, end) => start + list + end),
  )
}
