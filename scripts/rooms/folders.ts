/**
 * Which folders of a room know which, and where they know each other:
 * `test/house/tidy.test.ts` refuses that.
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What a room stands on. */
export const GROUND = [
  'contract',
  'database',
  'events',
  'keyring',
  'migrations',
  'queries',
  'server',
  'text',
  'time',
]
/** What all pages have in common, and where they begin. */
export const OF_PAGES = ['frame', 'phone', 'portal']
/** Folders of a divided room that are no capabilities. */
export const NO_CAPABILITIES: readonly string[] = [...GROUND, ...OF_PAGES]

/** An import line of ours that enters a room: `#engine/login/start.ts`. */
const IMPORT = /from '#([^']+)'/g

/**
 * @param files of `src/`, without tests.
 * @returns each circle as the folders in it, in no order.
 */
export function folderCircles(files: readonly string[]): readonly (readonly string[])[] {
  const knows = new Map<string, Set<string>>()
  for (const file of files) {
    const folder = dirname(file)
    const known = knows.get(folder) ?? new Set()
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const other = dirname(`src/${path}`)
      if (other !== folder) known.add(other)
    }
    knows.set(folder, known)
  }
  const reached = new Map([...knows.keys()].map((folder) => [folder, from(folder, knows)]))
  const isIn = (one: string, other: string) =>
    reached.get(one)?.has(other) === true && reached.get(other)?.has(one) === true
  const circles = [...knows.keys()].map((one) =>
    [...knows.keys()].filter((other) => one !== other && isIn(one, other)),
  )
  const named = circles.flatMap((others, index) => {
    const one = [...knows.keys()][index] ?? ''
    return others.length > 0 ? [[one, ...others].toSorted().join(' ')] : []
  })
  return [...new Set(named)].map((names) => names.split(' '))
}

/** Every folder that is reached from this one, by whatever way. */
function from(folder: string, knows: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const seen = new Set<string>()
  const next = [...(knows.get(folder) ?? [])]
  for (let one = next.pop(); one !== undefined; one = next.pop()) {
    if (seen.has(one)) continue
    seen.add(one)
    next.push(...(knows.get(one) ?? []))
  }
  return seen
}
