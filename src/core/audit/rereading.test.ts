import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDrawn, isTaken, REREAD_CHANCE, REREAD_WITHIN } from '#core/audit/rereading.ts'
import { after, before, instant, millis } from '#core/time/time.ts'

test('A13 chance draws two deeds in a hundred, whatever bytes it gives', () => {
  const bytes = (number: bigint) => {
    const chance = new Uint8Array(REREAD_CHANCE)
    new DataView(chance.buffer).setBigUint64(0, number)
    return chance
  }
  for (const from of [0n, 2n ** 32n, 2n ** 63n + 7n]) {
    const drawn = Array.from({ length: 1_000 }, (_, one) => isDrawn(bytes(from + BigInt(one))))
    assert.equal(drawn.filter(Boolean).length, 20)
  }
})

test('a deed stays a day with its reader, and with no one once it was read', () => {
  const takenAt = instant(Date.UTC(2026, 10, 20, 12))
  const end = after(takenAt, REREAD_WITHIN)
  assert.ok(isTaken({ state: 'open', takenAt }, before(end, millis(1))))
  assert.ok(!isTaken({ state: 'open', takenAt }, end))
  assert.ok(!isTaken({ state: 'open', takenAt: null }, takenAt))
  assert.ok(!isTaken({ state: 'well', takenAt }, takenAt))
})
