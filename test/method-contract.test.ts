/**
 * What every method must do for the rest of the code. The suite walks the registry: a new method is
 * held to it without a line here.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { STRENGTHS } from '#core/assurance.ts'
import type { AuthenticatorId, BrowserId, LoginId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import {
  challengeOpened,
  judged,
  type NewLogin,
  passwordAccepted,
  started,
} from '#core/login/login.ts'
import { type Login } from '#core/login/state.ts'
import { after, instant, minutes } from '#core/time/time.ts'
import type { Asking, Drawn, Method, Verdict } from '#methods/method.ts'
import { passwords } from '#methods/sample-tools.ts'
import type { PromptContext, PromptView, Text } from '#methods/prompt.ts'
import { methodsOf } from '#methods/registry.ts'
import { type Sample, SAMPLE_ASKING } from '#methods/sample.ts'
import { pasted, spelt } from './support/pasted.ts'
import { methodTools } from './support/tools.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const authenticatorId = 'aut_sample' as AuthenticatorId
const BROWSER = 'brw_sample' as BrowserId
const context = {
  purpose: 'login',
  platform: { en: 'Trading', fr: 'Trading' },
  environment: 'live',
  account: 'U0000001',
  userName: 'anna',
  place: 'Zug',
  browser: 'Firefox, Windows',
  newBrowser: true,
  askedAt: NOON,
}
/** What leaves the process comes back as nothing but JSON. */
const stored = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json

/** Different bytes each time, and the same ones in every run. */
function sequence(name: string): (length: number) => Uint8Array {
  let drawn = 0
  return (length) => {
    drawn += 1
    return createHash('sha512').update(`${name} ${drawn}`).digest().subarray(0, length)
  }
}

/** Every way in which a claimant can come to be asked. */
const ASKINGS: readonly Asking[] = [true, false].flatMap((recognised) =>
  [true, false].map((seamless, index) => ({
    now: NOON,
    random: sequence(`${recognised} ${seamless}`),
    authenticatorId,
    context,
    transaction: `log_${index}`,
    purpose: 'login',
    recognised,
    seamless,
    way: null,
    ...SAMPLE_ASKING,
    transfer: !recognised,
  })),
)

function drawnFrom(method: Method, state: Json, asking: Asking): Extract<Drawn, { ok: true }> {
  const drawn = method.challenge(state, asking)
  assert.ok(drawn.ok, drawn.ok ? '' : drawn.problem)
  return drawn
}

const digits = fc.stringMatching(/^[0-9]{4,10}$/)

type Phrases = string | { readonly [key: string]: Phrases }

const PHRASES = ['en', 'fr'].map((language) => {
  const file = new URL(`../locales/${language}.json`, import.meta.url)
  const catalogue = JSON.parse(readFileSync(file, 'utf8')) as Phrases
  const find = (key: string): string | undefined => {
    const found = key
      .split('.')
      .reduce<Phrases | undefined>(
        (at, part) => (typeof at === 'object' ? at[part] : undefined),
        catalogue,
      )
    return typeof found === 'string' ? found : undefined
  }
  return [language, find] as const
})

for (const [name, method] of methodsOf(methodTools(passwords))) {
  const { sample } = (await import(`#methods/${method.successor ?? name}/sample.ts`)) as {
    readonly sample: Sample
  }
  const [asking, , again] = ASKINGS as readonly [Asking, Asking, Asking]
  const drawn = drawnFrom(method, sample.state, asking)

  const verify = (
    { state, expected }: { readonly state: Json; readonly expected: Json },
    answer: unknown,
  ): Promise<Verdict> =>
    method.verify(stored(state), {
      authenticatorId,
      expected: stored(expected),
      answer,
      now: NOON,
      browser: BROWSER,
    })

  const holderOf = ({ prompt, deliver }: Extract<Drawn, { ok: true }>) =>
    sample.holder(prompt, NOON, deliver)

  suite(`The method ${name}`, () => {
    test('describes itself', () => {
      assert.equal(method.name, name)
      assert.match(name, /^[a-z]+(-[a-z]+)*$/)
      assert.ok(STRENGTHS.includes(method.acr))
      assert.ok(method.amr.length > 0)
      assert.ok(STRENGTHS.includes(method.bindsFrom))
      assert.ok(method.icon)
    })

    test('S1 disables an authenticator after a hundred wrong answers in a row at the latest', () => {
      assert.ok(Number.isInteger(method.hardCap) && method.hardCap > 0 && method.hardCap <= 100)
    })

    test('accepts its holder, however they came to be asked', async () => {
      for (const one of ASKINGS) {
        const { state, prompt, expected, deliver } = drawnFrom(method, sample.state, one)
        const answer = stored(await sample.holder(prompt, NOON, deliver))
        assert.equal((await verify({ state, expected }, answer)).outcome, 'accepted')
      }
    })

    test('lives as JSON: what it stores and shows is the same when it is read again', async () => {
      for (const one of ASKINGS) {
        const { state, prompt, expected, deliver } = drawnFrom(method, sample.state, one)
        for (const value of [
          sample.state,
          state,
          prompt,
          expected,
          deliver,
          method.decoy(one.random),
        ]) {
          assert.deepEqual(stored(value), value)
        }
        const accepted = await verify(
          { state, expected },
          await sample.holder(prompt, NOON, deliver),
        )
        assert.ok(accepted.outcome === 'accepted')
        assert.deepEqual(stored(accepted.state), accepted.state)
      }
    })

    test('gives no secret away on the page, in the delivery or in the request', async () => {
      for (const one of ASKINGS) {
        const { prompt, expected, deliver } = drawnFrom(method, sample.state, one)
        const request = method.device?.request(expected) ?? null
        const views = method.describe(prompt, { label: 'Sample', openedAt: NOON, expiresAt: NOON })
        const answers = Object.values((await sample.holder(prompt, NOON, deliver)) as object)
        // What is delivered to an address of its own is for the holder, and may be the answer.
        const seen = deliver.filter(({ address }) => address === undefined)
        const shown = JSON.stringify([prompt, seen, request, views])
        for (const secret of [...sample.secrets, ...answers.map(String)]) {
          assert.ok(!shown.includes(secret), secret)
        }
      }
    })

    test('accepts no other answer, and none makes it throw', async () => {
      const right = (await holderOf(drawn)) as Record<string, Json>
      // Of the right shape, as far as a stranger can know it, and of any other.
      const shaped = fc.record(
        Object.fromEntries(
          Object.keys(right).map((key) => [key, fc.oneof(digits, fc.jsonValue())]),
        ),
      )
      const answers = fc.oneof(fc.jsonValue(), shaped, fc.anything())
      await fc.assert(
        fc.asyncProperty(answers, async (answer) => {
          const { outcome } = await verify(drawn, answer)
          assert.ok(outcome === 'rejected' || outcome === 'malformed', outcome)
        }),
        { numRuns: 300 },
      )
    })

    test('R024 reads a code that is typed, however it was pasted', async () => {
      const names = typedFields(method, drawn.prompt)
      const right = (await holderOf(drawn)) as Record<string, Json>
      for (const name of names) {
        const code = right[name]
        assert.ok(typeof code === 'string')
        for (const typed of pasted(code)) {
          const { outcome } = await verify(drawn, { ...right, [name]: typed })
          assert.equal(outcome, 'accepted', spelt(typed))
        }
      }
      // A password is no code, a passkey is not typed; whatever else there is, is typed.
      assert.ok(names.length > 0 || ['password', 'passkey'].includes(name))
    })

    test('takes an answer with something beside it for none', async () => {
      const right = (await holderOf(drawn)) as object
      const others = [{ ...right, more: 1 }, [right], JSON.stringify(right), { answer: right }]
      for (const other of others) {
        assert.deepEqual(await verify(drawn, other), { outcome: 'malformed' })
      }
    })

    test('A1 asks a decoy as it asks a client, and accepts nothing from it', async () => {
      const keysOf = (value: unknown) => Object.keys(value ?? {}).sort()
      for (const one of ASKINGS) {
        const state = stored(method.decoy(sequence('decoy')))
        assert.deepEqual(keysOf(state), keysOf(sample.state))
        const decoy = drawnFrom(method, state, one)
        const real = drawnFrom(method, sample.state, one)
        assert.deepEqual(keysOf(decoy.prompt), keysOf(real.prompt))
        assert.equal(decoy.validFor, real.validFor)
        // Nothing is sent (A1).
        const holder = await sample.holder(decoy.prompt, NOON, [])
        assert.equal((await verify(decoy, holder)).outcome, 'rejected')
      }
      const decoy = drawnFrom(method, method.decoy(sequence('decoy')), asking)
      await fc.assert(
        fc.asyncProperty(fc.jsonValue(), async (answer) => {
          const { outcome } = await verify(decoy, answer)
          assert.ok(outcome === 'rejected' || outcome === 'malformed', outcome)
        }),
        { numRuns: 50 },
      )
    })

    test('shows what stands in the phrase files of both languages', () => {
      for (const one of ASKINGS) {
        const { prompt } = drawnFrom(method, sample.state, one)
        for (const label of ['Sample', null]) {
          const when: PromptContext = { label, openedAt: NOON, expiresAt: after(NOON, minutes(3)) }
          const views = method.describe(prompt, when)
          for (const text of views.flatMap(textsOf)) {
            for (const [language, texts] of PHRASES) {
              const phrase = texts(text.key)
              assert.ok(phrase !== undefined, `${language}: ${text.key}`)
              const places = [...phrase.matchAll(/\{\{\s*(\w+)/g)].map(([, place]) => place)
              assert.deepEqual(new Set(places), new Set(Object.keys(text.values ?? {})), text.key)
            }
          }
          const names = views.map((view) => view.name)
          assert.equal(new Set(names).size, names.length)
          for (const { other } of views) assert.ok(!other || names.includes(other.view))
        }
      }
    })

    test('says in its own words that its time is over, unless that is a challenge of some digits', () => {
      for (const one of ASKINGS) {
        const { prompt } = drawnFrom(method, sample.state, one)
        const when: PromptContext = {
          label: null,
          openedAt: NOON,
          expiresAt: after(NOON, minutes(3)),
        }
        const isTimed = (view: PromptView) => view.field !== undefined && view.waits === undefined
        for (const view of method.describe(prompt, when).filter(isTimed)) {
          const isChallenge = /^[0-9]{6,8}$/.test(view.number?.digits ?? '')
          assert.equal(view.overdue === undefined, isChallenge, view.name)
          for (const [, texts] of view.overdue === undefined ? [] : PHRASES)
            for (const part of ['title', 'lead', 'again'])
              assert.ok(texts(`${view.overdue}.${part}`) !== undefined, part)
        }
      }
    })

    if (!method.secondFactor) return

    /*
     * Single use. A method that uses something up says so in the state it returns; one that does
     * not, such as the phone key, is protected by the login: the commit that accepts an answer
     * takes the challenge away, and what is expected belongs to that one challenge.
     */
    test('A7 is answered right once: then the login has no challenge any more', async () => {
      const login = challenged(method, drawn)
      const answer = await holderOf(drawn)
      assert.equal((await verify(drawn, answer)).outcome, 'accepted')
      const { acr, amr } = method
      const judgement = { outcome: 'accepted', proof: { method: name, acr, amr } } as const
      const step = judged(login, judgement, NOON)
      assert.ok('login' in step)
      assert.equal(step.login.state, 'completed')
      assert.deepEqual(judged(step.login, judgement, NOON), { stays: 'login.not-challenged' })
    })

    // The one exception is said by the method itself, and something else holds in its place.
    if (method.reusable) {
      test('C5 A14 answers again where it was answered first, and nowhere else', async () => {
        const answer = await holderOf(drawn)
        const accepted = await verify(drawn, answer)
        assert.ok(accepted.outcome === 'accepted')
        const next = drawnFrom(method, accepted.state, again)
        assert.equal((await verify(next, answer)).outcome, 'accepted')
        for (const browser of ['brw_other' as BrowserId, null]) {
          const elsewhere = await method.verify(stored(next.state), {
            authenticatorId,
            expected: stored(next.expected),
            answer,
            now: NOON,
            browser,
          })
          assert.equal(elsewhere.outcome, 'rejected')
        }
      })
      return
    }

    test('A8 takes an answer to one challenge for no answer to the next', async () => {
      const answer = await holderOf(drawn)
      const accepted = await verify(drawn, answer)
      assert.ok(accepted.outcome === 'accepted')
      // Late enough for a method that may not ask again at once.
      const next = drawnFrom(method, accepted.state, { ...again, now: after(NOON, minutes(3)) })
      assert.notEqual((await verify(next, answer)).outcome, 'accepted')
    })

    if (!method.device || !sample.device) return
    const { device } = sample

    test('accepts its device, which says what it was shown', async () => {
      for (const one of ASKINGS.filter(({ seamless }) => seamless)) {
        const { state, prompt, expected } = drawnFrom(method, sample.state, one)
        const request = method.device?.request(stored(expected)) ?? assert.fail('nothing is asked')
        assert.deepEqual(stored(request), request)
        const answer = await device(request, { prompt, now: NOON })
        assert.equal((await verify({ state, expected }, answer)).outcome, 'accepted')
      }
    })

    test('A8 takes the answer of its device to one challenge for no answer to the next', async () => {
      const request = method.device?.request(drawn.expected) ?? assert.fail('nothing is asked')
      const answer = await device(request, { prompt: drawn.prompt, now: NOON })
      const next = drawnFrom(method, drawn.state, { ...again, transaction: 'log_next' })
      assert.notEqual((await verify(next, answer)).outcome, 'accepted')
    })

    test('asks nothing of a device whose holder wants to type', () => {
      for (const one of ASKINGS.filter(({ seamless }) => !seamless)) {
        const { expected, deliver } = drawnFrom(method, sample.state, one)
        assert.equal(method.device?.request(expected), null)
        assert.deepEqual(deliver, [])
      }
    })

    test('opens what its device signed, and nothing else, without ever throwing', async () => {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), async (signed) => {
          assert.equal(await method.device?.open(sample.state, signed), null)
        }),
      )
    })
  })
}

/** A login that waits for the answer to what was drawn. */
function challenged(method: Method, drawn: Extract<Drawn, { ok: true }>): Login {
  const claim: NewLogin = {
    id: 'log_1' as LoginId,
    subscriberId: 'sub_1' as SubscriberId,
    userName: 'anna',
    platform: 'trade',
    needs: method.acr,
    holder: '',
    task: null,
    environment: 'live',
    origin: { address: '', place: '', browser: '', browserId: null, language: 'en' },
  }
  const first = { method: 'password', acr: '1', amr: ['pwd'] } as const
  const begun = started(claim, NOON).login
  const { login } = passwordAccepted(begun, first, { needs: method.acr, now: NOON })
  const question = { authenticatorId, method: method.name, effects: [], ...drawn }
  const step = challengeOpened(login, question, NOON)
  assert.ok('login' in step)
  return step.login
}

/**
 * The members of an answer that are typed codes; a reset code is one, in place of a password.
 */
function typedFields(method: Method, prompt: Json): readonly string[] {
  const when: PromptContext = { label: null, openedAt: NOON, expiresAt: NOON }
  const fields = method.describe(prompt, when).map(({ field }) => field)
  const typed = fields.filter((field) => field?.kind === 'digits' || field?.kind === 'symbols')
  return [...typed.flatMap((field) => field?.name ?? []), ...(method.resets ? ['password'] : [])]
}

/** Every text that a view shows. */
function textsOf(view: PromptView): readonly Text[] {
  const { title, lead, number, steps, field, other, aside, ways, stuck, delivery } = view
  const keys = [
    title,
    number?.hint,
    ...(number?.scanTexts
      ? ['title', 'label', 'how'].map((name) => `${number.scanTexts}.${name}`)
      : []),
    field?.label,
    field?.hint,
    field?.button,
    other?.link,
    stuck,
    ...(aside ?? []).flatMap(({ strong, text, link }) => [strong, text, link?.text]),
    ...(ways ?? []).flatMap(({ link, hint }) => [link, hint]),
    ...Object.values(delivery ?? {}).flatMap((key) =>
      typeof key === 'string' ? [key] : Object.values(key),
    ),
  ]
  const plain = keys.filter((key) => key !== undefined).map((key) => ({ key }))
  return [lead, ...(steps ?? []).map(({ text }) => text), ...plain]
}
