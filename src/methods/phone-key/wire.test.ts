import assert from 'node:assert/strict'
import { USUAL_PIN_RULE } from '#core/devices/pin-rule.ts'
import { suite, test } from 'node:test'
import { samplePhone } from './sample.ts'
import { SIGNED_BEFORE_MAX } from './signing.ts'
import {
  ActivationCode,
  ActivationComplete,
  ActivationProof,
  activationPath,
  DeviceKey,
  DeviceRequest,
  phonePinOf,
  SignedRequest,
  scanPath,
} from './wire.ts'

interface Schema {
  safeParse(value: unknown): { readonly success: boolean }
}

const fits = (schema: Schema, value: unknown): boolean => schema.safeParse(value).success
const long = (length: number): string => 'A'.repeat(length)

/** The lengths of a text that this schema takes, as the shortest and the longest of them. */
function lengths(schema: Schema, value: (text: string) => unknown): readonly [number, number] {
  const taken = Array.from({ length: 9_000 }, (_, length) => length).filter((length) =>
    fits(schema, value(long(length))),
  )
  const [shortest = -1, longest = -1] = [taken[0], taken.at(-1)]
  assert.equal(taken.length, longest - shortest + 1)
  return [shortest, longest]
}

const common = { aud: 'https://login.example.com', time: 1, nonce: long(22), before: [] }
const listing = { ...common, act: 'list' }
const answer = {
  ...common,
  act: 'answer',
  transaction: 'log_1',
  contextHash: long(43),
  decision: 'approve',
  number: '123457',
  response: '12345678',
}
const proof = { ...common, act: 'proof', response: '12345678' }
const push = {
  ...common,
  act: 'push',
  permission: 'granted',
  subscription: {
    endpoint: 'https://push.example.com/1',
    keys: { p256dh: long(87), auth: long(22) },
  },
}

suite('The PIN of the phone', () => {
  test('R067 has four to six letters or digits, one digit at least', () => {
    const rule = phonePinOf(USUAL_PIN_RULE.phone)
    const pattern = new RegExp(rule.pattern, 'u')
    const rows = [
      ['123', false],
      ['1234', true],
      ['12345', true],
      ['123456', true],
      ['1234567', false],
      ['abcd', false],
      ['abc1', true],
      ['1ABCde', true],
      ['ab-1', false],
      ['ab 1', false],
      ['é123', false],
      ['１２３４', false],
      ['1234\n', false],
    ] as const
    for (const [pin, isOne] of rows) assert.equal(pattern.test(pin), isOne, pin)
    assert.deepEqual([rule.lengthMin, rule.lengthMax], [4, 6])
  })

  test('R067 is longer or of digits alone where the operator says so', () => {
    const { lengthMin, pattern } = phonePinOf({ lengthMin: 5, characters: 'digits' })
    assert.equal(lengthMin, 5)
    const rows = ['7352', '73521', 'a7352', '735218'].map((pin) => new RegExp(pattern).test(pin))
    assert.deepEqual(rows, [false, true, false, true])
  })
})

suite('What a phone sends', () => {
  test('is well formed as the samples are', async () => {
    const binding = { now: 0 as never, audience: common.aud, enrolment: 'enr_1' }
    assert.ok(fits(ActivationComplete, await samplePhone('a').activate(binding)))
    for (const request of [listing, answer, proof, push]) assert.ok(fits(DeviceRequest, request))
  })

  test('has a limit on every text in it', async () => {
    const binding = { now: 0 as never, audience: common.aud, enrolment: 'enr_1' }
    const activation = await samplePhone('a').activate(binding)
    const proof = { ...common, act: 'activate', enrolment: 'enr_1', response: '12345678' }
    const { nonce: _, before: __, ...proven } = proof
    const row = (schema: Schema, value: object, key: string) =>
      lengths(schema, (text) => ({ ...value, [key]: text }))
    const of = (schema: Schema, key: string) => row(schema, {}, key)

    assert.deepEqual(of(ActivationCode, 'token'), [20, 64])
    assert.deepEqual(row(ActivationCode, { code: '1' }, 'userName'), [1, 256])
    assert.deepEqual(row(ActivationCode, { userName: 'a' }, 'code'), [1, 64])
    assert.deepEqual(row(ActivationComplete, activation, 'label'), [1, 40])
    assert.deepEqual(row(ActivationComplete, activation, 'proof'), [0, 2_048])
    assert.deepEqual(row(ActivationComplete, activation, 'ocraKey'), [43, 43])
    assert.deepEqual(row(DeviceKey, samplePhone('a').deviceKey, 'x'), [43, 43])
    assert.deepEqual(row(DeviceKey, samplePhone('a').deviceKey, 'y'), [43, 43])
    assert.deepEqual(row(ActivationProof, proven, 'enrolment'), [0, 40])
    assert.deepEqual(of(SignedRequest, 'jws'), [0, 8_192])
    assert.deepEqual(row(DeviceRequest, listing, 'nonce'), [22, 22])
    const times = (count: number) => ({
      ...listing,
      before: Array.from({ length: count }, () => 1),
    })
    assert.equal(fits(DeviceRequest, times(SIGNED_BEFORE_MAX)), true)
    assert.equal(fits(DeviceRequest, times(SIGNED_BEFORE_MAX + 1)), false)
    assert.deepEqual(row(DeviceRequest, answer, 'transaction'), [0, 40])
    assert.deepEqual(row(DeviceRequest, answer, 'contextHash'), [43, 43])

    const { subscription } = push
    const endpoint = (text: string) => `https://push.example.com/${text}`
    const [, longest] = lengths(DeviceRequest, (text) => ({
      ...push,
      subscription: { ...subscription, endpoint: endpoint(text) },
    }))
    assert.equal(endpoint(long(longest)).length, 1_024)
    for (const [key, length] of [
      ['p256dh', 87],
      ['auth', 22],
    ] as const) {
      const keyOf = (text: string) => ({ ...subscription.keys, [key]: text })
      const taken = lengths(DeviceRequest, (text) => ({
        ...push,
        subscription: { ...subscription, keys: keyOf(text) },
      }))
      assert.deepEqual(taken, [length, length])
    }
  })

  test('R050 and R051 has six digits in a number and eight in a response', () => {
    const numbers = ['12345', '123457', '1234578', '12345x', ' 12345', '１２３４５７']
    const taken = numbers.filter((number) => fits(DeviceRequest, { ...answer, number }))
    assert.deepEqual(taken, ['123457'])
    const responses = ['1234567', '12345678', '123456789', '1234567x', '1234567\n']
    for (const schema of [DeviceRequest, ActivationProof]) {
      const { nonce: _, before: __, ...proof } = { ...common, act: 'activate', enrolment: 'enr_1' }
      const request = schema === DeviceRequest ? answer : proof
      const rows = responses.filter((response) => fits(schema, { ...request, response }))
      assert.deepEqual(rows, ['12345678'])
    }
    const rows = responses.filter((response) => fits(DeviceRequest, { ...proof, response }))
    assert.deepEqual(rows, ['12345678'])
  })

  test('has a time in whole milliseconds', () => {
    for (const time of [0, -1, 1.5, '1', null, Number.MAX_SAFE_INTEGER + 1]) {
      assert.equal(fits(DeviceRequest, { ...listing, time }), false, `${time}`)
    }
  })

  test('A31 has nothing in it that was not agreed', () => {
    for (const request of [listing, answer, proof, push]) {
      assert.equal(fits(DeviceRequest, { ...request, more: 1 }), false)
      assert.equal(fits(DeviceRequest, { ...request, act: 'other' }), false)
    }
    assert.equal(fits(SignedRequest, { jws: '', more: 1 }), false)
    assert.equal(fits(ActivationCode, { token: long(26), userName: 'anna', code: '1' }), false)
  })

  test('says what it knows of itself: that it cannot be notified, too', () => {
    assert.ok(fits(DeviceRequest, { ...push, subscription: null, permission: 'denied' }))
  })
})

suite('What a phone scans', () => {
  test('is an address of this installation, with what it needs behind the mark', () => {
    const issuer = 'https://login.example.com'
    assert.equal(issuer + scanPath('log_1', '123457'), `${issuer}/phone#login=log_1.123457`)
    assert.equal(issuer + activationPath('7KQ2'), `${issuer}/phone#activate=7KQ2`)
  })
})
