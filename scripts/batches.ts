import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Files of tests that share a process: each would load the same thousand modules and compile them
 * anew, which took a third of all the time. A file has a world, a folder and ports of its own, so
 * it does not see what runs before it.
 */
export interface Batch {
  /** What Node runs: the file itself, or one that loads several. */
  readonly entry: string
  readonly files: readonly string[]
}

/** As much text as takes a minute, on average. */
export const QUICK_BYTES = 130_000
/** What measures or traces its own process does not share it. */
const ALONE = /monitorEventLoopDelay|memoryUsage|resourceUsage|assert\.snapshot|tracing-sdk/

interface Sized {
  readonly file: string
  readonly bytes: number
}

interface Room {
  /** How much text is in a batch; a longer file has a process to itself. */
  readonly bytes: number
  /** Takes what Node runs. */
  readonly folder: string
}

/** Puts neighbours into one batch, in their order. */
export function batchesOf(files: readonly string[], room: Room): readonly Batch[] {
  const alone: string[] = []
  const shared: Sized[] = []
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    if (ALONE.test(text)) alone.push(file)
    else shared.push({ file, bytes: text.length })
  }
  const grouped = groupsOf(shared, room.bytes).map((group, index): Batch => {
    const [only = ''] = group
    if (group.length === 1) return { entry: only, files: group }
    const entry = join(room.folder, `batch-${index}.mjs`)
    writeFileSync(entry, entryOf(group))
    return { entry, files: group }
  })
  return [...alone.map((file) => ({ entry: file, files: [file] })), ...grouped]
}

/**
 * No test runs before all are loaded: Node takes those that it knows for all there are once they
 * have run, and a file that waits for something as it is loaded comes later.
 */
function entryOf(files: readonly string[]): string {
  const urls = files.map((file) => pathToFileURL(file).href)
  return [
    `import { test } from 'node:test'`,
    'const { promise, resolve, reject } = Promise.withResolvers()',
    `void test(${JSON.stringify(`${files.length} files from ${files[0]} on`)}, () => promise)`,
    'try {',
    ...urls.map((url) => `  await import(${JSON.stringify(url)})`),
    '} catch (error) {',
    '  reject(error)',
    '}',
    'resolve()',
    '',
  ].join('\n')
}

function groupsOf(files: readonly Sized[], most: number): readonly (readonly string[])[] {
  const groups: string[][] = []
  let room = 0
  for (const { file, bytes } of files) {
    if (bytes > room || groups.length === 0) {
      groups.push([])
      room = most
    }
    groups.at(-1)?.push(file)
    room -= bytes
  }
  return groups
}
