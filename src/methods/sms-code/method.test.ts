import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import type { AuthenticatorId, BrowserId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, instant, minutes, seconds } from '#core/time/time.ts'
import type { Asking, Drawn, Verdict } from '#methods/method.ts'
import { passwords } from '#methods/sample-tools.ts'
import { SAMPLE_ASKING } from '#methods/sample.ts'
import { drawCode } from '#methods/six-digits.ts'
import { CODE_LIFETIME, TRIES_PER_CODE } from '#methods/sms-code/caps.ts'
import { smsCode } from '#methods/sms-code/method.ts'
import type { Prompt } from '#methods/sms-code/prompt.ts'
import { codeIn, sample, SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import english from '../../../locales/en.json' with { type: 'json' }
import { methodTools } from '../../../test/support/tools.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const authenticatorId = 'aut_sample' as AuthenticatorId
const tools = methodTools(passwords)
const method = smsCode(tools)

/** Different bytes each time, and the same ones in every run. */
let drawnBytes = 0
function random(length: number): Uint8Array {
  drawnBytes += 1
  return createHash('sha512').update(`sms ${drawnBytes}`).digest().subarray(0, length)
}

const draw = (state: Json, asking: Partial<Asking> = {}): Drawn =>
  method.challenge(state, {
    now: NOON,
    random,
    authenticatorId,
    transaction: 'log_1',
    purpose: 'login',
    context: null,
    recognised: false,
    way: null,
    seamless: true,
    transfer: false,
    ...SAMPLE_ASKING,
    ...asking,
  })

type Question = Omit<Extract<Drawn, { ok: true }>, 'prompt'> & { readonly prompt: Prompt }

function drawn(state: Json, asking: Partial<Asking> = {}): Question {
  const question = draw(state, asking)
  assert.ok(question.ok, question.ok ? '' : question.problem)
  return { ...question, prompt: question.prompt as unknown as Prompt }
}

const codeOf = ({ deliver: [sent] }: Question): string => codeIn(sent?.payload ?? null)

const answer = (
  { state, expected }: { readonly state: Json; readonly expected: Json },
  code: string,
): Promise<Verdict> =>
  method.verify(state, {
    authenticatorId,
    expected,
    answer: { code },
    now: NOON,
    browser: 'brw_1' as BrowserId,
  })

suite('A code that is sent', () => {
  test('S22 is six digits, each as likely as any other, also those that begin with 0', () => {
    const bytes = (value: number) => {
      const view = new DataView(new ArrayBuffer(4))
      view.setUint32(0, value)
      return new Uint8Array(view.buffer)
    }
    assert.equal(
      drawCode(() => bytes(42)),
      '000042',
    )
    assert.equal(
      drawCode(() => bytes(4_293_999_999)),
      '999999',
    )
    // What is left over at the top is drawn again.
    const left = [bytes(4_294_000_000), bytes(2 ** 32 - 1), bytes(7)]
    assert.equal(
      drawCode(() => left.shift() ?? assert.fail('drawn once too often')),
      '000007',
    )
    assert.throws(() => drawCode(() => bytes(2 ** 32 - 1)), /chance is none/)
  })

  test('R083 R086 S21 goes to the number, lasts five minutes, and is counted', () => {
    const question = drawn(sample.state)
    assert.equal(question.deliver[0]?.channel, 'sms')
    assert.equal(question.deliver[0]?.address, SAMPLE_NUMBER)
    assert.equal(question.validFor, minutes(5))
    const takes = question.takes ?? []
    const names = takes.map(({ name }) => name.replace('telephone-', ''))
    const all = ['address', 'hour', 'account', 'day', 'block', 'house-hour', 'house-day']
    assert.deepEqual(names, all)
    assert.deepEqual(
      takes.map(({ count }) => count),
      [10, 5, 10, 10, 30, 2_000, 10_000],
    )
    assert.equal(takes.find(({ name }) => name === 'telephone-block')?.key, '+1202555')
  })

  const TYPED = ['012 345', '012-345', '０１２３４５', ' 0 1 2–3 4 5 ', '012\u00a0345']
  for (const typed of TYPED) {
    test(`R024 typed as ${JSON.stringify(typed)} is right`, async () => {
      const code = '012345'
      const pending = { code, way: 'text', transaction: 'log_1', at: NOON, wrong: 0 }
      const state = { number: SAMPLE_NUMBER, sent: { text: NOON, call: null }, pending }
      const expected = { code, transaction: 'log_1' }
      assert.equal((await answer({ state, expected }, typed)).outcome, 'accepted')
    })
  }

  test('that is no six digits is no answer, and nothing is counted', async () => {
    const question = drawn(sample.state)
    for (const typed of ['', '12345', '1234567', '12345a', '１２３', '٠١٢٣٤', 'x'.repeat(500)]) {
      assert.deepEqual(await answer(question, typed), { outcome: 'malformed' })
    }
  })

  test('A7 counts once: the state that accepts it has none any more', async () => {
    const question = drawn(sample.state)
    const code = codeOf(question)
    const accepted = await answer(question, code)
    assert.ok(accepted.outcome === 'accepted')
    assert.deepEqual(accepted.amr, ['sms', 'otp'])
    const again = await answer({ ...question, state: accepted.state }, code)
    assert.equal(again.outcome, 'rejected')
  })

  test('A4 S23 is not valid after five wrong answers, and each of them stays counted', async () => {
    const question = drawn(sample.state)
    const code = codeOf(question)
    const wrong = code === '111111' ? '222222' : '111111'
    let { state } = question
    for (let tries = 1; tries <= TRIES_PER_CODE; tries += 1) {
      const verdict = await answer({ ...question, state }, wrong)
      assert.ok(verdict.outcome === 'rejected' && verdict.state)
      assert.equal(verdict.open, tries < TRIES_PER_CODE)
      state = verdict.state
    }
    assert.equal((await answer({ ...question, state }, code)).outcome, 'rejected')
  })

  test('S24 for one login is not valid in another', async () => {
    const first = drawn(sample.state)
    const second = drawn(first.state, { transaction: 'log_2', now: after(NOON, seconds(120)) })
    assert.notDeepEqual(codeOf(first), codeOf(second))
    assert.equal((await answer(second, codeOf(first))).outcome, 'rejected')
    // The first login’s own page does not take it either: it was overwritten (S35).
    const late = await answer({ ...second, expected: first.expected }, codeOf(first))
    assert.deepEqual(late, { outcome: 'rejected', reason: 'overwritten', open: true })
    assert.equal((await answer(second, codeOf(second))).outcome, 'accepted')
  })
})

test('S24 two logins that are sent the same digits by chance share no code', async () => {
  const same = () => new Uint8Array(4)
  const first = drawn(sample.state, { random: same })
  const now = after(NOON, seconds(120))
  const second = drawn(first.state, { transaction: 'log_2', now, random: same })
  assert.equal(codeOf(first), codeOf(second))
  const late = await answer({ ...second, expected: first.expected }, codeOf(first))
  assert.equal(late.outcome, 'rejected')
})

suite('Asked again', () => {
  test('R082 within two minutes, the same login goes on with the code that is under way', async () => {
    const first = drawn(sample.state)
    for (const way of [null, 'text', 'pigeon']) {
      const now = after(NOON, seconds(119))
      const again = drawn(first.state, { way, now })
      assert.deepEqual(again.deliver, [])
      assert.equal(again.takes, undefined)
      assert.equal(again.askedAt, NOON)
      assert.deepEqual(again.expected, first.expected)
      assert.equal((await answer(again, codeOf(first))).outcome, 'accepted')
    }
  })

  test('R082 S35 after two minutes a new code is sent, and the one before is not valid', async () => {
    const first = drawn(sample.state)
    const second = drawn(first.state, { way: 'text', now: after(NOON, seconds(120)) })
    assert.equal(second.deliver.length, 1)
    assert.equal(second.askedAt, undefined)
    assert.equal((await answer(second, codeOf(first))).outcome, 'rejected')
    assert.equal((await answer(second, codeOf(second))).outcome, 'accepted')
  })

  test('chosen from the list again, it is not sent again while it counts', () => {
    const first = drawn(sample.state)
    const last = after(NOON, minutes(5))
    const again = drawn(first.state, { now: instant(last - 1) })
    assert.deepEqual(again.deliver, [])
    assert.equal(drawn(first.state, { now: last }).deliver.length, 1)
  })

  test('R082 for another login within two minutes nothing is sent, and nothing is right', async () => {
    const first = drawn(sample.state)
    const now = after(NOON, seconds(119))
    const other = drawn(first.state, { transaction: 'log_2', now })
    assert.deepEqual(other.deliver, [])
    assert.deepEqual(other.state, first.state)
    assert.deepEqual(await answer(other, codeOf(first)), { outcome: 'malformed' })
    const context = { label: 'Number', openedAt: now, expiresAt: after(now, CODE_LIFETIME) }
    const [view] = method.describe(other.prompt as unknown as Json, context)
    assert.equal(view.field, undefined)
    assert.deepEqual(
      view.ways?.map(({ way, from }) => [way, from]),
      [
        ['text', after(NOON, seconds(120))],
        ['call', now],
      ],
    )
    // The code of the first login still counts there.
    assert.equal((await answer(first, codeOf(first))).outcome, 'accepted')
  })

  test('R089 R090 a call may be asked for at once, and is a new code', async () => {
    const first = drawn(sample.state)
    const now = after(NOON, seconds(5))
    const called = drawn(first.state, { way: 'call', now, holderLanguage: 'fr' })
    const [delivery] = called.deliver
    assert.equal(delivery?.channel, 'voice')
    const payload = { digits: codeOf(called), language: 'fr', brand: 'Example Brokerage' }
    assert.deepEqual(delivery.payload, payload)
    assert.equal((await answer(called, codeOf(first))).outcome, 'rejected')
    const accepted = await answer(called, codeOf(called))
    assert.ok(accepted.outcome === 'accepted')
    assert.deepEqual(accepted.amr, ['tel', 'otp'])
    // A text is still not due, and the call is not repeated either.
    const again = drawn(called.state, { way: 'call', now: after(NOON, seconds(60)) })
    assert.deepEqual(again.deliver, [])
    assert.equal(drawn(called.state, { way: 'text', now: after(NOON, seconds(60)) }).askedAt, now)
  })

  test('only with carriers that there are: the call alone, the text alone, or nothing', () => {
    const call = drawn(sample.state, { channels: ['web-push', 'voice'] })
    assert.equal(call.deliver[0]?.channel, 'voice')
    assert.deepEqual(call.prompt.ways, ['call'])
    const text = drawn(sample.state, { channels: ['sms'], way: 'call' })
    assert.equal(text.deliver[0]?.channel, 'sms')
    assert.deepEqual(draw(sample.state, { channels: ['web-push'] }), {
      ok: false,
      problem: 'telephone.off',
    })
  })

  test('A23 a number that became a premium one, or whose country is allowed no more, is refused', () => {
    const premium = { ...(sample.state as object), number: '+19002345678' }
    assert.deepEqual(draw(premium), { ok: false, problem: 'telephone.premium' })
    const narrow = smsCode({ ...tools, telephone: { ...tools.telephone, countries: ['FR'] } })
    const asked = narrow.challenge(sample.state, {
      now: NOON,
      random,
      authenticatorId,
      transaction: 'log_1',
      purpose: 'login',
      context: null,
      recognised: false,
      way: null,
      seamless: true,
      transfer: false,
      ...SAMPLE_ASKING,
    })
    assert.deepEqual(asked, { ok: false, problem: 'telephone.country' })
  })

  test('A1 a decoy login is asked in the same way, and uses up nothing of the installation’s cap', () => {
    const decoy = drawn(method.decoy(random))
    const names = (decoy.takes ?? []).map(({ name }) => name)
    const own = ['address', 'hour', 'account', 'day'].map((name) => `telephone-${name}`)
    assert.deepEqual(names, own)
  })
})

suite('What the page says of a number', () => {
  const said = (key: string) => english.method['sms-code'][key.split('.').at(-1) as 'aside']
  const context = { openedAt: NOON, expiresAt: after(NOON, minutes(5)) }
  const shown = (label: string | null) =>
    JSON.stringify(
      method.describe(drawn(sample.state).prompt as unknown as Json, { ...context, label }),
    )

  test('on a browser that we know: its last two digits', () => {
    assert.match(shown('Number ending in 42'), /"ending":"42"/)
    assert.doesNotMatch(shown('Number ending in 42'), /0142|202555/)
  })

  test('of texts while it sends one, of calls while the telephone rings', () => {
    const asideOf = (way: 'text' | 'call') => {
      const { prompt } = drawn(sample.state, { way })
      const [view] = method.describe(prompt as unknown as Json, { ...context, label: null })
      return JSON.stringify(
        view?.aside?.map(({ text, link }) => [said(text), link && said(link.text)]),
      )
    }
    assert.match(asideOf('text'), /A text can be read.*When texts do not arrive/)
    assert.match(asideOf('call'), /A call can be redirected.*When calls do not arrive/)
    assert.doesNotMatch(asideOf('call'), /\btext/)
  })

  test('on a new browser: that it is a mobile, and no digit of it', () => {
    assert.doesNotMatch(shown(null), /42/)
  })
})
