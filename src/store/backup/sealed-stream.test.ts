import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import test from 'node:test'
import {
  HEAD_LENGTH_BYTES,
  opening,
  SEALED_LENGTH_BYTES,
  sealing,
} from '#store/backup/sealed-stream.ts'

const keys = { current: 1, root: new Map([[1, createSecretKey(Buffer.alloc(32, 'k'))]]) }
const CHUNK = SEALED_LENGTH_BYTES - 16

async function* pieces(bytes: Uint8Array, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function all(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return Buffer.concat(parts)
}

const sealed = (bytes: Uint8Array) =>
  all(sealing({ keys, wrapped: null, random: randomBytes }, pieces(bytes, 1_000)))
const opened = (bytes: Uint8Array) => all(opening(async () => keys, pieces(bytes, 50_000)))

test('A25 a stream of any length opens as what was sealed', async () => {
  for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]) {
    const bytes = randomBytes(length)
    assert.deepEqual(await opened(await sealed(bytes)), bytes, `${length} bytes`)
  }
})

test('A25 no two chunks are sealed alike, and none opens in the place of another', async () => {
  const bytes = await sealed(Buffer.alloc(3 * CHUNK))
  const chunkAt = (index: number) => {
    const at = HEAD_LENGTH_BYTES + index * SEALED_LENGTH_BYTES
    return bytes.subarray(at, at + SEALED_LENGTH_BYTES)
  }
  const [head, one, two, last] = [bytes.subarray(0, HEAD_LENGTH_BYTES), ...[0, 1, 2].map(chunkAt)]
  assert.ok(head && one && two && last)
  assert.ok(!one.equals(two))
  for (const order of [
    [two, one, last],
    [one, one, last],
    [one, last],
    [one, two],
    [one, two, last, last],
  ])
    await assert.rejects(opened(Buffer.concat([head, ...order])), /cannot be read/)
})
