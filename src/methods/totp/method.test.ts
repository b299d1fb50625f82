import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite, test } from 'node:test'
import type { AuthenticatorId, BrowserId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, before, type Instant, instant, seconds } from '#core/time/time.ts'
import type { Completing, Enrolling } from '#methods/enrol.ts'
import { codeAt } from '#methods/totp/codes.ts'
import { base32, keyUri, spelled } from '#methods/totp/key-uri.ts'
import { totp } from '#methods/totp/method.ts'
import { sample } from '#methods/totp/sample.ts'

const [KEY = '', , BASE32 = ''] = sample.secrets
const NOON = instant(Date.UTC(2026, 10, 20, 12))
const STEP = seconds(30)

const judge = (code: string, { now = NOON, state = sample.state } = {}) =>
  totp.verify(state, {
    authenticatorId: 'aut_1' as AuthenticatorId,
    browser: 'brw_1' as BrowserId,
    expected: null,
    answer: { code },
    now,
  })

const codeOf = (now: Instant) => codeAt(Math.floor(now / STEP), KEY)

suite('The code of an authenticator app', () => {
  test('is that of RFC 6238, appendix B, cut to six digits', () => {
    const values = [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_111_111_111, '050471'],
      [1_234_567_890, '005924'],
      [2_000_000_000, '279037'],
      [20_000_000_000, '353130'],
    ] as const
    for (const [time, code] of values) assert.equal(codeAt(Math.floor(time / 30), KEY), code)
  })

  test('S41 is right in its half minute, one before and one after, and no further', async () => {
    const rows = [
      [-2, 'rejected'],
      [-1, 'accepted'],
      [0, 'accepted'],
      [1, 'accepted'],
      [2, 'rejected'],
    ] as const
    for (const [steps, outcome] of rows) {
      const there = instant(NOON + steps * STEP)
      assert.equal((await judge(codeOf(there))).outcome, outcome, `${steps} steps away`)
    }
    const end = after(NOON, STEP)
    assert.equal((await judge(codeOf(before(NOON, STEP)), { now: end })).outcome, 'rejected')
    const last = before(end, seconds(0.001))
    assert.equal((await judge(codeOf(before(NOON, STEP)), { now: last })).outcome, 'accepted')
  })

  test('A7 S40 is accepted once, and none before it afterwards', async () => {
    const first = await judge(codeOf(NOON))
    assert.ok(first.outcome === 'accepted')
    const { state } = first
    const replayed = { outcome: 'rejected', reason: 'used-before' }
    assert.deepEqual(await judge(codeOf(NOON), { state }), replayed)
    assert.deepEqual(await judge(codeOf(before(NOON, STEP)), { state }), replayed)
    assert.equal((await judge(codeOf(after(NOON, STEP)), { state })).outcome, 'accepted')
  })

  test('R024 may be typed with spaces, dashes and full-width digits', async () => {
    const code = codeOf(NOON)
    const wide = String.fromCodePoint(...[...code].map((digit) => 0xff10 + Number(digit)))
    for (const typed of [`${code.slice(0, 3)} ${code.slice(3)}`, ` ${[...code].join('-')} `, wide])
      assert.equal((await judge(typed)).outcome, 'accepted', typed)
  })

  test('is no guess where it has no six digits', async () => {
    for (const typed of ['', '12345', '1234567', '12345a', '٣٤٥٦٧', '1'.repeat(65)])
      assert.equal((await judge(typed)).outcome, 'malformed', typed)
  })
})

const enrolling: Enrolling = {
  now: NOON,
  random: (length) => Buffer.alloc(length, 'k'),
  issuer: 'https://example.com',
  brand: 'Example: Brokerage',
  held: [],
  way: null,
  before: null,
  network: 'a network',
  channels: [],
  subscriber: { id: 'sub_1', userName: 'anna & co', language: 'en' },
}
const completing = (expected: Json, language: Completing['language'] = 'en'): Completing => ({
  expected,
  now: NOON,
  random: enrolling.random,
  issuer: enrolling.issuer,
  language,
})

suite('An authenticator app', () => {
  const begun = totp.enrol?.begin(null, enrolling)
  assert.ok(begun?.ok)
  const key = Buffer.alloc(20, 'k').toString('base64url')
  const right = codeAt(Math.floor(NOON / STEP), key)

  test('S38 gets a key of 160 bits, as a picture and in groups of four', () => {
    const { uri, spelled: words } = begun.prompt as {
      readonly uri: string
      readonly spelled: string
    }
    assert.match(words, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
    assert.equal(words, spelled(Buffer.from(key, 'base64url')))
    const { protocol, host, pathname, searchParams } = new URL(uri)
    assert.equal(`${protocol}//${host}`, 'otpauth://totp')
    assert.equal(decodeURIComponent(pathname), '/Example Brokerage:anna & co')
    assert.deepEqual(Object.fromEntries(searchParams), {
      secret: words.replaceAll(' ', ''),
      issuer: 'Example Brokerage',
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    })
  })

  test('A15 shows its key on a page that is shown once, and on no other', () => {
    const [first, second] =
      totp.enrol?.describe(begun.prompt, { openedAt: NOON, expiresAt: NOON }) ?? []
    assert.ok(first?.once && first.picture)
    const { uri, spelled: words } = begun.prompt as {
      readonly uri: string
      readonly spelled: string
    }
    for (const secret of [uri, words, words.replaceAll(' ', ''), key])
      assert.ok(!JSON.stringify(second).includes(secret))
  })

  test('is bound by its first code, which then does not log in', async () => {
    const bound = await totp.enrol?.complete(right, completing(begun.expected))
    assert.ok(bound && 'ok' in bound && bound.ok)
    assert.equal(bound.label, 'Authenticator app')
    const again = await judge(right, { state: bound.state })
    assert.deepEqual(again, { outcome: 'rejected', reason: 'used-before' })
    const french = await totp.enrol?.complete(right, completing(begun.expected, 'fr'))
    assert.ok(french && 'label' in french)
    assert.equal(french.label, 'Application d’authentification')
  })

  test('is not bound by any other answer, and none makes it throw', async () => {
    for (const answer of [sample.secrets[0], '', '000000', 42, null, { code: right }, [right]]) {
      const bound: unknown = await totp.enrol?.complete(answer, completing(begun.expected))
      assert.deepEqual(bound, { wrong: true }, JSON.stringify(answer))
    }
  })

  test('reads base 32 as RFC 4648 writes it', () => {
    const rows = { '': '', f: 'MY', fo: 'MZXQ', foo: 'MZXW6', foob: 'MZXW6YQ', fooba: 'MZXW6YTB' }
    for (const [text, written] of Object.entries(rows))
      assert.equal(base32(Buffer.from(text)), written)
  })
})

test('A25 after a restore no code of now counts, and the next one does after a minute', async () => {
  const since = { now: NOON, isTouched: false, used: [], uses: 0 }
  const state = totp.restored?.(sample.state, since) as Json
  for (const at of [before(NOON, STEP), NOON, after(NOON, STEP)])
    assert.equal((await judge(codeOf(at), { state })).outcome, 'rejected')
  const later = after(NOON, seconds(60))
  assert.equal((await judge(codeOf(later), { state, now: later })).outcome, 'accepted')
})

const missing = spawnSync('oathtool', ['--version']).error ? 'oathtool is not installed' : false

suite('oathtool, another implementation,', { skip: missing }, () => {
  test('makes the codes that we accept out of what the picture holds', () => {
    const key = Buffer.from(KEY, 'base64url')
    const uri = new URL(keyUri({ key, brand: 'Example', userName: 'anna' }))
    const secret = uri.searchParams.get('secret') ?? ''
    assert.equal(secret, BASE32)
    const options = ['--totp', '--base32', '--now=2026-11-20 12:00:00 UTC', '--window=99', secret]
    const theirs = spawnSync('oathtool', options, { encoding: 'utf8' }).stdout.trim().split('\n')
    const ours = theirs.map((_, index) => codeOf(instant(NOON + index * STEP)))
    assert.deepEqual(ours, theirs)
    assert.equal(theirs.length, 100)
  })
})
