import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { instant } from '#core/time/time.ts'
import { password } from './method.ts'
import { passwords } from '#methods/sample-tools.ts'
import { sample } from './sample.ts'
import { PASSWORD_LENGTH_MAX } from './wire.ts'

const method = password(passwords)

const judge = (state: Json, answer: unknown) =>
  method.verify(state, {
    authenticatorId: 'aut_1' as AuthenticatorId,
    expected: null,
    answer,
    now: instant(0),
    browser: null,
  })
const type = (typed: string, state = sample.state) => judge(state, { password: typed })

suite('The method password', () => {
  test('R020 is the first factor of every login and never the second', () => {
    assert.equal(method.secondFactor, false)
    assert.equal(method.acr, '1')
    assert.deepEqual(method.amr, ['pwd'])
    assert.equal(method.onePerSubscriber, true)
  })

  test('S1 ends with the fiftieth wrong password in a row', () => {
    assert.equal(method.hardCap, 50)
  })

  test('S20 accepts what was chosen, letter by letter', async () => {
    const right = 'blue kettle, seven spoons'
    assert.deepEqual(await type(right), { outcome: 'accepted', state: sample.state })
    const others = [right.toUpperCase(), `${right} `, ` ${right}`, right.slice(1), `${right}s`]
    for (const other of others) {
      assert.deepEqual(await type(other), { outcome: 'rejected', reason: 'wrong' }, other)
    }
  })

  test('S14 takes 1 to 1,024 code units, and hashes nothing that is longer', async () => {
    assert.equal(PASSWORD_LENGTH_MAX, 1024)
    assert.deepEqual(await type(''), { outcome: 'malformed' })
    for (const length of [1, 1023, 1024]) {
      const typed = 'x'.repeat(length)
      const state = { hash: await passwords.hash(typed) }
      assert.equal((await type(typed, state)).outcome, 'accepted', `${length}`)
    }
    assert.deepEqual(await type('x'.repeat(1025)), { outcome: 'malformed' })
  })

  test('takes no answer of another shape', async () => {
    const others = [
      null,
      'password',
      [],
      {},
      { password: 1 },
      { password: null },
      { response: 'x' },
    ]
    for (const answer of [...others, { password: 'x', more: 1 }]) {
      assert.deepEqual(await judge(sample.state, answer), { outcome: 'malformed' })
    }
  })

  test('A1 of a decoy costs the same work, and is not known', async () => {
    const decoy = method.decoy(() => new Uint8Array())
    assert.deepEqual(decoy, { hash: passwords.nobody })
    const costs = /\$m=\d+,t=\d+,p=\d+\$/
    const { hash } = sample.state as { hash: string }
    assert.equal(costs.exec(passwords.nobody)?.[0], costs.exec(hash)?.[0])
    assert.equal((await type('blue kettle, seven spoons', decoy)).outcome, 'rejected')
  })

  test('refuses a stored text that is no hash, and fails on a state that is not its own', async () => {
    assert.equal((await type('x', { hash: 'x' })).outcome, 'rejected')
    for (const state of [null, {}, { hash: 1 }, { hash: 'x', more: 1 }] as Json[]) {
      await assert.rejects(type('x', state))
    }
  })
})
