import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHmac, createSecretKey } from 'node:crypto'
import { suite, test } from 'node:test'
import { after, instant, millis, seconds } from '#core/time/time.ts'
import { HASHES, type Hash, type Mac } from './hash.ts'
import { acceptedCounters, hotp, hotpMessage, LOOK_AHEAD_MAX, truncate } from './hotp.ts'
import vectors from './hotp.vectors.json' with { type: 'json' }
import { acceptedSteps, TOTP_DEFAULT, timeStep, totp, WINDOW_MAX } from './totp.ts'

const HASH_NAMES = Object.keys(HASHES) as Hash[]

/** The way the server does it: a KeyObject, closed over. */
const macWith = (keyHex: string): Mac => {
  const key = createSecretKey(keyHex, 'hex')
  return (hash, message) => createHmac(HASHES[hash].node, key).update(message).digest()
}
const mac = macWith(vectors.keys.SHA1)

suite('HOTP', () => {
  test('gives every value of RFC 4226, appendix D, its whole 31 bits too', () => {
    assert.equal(vectors.rfc4226.length, 10)
    for (const { counter, decimal, hotp: expected } of vectors.rfc4226) {
      assert.equal(hotp({ hash: 'SHA1', digits: 6 }, counter, mac), expected)
      assert.equal(truncate(mac('SHA1', hotpMessage(counter)), 10), decimal)
    }
  })

  test('counts from 0 to 2^53 - 1, eight bytes, high-order byte first', () => {
    assert.deepEqual([...hotpMessage(0)], [0, 0, 0, 0, 0, 0, 0, 0])
    assert.deepEqual([...hotpMessage(0x0102030405)], [0, 0, 0, 1, 2, 3, 4, 5])
    assert.deepEqual([...hotpMessage(2 ** 53 - 1)], [0, 31, 255, 255, 255, 255, 255, 255])
    for (const counter of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => hotpMessage(counter), RangeError)
    }
  })

  test('S39 has 6 to 8 digits, never fewer, and keeps leading zeros', () => {
    assert.equal(hotp({ hash: 'SHA1', digits: 8 }, 7, mac), '82162583')
    assert.equal(truncate(mac('SHA1', hotpMessage(7)), 9), '082162583')
    for (const digits of [0, 5, 9, 6.5]) {
      assert.throws(() => hotp({ hash: 'SHA1', digits }, 0, mac), RangeError)
    }
  })

  test('takes no MAC that its last nibble could overrun', () => {
    assert.equal(truncate(new Uint8Array(20).fill(0xff), 6), '483647')
    assert.throws(() => truncate(new Uint8Array(19).fill(0xff), 6), RangeError)
  })

  test('truncates a MAC that is a view into a larger buffer', () => {
    const whole = mac('SHA1', hotpMessage(0))
    const larger = new Uint8Array(64).fill(0xee)
    larger.set(whole, 13)
    assert.equal(truncate(larger.subarray(13, 33), 6), '755224')
  })

  test('looks ahead from the expected counter, never behind it', () => {
    assert.deepEqual(acceptedCounters(7, 0), [7])
    assert.deepEqual(acceptedCounters(0, 3), [0, 1, 2, 3])
    assert.equal(acceptedCounters(0, LOOK_AHEAD_MAX).length, LOOK_AHEAD_MAX + 1)
    for (const ahead of [-1, 1.5, LOOK_AHEAD_MAX + 1]) {
      assert.throws(() => acceptedCounters(0, ahead), RangeError)
    }
  })
})

suite('TOTP', () => {
  for (const hash of HASH_NAMES) {
    test(`gives every value of RFC 6238, appendix B, for ${hash}`, () => {
      assert.equal(vectors.rfc6238.length, 6)
      for (const row of vectors.rfc6238) {
        const now = instant(row.second * 1_000)
        const parameters = { hash, digits: 8, step: seconds(30) }
        assert.equal(totp(parameters, now, macWith(vectors.keys[hash])), row[hash])
      }
    })
  }

  test('S41 a step begins on its first millisecond and ends before the next', () => {
    const start = instant(1_111_111_110_000)
    assert.equal(timeStep(TOTP_DEFAULT, start), 37_037_037)
    assert.equal(timeStep(TOTP_DEFAULT, after(start, millis(29_999))), 37_037_037)
    assert.equal(timeStep(TOTP_DEFAULT, after(start, millis(30_000))), 37_037_038)
    assert.equal(timeStep(TOTP_DEFAULT, after(start, millis(-1))), 37_037_036)
  })

  test('tries the current step first, then one earlier and one later', () => {
    const now = instant(300_000)
    assert.deepEqual(acceptedSteps(TOTP_DEFAULT, now, 0), [10])
    assert.deepEqual(acceptedSteps(TOTP_DEFAULT, now, 1), [10, 9, 11])
    assert.deepEqual(acceptedSteps(TOTP_DEFAULT, now, 2), [10, 9, 11, 8, 12])
    assert.deepEqual(acceptedSteps(TOTP_DEFAULT, instant(0), 1), [0, 1])
  })

  test('opens its window to ten steps each side and no further', () => {
    assert.equal(acceptedSteps(TOTP_DEFAULT, instant(3_000_000), WINDOW_MAX).length, 21)
    for (const window of [-1, 0.5, WINDOW_MAX + 1]) {
      assert.throws(() => acceptedSteps(TOTP_DEFAULT, instant(0), window), RangeError)
    }
  })
})

const missing = spawnSync('oathtool', ['--version']).error ? 'oathtool is not installed' : false

suite('oathtool, another implementation,', { skip: missing }, () => {
  const oathtool = (...options: string[]) =>
    spawnSync('oathtool', options, { encoding: 'utf8' }).stdout.trim().split('\n')

  test('agrees on a hundred HOTP values of 6 to 8 digits', () => {
    for (const digits of [6, 7, 8]) {
      const theirs = oathtool('--hotp', `--digits=${digits}`, '--window=99', vectors.keys.SHA1)
      const ours = acceptedCounters(0, 99).map((at) => hotp({ hash: 'SHA1', digits }, at, mac))
      assert.deepEqual(ours, theirs)
    }
  })

  test('agrees on a hundred TOTP values for each hash', () => {
    for (const hash of HASH_NAMES) {
      const key = vectors.keys[hash]
      const options = ['--digits=8', '--now=2026-01-02 03:04:05 UTC', '--window=99', key]
      const theirs = oathtool(`--totp=${hash}`, ...options)
      const parameters = { hash, digits: 8, step: seconds(30) }
      const start = instant(Date.parse('2026-01-02T03:04:05Z'))
      const ours = acceptedCounters(0, 99).map((index) =>
        totp(parameters, after(start, seconds(30 * index)), macWith(key)),
      )
      assert.deepEqual(ours, theirs)
    }
  })
})
