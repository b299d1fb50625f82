import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Authenticator, failed, FRESH, succeeded } from './authenticator.ts'
import type { AuthenticatorId } from '../ids.ts'
import { instant } from '../time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))

const phone: Authenticator = {
  id: 'aut_phone' as AuthenticatorId,
  method: 'phone-key',
  label: 'Anna’s phone',
  ...FRESH,
  state: { drawn: 1 },
  createdAt: NOON,
}

suite('An authenticator', () => {
  test('S1 is disabled by the last wrong answer it has, and not by the one before', () => {
    const rows = [
      [0, 'active'],
      [8, 'active'],
      [9, 'disabled'],
      [10, 'disabled'],
    ] as const
    for (const [failures, lifecycle] of rows) {
      const after = failed({ ...phone, failures }, 10)
      assert.deepEqual(after, { ...phone, failures: failures + 1, lifecycle })
    }
  })

  test('S1 that is not active any more is counted on, and stays what it is', () => {
    for (const lifecycle of ['suspended', 'disabled', 'revoked'] as const) {
      const after = failed({ ...phone, failures: 9, lifecycle }, 10)
      assert.deepEqual(after, { ...phone, failures: 10, lifecycle })
    }
  })

  test('S4 begins to count anew with a right answer', () => {
    const state = { drawn: 2 }
    assert.deepEqual(succeeded({ ...phone, failures: 9 }, state, NOON), {
      ...phone,
      state,
      failures: 0,
      usedAt: NOON,
    })
  })

  test('S1 is not switched on again by a right answer', () => {
    for (const lifecycle of ['suspended', 'disabled', 'revoked'] as const) {
      assert.equal(succeeded({ ...phone, lifecycle }, null, NOON).lifecycle, lifecycle)
    }
  })
})
