import { readFileSync } from 'node:fs'
import { type Profile, RULE_NAMES } from '#core/subscribers/jurisdiction.ts'

/**
 * The tests that hold what a place asks for. The name of each says which text asks for it, so that
 * an auditor finds the test from the paragraph, and the paragraph from the test.
 */

/** The file of a test, and enough of its name to find it. */
type Held = readonly [file: string, part: string]

const RIGHTS = 'test/scenarios/sessions/rights.test.ts'
const TABLE = 'src/core/sessions/rights.test.ts'
const TASKS = 'test/scenarios/tasks/task.test.ts'
const RESIDENCE = 'test/scenarios/subscribers/residence.test.ts'
const INDIA = 'test/scenarios/login/india.test.ts'
const HONG_KONG = 'test/scenarios/notices/hong-kong.test.ts'

const NUMBER: Held = [RIGHTS, 'a browser that is known carries the number too']
const PASSCODE: Held = [TABLE, 'a temporary passcode binds in Hong Kong and India']
const DECOYS: readonly Held[] = [
  ['test/scenarios/login/picker.test.ts', 'a right and a wrong password look alike'],
  [RESIDENCE, 'which places ask for decoys that are not made'],
]
const PAYEE: Held = [TASKS, 'an amount or a payee that has changed since is refused']
const LINKS: readonly Held[] = [
  ['src/edges/texts/texts.test.ts', 'no message has a link'],
  ['src/core/text/link.test.ts', 'nothing that others have written is a link'],
]

/** By place, in the order of the page: the rules, and then what is met everywhere. */
const HELD: Readonly<Record<string, readonly (readonly Held[])[]>> = {
  eu: [
    [NUMBER],
    [[RIGHTS, 'a session ends after five minutes without use']],
    [[RIGHTS, 'the fifth wrong answer in a row locks the phone']],
    DECOYS,
    [PAYEE],
  ],
  hk: [
    [[RIGHTS, 'a client of Hong Kong cannot opt out']],
    [PASSCODE],
    [NUMBER],
    [[RESIDENCE, 'loses the new phone that waits because of a text']],
    DECOYS,
    [
      [HONG_KONG, 'each login by text is told by mail'],
      [HONG_KONG, 'a changed name or residence is told'],
      [HONG_KONG, 'a reset that a text confirmed is told by mail'],
      ['test/scenarios/notices/reports.test.ts', 'turns off those of trades alone'],
    ],
    LINKS,
    [['src/config/carriers.test.ts', 'comes from a registered sender with #']],
  ],
  in: [
    [[RIGHTS, 'a client of India cannot opt out']],
    [PASSCODE],
    [
      [INDIA, 'one code goes by text and by mail'],
      [TABLE, 'a code by text alone trades everywhere but in India'],
    ],
    [[INDIA, 'a device is asked before the text that was used last']],
  ],
  sg: [
    [
      ['test/scenarios/devices/migration.test.ts', 'it waits twelve hours, and moves nothing'],
      ['test/scenarios/notices/notices.test.ts', 'a new device is told to every address'],
    ],
    LINKS,
  ],
  uk: [[PAYEE]],
  us: [
    [
      [TASKS, 'a password alone confirms nothing but the very first device'],
      ['test/scenarios/desk/cases.test.ts', 'are masked until the caller is proven'],
    ],
  ],
}

interface Asked {
  /** The name of the rule; `null` where it is met everywhere. */
  readonly rule: string | null
  readonly text: string
  readonly tests: readonly NamedTest[]
}

interface NamedTest {
  readonly file: string
  /** The whole name, or the part that was looked for where there is no such test. */
  readonly name: string
  readonly isThere: boolean
}

/** What a place asks for, and the tests of it. */
export function askedBy({ id, sources, everywhere }: Profile): readonly Asked[] {
  const rules = RULE_NAMES.flatMap((rule) => {
    const text = sources[rule]?.text
    return text === undefined ? [] : [{ rule, text }]
  })
  const all = [...rules, ...everywhere.map((text) => ({ rule: null, text }))]
  return all.map((one, index) => ({ ...one, tests: (HELD[id]?.[index] ?? []).map(testOf) }))
}

/** Places for which tests are named that hold nothing. */
export const heldTooMuch = (places: readonly Profile[]): readonly string[] =>
  Object.entries(HELD)
    .filter(([id, { length }]) => {
      const place = places.find((one) => one.id === id)
      return place === undefined || length > askedBy(place).length
    })
    .map(([id]) => id)

/** The name of a test: the first string after the call. */
const NAMED_TEST = /\btest\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g

function testOf([file, part]: Held): NamedTest {
  const names = [...readFileSync(file, 'utf8').matchAll(NAMED_TEST)].map(([, , name = '']) => name)
  const found = names.filter((name) => name.includes(part))
  const [name = part] = found
  return { file, name, isThere: found.length === 1 }
}

/** What the name of a test must say of a text: who wrote it, when, and which paragraph. */
export function citationOf(text: string): readonly string[] {
  const [cited = ''] = text.split(': ')
  const words = cited.replace('House rule, after ', '').split(/[\s,]+/)
  return words.filter((word) => /\d|^\(?[A-Z]{2,}\)?$/.test(word))
}

/** Why a test does not hold what it is named for; `null` where it does. */
export function faultOf(text: string, { file, name, isThere }: NamedTest): string | null {
  if (!isThere) return `${file}: has not one test ${name}`
  const said = name.split(/[\s,]+/).map((word) => word.replace(/:$/, ''))
  const missing = citationOf(text).filter((word) => !said.includes(word))
  return missing.length === 0 ? null : `${name}: does not say ${missing.join(', ')}`
}
