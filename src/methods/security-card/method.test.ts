import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import en from '../../../locales/en.json' with { type: 'json' }
import type { AuthenticatorId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, hours, type Instant, instant, minutes, seconds } from '#core/time/time.ts'
import type { DeliveredKey } from '#core/inventory/hardware-token.ts'
import type { Proven } from '#methods/change.ts'
import { drawableFrom, type Drawn } from '#methods/draws.ts'
import type { Asking, Verdict } from '#methods/method.ts'
import { SAMPLE_ASKING } from '#methods/sample.ts'
import { isGuessable } from '#methods/security-card/pin.ts'
import { securityCard } from '#methods/security-card/method.ts'
import {
  cardState,
  SAMPLE_PIN,
  type SampleCard,
  sampleCard,
} from '#methods/security-card/sample.ts'
import { CARD_SUITE } from '#methods/security-card/wire.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const authenticatorId = 'aut_card' as AuthenticatorId
const OLD_SUITE = 'OCRA-1:HOTP-SHA1-8:QN06-PSHA1'
const SIX_DIGITS = 'OCRA-1:HOTP-SHA1-6:C-QN08-PSHA1'

type State = ReturnType<typeof cardState>

let drawn = 0
function random(length: number): Uint8Array {
  drawn += 1
  return Buffer.alloc(length, 0).fill(`${drawn}`.padStart(4, '7'))
}

const asking = (changes: Partial<Asking> = {}): Asking => ({
  now: NOON,
  random,
  authenticatorId,
  transaction: 'log_1',
  purpose: 'login',
  context: {},
  recognised: false,
  transfer: true,
  way: null,
  seamless: true,
  ...SAMPLE_ASKING,
  ...changes,
})

async function verify(state: Json, number: string, response: unknown): Promise<Verdict> {
  const judging = { authenticatorId, browser: null, expected: { number }, now: NOON }
  return await securityCard.verify(state, { ...judging, answer: { response } })
}

/** The state that a verdict leaves behind. */
function left(verdict: Verdict | Proven<Json>): State {
  assert.ok('state' in verdict && verdict.state)
  return verdict.state as unknown as State
}

suite('A security card', () => {
  test('R055 answers six digits with eight, made of its PIN', async () => {
    const card = sampleCard('c')
    const question = securityCard.challenge(cardState(card), asking())
    assert.ok(question.ok)
    const { number } = question.expected as { number: string }
    assert.match(number, /^[0-7][0-9]{5}$/)
    assert.equal(question.unique, number)
    const response = card.press(SAMPLE_PIN, number)
    assert.match(response, /^[0-9]{8}$/)
    assert.equal((await verify(question.state, number, response)).outcome, 'accepted')
  })

  test('R055 is described in the words of its display, and the page shows the number', () => {
    const prompt = { number: '418207', digits: 8, aligning: false }
    const [view] = securityCard.describe(prompt, {
      label: null,
      openedAt: NOON,
      expiresAt: NOON,
    })
    assert.equal(view.number?.digits, '418207')
    assert.equal(view.steps?.length, 4)
    assert.deepEqual(
      view.steps?.map((step) => step.number ?? false),
      [false, false, true, false],
    )
    const step = en.method['security-card'].step
    assert.deepEqual(
      view.steps?.map(({ text }) => text.key),
      ['on', 'pin', 'challenge', 'answer'].map((name) => `method.security-card.step.${name}`),
    )
    assert.match(step.on, /Press the button .* until it shows \*\*PIN>\*\*/)
    assert.match(step.pin, /4-digit PIN and press \*\*OK\*\*/)
    assert.match(step.challenge, /\*\*CHALLNG>\*\*, type this challenge and press \*\*OK\*\*/)
  })

  test('A8 says by the first digit what a number is for', () => {
    for (const [purpose, first] of [
      ['login', /^[0-7]/],
      ['task', /^8/],
      ['desk', /^9/],
    ] as const) {
      const question = securityCard.challenge(cardState(sampleCard('c')), asking({ purpose }))
      assert.ok(question.ok)
      assert.match(question.unique ?? '', first)
    }
  })

  test('of a task its page says that the card does not show it, in as many digits as it answers', () => {
    const context = { label: null, openedAt: NOON, expiresAt: NOON }
    const hintOf = (number: string, digits: number) => {
      const [view] = securityCard.describe({ number, digits, aligning: false }, context)
      return view.field?.hint
    }
    assert.equal(hintOf('818207', 8), 'method.security-card.task.eight')
    assert.equal(hintOf('81820714', 6), 'method.security-card.task.six')
    assert.equal(hintOf('418207', 8), 'method.security-card.hint.eight')
    assert.equal(hintOf('41820714', 6), 'method.security-card.hint.six')
    for (const digits of ['eight', 'six'] as const) {
      const words = en.method['security-card'].task[digits]
      assert.match(words, /The card does not show this task: check it on this page\.$/)
    }
  })

  test('R056 a wrong PIN is a wrong response, and so is the response of another card', async () => {
    const state = cardState(sampleCard('c'))
    const wrongPin = sampleCard('c').press('2581', '123457')
    const other = sampleCard('d').press(SAMPLE_PIN, '123457')
    const otherNumber = sampleCard('c').press(SAMPLE_PIN, '123458')
    for (const response of [wrongPin, other, otherNumber]) {
      const verdict = await verify(state, '123457', response)
      assert.equal(verdict.outcome, 'rejected')
      assert.equal('reason' in verdict && verdict.reason, 'wrong-response')
    }
  })

  test('A7 S40 no counter counts twice, nor any before it', async () => {
    const card = sampleCard('c')
    const early = Array.from({ length: 3 }, () => card.press(SAMPLE_PIN, '123457'))
    const response = card.press(SAMPLE_PIN, '123457')
    const accepted = await verify(cardState(card), '123457', response)
    assert.equal(accepted.outcome, 'accepted')
    assert.equal(left(accepted).counter, 4)
    for (const old of [...early, response]) {
      assert.equal((await verify(left(accepted), '123457', old)).outcome, 'rejected')
    }
  })

  test('ten presses for nothing are forgiven at once, and not the eleventh', async () => {
    for (const [presses, outcome, reason] of [
      [0, 'accepted', undefined],
      [10, 'accepted', undefined],
      [11, 'rejected', 'counter-ahead'],
      [100, 'rejected', 'counter-ahead'],
      [101, 'rejected', 'wrong-response'],
    ] as const) {
      const card = sampleCard('c')
      card.skip(presses)
      const verdict = await verify(cardState(card), '123457', card.press(SAMPLE_PIN, '123457'))
      assert.equal(verdict.outcome, outcome, `${presses}`)
      assert.equal('reason' in verdict ? verdict.reason : undefined, reason, `${presses}`)
    }
  })

  test('two responses, one right after the other, find a card that is far ahead', async () => {
    const card = sampleCard('c')
    card.skip(60)
    const first = await verify(cardState(card), '123457', card.press(SAMPLE_PIN, '123457'))
    assert.equal(first.outcome, 'rejected')
    const waiting = securityCard.challenge(left(first), asking())
    assert.ok(waiting.ok)
    assert.equal((waiting.prompt as { aligning: boolean }).aligning, true)
    const { number } = waiting.expected as { number: string }
    const second = await verify(waiting.state, number, card.press(SAMPLE_PIN, number))
    assert.equal(second.outcome, 'accepted')
    assert.equal(left(second).counter, 62)
    assert.equal(left(second).aligning, null)
  })

  test('two that do not follow each other do not find it, and a wrong one begins again', async () => {
    const card = sampleCard('c')
    card.skip(60)
    const first = await verify(cardState(card), '123457', card.press(SAMPLE_PIN, '123457'))
    card.skip(1)
    const apart = await verify(left(first), '223457', card.press(SAMPLE_PIN, '223457'))
    assert.equal(apart.outcome, 'rejected')
    // But that one and the next do.
    const next = await verify(left(apart), '323457', card.press(SAMPLE_PIN, '323457'))
    assert.equal(next.outcome, 'accepted')

    const other = sampleCard('c')
    other.skip(60)
    const once = await verify(cardState(other), '123457', other.press(SAMPLE_PIN, '123457'))
    const wrong = await verify(left(once), '223457', '00000000')
    assert.equal(left(wrong).aligning, null)
    const late = await verify(left(wrong), '323457', other.press(SAMPLE_PIN, '323457'))
    assert.equal(late.outcome, 'rejected')
  })

  test('the same response twice is not two in a row', async () => {
    const card = sampleCard('c')
    card.skip(60)
    const response = card.press(SAMPLE_PIN, '123457')
    const first = await verify(cardState(card), '123457', response)
    assert.equal((await verify(left(first), '123457', response)).outcome, 'rejected')
  })

  test('R024 a response may be typed with spaces, dashes and full-width digits, and with nothing else', async () => {
    const card = sampleCard('c')
    const response = card.press(SAMPLE_PIN, '123457')
    const [one, two] = [response.slice(0, 4), response.slice(4)]
    const wide = Array.from(response, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
    for (const typed of [
      `${one} ${two}`,
      ` ${one}-${two}\n`,
      `${one}\u00A0\u2013\u202F${two}`,
      wide.join(''),
      `\u200E${response}\u200B`,
    ]) {
      const verdict = await verify(cardState(card), '123457', typed)
      assert.equal(verdict.outcome, 'accepted', JSON.stringify(typed))
    }
    for (const typed of [
      response.slice(1),
      `${response}0`,
      `${one},${two}`,
      `${one}O${two.slice(1)}`,
      '',
      Number(response),
      null,
      [response],
      '٠١٢٣٤٥٦٧٨',
      '9'.repeat(65),
    ]) {
      const verdict = await verify(cardState(card), '123457', typed)
      assert.equal(verdict.outcome, 'malformed', JSON.stringify(typed))
    }
  })

  test('R059 may be asked ten times an hour, ten more by browsers of its holder', () => {
    for (const [recognised, allowed] of [
      [false, 10],
      [true, 20],
    ] as const) {
      let state: Json = cardState(sampleCard('c'))
      for (let draw = 0; draw < allowed; draw += 1) {
        const now = after(NOON, seconds(draw))
        const question = securityCard.challenge(state, asking({ now, recognised }))
        assert.ok(question.ok, `${draw}`)
        state = question.state
      }
      const now = after(NOON, minutes(30))
      const refused = securityCard.challenge(state, asking({ now, recognised }))
      assert.deepEqual(refused, {
        ok: false,
        problem: 'login.too-many-challenges',
        until: after(NOON, hours(1)),
      })
      const later = securityCard.challenge(
        state,
        asking({ now: after(NOON, hours(1)), recognised }),
      )
      assert.ok(later.ok)
    }
  })

  test('an older card answers six digits without a counter', async () => {
    const card = sampleCard('c', OLD_SUITE)
    const state = cardState(card)
    const response = card.press(SAMPLE_PIN, '123457')
    const accepted = await verify(state, '123457', response)
    assert.equal(accepted.outcome, 'accepted')
    assert.deepEqual(left(accepted), state)
  })

  test('an older card is asked eight digits, answers six, and may be one ahead', async () => {
    const card = sampleCard('c', SIX_DIGITS)
    const question = securityCard.challenge(cardState(card), asking())
    assert.ok(question.ok)
    assert.match(question.unique ?? '', /^[0-7][0-9]{7}$/)
    for (const [presses, outcome] of [
      [0, 'accepted'],
      [1, 'accepted'],
      [2, 'rejected'],
    ] as const) {
      const pressed = sampleCard('c', SIX_DIGITS)
      pressed.skip(presses)
      const response = pressed.press(SAMPLE_PIN, '12345671')
      assert.match(response, /^[0-9]{6}$/)
      assert.equal((await verify(cardState(card), '12345671', response)).outcome, outcome)
    }
    assert.equal((await verify(cardState(card), '12345671', '12345678')).outcome, 'malformed')
  })
})

suite('The PIN of a security card', () => {
  const change = securityCard.change ?? assert.fail('it can not be changed')
  const asked = (now: Instant, asker = 'a') => ({ now, asker, known: new Set<string>() })
  const begun = (state: Json, pin: unknown, now = NOON) =>
    change.begin(state, { pin }, { now, random, known: new Set(), asker: 'a' })

  /** A change to this PIN, and the number that proves it. */
  function chosen(card: SampleCard, pin: string): { state: State; number: string } {
    const started = begun(cardState(card), pin)
    assert.ok(started.ok)
    assert.match(started.unique ?? '', /^8[0-9]{5}$/)
    return { state: started.state as unknown as State, number: started.unique ?? '' }
  }

  test('R056 is changed by a response that was computed with the new one', async () => {
    const card = sampleCard('c')
    const { state, number } = chosen(card, '7193')
    const response = card.press('7193', number)
    const done = change.complete(state, { response }, asked(NOON))
    assert.equal(done.outcome, 'accepted')
    const after = left(done)
    assert.equal(after.change, null)
    assert.equal((await verify(after, '123457', card.press('7193', '123457'))).outcome, 'accepted')
    const old = await verify(after, '123457', card.press(SAMPLE_PIN, '123457'))
    assert.equal(old.outcome, 'rejected')
  })

  test('R056 stays what it was until then, and when the response was wrong', async () => {
    const card = sampleCard('c')
    const { state, number } = chosen(card, '7193')
    const meanwhile = await verify(state, '123457', card.press(SAMPLE_PIN, '123457'))
    assert.equal(meanwhile.outcome, 'accepted')
    for (const response of [sampleCard('c').press(SAMPLE_PIN, number), '12345678']) {
      const refused = change.complete(state, { response }, asked(NOON))
      assert.equal(refused.outcome, 'rejected')
      assert.equal(left(refused).change, null)
      assert.equal(left(refused).pinHash, state.pinHash)
    }
  })

  test('A8 is not changed by the response to a login, nor too late, nor twice', () => {
    const card = sampleCard('c')
    const { state, number } = chosen(card, '7193')
    const other = change.complete(state, { response: card.press('7193', '123457') }, asked(NOON))
    assert.equal(other.outcome, 'rejected')
    const response = sampleCard('c').press('7193', number)
    const late = change.complete(state, { response }, asked(after(NOON, minutes(3))))
    assert.equal(late.outcome, 'late')
    assert.equal(change.describe(state, asked(after(NOON, minutes(3)))), null)
    const done = change.complete(state, { response }, asked(instant(after(NOON, minutes(3)) - 1)))
    assert.equal(done.outcome, 'accepted')
    assert.equal(change.complete(left(done), { response }, asked(NOON)).outcome, 'late')
  })

  test('has four digits, is none of the first that a thief tries, and is typed as people type', () => {
    const state = cardState(sampleCard('c'))
    for (const pin of ['719', '71930', 'abcd', '71a3', '', null, 7193, '٧١٩']) {
      const refused = begun(state, pin)
      assert.ok(!refused.ok)
      assert.equal(refused.problem, 'authenticator.pin-form', JSON.stringify(pin))
    }
    assert.ok(
      !change.begin(state, 'nonsense', { now: NOON, random, known: new Set(), asker: 'a' }).ok,
    )
    for (const pin of ['0000', '9999', '1234', '8901', '4321', '1098', '1212', '8080']) {
      assert.ok(isGuessable(pin), pin)
      const refused = begun(state, pin)
      assert.ok(!refused.ok && refused.problem === 'authenticator.pin-guessable', pin)
    }
    for (const pin of ['7193', ' 71-93 ', '７１９３', '٧١٩٣', '1357', '0012'])
      assert.ok(begun(state, pin).ok)
  })

  test('no answer makes its change throw', () => {
    const { state } = chosen(sampleCard('c'), '7193')
    fc.assert(
      fc.property(fc.anything(), (answer) => {
        assert.equal(change.complete(state, answer, asked(NOON)).outcome, 'malformed')
        assert.ok(
          !change.begin(state, answer, { now: NOON, random, known: new Set(), asker: 'a' }).ok,
        )
      }),
    )
  })

  test('A28 is counted among the challenges of an hour, and leaves half of them to logins', () => {
    let state: Json = cardState(sampleCard('c'))
    for (let draw = 0; draw < 5; draw += 1) {
      const started = begun(state, '7193')
      assert.ok(started.ok)
      state = started.state
    }
    const refused = begun(state, '7193')
    assert.ok(!refused.ok && refused.problem === 'login.too-many-challenges')
    assert.equal(drawableFrom(state as unknown as Drawn, { now: NOON, recognised: false }), null)
  })
})

suite('A security card in the inventory', () => {
  const stock = securityCard.stock ?? assert.fail('it is not delivered')
  const delivered = (changes: Partial<DeliveredKey> = {}): DeliveredKey => ({
    serial: 'CARD-1',
    algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:ocra',
    suite: CARD_SUITE,
    secret: sampleCard('c').secret,
    counter: 5,
    pin: null,
    startsAt: null,
    expiresAt: null,
    usages: [],
    pinMode: null,
    ...changes,
  })
  const kept = (changes: Partial<DeliveredKey> = {}): Json => {
    const adopted = stock.adopt(delivered(changes))
    assert.ok(adopted.ok)
    return adopted.kept
  }

  test('R056 is given with the PIN that was chosen when it was ordered', async () => {
    const given = stock.give(kept(), { pin: SAMPLE_PIN })
    assert.ok(given.ok)
    const card = sampleCard('c')
    card.skip(5)
    const verdict = await verify(given.state, '123457', card.press(SAMPLE_PIN, '123457'))
    assert.equal(verdict.outcome, 'accepted')
    assert.equal(left(verdict).counter, 6)
  })

  test('is not given without a PIN, unless its manufacturer has set one', () => {
    assert.deepEqual(stock.give(kept(), {}), { ok: false, problem: 'authenticator.pin-form' })
    assert.ok(stock.give(kept({ pin: '0000' }), {}).ok)
    for (const wishes of [{ pin: 'abcd' }, { pin: '12345' }, { pin: '1234' }]) {
      assert.ok(!stock.give(kept(), wishes).ok)
    }
    for (const wishes of [null, 'x', { pin: 1234 }, { pin: SAMPLE_PIN, more: 1 }]) {
      assert.deepEqual(stock.give(kept(), wishes), { ok: false, problem: 'request.malformed' })
    }
  })

  test('ends when its manufacturer says so', () => {
    const given = stock.give(kept({ expiresAt: NOON }), { pin: SAMPLE_PIN })
    assert.ok(given.ok)
    assert.equal(given.expiresAt, NOON)
  })

  test('S38 each key that it can not use is refused with its reason', () => {
    const cases: readonly (readonly [Partial<DeliveredKey>, string | null])[] = [
      [{}, null],
      [{ suite: OLD_SUITE }, null],
      [{ suite: SIX_DIGITS }, null],
      [{ usages: ['CR', 'OTP'], pinMode: 'Algorithmic' }, null],
      [{ pinMode: 'Local' }, null],
      [{ secret: Buffer.alloc(16) }, null],
      [{ secret: Buffer.alloc(128) }, null],
      [{ counter: 2 ** 40 }, null],
      [{ algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:hotp' }, 'algorithm'],
      [{ suite: null }, 'suite'],
      [{ suite: 'OCRA-1:HOTP-SHA512-8:QN08' }, 'suite'],
      [{ suite: `${CARD_SUITE} ` }, 'suite'],
      [{ secret: Buffer.alloc(15) }, 'weak-secret'],
      [{ secret: Buffer.alloc(129) }, 'long-secret'],
      [{ counter: 2 ** 40 + 1 }, 'counter'],
      [{ usages: ['OTP'] }, 'usage'],
      [{ pinMode: 'Append' }, 'pin-mode'],
      [{ pin: '12345' }, 'pin'],
      [{ pin: 'abcd' }, 'pin'],
    ]
    for (const [changes, reason] of cases) {
      const adopted = stock.adopt(delivered(changes))
      assert.equal(adopted.ok ? null : adopted.reason, reason, JSON.stringify(changes))
    }
  })
})

test('A25 after a restore a card is behind what it has used, and never behind where it stands', async () => {
  const since = { now: NOON, isTouched: true, used: [], uses: 0 }
  const at = (changes: object, suite = CARD_SUITE) =>
    securityCard.restored?.(
      { ...cardState(sampleCard('c', suite)), counter: 3 },
      { ...since, ...changes },
    ) as State | null
  assert.equal(at({ used: [3, 7] })?.counter, 8)
  assert.equal(at({ used: [1] })?.counter, 3)
  assert.equal(at({ uses: 2 })?.counter, 5)
  assert.equal(at({ isTouched: false })?.counter, 3)
  assert.equal(at({}, OLD_SUITE), null, 'it answers a number in the same way for ever')
  assert.notEqual(at({ isTouched: false }, OLD_SUITE), null)
})

test('A25 what a card has used up is said, so that it can be used up again', async () => {
  const card = sampleCard('c')
  card.skip(4)
  const answer = { response: card.press(SAMPLE_PIN, '123456') }
  const verdict = await securityCard.verify(cardState(sampleCard('c')), {
    authenticatorId,
    browser: null,
    expected: { number: '123456' },
    answer,
    now: NOON,
  })
  assert.deepEqual(verdict.outcome === 'accepted' && verdict.used, [4])
})
