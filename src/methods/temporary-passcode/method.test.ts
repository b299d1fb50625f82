import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { phaseOf } from '#core/assurance.ts'
import type { AuthenticatorId, BrowserId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, days, hours, type Instant, instant, seconds } from '#core/time/time.ts'
import type { Judging, Verdict } from '#methods/method.ts'
import { SAMPLE_ASKING } from '#methods/sample.ts'
import { passwords } from '#methods/sample-tools.ts'
import { temporaryPasscode } from '#methods/temporary-passcode/method.ts'
import { PASSCODE_LENGTH, SYMBOLS } from '#methods/temporary-passcode/wire.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const [HOME, WORK] = ['brw_home' as BrowserId, 'brw_work' as BrowserId]
const method = temporaryPasscode(passwords)
const issuing = method.issued ?? assert.fail('the desk cannot give it out')

/** Letters that are not their own capital, so that the case can be wrong. */
const LETTERS = (length: number) => Uint8Array.from({ length }, (_, at) => 10 + at)

const issue = (now: Instant = NOON, random: (length: number) => Uint8Array = LETTERS) =>
  issuing.issue({ now, random, language: 'en' })

const verify = (
  state: Json,
  passcode: unknown,
  judging: Partial<Pick<Judging, 'browser' | 'isProgram'>> = {},
): Promise<Verdict> =>
  method.verify(state, {
    authenticatorId: 'aut_1' as AuthenticatorId,
    expected: null,
    now: NOON,
    browser: HOME,
    answer: { passcode },
    ...judging,
  })

suite('A temporary passcode', () => {
  test('R010 R093 R025 has 8 of 32 symbols in upper case, and none that is heard as another', async () => {
    const { secret } = await issue()
    assert.equal(secret, 'ABCDEFGH')
    assert.equal(PASSCODE_LENGTH, 8)
    assert.equal(new Set(SYMBOLS).size, 32)
    assert.equal(SYMBOLS, SYMBOLS.toUpperCase())
    for (const alike of 'ILOU') assert.ok(!SYMBOLS.includes(alike))
  })

  test('A14 is stored as a salted slow hash, and nowhere in the clear', async () => {
    const { state, secret, label } = await issue()
    const { hash } = state as { readonly hash: string }
    assert.match(hash, /^\$argon2id\$/)
    assert.ok(!JSON.stringify([state, label]).includes(secret))
  })

  test('R094 R095 S58 opens everything for 48 hours, then printing until the twelfth day, to the second', async () => {
    const { state, expiresAt, phases } = await issue()
    const accepted = await verify(state, 'ABCDEFGH')
    assert.ok(accepted.outcome === 'accepted')
    assert.deepEqual(accepted.phases, phases)
    assert.equal(expiresAt, after(NOON, days(12)))
    const proof = { method: method.name, acr: method.acr, amr: method.amr, phases }
    const opens = (at: Instant) => phaseOf(proof, at)
    const [two, twelve] = [after(NOON, hours(48)), after(NOON, days(12))]
    assert.equal(opens(NOON), 'everything')
    assert.equal(opens(after(two, seconds(-1))), 'everything')
    assert.equal(opens(two), 'card-printing')
    assert.equal(opens(after(twelve, seconds(-1))), 'card-printing')
    assert.equal(opens(twelve), 'over')
  })

  test('R164 says before it is typed that it only prints from the third day on', async () => {
    const { state } = await issue()
    const warningAt = (now: Instant) => {
      const drawn = method.challenge(state, {
        now,
        random: LETTERS,
        authenticatorId: 'aut_1' as AuthenticatorId,
        context: null,
        transaction: 'log_1',
        purpose: 'login',
        recognised: true,
        transfer: false,
        ...SAMPLE_ASKING,
        way: null,
        seamless: true,
      })
      assert.ok(drawn.ok)
      const when = { label: null, openedAt: now, expiresAt: now }
      return method.describe(drawn.prompt, when)[0].warning?.key
    }
    const end = after(NOON, hours(48))
    assert.equal(warningAt(after(end, seconds(-1))), undefined)
    assert.equal(warningAt(end), 'method.temporary-passcode.prints-only')
  })

  test('R024 is typed with spaces or dashes between its groups, or in full width', async () => {
    const { state } = await issue()
    const wide = Array.from('ABCDEFGH', (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0))
    for (const typed of ['ABCD EFGH', ' ABCD-EFGH ', 'A B C D E F G H', wide.join('')]) {
      assert.equal((await verify(state, typed)).outcome, 'accepted', typed)
    }
  })

  test('R025 R153 S20 small letters are explained to a claimant who knows it, and to no other', async () => {
    const { state } = await issue()
    const explained = {
      outcome: 'rejected',
      reason: 'lower-case',
      open: true,
      explained: 'login.capital-letters',
    }
    for (const typed of ['abcdefgh', 'Abcdefgh', 'ABCDEFGh', 'abcd efgh']) {
      assert.deepEqual(await verify(state, typed), explained)
    }
    for (const typed of ['abcdefgj', 'ABCDEFGJ']) {
      assert.deepEqual(await verify(state, typed), {
        outcome: 'rejected',
        reason: 'wrong-passcode',
      })
    }
  })

  test('what has not eight of its symbols is no answer, and is not counted', async () => {
    const { state } = await issue()
    for (const typed of ['', 'ABCDEFG', 'ABCDEFGHJ', 'ABCDEFGI', 'ABCDEFGO', 'ÀBCDEFGH', 7, null]) {
      assert.deepEqual(await verify(state, typed), { outcome: 'malformed' })
    }
  })

  test('A14 belongs to the first browser and the first program, until the desk releases it', async () => {
    const { state } = await issue()
    const first = await verify(state, 'ABCDEFGH')
    assert.ok(first.outcome === 'accepted')
    assert.equal((await verify(first.state, 'ABCDEFGH')).outcome, 'accepted')
    const elsewhere = {
      outcome: 'rejected',
      reason: 'other-browser',
      open: true,
      explained: 'login.other-browser',
    }
    assert.deepEqual(await verify(first.state, 'ABCDEFGH', { browser: WORK }), elsewhere)
    assert.deepEqual(await verify(first.state, 'ABCDEFGH', { browser: null }), elsewhere)
    // A wrong one hears nothing of browsers.
    const wrong = await verify(first.state, 'HGFEDCBA', { browser: WORK })
    assert.deepEqual(wrong, { outcome: 'rejected', reason: 'wrong-passcode' })
    // The platform's own program beside it, once.
    const program = await verify(first.state, 'ABCDEFGH', { browser: WORK, isProgram: true })
    assert.ok(program.outcome === 'accepted')
    const other = await verify(program.state, 'ABCDEFGH', { browser: HOME, isProgram: true })
    assert.deepEqual(other, elsewhere)
    const released = issuing.release(program.state)
    assert.equal((await verify(released, 'ABCDEFGH', { browser: WORK })).outcome, 'accepted')
  })

  test('C5 is no second factor of its own kind, and its references say so', () => {
    assert.deepEqual(method.amr, ['pwd'])
    assert.equal(method.acr, '2t')
    assert.equal(method.hardCap, 5)
    assert.equal(method.reusable, true)
  })
})
