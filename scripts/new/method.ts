/**
 * A way to authenticate, to fill in: `npm run new:method security-card`.
 *
 * What it writes works and keeps the contract of test/method-contract.test.ts from the first
 * minute: a key that answers a number. Change it step by step into the method you want, with the
 * contract at your side.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { addLine, create, nameFromArguments, refuse } from './scaffold.ts'
import { tool } from '../tool.ts'

const { name } = nameFromArguments('npm run new:method <name>')
if (!/^[a-z]+(-[a-z]+)*$/.test(name)) refuse(`${name}: letters, with a dash between words.`)

const constant = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
const words = name.replaceAll('-', ' ')
const Answer = `${constant.charAt(0).toUpperCase()}${constant.slice(1)}Answer`
const Words = words.charAt(0).toUpperCase() + words.slice(1)
const folder = `src/methods/${name}`
const registry = 'src/methods/registry.ts'

const WIRE = `import { z } from 'zod'
import { typedCode } from '#methods/typed.ts'

export const RESPONSE_DIGITS = 8

/** What a claimant types: the response to the number on the page. */
export const ${Answer} = z.strictObject({
  response: typedCode(/^[0-9]{8}$/),
})
`

const PROMPT = `import type { PromptView } from '#methods/prompt.ts'
import { RESPONSE_DIGITS } from '#methods/${name}/wire.ts'

/** What the method draws; see \`challenge\` in \`method.ts\`. */
export interface Prompt {
  readonly number: string
}

export function describe({ number }: Prompt): readonly [PromptView, ...PromptView[]] {
  return [
    {
      name: 'response',
      title: 'method.${name}.title',
      lead: { key: 'method.${name}.lead' },
      number: { digits: number },
      field: {
        name: 'response',
        label: 'method.${name}.label',
        hint: 'method.${name}.hint',
        button: 'method.${name}.button',
        kind: 'digits',
        length: RESPONSE_DIGITS,
      },
    },
  ]
}
`

const METHOD = `import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { minutes } from '#core/time/time.ts'
import { defineMethod } from '#methods/method.ts'
import { describe } from '#methods/${name}/prompt.ts'
import { ${Answer}, RESPONSE_DIGITS } from '#methods/${name}/wire.ts'

const State = z.strictObject({ key: z.base64url() })
const Expected = z.strictObject({ number: z.string() })

/**
 * What it is, who holds it, and what the number and the response are.
 *
 * @see the standard that it follows, by section
 */
export const ${constant} = defineMethod({
  name: '${name}',
  icon: 'key',
  acr: '3',
  amr: ['otp'],
  hardCap: 10,
  secondFactor: true,
  onePerSubscriber: false,
  bindsFrom: '3',
  state: State,
  expected: Expected,
  answer: ${Answer},
  describe,

  challenge(state, { random }) {
    const number = String(Buffer.from(random(4)).readUInt32BE() % 1_000_000).padStart(6, '0')
    return {
      ok: true,
      state,
      prompt: { number },
      expected: { number },
      validFor: minutes(3),
      unique: number,
      deliver: [],
    }
  },

  verify(state, { expected, answer }) {
    const right = timingSafeEqual(
      Buffer.from(responseTo(expected.number, state.key)),
      Buffer.from(answer.response),
    )
    return right ? { outcome: 'accepted', state } : { outcome: 'rejected', reason: 'wrong' }
  },

  decoy: (random) => ({ key: Buffer.from(random(32)).toString('base64url') }),
})

/** What the holder reads off for a number. */
export function responseTo(number: string, key: string): string {
  const mac = createHmac('sha256', Buffer.from(key, 'base64url')).update(number).digest()
  return String(mac.readUInt32BE() % 10 ** RESPONSE_DIGITS).padStart(RESPONSE_DIGITS, '0')
}
`

const SAMPLE = `import { responseTo } from '#methods/${name}/method.ts'
import type { Prompt } from '#methods/${name}/prompt.ts'
import type { Sample } from '#methods/sample.ts'

const KEY = Buffer.alloc(32, 'sample').toString('base64url')

export const sample: Sample = {
  state: { key: KEY },
  async holder(prompt) {
    const { number } = prompt as unknown as Prompt
    return { response: responseTo(number, KEY) }
  },
  secrets: [KEY],
}
`

const TEST = `import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AuthenticatorId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'
import { responseTo, ${constant} } from '#methods/${name}/method.ts'
import { sample } from '#methods/${name}/sample.ts'

const now = instant(Date.UTC(2026, 0, 1))
const authenticatorId = 'aut_1' as AuthenticatorId

/**
 * What every method owes is in test/method-contract.test.ts; here is what only this one promises.
 */
suite('${Words}', () => {
  test('a response to another number is wrong', async () => {
    const [key = ''] = sample.secrets
    const answer = { response: responseTo('000001', key) }
    const verify = (number: string) =>
      ${constant}.verify(sample.state, { authenticatorId, expected: { number }, answer, now })
    assert.equal((await verify('000001')).outcome, 'accepted')
    assert.equal((await verify('000002')).outcome, 'rejected')
  })
})
`

const README = `# ${Words}

What it is and who holds it. The standard that it follows, and where that leaves a choice.

| | |
|---|---|
| asks | a number of 6 digits |
| is answered with | 8 digits |
| is lost by | what the client does then |
| is guessed at | 10 wrong answers in a row disable it |
`

const TEXTS = {
  en: {
    title: Words,
    lead: 'Enter this number on your device.',
    label: 'Response',
    hint: 'Eight digits.',
    button: 'Log in',
  },
  fr: {
    title: Words,
    lead: 'Saisissez ce numéro sur votre appareil.',
    label: 'Réponse',
    hint: 'Huit chiffres.',
    button: 'Se connecter',
  },
}

create(`${folder}/wire.ts`, WIRE)
create(`${folder}/prompt.ts`, PROMPT)
create(`${folder}/method.ts`, METHOD)
create(`${folder}/sample.ts`, SAMPLE)
create(`${folder}/method.test.ts`, TEST)
create(`${folder}/README.md`, README)
addLine(registry, {
  after: /^import .*\/method\.ts'$/,
  line: `import { ${constant} } from '#methods/${name}/method.ts'`,
})
addToRegistry()
for (const [language, texts] of Object.entries(TEXTS)) addTexts(language, texts)
await tool('biome', 'format', '--write', folder, registry)
console.log('Now: npm run check, and npm test -- method-contract')

function addToRegistry(): void {
  const text = readFileSync(registry, 'utf8')
  const added = text.replace(/,?\s*\](?=\.map\(\(method\))/, `, ${constant}]`)
  if (added === text) refuse(`Add ${constant} to the list in ${registry}.`)
  writeFileSync(registry, added)
}

function addTexts(language: string, texts: object): void {
  const file = `locales/${language}.json`
  const catalogue = JSON.parse(readFileSync(file, 'utf8'))
  catalogue.method = { ...catalogue.method, [name]: texts }
  writeFileSync(file, `${JSON.stringify(catalogue, null, 2)}\n`)
  console.log(`  changed  ${file}`)
}
