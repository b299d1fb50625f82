import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derive, PBKDF2 } from './kdf.ts'
import { respond, suiteOf } from './respond.ts'
import {
  type Bytes,
  type Derive,
  type Kdf,
  lockWithPin,
  lockWithPrf,
  newOcraKey,
  OCRA_KEY_BYTES,
  randomBytes,
  unlockWithPin,
  unlockWithPrf,
  usedOnce,
} from './vault.ts'

const SUITE = suiteOf('OCRA-1:HOTP-SHA256-8:QN06-T30S')
const AT = { suite: SUITE, at_ms: 1_790_000_000_000 }
const CHEAP_KDF: Kdf = { name: 'pbkdf2-sha-256', rounds: 1 }

/** One hash instead of many: the wrapping is under test, not the cost. */
const cheap: Derive = async (_kdf, pin, salt) => {
  const input = new Uint8Array([...salt, ...new TextEncoder().encode(pin)])
  return new Uint8Array(await crypto.subtle.digest('SHA-256', input))
}

const lockCheaply = (ocraKey: Bytes, pin: string) =>
  lockWithPin(ocraKey, pin, { kdf: CHEAP_KDF, derive: cheap })

const bytesIn = (value: unknown): readonly string[] =>
  Object.values(value as Record<string, unknown>).flatMap((member) => {
    if (member instanceof Uint8Array) return [Buffer.from(member).toString('hex')]
    return typeof member === 'object' && member !== null ? bytesIn(member) : [String(member)]
  })

test('R052 the right PIN opens the key', async () => {
  const ocraKey = newOcraKey()
  const lock = await lockCheaply(ocraKey, '4711a')
  assert.deepEqual(await unlockWithPin(lock, '4711a', cheap), ocraKey)
})

test('T-PWA-2 R053 each of 10,000 PINs gives eight digits, and only the right one the right ones', async () => {
  const ocraKey = newOcraKey()
  const lock = await lockCheaply(ocraKey, '4711')
  const right = await respond(ocraKey, '418207', AT)

  const fits: string[] = []
  for (let number = 0; number < 10_000; number += 1) {
    const pin = String(number).padStart(4, '0')
    const response = await usedOnce(await unlockWithPin(lock, pin, cheap), (key) =>
      respond(key, '418207', AT),
    )
    assert.match(response, /^[0-9]{8}$/)
    if (response === right) fits.push(pin)
  }
  // Two PINs share eight digits once in ten thousand runs; they would not share the next eight.
  assert.ok(fits.includes('4711') && fits.length <= 3)
})

test('T-PWA-1 what is stored holds neither the key nor the PIN', async () => {
  const ocraKey = newOcraKey()
  const secret = Buffer.from(ocraKey).toString('hex')
  const prfSalt = randomBytes(32)
  const locks = [
    await lockCheaply(ocraKey, '4711x'),
    await lockWithPrf(ocraKey, {
      credentialId: randomBytes(16),
      salt: prfSalt,
      prf: randomBytes(32),
    }),
  ]
  for (const lock of locks) {
    for (const stored of bytesIn(lock)) {
      assert.ok(!stored.includes(secret.slice(0, 16)))
      assert.ok(!stored.includes(Buffer.from('4711x').toString('hex')) && !stored.includes('4711x'))
    }
  }
})

test('A16 a key wrapped by a PIN has no byte to spare for a check', async () => {
  const { kind, kdf, salt, wrapped, ...rest } = await lockCheaply(newOcraKey(), '4711')
  assert.equal(kind, 'pin')
  assert.deepEqual(kdf, CHEAP_KDF)
  assert.equal(salt.length, 16)
  assert.equal(wrapped.length, OCRA_KEY_BYTES)
  assert.deepEqual(rest, {})
})

test('the same key and PIN never leave the same bytes twice', async () => {
  const ocraKey = newOcraKey()
  const [one, other] = [await lockCheaply(ocraKey, '4711'), await lockCheaply(ocraKey, '4711')]
  assert.notDeepEqual(one.wrapped, other.wrapped)
})

test('R034 R035 what the platform authenticator computes opens the key, and nothing else does', async () => {
  const ocraKey = newOcraKey()
  const prf = randomBytes(32)
  const made = { credentialId: randomBytes(16), salt: randomBytes(32) }
  const lock = await lockWithPrf(ocraKey, { ...made, prf: prf.slice() })
  assert.deepEqual(await unlockWithPrf(lock, prf.slice()), ocraKey)
  assert.equal(await unlockWithPrf(lock, randomBytes(32)), null)
})

test('an unwrapped key is wiped after its use, and after a use that failed', async () => {
  const used = newOcraKey()
  assert.equal(await usedOnce(used, async (key) => key.length), OCRA_KEY_BYTES)
  assert.ok(used.every((byte) => byte === 0))

  const failed = newOcraKey()
  await assert.rejects(usedOnce(failed, () => Promise.reject(new Error('no'))))
  assert.ok(failed.every((byte) => byte === 0))
})

test('both derivations give 32 bytes that depend on PIN and salt', async () => {
  const salt = randomBytes(16)
  const costs: readonly Kdf[] = [
    { name: 'argon2id', memory_kib: 64, passes: 1 },
    { name: 'pbkdf2-sha-256', rounds: 2 },
  ]
  for (const kdf of costs) {
    const key = await derive(kdf, '4711', salt)
    assert.equal(key.length, OCRA_KEY_BYTES)
    assert.deepEqual(await derive(kdf, '4711', salt), key)
    assert.notDeepEqual(await derive(kdf, '4712', salt), key)
    assert.notDeepEqual(await derive(kdf, '4711', randomBytes(16)), key)
  }
  assert.equal(PBKDF2.name === 'pbkdf2-sha-256' && PBKDF2.rounds, 600_000)
})
