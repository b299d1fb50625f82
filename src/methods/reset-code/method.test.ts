import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AuthenticatorId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'
import { resetCode } from '#methods/reset-code/method.ts'
import { passwords } from '#methods/sample-tools.ts'

const method = resetCode(passwords)
const state = { hash: await passwords.hash('1A0B2C3D') }

const outcomeOf = async (typed: unknown): Promise<string> => {
  const now = instant(0)
  const asked = { authenticatorId: 'aut_1' as AuthenticatorId, expected: null, browser: null, now }
  return (await method.verify(state, { ...asked, answer: { password: typed } })).outcome
}

suite('A code of the desk', () => {
  test('is read as people type it: in small letters, in groups, an O for a zero', async () => {
    for (const typed of ['1A0B2C3D', '1a0b2c3d', ' 1A0B 2C3D ', '1A0B-2C3D', 'IaOb2c3d']) {
      assert.equal(await outcomeOf(typed), 'accepted', typed)
    }
  })

  test('is none when something is missing, one too much, or another', async () => {
    assert.equal(await outcomeOf('1A0B2C3E'), 'rejected')
    for (const typed of ['', '1A0B2C3', '1A0B2C3D4', '1A0B2C3U', 'x'.repeat(10_000), 12_345_678]) {
      assert.equal(await outcomeOf(typed), 'malformed')
    }
  })

  test('S18 is a first factor, and never the second', () => {
    assert.equal(method.secondFactor, false)
  })

  test('S1 A28 survives all that strangers can guess in its hour', () => {
    assert.equal(method.hardCap, 100)
  })
})
