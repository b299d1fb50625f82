import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { systemRandom } from './random.ts'

suite('Randomness', () => {
  /** Pieces of a sequence that never repeats, and what has been handed out of them. */
  function sequence() {
    let drawn = 0
    const pieces: Buffer[] = []
    const draw = (length: number) => {
      const piece = Buffer.alloc(length)
      for (let at = 0; at + 4 <= length; at += 4) piece.writeUInt32LE((drawn += 1), at)
      pieces.push(piece)
      return piece
    }
    return { draw, pieces }
  }

  test('is drawn in pieces, and no byte of them is handed out twice', () => {
    const { draw, pieces } = sequence()
    const random = systemRandom(draw)
    const words = Array.from({ length: 3_000 }, () => Buffer.from(random(8)).toString('hex'))
    assert.equal(new Set(words).size, words.length)
    assert.equal(pieces.length, 6)
  })

  test('is as long as it was asked for, and does not stay behind', () => {
    const { draw, pieces } = sequence()
    const random = systemRandom(draw)
    for (const length of [0, 1, 12, 32, 4_095, 4_096, 4_097, 65_536]) {
      assert.equal(random(length).length, length)
    }
    const kept = random(32)
    const pool = pieces.at(-1) ?? assert.fail()
    assert.ok(kept.some((byte) => byte !== 0))
    assert.ok(pool.subarray(0, 32).every((byte) => byte === 0))
  })

  test('is that of the system where nothing else is set', () => {
    const random = systemRandom()
    assert.notDeepEqual(random(32), random(32))
  })
})
