import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import type { Purpose } from '#methods/method.ts'
import { isUnambiguous, parseSuite } from '#oath/ocra.ts'
import { drawNumber, purposeOf } from '#methods/challenge-number.ts'

const DRAWN = 200_000

const SIX = parseSuite('OCRA-1:HOTP-SHA256-8:QN06-T30S') ?? assert.fail()
const EIGHT = parseSuite('OCRA-1:HOTP-SHA1-6:C-QN08-PSHA1') ?? assert.fail()

/** Random bytes that are the same in every run. */
function stream(name: string): (length: number) => Uint8Array {
  const bytes = createHash('shake256', { outputLength: 5 * DRAWN })
    .update(name)
    .digest()
  let at = 0
  return (length) => {
    at += length
    return bytes.subarray(at - length, at)
  }
}

/** These numbers of 32 bits, one after the other. */
function numbers(...values: number[]): (length: number) => Uint8Array {
  const left = [...values]
  return (length) => {
    assert.equal(length, 4)
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(left.shift() ?? assert.fail('drawn too often'))
    return bytes
  }
}

const PURPOSES: Readonly<Record<Purpose, string>> = { login: '01234567', task: '8', desk: '9' }

suite('The number of a challenge', () => {
  test('A8 says by its first digit what it is for, and has six of them', () => {
    for (const [purpose, first] of Object.entries(PURPOSES) as [Purpose, string][]) {
      const random = stream(purpose)
      const seen = new Set<string>()
      for (let count = 0; count < 5_000; count += 1) {
        const number = drawNumber(SIX, { purpose, random })
        assert.match(number, /^[0-9]{6}$/)
        assert.equal(purposeOf(number), purpose)
        seen.add(number.charAt(0))
      }
      assert.deepEqual([...seen].sort().join(''), first)
    }
  })

  test('has a response that no other number has', () => {
    const random = stream('unambiguous')
    for (let count = 0; count < 20_000; count += 1) {
      const number = drawNumber(SIX, { purpose: 'login', random: random })
      assert.ok(isUnambiguous(SIX, number), number)
      assert.notEqual(Number(number) % 16, 0)
    }
  })

  test('is drawn evenly: no number is more likely than another', () => {
    for (const [purpose, lowest, span] of [
      ['login', 0, 800_000],
      ['task', 800_000, 100_000],
      ['desk', 900_000, 100_000],
    ] as const) {
      const random = stream(`even ${purpose}`)
      const cells = Array.from({ length: 80 }, () => 0)
      const residues = Array.from({ length: 16 }, () => 0)
      for (let count = 0; count < DRAWN; count += 1) {
        const number = Number(drawNumber(SIX, { purpose, random })) - lowest
        const cell = Math.floor((number * cells.length) / span)
        cells[cell] = (cells[cell] ?? 0) + 1
        residues[number % 16] = (residues[number % 16] ?? 0) + 1
      }
      // Once in a billion times a fair draw is further off than this.
      assert.ok(chiSquare(cells) < 170, `${purpose} ${chiSquare(cells)}`)
      const odd = residues.filter((count) => count > 0)
      assert.equal(odd.length, 15)
      assert.ok(chiSquare(odd) < 75, `${purpose} ${chiSquare(odd)}`)
    }
  })

  test('is not drawn from what is left over at the top, which would make low ones likelier', () => {
    const even = Math.floor(2 ** 32 / 800_000) * 800_000
    const low = 123_457
    assert.equal(drawNumber(SIX, { purpose: 'login', random: numbers(even - 1) }), '799999')
    assert.equal(drawNumber(SIX, { purpose: 'login', random: numbers(even, low) }), '123457')
    assert.equal(drawNumber(SIX, { purpose: 'login', random: numbers(even + 1, low) }), '123457')
    assert.equal(drawNumber(SIX, { purpose: 'login', random: numbers(2 ** 32 - 1, low) }), '123457')
  })

  test('is drawn again when it is divisible by sixteen, and keeps its zeros', () => {
    assert.equal(
      drawNumber(SIX, { purpose: 'login', random: numbers(0, 16, 160_000, 1) }),
      '000001',
    )
    assert.equal(drawNumber(SIX, { purpose: 'task', random: numbers(0, 1) }), '800001')
    assert.equal(drawNumber(SIX, { purpose: 'task', random: numbers(99_999) }), '899999')
    assert.equal(drawNumber(SIX, { purpose: 'desk', random: numbers(99_999) }), '999999')
  })

  test('is as long as the question of the suite', () => {
    const draw = (purpose: Purpose, ...values: number[]) =>
      drawNumber(EIGHT, { purpose, random: numbers(...values) })
    assert.equal(draw('login', 1), '00000001')
    assert.equal(draw('login', 79_999_999), '79999999')
    assert.equal(draw('task', 1), '80000001')
    assert.equal(draw('desk', 9_999_999), '99999999')
    assert.equal(draw('login', 80_000_000, 1), '00000001')
  })

  test('is not drawn for ever from chance that is none', () => {
    let tries = 0
    const none = (length: number) => {
      tries += 1
      return new Uint8Array(length)
    }
    assert.throws(() => drawNumber(SIX, { purpose: 'login', random: none }), /chance/)
    assert.equal(tries, 64)
  })
})

/** How far counts are from all being alike. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}
