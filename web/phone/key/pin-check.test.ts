import assert from 'node:assert/strict'
import { createECDH } from 'node:crypto'
import { test } from 'node:test'
import { inverse, multiplied, ORDER } from './p256.ts'

const bytes = (x: bigint) => Uint8Array.from(Buffer.from(x.toString(16).padStart(64, '0'), 'hex'))

test('a point is multiplied as OpenSSL multiplies it, and back', () => {
  const one = createECDH('prime256v1')
  one.generateKeys()
  for (let turn = 0; turn < 5; turn += 1) {
    const other = createECDH('prime256v1')
    other.generateKeys()
    const point = Uint8Array.from(one.getPublicKey(null, 'compressed').subarray(1))
    const times = BigInt(`0x${other.getPrivateKey('hex')}`)
    const there = multiplied(point, times)
    assert.deepEqual(there, Uint8Array.from(other.computeSecret(one.getPublicKey())))
    assert.deepEqual(multiplied(there ?? bytes(0n), inverse(times)), point)
  }
})

test('the small multiples of the base point are those of the standard', () => {
  const base = 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n
  const rows = [
    [1n, base],
    [2n, 0x7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978n],
    [3n, 0x5ecbe4d1a6330a44c8f7ef951d4bf165e6c6b721efada985fb41661bc6e7fd6cn],
    [ORDER - 1n, base],
  ] as const
  for (const [times, x] of rows) assert.deepEqual(multiplied(bytes(base), times), bytes(x))
})

test('what is no point of the curve has no multiple', () => {
  const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
  assert.equal(multiplied(bytes(prime), 2n), null)
  assert.equal(multiplied(bytes(2n ** 256n - 1n), 2n), null)
  assert.equal(multiplied(new Uint8Array(31), 2n), null)
  const others = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n].filter((x) => multiplied(bytes(x), 2n) === null)
  assert.ok(others.length > 0 && others.length < 8)
})
