import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import type { AuthenticatorId } from '#core/ids.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { derivedKey, type Keys } from '#store/database/keys.ts'
import { sealed, sealedWith, unsealed } from '#store/database/sealed.ts'
import { KEYS, newcomer, open, overBothDatabases, random } from '#store/contract/store.contract.ts'
import { nameThrottle } from '#store/login/throttles.ts'

const key = (fill: number) => createSecretKey(Buffer.alloc(32, fill))
const OTHER: Keys = { current: 1, root: new Map([[1, key(2)]]) }
const ROTATED: Keys = { current: 2, root: new Map([...KEYS.root, [2, key(2)]]) }
const OLD_GONE: Keys = { current: 2, root: new Map([[2, key(2)]]) }

const PLACE = { table: 'login', column: 'body', row: 'log_1' }
const using = (keys: Keys) => ({ keys, random })

test('what was sealed opens where it was sealed', () => {
  for (const value of [null, 'text', 0, [1, 'é', { deep: true }], {}, 'x'.repeat(100_000)]) {
    assert.deepEqual(unsealed(using(KEYS), PLACE, sealed(using(KEYS), PLACE, value)), value)
  }
})

test('it opens nowhere else: not in another row, column or table', () => {
  const bytes = sealed(using(KEYS), PLACE, 'secret')
  for (const other of [{ row: 'log_2' }, { column: 'state' }, { table: 'logins' }]) {
    assert.throws(() => unsealed(using(KEYS), { ...PLACE, ...other }, bytes))
  }
})

test('of ten thousand rows, none opens what was sealed for the first', () => {
  // Rows share keys; what tells them apart is the associated data.
  const bytes = sealed(using(KEYS), PLACE, 'secret')
  for (let index = 2; index < 10_000; index += 1) {
    assert.throws(() => unsealed(using(KEYS), { ...PLACE, row: `log_${index}` }, bytes))
  }
})

test('names that run into each other are still two places', () => {
  const one = { table: 'a', column: 'bc', row: 'd' }
  const other = { table: 'ab', column: 'c', row: 'd' }
  assert.throws(() => unsealed(using(KEYS), other, sealed(using(KEYS), one, 'secret')))
})

test('another key does not open it', () => {
  const bytes = sealed(using(KEYS), PLACE, 'secret')
  assert.throws(() => unsealed(using(OTHER), PLACE, bytes))
})

test('a change of any one bit is noticed', () => {
  const bytes = sealed(using(KEYS), PLACE, 'secret')
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = new Uint8Array(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.throws(() => unsealed(using(KEYS), PLACE, changed), `byte ${at}`)
    assert.throws(() => unsealed(using(KEYS), PLACE, bytes.subarray(0, at)), `cut at ${at}`)
  }
})

test('after a new key is current, the old still opens what it sealed', () => {
  const old = sealed(using(KEYS), PLACE, 'old')
  const recent = sealed(using(ROTATED), PLACE, 'recent')
  assert.equal(unsealed(using(ROTATED), PLACE, old), 'old')
  assert.equal(unsealed(using(ROTATED), PLACE, recent), 'recent')
  assert.deepEqual([sealedWith(old), sealedWith(recent)], [1, 2])
  assert.throws(() => unsealed(using(OLD_GONE), PLACE, old), /no root key of version 1/)
})

test('the same value is never sealed alike twice', () => {
  const seals = Array.from({ length: 100 }, () =>
    Buffer.from(sealed(using(KEYS), PLACE, 'secret')).toString('hex'),
  )
  assert.equal(new Set(seals).size, 100)
})

test('a sealed value takes no more memory along than its own', () => {
  const bytes = sealed(using(KEYS), PLACE, 'secret')
  assert.equal(bytes.buffer.byteLength, bytes.byteLength)
})

test('what is derived for one purpose is another key than for the next', () => {
  const exported = (label: string, version?: number) =>
    derivedKey(ROTATED, label, version).export().toString('hex')
  assert.notEqual(exported('seal'), exported('name'))
  assert.notEqual(exported('seal', 1), exported('seal', 2))
  assert.equal(exported('seal'), exported('seal', 2))
  assert.equal(derivedKey(ROTATED, 'seal'), derivedKey(ROTATED, 'seal'))
})

test('a name is counted under the same key when a new root key comes', () => {
  assert.equal(nameThrottle(using(KEYS), 'someone'), nameThrottle(using(ROTATED), 'someone'))
  assert.notEqual(nameThrottle(using(KEYS), 'someone'), nameThrottle(using(OTHER), 'someone'))
  assert.ok(!nameThrottle(using(KEYS), 'someone').includes('someone'))
})

overBothDatabases('sealed columns', (nodes) => {
  test('a value that was moved to another row is of no use there', async () => {
    const [one, other] = [await newcomer(nodes.db), await newcomer(nodes.db)]
    const state = await stateOf(one.phone.id)
    const moved = nodes.db.write.updateTable('authenticator').set({ state })
    const { sql, parameters } = moved.where('id', '=', other.phone.id).compile()
    await nodes.db.commit([{ sql, parameters, rows: 1 }])
    assert.ok(await findAuthenticator(nodes.db, one.phone.id))
    await assert.rejects(findAuthenticator(nodes.db, other.phone.id))
  })

  test('a node with another key reads nothing', async () => {
    const { phone } = await newcomer(nodes.db)
    const stranger = await open(nodes.url, OTHER)
    await assert.rejects(findAuthenticator(stranger, phone.id))
    await stranger.close()
  })

  test('a node that has a newer key besides reads everything', async () => {
    const { phone } = await newcomer(nodes.db)
    const rotated = await open(nodes.url, ROTATED)
    assert.deepEqual((await findAuthenticator(rotated, phone.id))?.value.state, phone.state)
    await rotated.close()
  })

  test('no secret stands in the database in clear', async () => {
    const { phone } = await newcomer(nodes.db)
    const state = Buffer.from(await stateOf(phone.id)).toString('latin1')
    assert.ok(!state.includes('not a secret'))
  })

  async function stateOf(id: AuthenticatorId): Promise<Uint8Array> {
    const { state } = await nodes.db.read
      .selectFrom('authenticator')
      .select('state')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return state
  }
})
