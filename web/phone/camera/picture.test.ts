import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import { canonicalJson, type Json } from '#core/json.ts'
import { picturePath, type TaskPicture } from '#methods/phone-key/wire.ts'
import { routeOf } from './address.ts'
import type { Binding } from '../server/bindings.ts'
import { readPicture, signingOf } from './picture.ts'
import { respond, suiteOf } from '../key/respond.ts'
import { opened } from '../server/server.ts'

const TASK: TaskPicture = {
  authenticator: 'aut_1',
  transaction: 'log_1',
  number: '812345',
  expiresAt: 180_000,
  context: {
    purpose: 'task',
    platform: { en: 'Trading', fr: 'Négociation' },
    environment: 'live',
    account: 'U0000001',
    userName: 'anna',
    place: 'Zug',
    browser: 'Firefox, Windows',
    newBrowser: false,
    askedAt: 0,
    task: {
      kind: 'withdrawal',
      facts: {
        amount: '12500.00',
        currency: 'USD',
        payee: 'Zoë & 漢字',
        payee_account: 'Demo Bank 4471',
      },
    },
  },
}

const { privateKey, publicKey } = await generateKeyPair('ES256')
const serverKey = { ...(await exportJWK(publicKey)), kid: 'phone-1' } as Binding['serverKey']
const bindingOf = (authenticator: string) => ({ authenticator, serverKey }) as Binding

const signed = async (payload: Json, header: object = { typ: 'task-picture' }, key = privateKey) =>
  await new CompactSign(new TextEncoder().encode(canonicalJson(payload)))
    .setProtectedHeader({ alg: 'ES256', kid: 'phone-1', ...header })
    .sign(key)

/** As it stands in a picture, after the mark. */
const pictured = (jws: string): string => picturePath(jws).split('#task=')[1] ?? ''

const asJson = (task: TaskPicture) => task as unknown as Json
const PICTURE = pictured(await signed(asJson(TASK)))
const read = async (picture: string, ...names: readonly string[]) =>
  await readPicture(picture, (names.length > 0 ? names : ['aut_1']).map(bindingOf))

suite('The picture of a task', () => {
  test('S88 is read by the phone that it is for, whatever else that phone holds', async () => {
    const found = await read(PICTURE, 'aut_0', 'aut_1')
    assert.deepEqual(found?.task, TASK)
    assert.equal(found?.binding.authenticator, 'aut_1')
    assert.equal(await read(PICTURE, 'aut_2'), null)
    assert.deepEqual(routeOf(`#task=${PICTURE}`), {
      at: 'scanned',
      scanned: { kind: 'task', picture: PICTURE },
    })
  })

  test('A8 S87 with one byte changed is refused', async () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const bytes = Buffer.from(PICTURE.split('.')[1] ?? '', 'base64url').length
    assert.equal(bytes, 64)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(PICTURE.length - 1),
        fc.constantFrom(...letters),
        async (at, letter) => {
          // The last letter of each part holds bits that stand for nothing.
          fc.pre(PICTURE[at] !== letter && PICTURE[at] !== '.' && at !== PICTURE.length - 1)
          fc.pre(PICTURE[at + 1] !== '.')
          assert.equal(await read(PICTURE.slice(0, at) + letter + PICTURE.slice(at + 1)), null)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('A8 is not read as the answer to a request, nor the answer to a request as a picture', async () => {
    const { privateKey: other } = await generateKeyPair('ES256')
    for (const jws of [
      await signed(asJson(TASK), {}),
      await signed(asJson(TASK), { typ: 'other' }),
      await signed(asJson(TASK), undefined, other),
    ]) {
      assert.equal(await read(pictured(jws)), null)
    }
    assert.equal(await opened(await signed(asJson(TASK)), serverKey), null)
    assert.notEqual(await opened(await signed(asJson(TASK), {}), serverKey), null)
  })

  test('S87 is answered with eight digits over all of it, in a suite of its own', async () => {
    const key = new Uint8Array(32).fill(7)
    const { suite: taskSuite, question } = await signingOf(TASK)
    assert.equal(taskSuite.text, 'OCRA-1:HOTP-SHA256-8:QH64-T30S')
    const hash = createHash('sha256')
      .update(canonicalJson(asJson(TASK)))
      .digest('hex')
    assert.equal(question, hash)
    const response = await respond(key, question, { suite: taskSuite, at_ms: 90_000 })
    // RFC 6287, section 5.1, written out by hand: suite, 0x00, Q in 128 bytes, T in 8.
    const message = Buffer.concat([
      Buffer.from(`${taskSuite.text}\0`),
      Buffer.from(hash, 'hex'),
      Buffer.alloc(96),
      Buffer.from([0, 0, 0, 0, 0, 0, 0, 3]),
    ])
    const mac = createHmac('sha256', key).update(message).digest()
    const at = (mac.at(-1) ?? 0) & 0xf
    const digits = (mac.readUInt32BE(at) & 0x7f_ff_ff_ff) % 100_000_000
    assert.equal(response, String(digits).padStart(8, '0'))
    const typed = suiteOf('OCRA-1:HOTP-SHA256-8:QN06-T30S')
    const number = await respond(key, TASK.number, { suite: typed, at_ms: 90_000 })
    assert.notEqual(number, response)
  })
})
