import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { isId, newId } from './ids.ts'
import { instant } from './time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const filledWith = (byte: number) => (length: number) => new Uint8Array(length).fill(byte)

suite('An id', () => {
  test('says its kind, its time and eighty random bits', () => {
    assert.equal(newId('log', instant(0), filledWith(0)), `log_${'0'.repeat(26)}`)
    assert.equal(newId('aut', instant(1), filledWith(31)), `aut_0000000001${'Z'.repeat(16)}`)
    assert.equal(
      newId('ses', instant(2 ** 50 - 1), filledWith(32)),
      `ses_${'Z'.repeat(10)}${'0'.repeat(16)}`,
    )
  })

  test('sorts by time', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), fc.integer({ min: 1, max: 2 ** 31 }), (ms, later) => {
        const id = (at: number, byte: number) => newId('log', instant(NOON + at), filledWith(byte))
        assert.ok(id(ms, 255) < id(ms + later, 0))
      }),
    )
  })

  test('is drawn from as many bytes as it needs, every one of which counts', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, index) => index)
    assert.equal(
      newId('brw', NOON, (length) => bytes.slice(0, length)).slice(14),
      '0123456789ABCDEF',
    )
  })

  test('is known by its shape, and by no other', () => {
    const id = newId('log', NOON, filledWith(7))
    assert.equal(isId('log', id), true)
    const others = [
      '',
      'log_',
      id.slice(0, -1),
      `${id}0`,
      `${id}\n`,
      id.toLowerCase(),
      id.replace('log', 'ses'),
      id.replace('_', '-'),
      `${id.slice(0, -1)}U`,
      `${id.slice(0, -1)}I`,
      `${id.slice(0, -1)}\u0660`,
      ` ${id.slice(1)}`,
    ]
    for (const other of others) assert.equal(isId('log', other), false, other)
    for (const kind of ['sub', 'acc', 'aut', 'ses', 'brw', 'enr', 'out'] as const) {
      assert.equal(isId(kind, id), false)
      assert.equal(isId(kind, newId(kind, NOON, filledWith(0))), true)
    }
  })
})
