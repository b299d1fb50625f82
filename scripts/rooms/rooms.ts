import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Ended, tool } from '../tool.ts'
import { NO_CAPABILITIES } from './folders.ts'

const DOCUMENT = 'ARCHITECTURE.md'
const TESTS = /\.(test|contract|fixture)\.ts$/
/** What is generated in the document, each between two marks. */
const DRAWING = /(<!-- rooms:start -->\n)([\s\S]*?)(<!-- rooms:end -->)/
const FOLDERS = /(<!-- capabilities:start -->\n)([\s\S]*?)(<!-- capabilities:end -->)/
/** The rooms that are divided by capability, in the order in which they know each other. */
const DIVIDED = ['src/core', 'src/store', 'src/engine', 'src/edges/pages', 'test/scenarios']

interface Cruise {
  readonly modules: readonly {
    readonly source: string
    readonly dependencies: readonly { readonly resolved: string }[]
  }[]
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly {
      readonly from: string
      readonly to: string
      readonly rule: { readonly name: string }
      readonly cycle?: readonly { readonly name: string }[]
    }[]
  }
}

/**
 * Holds every import to the rules of .dependency-cruiser.mjs, and the drawing of the rooms to the
 * imports.
 */
export async function checkRooms(): Promise<Ended> {
  const cruise = await cruised()
  const { totalCruised, violations } = cruise.summary
  const complaints = violations.map(
    ({ from, to, rule, cycle }) =>
      `${rule.name}: ${[from, ...(cycle?.map(({ name }) => name) ?? [to])].join(' -> ')}`,
  )
  if (totalCruised === 0) complaints.push('no module was read: the parser does not work')
  if (written(DRAWING) !== undefined && written(DRAWING) !== drawing(cruise))
    complaints.push(`the rooms in ${DOCUMENT} are out of date; draw them again: npm run graph`)
  if (written(FOLDERS) !== undefined && written(FOLDERS) !== capabilities())
    complaints.push(`the capabilities in ${DOCUMENT} are out of date; write them: npm run graph`)
  return complaints.length > 0
    ? { ok: false, output: complaints.join('\n') }
    : { ok: true, output: `${totalCruised} modules` }
}

/** Draws the rooms and who imports whom, and lists the capabilities, into ARCHITECTURE.md. */
export async function drawRooms(): Promise<void> {
  const picture = drawing(await cruised())
  const text = readFileSync(DOCUMENT, 'utf8')
  writeFileSync(
    DOCUMENT,
    text
      .replace(DRAWING, (_, start, _old, end) => start + picture + end)
      .replace(FOLDERS, (_, start, _old, end) => start + capabilities() + end),
  )
}

async function cruised(): Promise<Cruise> {
  const { output } = await tool('depcruise', 'src', 'web', '--output-type', 'json')
  try {
    return JSON.parse(output) as Cruise
  } catch (cause) {
    throw new Error(`dependency-cruiser failed:\n${output}`, { cause })
  }
}

/** What stands there in the document now, or nothing where there is no place for it. */
function written(place: RegExp): string | undefined {
  try {
    return place.exec(readFileSync(DOCUMENT, 'utf8'))?.[2]
  } catch {
    return undefined
  }
}

function drawing({ modules }: Cruise): string {
  const arrows = modules
    .filter(({ source }) => !TESTS.test(source))
    .flatMap(({ source, dependencies }) =>
      dependencies.map(({ resolved }) => [roomOf(source), roomOf(resolved)]),
    )
    .filter(([from, to]) => from && to && from !== to)
    .map(([from, to]) => `  ${from} --> ${to}`)
  const lines = [...new Set(arrows)].sort()
  return ['```mermaid', 'flowchart LR', ...lines, '```', ''].join('\n')
}

/** A row for each capability: the folder of that word in each room, where there is one. */
function capabilities(): string {
  const words = DIVIDED.flatMap((room) => globSync(`${room}/*/`).map((folder) => basename(folder)))
  const all = [...new Set(words)].filter((word) => !NO_CAPABILITIES.includes(word)).sort()
  const row = (word: string) => {
    const places = DIVIDED.map((room) => `${room}/${word}`)
    const cells = places.map((place) => (existsSync(place) ? `[${word}](${place})` : ''))
    return `| ${cells.join(' | ')} |`
  }
  const heads = DIVIDED.map((room) => `\`${room}\``).join(' | ')
  const line = DIVIDED.map(() => '---').join('|')
  return [`| ${heads} |`, `|${line}|`, ...all.map(row), ''].join('\n')
}

/** src/engine/login/view.ts is in engine, src/main.ts is main, web/phone/main.tsx is in web. */
function roomOf(file: string): string | undefined {
  const [top, next] = file.split('/')
  if (top === 'web') return 'web'
  return top === 'src' ? next?.replace(/\.ts$/, '') : undefined
}
