import assert from 'node:assert/strict'
import { test } from 'node:test'
import vectors from '#oath/ocra.vectors.json' with { type: 'json' }
import { addressOf, routeOf, scannedFrom } from './camera/address.ts'
import {
  answered,
  corrected,
  NEW_CLOCK,
  reset,
  serverTime,
  signed,
  signingTime,
} from './server/clock.ts'
import { halves, purposeOf, spaced } from './words/digits.ts'
import { flawOf } from './key/pin.ts'
import { respond, responseEnds_ms, suiteOf } from './key/respond.ts'

const rule = { lengthMin: 4, lengthMax: 6, pattern: '^(?=.*[0-9])[0-9A-Za-z]{4,6}$' } as const
const flaw = (pin: string) => flawOf(pin, { rule, userName: 'demo-anna7' })

test('R067 a PIN has 4 to 6 letters or digits with at least one digit', () => {
  assert.equal(flaw('471'), 'short')
  assert.equal(flaw('4715'), null)
  assert.equal(flaw('k4715m'), null)
  assert.equal(flaw('k4715mx'), 'long')
  assert.equal(flaw('kxmq'), 'no-digit')
  assert.equal(flaw('kxm4'), null)
  assert.equal(flaw('47 15'), 'characters')
  assert.equal(flaw('471é'), 'characters')
})

test('R067 a PIN that a thief would try first is refused with its reason', () => {
  for (const pin of [
    '1234',
    '0000',
    '1111',
    '1212',
    '7777',
    '123456',
    '654321',
    '9876',
    '4321',
    '7890',
  ]) {
    assert.equal(flaw(pin), 'common', pin)
  }
  for (const pin of ['123123', '121212', '2580', 'abc123', 'ABC123', '0987', '111111', '1a1a']) {
    assert.equal(flaw(pin), 'common', pin)
  }
  for (const pin of ['1987', '2001', '2024']) assert.equal(flaw(pin), 'year', pin)
  for (const pin of ['anna7', 'NNA7']) assert.equal(flaw(pin), 'name', pin)
  for (const pin of ['4711', '1850', '2050', '90210', '7351', 'x9b2'])
    assert.equal(flaw(pin), null, pin)
})

test('A8 the first digit of a challenge says what it is for', () => {
  for (const first of '01234567') assert.equal(purposeOf(`${first}18207`), 'login')
  assert.equal(purposeOf('818207'), 'task')
  assert.equal(purposeOf('918207'), 'desk')
})

test('R051 a response is read 4 and 4, a challenge 3 and 3', () => {
  assert.deepEqual(halves('39047716'), ['3904', '7716'])
  assert.deepEqual(halves('418207'), ['418', '207'])
  assert.equal(spaced('0418'), '0 4 1 8')
})

test('R073 a picture is read when it is ours, and otherwise not', () => {
  const issuer = 'https://login.example.com'
  const token = 'A'.repeat(43)
  assert.deepEqual(scannedFrom(`${issuer}/phone#activate=${token}`, issuer), {
    kind: 'activation',
    token,
  })
  assert.deepEqual(scannedFrom(`${issuer}/phone#login=log_1.418207`, issuer), {
    kind: 'login',
    transaction: 'log_1',
    number: '418207',
  })
  const strange = [
    `https://login.example.com.evil.example/phone#activate=${token}`,
    `${issuer}/phone#activate=short`,
    `${issuer}/phone#login=log_1.41820`,
    `${issuer}/phone#login=log_1.4182071`,
    `${issuer}/phone#login=${'x'.repeat(41)}.418207`,
    `${issuer}/phone`,
    '',
  ]
  for (const text of strange) assert.equal(scannedFrom(text, issuer), null, text)
})

test('every address of the app leads somewhere', () => {
  assert.deepEqual(routeOf(''), { at: 'code' })
  assert.deepEqual(routeOf('#nonsense'), { at: 'code' })
  assert.deepEqual(routeOf('#requests'), { at: 'requests' })
  assert.deepEqual(routeOf('#request=log_1'), { at: 'request', transaction: 'log_1' })
  assert.equal(routeOf('#login=log_1.418207').at, 'scanned')
  for (const address of [
    '#code',
    '#requests',
    '#request=log_1',
    '#help',
    '#setup',
    '#pin',
    '#new-pin',
    '#keys',
    '#notifications',
    '#check',
  ]) {
    assert.equal(addressOf(routeOf(address)), address)
  }
  assert.equal(addressOf(routeOf('#login=log_1.418207')), '')
})

test('R051 the phone computes what an independent implementation computes', async () => {
  const entry = vectors.own.find(({ suite }) => suite === 'OCRA-1:HOTP-SHA256-8:QN06-T30S')
  assert.ok(entry)
  const suite = suiteOf(entry.suite)
  const key = new Uint8Array(Buffer.from(vectors.keys.SHA256, 'hex'))
  for (const value of entry.values) {
    const at_ms: number = Number(entry.timeStep) * 30_000 + 29_999
    assert.equal(await respond(key, value.question, { suite, at_ms }), value.response)
  }
})

test('a suite that would need the PIN or a counter is not this phone’s', () => {
  for (const text of [
    'OCRA-1:HOTP-SHA256-8:C-QN06',
    'OCRA-1:HOTP-SHA256-8:QN06-PSHA256',
    'x',
    '',
  ]) {
    assert.throws(() => suiteOf(text), RangeError)
  }
})

test('A16 a response is shown for 30 to 60 seconds', () => {
  const suite = suiteOf('OCRA-1:HOTP-SHA256-8:QN06-T30S')
  for (const at_ms of [0, 1, 29_999, 30_000, 30_001, 1_790_000_000_123]) {
    const shown = responseEnds_ms(suite, at_ms) - at_ms
    assert.ok(shown > 30_000 && shown <= 60_000, String(shown))
  }
})

test('A24 the phone counts by the server’s clock and never signs a time twice', () => {
  const heard = { server_ms: 1_000_000, sent_ms: 400_000, heard_ms: 400_200 }
  const clock = corrected(NEW_CLOCK, heard)
  assert.equal(serverTime(clock, 400_100), 1_000_000)
  assert.equal(signingTime({ ...clock, signed_ms: 1_000_005 }, 400_100), 1_000_006)
  assert.equal(corrected(clock, { ...heard, server_ms: 1_000_999 }), clock)
  assert.notEqual(corrected(clock, { ...heard, server_ms: 1_001_000 }), clock)
})

test('A24 a phone whose clock stood in the future is heard again after the server corrected it', () => {
  const ahead = { ...NEW_CLOCK, signed_ms: 9_000_000 }
  const clock = reset(ahead, { server_ms: 1_000_000, heard_ms: 8_999_999 })
  assert.equal(signingTime(clock, 8_999_999), 1_001_000)
})

test('what is said again by the second of a Date header is later than all that was signed in it', () => {
  const signedAt = 1_000_999
  const clock = reset(signed(NEW_CLOCK, signedAt), { server_ms: 1_000_000, heard_ms: 5 })
  assert.ok(signingTime(clock, 5) > signedAt)
})

test('T-PWA-5 a phone remembers what it signed until the server has answered, and a little longer', () => {
  let clock = NEW_CLOCK
  for (let time = 1; time <= 250; time += 1) clock = signed(clock, time)
  assert.equal(clock.signed_ms, 250)
  assert.deepEqual([clock.before_ms[0], clock.before_ms.at(-1)], [51, 250])
  const heard = answered(clock)
  assert.deepEqual([heard.before_ms[0], heard.before_ms.at(-1)], [235, 250])
  assert.equal(answered(heard), heard)
})
